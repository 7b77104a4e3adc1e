"""Kinds suggested for accounts that a table only names, from their names and who pays whom.

Names come first: ``sam/conventions`` holds how published SAMs call their accounts, each convention
with its source. Where several know a name, the one that knows most accounts of the table is
followed, plain words last. What no name tells the payments may: an account that receives from
producers and pays the government alone is a tax, one that producers pay and that pays households a
factor. A suggestion gives its reason for every account, and leaves open what neither tells.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from sam.accounts import (
    ACTIVITY,
    COMMODITY,
    ENTERPRISE,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    INVENTORY,
    INVESTMENT,
    MARGIN,
    REST_OF_WORLD,
    TAX,
)
from sam.errors import SAMError
from sam.kinds import PRODUCT_TAX, SECTOR, WORDS

UNKNOWN = "unknown"
"""How a suggestion calls what it leaves open."""

_FOLDER = Path(__file__).with_name("conventions")
_FEW = 60  # accounts that are all listed
_SHOWN = 8  # accounts of a kind that are listed otherwise


@dataclass(frozen=True, eq=False)
class Suggestion(Mapping[str, str]):
    """Kinds suggested for the accounts of a table, as a mapping that ``kinds=`` takes.

    Attributes:
        accounts: all accounts of the table; those without a kind are missing in the mapping.
        kinds: by account.
        reasons: why, by account.
    """

    accounts: tuple[str, ...]
    kinds: Mapping[str, str]
    reasons: Mapping[str, str]

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
        try:
            Path(path).write_text(self.csv(), encoding="utf-8")
        except OSError as reason:
            raise SAMError(f"{path}: cannot be written ({reason}); choose another place") from None

    def csv(self) -> str:
        """The table as the text of a CSV file."""
        text = self.table().to_csv(index=False, lineterminator="\n")
        return str(text)

    def __str__(self) -> str:
        """Accounts by kind, one kind a line, the open ones last."""
        groups: dict[str, list[str]] = {word: [] for word in WORDS}
        for account, word in self.kinds.items():
            groups[word].append(account)
        groups[UNKNOWN] = list(self.unknown)
        shown = _FEW if len(self.accounts) <= _FEW else _SHOWN
        lines = (
            f"{word}: {', '.join(names[:shown])}"
            + (f" and {len(names) - shown} more" if len(names) > shown else "")
            for word, names in groups.items()
            if names
        )
        return "\n".join(lines)


def suggest(payments: pd.DataFrame) -> Suggestion:
    """Suggest the kinds of the accounts of a table.

    Arguments:
        payments: columns ``row, col, value``; who receives, who pays, how much.
    """
    accounts = tuple(pd.unique(pd.concat([payments["row"], payments["col"]])))
    kinds, reasons = _named(accounts)
    _deduce(payments, accounts, kinds, reasons)
    if SECTOR not in kinds.values():  # who pays a tax matters where one account is both
        kinds = {a: TAX if kind == PRODUCT_TAX else kind for a, kind in kinds.items()}
    why = {a: reasons.get(a, "neither its name nor its payments tell") for a in accounts}
    ordered = {a: kinds[a] for a in accounts if a in kinds}
    return Suggestion(accounts, MappingProxyType(ordered), MappingProxyType(why))


# Names


@dataclass(frozen=True)
class _Pattern:
    """A form of account names in a convention.

    Attributes:
        convention: name of the convention.
        form: the whole name, in any case.
        kind: what it means.
        beside: name of another account without which it means nothing, with groups of the form.
    """

    convention: str
    form: re.Pattern[str]
    kind: str
    beside: str

    def fits(self, account: str, accounts: frozenset[str]) -> bool:
        found = self.form.fullmatch(account)
        return found is not None and (not self.beside or found.expand(self.beside) in accounts)


@cache
def _patterns() -> tuple[_Pattern, ...]:
    with (_FOLDER / "patterns.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            _Pattern(
                line["convention"],
                re.compile(line["pattern"], re.IGNORECASE),
                line["kind"],
                line["beside"],
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


def _named(accounts: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Kinds and reasons of the accounts whose names a convention knows."""
    small = {account: account.casefold() for account in accounts}
    everyone = frozenset(small.values())
    meanings: dict[str, dict[str, _Pattern]] = {name: {} for name in sources()}
    for account, name in small.items():
        for pattern in _patterns():
            if account not in meanings[pattern.convention] and pattern.fits(name, everyone):
                meanings[pattern.convention][account] = pattern
    words = list(sources())[-1]
    ranked = sorted(meanings, key=lambda name: (name == words, -len(meanings[name])))
    chosen = {
        account: next(meanings[name][account] for name in ranked if account in meanings[name])
        for account in accounts
        if any(account in known for known in meanings.values())
    }
    kinds = {account: pattern.kind for account, pattern in chosen.items()}
    return kinds, {account: f"named so by {p.convention}" for account, p in chosen.items()}


# Payments

Kinds = frozenset[str]
"""Kinds of the accounts from which one receives, or which it pays; ``UNKNOWN`` among them."""

