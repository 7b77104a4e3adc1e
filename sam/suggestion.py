"""A suggestion of what the accounts of a table are that it only names, with a reason for each.

``sam.deduction`` finds it from names and payments; what neither tells it leaves open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sam.errors import SAMError
from sam.kinds import KIND_WORDS
from sam.spelling import some
from sam.writing import explained, write_file

TURNED = (
    "rows seem to pay and columns to receive, for households pay factors or "
    "factors pay activities: turn the table first (of a file: transposed=True, --transposed)"
)
"""What is said of a table that seems to be transposed."""

UNKNOWN = "unknown"
"""How a suggestion calls what it leaves open."""

_FEW = 60  # accounts that are all listed
_SHOWN = 8  # accounts of a kind that are listed otherwise


@dataclass(frozen=True, eq=False)
class Suggestion(Mapping[str, str]):
    """Kinds suggested for the accounts of a table, as a mapping that ``kinds=`` takes.

    Attributes:
        accounts: all accounts of the table; those without a kind are missing in the mapping.
        kinds: by account.
        reasons: why, by account.
        turned: whether rows seem to pay and columns to receive; payments tell nothing then.
    """

    accounts: tuple[str, ...]
    kinds: Mapping[str, str]
    reasons: Mapping[str, str]
    turned: bool = False

    def __getitem__(self, account: str) -> str:
        return self.kinds[account]

    def __iter__(self) -> Iterator[str]:
        return iter(self.kinds)

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Accounts of which neither name nor payments tell the kind."""
        return tuple(account for account in self.accounts if account not in self.kinds)

    def table(self) -> pd.DataFrame:
        """One row per account: ``account, kind, reason``; the kind is empty where it is open."""
        lines = [(a, self.kinds.get(a, ""), self.reasons[a]) for a in self.accounts]
        return pd.DataFrame(lines, columns=["account", "kind", "reason"])

    def save(self, path: str | Path) -> None:
        """Write the table as a CSV file, to be completed and given as ``kinds=``.

        Raises:
            SAMError: the file cannot be written.
        """
        with explained(SAMError, f"{path}:", "name another file"):
            write_file(Path(path), self.csv().encode())

    def csv(self) -> str:
        """The table as the text of a CSV file."""
        text = self.table().to_csv(index=False, lineterminator="\n")
        return str(text)

    def __str__(self) -> str:
        """Accounts by kind, one kind a line, the open ones last."""
        groups: dict[str, list[str]] = {word: [] for word in KIND_WORDS}
        for account, word in self.kinds.items():
            groups[word].append(account)
        groups[UNKNOWN] = list(self.unknown)
        shown = _FEW if len(self.accounts) <= _FEW else _SHOWN
        lines = (f"{word}: {some(names, shown)}" for word, names in groups.items() if names)
        return "\n".join([*lines, *([TURNED] if self.turned else [])])
