r"""A SAM to new totals: the nearest payments that meet them, with every account in balance.

.. math:: \min_T D(T; T^0) \qquad \text{s.t.} \quad \sum_j T_{kj} = \sum_i T_{ik} , \qquad
          \sum_{(i, j) \in S_n} w_{ij} T_{ij} + e_n = b_n ,

with :math:`S_n` the payments that total n selects by the labels of their accounts. Only payments
that are made take part (``sam.balancing`` has the distances D and the errors e), so large sparse
matrices are balanced as they are; signs and zeros stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.balancing import RELATIVE_DEVIATION, Balanced, ConstraintBuilder, Constraints, balance
from sam.balancing.axes import headed
from sam.balancing.conflict import refuse_vanishing
from sam.balancing.scaling import emptied
from sam.errors import BalancingError, SAMError
from sam.matrix.frames import KEYS, SHOWN

if TYPE_CHECKING:
    from sam.matrix import SAM

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Names = str | Collection[str]

METHODS = ("entropy", "least_squares")
"""Methods of ``sam.balancing`` that need no square matrix."""

_KNOWN = 30  # names that a message lists


@dataclass(frozen=True, kw_only=True)
class Payments:
    """Payments of a SAM selected by their accounts; what is left out may be any.

    Arguments:
        row_kind: kind of the receiving accounts, one or several, as all that follow.
        col_kind: kind of the paying accounts.
        row: names of the receiving accounts.
        col: names of the paying accounts.
        row_region: regions of the receiving accounts.
        col_region: regions of the paying accounts.
        weight: with which they enter a total; -1 to subtract them.
    """

    row_kind: Names | None = None
    col_kind: Names | None = None
    row: Names | None = None
    col: Names | None = None
    row_region: Names | None = None
    col_region: Names | None = None
    weight: float = 1.0

    def lines(self, sam: SAM) -> Codes:
        """Lines of ``sam.frame`` that are selected and hold a payment.

        Raises:
            SAMError: a name does not occur on its side, or nothing is paid.
        """
        keep = sam.frame["value"].to_numpy() != 0.0
        for column, wanted in self._named().items():
            unknown = sorted(wanted - set(sam.frame[column]))
            if unknown:
                known = sam.frame[column].drop_duplicates().tolist()
                raise SAMError(
                    f"no payment has {column} {unknown[:SHOWN]}; known: {known[:_KNOWN]}"
                )
            keep &= sam.frame[column].isin(wanted).to_numpy()
        if not keep.any():
            raise SAMError(f"nothing is paid with {self}; correct the labels or add the payment")
        return np.flatnonzero(keep)

    def sum(self, sam: SAM) -> float:
        """What they come to in a SAM, times their weight.

        Raises:
            SAMError: a name does not occur on its side, or nothing is paid.
        """
        return self.weight * float(sam.frame["value"].to_numpy()[self.lines(sam)].sum())

    def _named(self) -> dict[str, set[str]]:
        """What is asked of each column."""
        given = {column: getattr(self, column) for column in KEYS}
        return {
            column: {names} if isinstance(names, str) else set(names)
            for column, names in given.items()
            if names is not None
        }

    def __str__(self) -> str:
        parts = (f"{column} {' or '.join(sorted(n))}" for column, n in self._named().items())
        return ", ".join(parts) or "any label"


@dataclass(frozen=True)
class Total:
    """What some payments of a SAM must come to.

    Arguments:
        label: name in messages and reports.
        value: required sum, in the unit of the SAM.
        deviation: standard deviation of its error in the same unit; 0: it is met exactly.
        row_kind: kind of the receiving accounts, one or several, as all that follow.
        col_kind: kind of the paying accounts.
        row: names of the receiving accounts.
        col: names of the paying accounts.
        row_region: regions of the receiving accounts.
        col_region: regions of the paying accounts.
        parts: several selections, added up with their weights, instead of the one above.

    Raises:
        SAMError: nothing is selected, or both labels and parts are given.
    """

    label: str
    value: float
    deviation: float = 0.0
    _: KW_ONLY
    row_kind: Names | None = None
    col_kind: Names | None = None
    row: Names | None = None
    col: Names | None = None
    row_region: Names | None = None
    col_region: Names | None = None
    parts: Sequence[Payments] = ()

    def __post_init__(self) -> None:
        labelled = any(getattr(self, column) is not None for column in KEYS)
        if labelled == bool(self.parts):
            raise SAMError(
                f"total {self.label}: select payments by kinds, names and regions, or give parts"
            )

    @property
    def payments(self) -> Sequence[Payments]:
        """The selections that are added up."""
        return self.parts or (Payments(**{column: getattr(self, column) for column in KEYS}),)


@dataclass(frozen=True, eq=False, repr=False)
class Rebalanced:
    """A SAM brought to new totals.

    Attributes:
        sam: the balanced SAM, with the accounts and the unit of the old one.
        result: how the totals are met and what moved; the first totals are those asked for, the
            others the balances of the accounts.
        totals: by label, the columns ``before, target, after, deviation`` in the unit of the SAM.
    """

    sam: SAM
    result: Balanced
    totals: pd.DataFrame

    @property
    def emptied(self) -> list[str]:
        """Payments that were made and are no more, as ``receiver <- payer``."""
        gone = (self.result.prior != 0.0) & (self.result.cells == 0.0)
        return [str(self.result.names[int(k)]) for k in np.flatnonzero(gone)]

    def summary(self, count: int = 5) -> str:
        """How the totals are met, what was emptied and what moved.

        Arguments:
            count: payments that are listed.
        """
        parts = [repr(self)]
        if len(self.totals):
            parts += [
                f"Totals, {self.sam.unit}:",
                self.totals.to_string(float_format="{:.6g}".format),
            ]
        if self.emptied:
            more = ", ..." if len(self.emptied) > count else ""
            shown = ", ".join(self.emptied[:count])
            parts.append(f"Payments set to zero: {len(self.emptied)} ({shown}{more})")
        moved = self.result.moves(count).to_string(index=False, float_format="{:.6g}".format)
        return "\n".join([*parts, "Payments moved most:", moved])

    def __repr__(self) -> str:
        return repr(self.result)


def rebalance(
    sam: SAM,
    totals: Iterable[Total] = (),
    *,
    method: str = "entropy",
    relative_deviation: float = RELATIVE_DEVIATION,
    deviations: npt.ArrayLike | pd.Series | None = None,
    empty: Names = (),
) -> Rebalanced:
    """The nearest SAM whose accounts balance and whose payments meet totals.

    Arguments:
        sam: any SAM, balanced or not.
        totals: what is known of it; none to balance its accounts only.
        method: ``entropy`` (payments move in proportion) or ``least_squares`` (by amounts).
        relative_deviation: standard deviation of payments relative to their size
            (``sam.balancing.balance``). Matters beside soft totals only.
        deviations: of each line of ``sam.frame`` instead, in the unit of the SAM; 0 where a payment
            is known and stays. A series is matched with the labels of its lines.
        empty: accounts, as ``region/kind/account``, that may lose all they receive or pay, because
            they pay or receive nothing.

    Returns:
        The balanced SAM and the report. Signs and zeros stay; a total of zero empties payments.

    Raises:
        SAMError: a total is no ``Total``, names labels that do not occur, or selects no payment;
            ``empty`` names no account, or one that need not be emptied.
        BalancingError: unknown method, an account that could only be emptied, or the totals
            contradict each other or the signs of the payments; the smallest set to blame is named.
    """
    with headed("rebalance"):
        return _rebalanced(sam, _totals(totals), method, relative_deviation, deviations, empty)


def _totals(given: Iterable[Total]) -> list[Total]:
    """The totals as a list.

    Raises:
        SAMError: there is anything else among them.
    """
    listed = list(given) if isinstance(given, Iterable) else [given]
    strange = [item for item in listed if not isinstance(item, Total)]
    if strange or isinstance(given, Total):
        found = f"a {type(given).__name__}" + (f" of {strange[0]!r}" if strange else "")
        raise SAMError(
            f"rebalance: totals are {found}, expected a list of sam.matrix.Total, such as "
            "totals=[Total('VAT', 0.0, row_kind='tax', row='vat')]: a label, the sum, and the "
            "accounts that receive or pay it"
        )
    return listed


def _rebalanced(
    sam: SAM,
    totals: list[Total],
    method: str,
    relative_deviation: float,
    deviations: npt.ArrayLike | pd.Series | None,
    empty: Names,
) -> Rebalanced:
    """The nearest SAM; ``rebalance`` says of what."""
    if method not in METHODS:
        raise BalancingError(f"unknown method {method!r}; choose one of {METHODS}")
    values = sam.frame["value"].to_numpy(float)
    builder = ConstraintBuilder(len(values))
    for total in totals:
        builder.add(total.label, _parts(sam, total), total.value, total.deviation)
    _add_accounts(sam, builder)
    constraints = builder.build()
    _check_emptied(sam, constraints, len(totals), empty)
    names = _names(sam.frame)
    result = balance(
        sam.frame["value"],
        constraints,
        method="entropy" if method == "entropy" else "least_squares",
        relative_deviation=relative_deviation,
        deviations=deviations,
        keep_signs=method == "least_squares",
        names=names,
    )
    if method == "least_squares":  # payments may stop at zero, unless they are forced there
        refuse_vanishing(values, constraints, result.cells, names.__getitem__)
    balanced = replace(sam, frame=sam.frame.assign(value=result.cells))
    before = (constraints.matrix @ values)[: len(totals)]
    return Rebalanced(balanced, result, _met(totals, before, result.achieved))


def _parts(sam: SAM, total: Total) -> list[tuple[Codes, float]]:
    """Payments of a total with their weights."""
    try:
        return [(part.lines(sam), part.weight) for part in total.payments]
    except SAMError as cause:
        raise SAMError(f"total {total.label}: {cause}") from None


def _add_accounts(sam: SAM, builder: ConstraintBuilder) -> None:
    """Every account receives what it pays."""
    labels = sam.accounts[["region", "kind", "account"]].to_numpy(object)
    receivers, payers = sam.ends
    lines = np.flatnonzero(receivers != payers)
    received, paid = (_by_account(side[lines], lines, len(labels)) for side in (receivers, payers))
    for label, ins, outs in zip(labels, received, paid, strict=True):
        builder.add(f"account {'/'.join(label)}", [(ins, 1.0), (outs, -1.0)], 0.0)


def _check_emptied(sam: SAM, constraints: Constraints, asked: int, empty: Names) -> None:
    """No account loses all its payments only because it is to balance, unless that is allowed."""
    found = _emptied_accounts(sam, constraints, asked)
    names = ["/".join(name) for name in sam.accounts[["region", "kind", "account"]].to_numpy()]
    allowed = {empty} if isinstance(empty, str) else set(empty)
    needless = sorted(allowed - {names[k] for k in found})
    if needless:
        known = [names[k] for k in found] or "none"
        raise SAMError(
            f"rebalance: empty names {needless[:SHOWN]}; accounts that can only be emptied: {known}"
        )
    lost = [k for k in found if names[k] not in allowed]
    if lost:
        values, (receivers, payers) = sam.frame["value"].to_numpy(float), sam.ends
        told = [
            f"{names[k]} (receives {values[receivers == k].sum():g}, "
            f"pays {values[payers == k].sum():g} {sam.unit})"
            for k in lost[:_KNOWN]
        ]
        more = f" and {len(lost) - _KNOWN} more" if len(lost) > _KNOWN else ""
        raise BalancingError(
            "accounts that receive and do not pay, or pay and do not receive, by themselves, by "
            "totals of zero or once the others are empty, can only be emptied: "
            f"{', '.join(told)}{more}. Add the payments that are missing, or, where this is meant, "
            f"pass empty={[names[k] for k in found][:_KNOWN]}",
            tuple(names[k] for k in found),
        )


def _emptied_accounts(sam: SAM, constraints: Constraints, asked: int) -> list[int]:
    """Accounts that lose all they receive and pay, and not by totals of zero that are asked for."""
    values = sam.frame["value"].to_numpy(float)
    gone = emptied(values, constraints)
    by_balance = gone & ~emptied(values, constraints.lines(np.arange(asked)))
    if not by_balance.any():
        return []
    used = abs(constraints.matrix[asked:])
    left, lost = (used @ mask for mask in ((values != 0.0) & ~gone, (values != 0.0) & by_balance))
    return np.flatnonzero((left == 0.0) & (lost > 0.0)).tolist()


def _by_account(owner: Codes, lines: Codes, count: int) -> list[Codes]:
    """Lines of every account."""
    order = np.argsort(owner, kind="stable")
    cuts = np.searchsorted(owner[order], np.arange(1, count))
    return np.split(lines[order], cuts)[:count]


def _names(frame: pd.DataFrame) -> list[str]:
    """Every payment as ``region/kind/account <- region/kind/account``."""
    lines = frame[KEYS].itertuples(index=False, name=None)
    return [f"{'/'.join(line[:3])} <- {'/'.join(line[3:])}" for line in lines]


def _met(totals: list[Total], before: Array, achieved: Array) -> pd.DataFrame:
    """The totals that were asked for, before and after."""
    return pd.DataFrame(
        {
            "before": before,
            "target": [float(total.value) for total in totals],
            "after": achieved[: len(totals)],
            "deviation": [float(total.deviation) for total in totals],
        },
        index=pd.Index([total.label for total in totals], name="total", dtype="str"),
    )
