"""Kinds suggested for accounts that a table only names, from their names and who pays whom.

Names come first: ``sam.conventions`` holds how published SAMs call their accounts. Payments that
rule out what a name says are believed against it (``text_ind`` pays wages, so it is no tax), and
what no name tells the payments may show (``sam.clues``). A suggestion gives its reason for every
account, and leaves open what neither tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from sam.accounts import (
    ACTIVITY,
    ENTERPRISE,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    REST_OF_WORLD,
    TAX,
)
from sam.clues import CLUES, CONTRADICTIONS, FALSE_FACTORS, MAKER, OWNERS, Contradiction, Partners
from sam.conventions import Pattern, meanings
from sam.kinds import PRODUCT_TAX, SECTOR
from sam.suggestion import UNKNOWN, Suggestion

_OWNING = (HOUSEHOLD, ENTERPRISE, GOVERNMENT, REST_OF_WORLD)


def suggest(payments: pd.DataFrame) -> Suggestion:
    """Suggest the kinds of the accounts of a table.

    Arguments:
        payments: columns ``row, col, value``; who receives, who pays, how much.
    """
    accounts = tuple(pd.unique(pd.concat([payments["row"], payments["col"]])))
    told = meanings(accounts)
    flows = _flows(payments)
    kinds, reasons = _believed(told, flows)
    turned = _is_turned(told, flows)
    if turned:
        kinds = {account: form.kind for account, form in told.items()}
        reasons = {account: _named(form) for account, form in told.items()}
    else:
        _deduce(accounts, flows, kinds, reasons)
    if SECTOR not in kinds.values():  # who pays a tax matters where one account is both
        kinds = {a: TAX if kind == PRODUCT_TAX else kind for a, kind in kinds.items()}
    why = {a: reasons.get(a, "neither its name nor its payments tell") for a in accounts}
    ordered = {a: kinds[a] for a in accounts if a in kinds}
    return Suggestion(accounts, MappingProxyType(ordered), MappingProxyType(why), turned)


def _named(form: Pattern) -> str:
    return f"named so by {form.convention}"


@dataclass(frozen=True)
class _Flows:
    """Who pays whom.

    Attributes:
        payers: accounts from which an account receives.
        payees: accounts which an account pays, and how much (money).
    """

    payers: Mapping[str, Sequence[str]]
    payees: Mapping[str, Mapping[str, float]]

    def partners(
        self, account: str, kinds: Mapping[str, str], makers: Collection[str] = ()
    ) -> Partners:
        """The kinds with which an account deals.

        Arguments:
            account: whose.
            kinds: of the accounts, where they are known.
            makers: accounts that pay factors; what these are paid is counted again as such.
        """
        paid: defaultdict[str, float] = defaultdict(float)
        for payee, value in self.payees.get(account, {}).items():
            paid[kinds.get(payee, UNKNOWN)] += value
            if payee in makers:
                paid[MAKER] += value
        got = frozenset(kinds.get(payer, UNKNOWN) for payer in self.payers.get(account, ()))
        return Partners(got, paid)

    def makers(self, kinds: Mapping[str, str]) -> frozenset[str]:
        """Accounts that pay factors and own none, but those called owners.

        Factors that pay households or enterprises count, where there are some.
        """
        factors = {account for account, kind in kinds.items() if kind == FACTOR}
        earners = {account for account, kind in kinds.items() if kind in OWNERS}
        owned = {name for name in factors if not earners.isdisjoint(self.payees.get(name, ()))}
        factors = owned or factors
        return frozenset(
            account
            for account, payees in self.payees.items()
            if not factors.isdisjoint(payees)
            and factors.isdisjoint(self.payers.get(account, ()))
            and kinds.get(account) not in _OWNING
        )

    def turned(self) -> _Flows:
        """Those of the transposed table."""
        payers = {account: tuple(payees) for account, payees in self.payees.items()}
        payees: dict[str, dict[str, float]] = {}
        for payer, amounts in self.payees.items():
            for payee, value in amounts.items():
                payees.setdefault(payee, {})[payer] = value
        return _Flows(payers, payees)

    def between(self, kinds: Mapping[str, str], of: str, to: str) -> float:
        """What accounts of one kind pay those of another (money)."""
        return sum(
            value
            for payer, amounts in self.payees.items()
            if kinds.get(payer) == of
            for payee, value in amounts.items()
            if kinds.get(payee) == to
        )


def _flows(payments: pd.DataFrame) -> _Flows:
    payers: dict[str, list[str]] = {}
    payees: dict[str, dict[str, float]] = {}
    paid = payments[(payments["value"] != 0.0) & (payments["row"] != payments["col"])]
    for receiver, payer, value in zip(paid["row"], paid["col"], paid["value"], strict=True):
        payers.setdefault(receiver, []).append(payer)
        amounts = payees.setdefault(payer, {})
        amounts[receiver] = amounts.get(receiver, 0.0) + abs(value)
    return _Flows(payers, payees)


def _is_turned(told: Mapping[str, Pattern], flows: _Flows) -> bool:
    """Whether factors pay households in the transposed table alone, as far as names hold.

    Where they do in neither: whether activities pay factors there alone.
    """
    back = flows.turned()
    ours, theirs = _believed(told, flows)[0], _believed(told, back)[0]
    for of, to in ((FACTOR, HOUSEHOLD), (ACTIVITY, FACTOR)):
        along, against = flows.between(ours, of, to), back.between(theirs, of, to)
        if along or against:
            return not along
    return False


def _believed(told: Mapping[str, Pattern], flows: _Flows) -> tuple[dict[str, str], dict[str, str]]:
    """Kinds of the names that payments do not rule out, and reasons for all names."""
    kinds = {account: form.kind for account, form in told.items()}
    reasons = {account: _named(form) for account, form in told.items()}
    for rules in (*((rule,) for rule in FALSE_FACTORS), CONTRADICTIONS):
        while wrong := _contradicted(kinds, flows, rules):
            for account, reason in wrong.items():
                convention, kind = told[account].convention, kinds.pop(account)
                reasons[account] = f"{convention} would call it {kind}, but it {reason}"
    return kinds, reasons


def _contradicted(
    kinds: Mapping[str, str], flows: _Flows, rules: Sequence[Contradiction]
) -> dict[str, str]:
    """Accounts whose kind payments rule out, and why."""
    makers = flows.makers(kinds)
    return {
        account: reasons[0]
        for account, kind in kinds.items()
        if (
            reasons := [
                rule.reason
                for rule in rules
                if kind in rule.kinds and rule.holds(flows.partners(account, kinds, makers))
            ]
        )
    }


def _deduce(
    accounts: Sequence[str], flows: _Flows, kinds: dict[str, str], reasons: dict[str, str]
) -> None:
    """Add the kinds that payments tell, given those that are known, until nothing more follows."""
    left = [account for account in accounts if account not in kinds]
    found = True
    while left and found:
        known = set(kinds.values())
        told = _producers(left, flows, kinds)
        for account in left:
            partners = flows.partners(account, kinds)
            clues = [
                (clue.kind, clue.reason)
                for clue in CLUES
                if clue.holds(partners) and (not clue.rival or clue.rival in known)
            ]
            if clues:
                told.setdefault(account, clues[0])
        for account, (kind, reason) in told.items():
            kinds[account] = kind
            reasons[account] = "; ".join(
                [f"by its payments: {reason}", *filter(None, [reasons.get(account)])]
            )
        left, found = [account for account in left if account not in told], bool(told)


def _producers(
    left: Sequence[str], flows: _Flows, kinds: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Open accounts that pay factors and earn nothing: sectors if they buy from each other."""
    makers = {account for account in left if flows.partners(account, kinds).makes}
    producing = makers | {account for account, kind in kinds.items() if kind == SECTOR}
    if any(not producing.isdisjoint(flows.payees[account]) for account in makers):
        clue = (SECTOR, "pays factors, and producers buy from each other")
    else:
        clue = (ACTIVITY, "pays factors")
    return dict.fromkeys(makers, clue)
