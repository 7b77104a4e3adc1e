"""How published SAMs call their accounts: conventions of names, each with its source.

``patterns.csv`` holds the forms of names of each convention and the kind that they mean, the first
that fits counting; ``sources.csv`` the publications, with the quality mark ``recalled`` where names
were typed from memory and not looked up again. The last convention is that of plain words.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sam.accounts import ACTIVITY, COMMODITY

PLAIN = "words"
"""The convention of plain words, which speaks where no other does."""

_SEVERAL = 3
"""Kinds that a convention tells by names that no other knows, where it is taken to be followed."""

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Pattern:
    """A form of account names in a convention.

    Attributes:
        convention: name of the convention.
        form: the whole name, in any case.
        kind: what it means, one of ``sam.kinds.KIND_WORDS``.
        beside: name of another account without which it means nothing, with groups of the form.
        loose: whether names of other tables have the form by chance (``t_...``), so that it means
            something only where the table follows the convention.
    """

    convention: str
    form: re.Pattern[str]
    kind: str
    beside: str
    loose: bool

    def fits(self, name: str, names: frozenset[str]) -> bool:
        """Whether a name among all names of a table, in small letters, is of this form."""
        found = self.form.fullmatch(name)
        return found is not None and (not self.beside or found.expand(self.beside) in names)


@cache
def patterns() -> tuple[Pattern, ...]:
    """All forms of names, by convention in the order in which they are tried."""
    with (_FOLDER / "patterns.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Pattern(
                line["convention"],
                re.compile(line["pattern"], re.IGNORECASE),
                line["kind"],
                line["beside"],
                line["loose"] == "yes",
            )
            for line in csv.DictReader(lines)
        )


@cache
def sources() -> Mapping[str, str]:
    """Publications of the conventions, by convention."""
    with (_FOLDER / "sources.csv").open(encoding="utf-8", newline="") as lines:
        return MappingProxyType(
            {line["convention"]: line["source"] for line in csv.DictReader(lines)}
        )


def meanings(accounts: Sequence[str]) -> dict[str, Pattern]:
    """What conventions say of the accounts of a table that they know.

    A convention is one of a table, not of a name: forms that are loose count only where it names an
    activity and a commodity, or several kinds as no other does. Where several know a name, the one
    that knows most accounts of the table is followed.

    Arguments:
        accounts: names.
    """
    small = {account: account.casefold() for account in accounts}
    names = frozenset(small.values())
    known: dict[str, dict[str, Pattern]] = {convention: {} for convention in sources()}
    for account, name in small.items():
        for pattern in patterns():
            if account not in known[pattern.convention] and pattern.fits(name, names):
                known[pattern.convention][account] = pattern
    for convention in known.keys() - {PLAIN}:
        if not _is_followed(convention, known):
            told = known[convention]
            known[convention] = {name: form for name, form in told.items() if not form.loose}
    ranked = sorted(known, key=lambda convention: (convention == PLAIN, -len(known[convention])))
    return {
        account: forms[0]
        for account in accounts
        if (forms := [known[name][account] for name in ranked if account in known[name]])
    }


def _is_followed(convention: str, known: Mapping[str, Mapping[str, Pattern]]) -> bool:
    """Whether a convention names an activity and a commodity, or three kinds as no other does."""
    others = {name for other in known.keys() - {PLAIN, convention} for name in known[other]}
    own = {form.kind for name, form in known[convention].items() if name not in others}
    kinds = {form.kind for form in known[convention].values()}
    return kinds >= {ACTIVITY, COMMODITY} or len(own) >= _SEVERAL
