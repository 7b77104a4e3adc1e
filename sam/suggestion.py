"""Kinds suggested for accounts that a table only names, from their names and who pays whom.

Names come first: ``sam.conventions`` holds how published SAMs call their accounts. What no name
tells the payments may: an account that receives from producers and pays the government alone is a
tax, one that producers pay and that pays households a factor. Where payments contradict a name in
plain words (``Land transport`` pays wages, so it is no land) they are believed. A suggestion gives
its reason for every account, and leaves open what neither tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from sam.conventions import WORDS as PLAIN
from sam.conventions import Pattern, meanings
from sam.errors import SAMError
from sam.kinds import PRODUCT_TAX, SECTOR, WORDS
from sam.writing import explained, write_file

TURNED = (
    "rows seem to pay and columns to receive, for households pay factors: turn the table first "
    "(of a file: transposed=True, --transposed)"
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
        return "\n".join([*lines, *([TURNED] if self.turned else [])])


def suggest(payments: pd.DataFrame) -> Suggestion:
    """Suggest the kinds of the accounts of a table.

    Arguments:
        payments: columns ``row, col, value``; who receives, who pays, how much.
    """
    accounts = tuple(pd.unique(pd.concat([payments["row"], payments["col"]])))
    flows = _flows(payments)
    turned = _is_turned(payments, meanings(accounts))
    kinds, reasons = _named(accounts, None if turned else flows)
    if not turned:
        _deduce(accounts, flows, kinds, reasons)
    if SECTOR not in kinds.values():  # who pays a tax matters where one account is both
        kinds = {a: TAX if kind == PRODUCT_TAX else kind for a, kind in kinds.items()}
    why = {a: reasons.get(a, "neither its name nor its payments tell") for a in accounts}
    ordered = {a: kinds[a] for a in accounts if a in kinds}
    return Suggestion(accounts, MappingProxyType(ordered), MappingProxyType(why), turned)


def _is_turned(payments: pd.DataFrame, told: Mapping[str, Pattern]) -> bool:
    """Whether what is called a household pays factors more than these pay it."""
    kinds = {account: pattern.kind for account, pattern in told.items()}
    receiver, payer = (payments[side].map(kinds) for side in ("row", "col"))
    earned = payments.loc[receiver.eq(HOUSEHOLD) & payer.eq(FACTOR), "value"].sum()
    paid = payments.loc[receiver.eq(FACTOR) & payer.eq(HOUSEHOLD), "value"].sum()
    return bool(paid > max(earned, 0.0))


Partners = frozenset[str]
"""Kinds of the accounts from which one receives, or which it pays; ``UNKNOWN`` among them."""

_GOODS = (COMMODITY, SECTOR)
_PRODUCERS = (ACTIVITY, SECTOR)
_OWNERS = (HOUSEHOLD, ENTERPRISE)
_TAXES = (TAX, PRODUCT_TAX)
_OWNING = (*_OWNERS, GOVERNMENT, REST_OF_WORLD)


def _only(partners: Partners, *kinds: str) -> bool:
    return bool(partners) and partners <= set(kinds)


def _any(partners: Partners, *kinds: str) -> bool:
    return not partners.isdisjoint(kinds)


_CLUES: tuple[tuple[str, str, Callable[[Partners, Partners], bool]], ...] = (
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
        lambda got, paid: (
            _any(got, FACTOR) and _any(paid, *_GOODS) and not _any(got, *_GOODS, *_TAXES)
        ),
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
        "sells imports, buys exports, and more than that",
        lambda got, paid: (
            _any(got, *_GOODS) and _any(paid, *_GOODS) and not got | paid <= set(_GOODS)
        ),
    ),
)
"""What payments tell of an account: its kind, why, and when, by the kinds that it receives from and
that it pays."""


@dataclass(frozen=True)
class _Flows:
    """Who pays whom.

    Attributes:
        payers: accounts from which an account receives.
        payees: accounts which an account pays.
    """

    payers: Mapping[str, Sequence[str]]
    payees: Mapping[str, Sequence[str]]

    def got(self, account: str, kinds: Mapping[str, str]) -> Partners:
        """Kinds from which an account receives."""
        return frozenset(kinds.get(name, UNKNOWN) for name in self.payers.get(account, ()))

    def paid(self, account: str, kinds: Mapping[str, str]) -> Partners:
        """Kinds which an account pays."""
        return frozenset(kinds.get(name, UNKNOWN) for name in self.payees.get(account, ()))

    def makes(self, account: str, kinds: Mapping[str, str]) -> bool:
        """Whether an account pays factors and lives on neither factor income nor taxes."""
        return _any(self.paid(account, kinds), FACTOR) and not _any(
            self.got(account, kinds), FACTOR, *_TAXES
        )


def _flows(payments: pd.DataFrame) -> _Flows:
    payers: dict[str, list[str]] = {}
    payees: dict[str, list[str]] = {}
    paid = payments[(payments["value"] != 0.0) & (payments["row"] != payments["col"])]
    for receiver, payer in zip(paid["row"], paid["col"], strict=True):
        payers.setdefault(receiver, []).append(payer)
        payees.setdefault(payer, []).append(receiver)
    return _Flows(payers, payees)


def _named(accounts: Sequence[str], flows: _Flows | None) -> tuple[dict[str, str], dict[str, str]]:
    """Kinds and reasons of the accounts whose names tell, and whose payments do not contradict.

    Payments that run the wrong way (none are given) contradict nothing.
    """
    told = meanings(accounts)
    kinds = {account: pattern.kind for account, pattern in told.items()}
    if flows is not None:
        _drop_contradicted(told, kinds, flows)
    return kinds, {account: f"named so by {told[account].convention}" for account in kinds}


def _drop_contradicted(told: Mapping[str, Pattern], kinds: dict[str, str], flows: _Flows) -> None:
    """Forget kinds of plain words that payments contradict."""
    spoken = [account for account, pattern in told.items() if pattern.convention == PLAIN]
    for contradicted in (_buys, _buys, _makes, _lacks_income):  # twice, for fewer factors
        wrong = [account for account in spoken if contradicted(account, kinds, flows)]
        for account in wrong:
            kinds.pop(account)
        spoken = [account for account in spoken if account in kinds]


def _buys(account: str, kinds: Mapping[str, str], flows: _Flows) -> bool:
    """Whether what is called a factor or a tax pays factors or producers, which those do not."""
    if kinds[account] not in (FACTOR, *_TAXES):
        return False
    paid = flows.paid(account, kinds)
    if kinds[account] != FACTOR and GOVERNMENT in paid:
        return False  # subsidies may go to producers
    return FACTOR in paid or _pays_producers(account, kinds, flows)


def _makes(account: str, kinds: Mapping[str, str], flows: _Flows) -> bool:
    """Whether what is called otherwise pays factors and earns nothing: it produces."""
    return kinds[account] not in (ACTIVITY, REST_OF_WORLD) and flows.makes(account, kinds)


def _lacks_income(account: str, kinds: Mapping[str, str], flows: _Flows) -> bool:
    """Whether what is called a household neither earns nor is given its income."""
    given = flows.got(account, kinds)
    if kinds[account] != HOUSEHOLD or _any(given, FACTOR, ENTERPRISE):
        return False
    return GOVERNMENT not in given or _pays_producers(account, kinds, flows)


def _pays_producers(account: str, kinds: Mapping[str, str], flows: _Flows) -> bool:
    """Whether an account pays some that pay factors and own none."""
    return any(
        FACTOR in flows.paid(name, kinds) and FACTOR not in flows.got(name, kinds)
        for name in flows.payees.get(account, ())
        if kinds.get(name) not in _OWNING
    )


def _deduce(
    accounts: Sequence[str], flows: _Flows, kinds: dict[str, str], reasons: dict[str, str]
) -> None:
    """Add the kinds that payments tell, given those that are known, until nothing more follows."""
    left = [account for account in accounts if account not in kinds]
    found = True
    while left and found:
        told = _producers(left, flows, kinds)
        for account in left:
            got, paid = flows.got(account, kinds), flows.paid(account, kinds)
            clues = [(kind, reason) for kind, reason, holds in _CLUES if holds(got, paid)]
            if clues:
                told.setdefault(account, clues[0])
        for account, (kind, reason) in told.items():
            kinds[account], reasons[account] = kind, f"by its payments: {reason}"
        left, found = [account for account in left if account not in told], bool(told)


def _producers(
    left: Sequence[str], flows: _Flows, kinds: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Open accounts that pay factors and earn nothing: sectors if they buy from each other."""
    makers = {account for account in left if flows.makes(account, kinds)}
    producing = makers | {account for account, kind in kinds.items() if kind == SECTOR}
    if any(not producing.isdisjoint(flows.payees[account]) for account in makers):
        clue = (SECTOR, "pays factors, and producers buy from each other")
    else:
        clue = (ACTIVITY, "pays factors")
    return dict.fromkeys(makers, clue)