_GOODS = (COMMODITY, SECTOR)
_PRODUCERS = (ACTIVITY, SECTOR)
_OWNERS = (HOUSEHOLD, ENTERPRISE)
_TAXES = (TAX, PRODUCT_TAX)


def _only(partners: Kinds, *kinds: str) -> bool:
    return bool(partners) and partners <= set(kinds)


def _any(partners: Kinds, *kinds: str) -> bool:
    return not partners.isdisjoint(kinds)


_CLUES: tuple[tuple[str, str, Callable[[Kinds, Kinds], bool]], ...] = (
    (
        TAX,
        "pays the government alone and owns no factor",
        lambda got, paid: _only(paid, GOVERNMENT) and not _any(got, FACTOR, GOVERNMENT),
    ),
    (
        FACTOR,
        "is paid by producers and pays owners",
        lambda got, paid: (
            _any(got, *_PRODUCERS)
            and _only(got, *_PRODUCERS, REST_OF_WORLD)
            and _any(paid, *_OWNERS)
            and _only(paid, *_OWNERS, GOVERNMENT, REST_OF_WORLD, INVESTMENT, *_TAXES)
        ),
    ),
    (
        COMMODITY,
        "is supplied by activities and bought by users",
        lambda got, paid: (
            _any(paid, ACTIVITY)
            and _any(got, ACTIVITY, HOUSEHOLD, GOVERNMENT, INVESTMENT, MARGIN, REST_OF_WORLD)
            and not _any(paid, FACTOR, HOUSEHOLD, INVESTMENT)
        ),
    ),
    (
        MARGIN,
        "is paid by commodities and spent on commodities",
        lambda got, paid: _only(got, COMMODITY) and _only(paid, COMMODITY),
    ),
    (
        HOUSEHOLD,
        "earns factor income and buys goods",
        lambda got, paid: _any(got, FACTOR) and _any(paid, *_GOODS),
    ),
    (
        ENTERPRISE,
        "earns factor income and passes it on",
        lambda got, paid: _any(got, FACTOR) and _any(paid, HOUSEHOLD) and not _any(paid, *_GOODS),
    ),
    (
        INVENTORY,
        "is paid by saving-investment alone and buys goods",
        lambda got, paid: _only(got, INVESTMENT) and _only(paid, *_GOODS),
    ),
    (
        GOVERNMENT,
        "receives taxes and buys goods",
        lambda got, paid: _any(got, *_TAXES) and _any(paid, *_GOODS),
    ),
    (
        INVESTMENT,
        "receives saving and buys goods alone",
        lambda got, paid: (
            _any(got, *_OWNERS, GOVERNMENT)
            and _only(got, *_OWNERS, GOVERNMENT, REST_OF_WORLD)
            and _only(paid, *_GOODS, INVENTORY)
        ),
    ),
    (
        REST_OF_WORLD,
        "sells imports, buys exports and lends",
        lambda got, paid: _any(got, *_GOODS) and _any(paid, *_GOODS) and _any(paid, INVESTMENT),
    ),
)
"""What payments tell of an account: its kind, why, and when, by the kinds that it receives from and
that it pays."""


def _deduce(
    flows: pd.DataFrame, accounts: Iterable[str], kinds: dict[str, str], reasons: dict[str, str]
) -> None:
    """Add the kinds that payments tell, given those that are known, until nothing more follows."""
    flows = flows[(flows["value"] != 0.0) & (flows["row"] != flows["col"])]
    payers: dict[str, list[str]] = {}
    payees: dict[str, list[str]] = {}
    for receiver, payer in zip(flows["row"], flows["col"], strict=True):
        payers.setdefault(receiver, []).append(payer)
        payees.setdefault(payer, []).append(receiver)
    left = [account for account in accounts if account not in kinds]
    found = True
    while left and found:
        told = _producers(left, payers, payees, kinds)
        for account in left:
            got, paid = (
                frozenset(kinds.get(name, UNKNOWN) for name in side.get(account, ()))
                for side in (payers, payees)
            )
            clues = (clue[:2] for clue in _CLUES if clue[2](got, paid))
            told.setdefault(account, next(clues, ("", "")))
        told = {account: clue for account, clue in told.items() if clue[0]}
        for account, (kind, reason) in told.items():
            kinds[account], reasons[account] = kind, f"by its payments: {reason}"
        left, found = [account for account in left if account not in told], bool(told)


def _producers(
    left: Sequence[str],
    payers: Mapping[str, Sequence[str]],
    payees: Mapping[str, Sequence[str]],
    kinds: Mapping[str, str],
) -> dict[str, tuple[str, str]]:
    """Open accounts that pay factors and earn none: sectors if they trade with each other."""

    def with_factors(account: str, side: Mapping[str, Sequence[str]]) -> bool:
        return any(kinds.get(name) == FACTOR for name in side.get(account, ()))

    makers = {a for a in left if with_factors(a, payees) and not with_factors(a, payers)}
    producing = makers | {a for a, kind in kinds.items() if kind == SECTOR}
    traded = any(not producing.isdisjoint(payees[account]) for account in makers)
    if traded:
        clue = (SECTOR, "pays factors, and producers buy from each other")
    else:
        clue = (ACTIVITY, "pays factors")
    return dict.fromkeys(makers, clue)
