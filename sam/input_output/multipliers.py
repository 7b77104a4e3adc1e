r"""Multipliers of a social accounting matrix.

Accounts are split into endogenous ones, which spend what they receive in fixed proportions, and
exogenous ones. With the shares :math:`S` of what endogenous accounts pay each other and injections
:math:`e` from exogenous accounts,

.. math:: y = S y + e = (I - S)^{-1} e = M e .

With activities and products endogenous these are the multipliers of Leontief (type I); with factors
and households also, spending of incomes is added (type II). Pyatt and Round (1979, Economic Journal
89) split :math:`M` by what happens within a group of accounts and between groups: with
:math:`\tilde S` the blocks of :math:`S` within groups and
:math:`A = (I - \tilde S)^{-1} (S - \tilde S)`, for :math:`k` groups in a circle,

.. math:: M = M_3 M_2 M_1 , \quad M_1 = (I - \tilde S)^{-1} , \quad
          M_2 = I + A + \dots + A^{k-1} , \quad M_3 = (I - A^k)^{-1} :

transfers within groups, effects of one group on the others (open loop), and what comes round again
(closed loop). Stone's additive form is
:math:`M = I + (M_1 - I) + (M_2 - I) M_1 + (M_3 - I) M_2 M_1`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import ACTIVITY, FACTOR, HOUSEHOLD, TAX
from sam.errors import SAMError
from sam.input_output.leontief import BALANCE, PRODUCTS, leontief_inverse
from sam.input_output.stressors import by_account
from sam.matrix import SAM

Array = npt.NDArray[np.float64]

PRODUCTION = (ACTIVITY, *PRODUCTS)
"""Endogenous kinds of type I multipliers."""

PRODUCTION_AND_HOUSEHOLDS = (*PRODUCTION, FACTOR, HOUSEHOLD)
"""Endogenous kinds of type II multipliers."""

_DUST = 1e-9  # direct content, over the largest, below which a ratio to it means nothing


@dataclass(frozen=True, eq=False, repr=False)
class AccountingMultipliers:
    """Multipliers of the endogenous accounts.

    Attributes:
        accounts: (region, kind, account) of the endogenous accounts.
        shares: S, what endogenous accounts pay each other per unit paid (receiver, payer).
        matrix: M, receipts per unit of injection (receiver, injected account).
        totals: y, what accounts receive.
        injections: e, what exogenous accounts pay them.
        leaks: share of payments that goes to exogenous accounts.
    """

    accounts: pd.MultiIndex
    shares: Array
    matrix: Array
    totals: Array
    injections: Array
    leaks: Array

    def frame(self) -> pd.DataFrame:
        """M with labels."""
        return pd.DataFrame(self.matrix, index=self.accounts, columns=self.accounts)

    def __repr__(self) -> str:
        kinds = ", ".join(self.accounts.get_level_values("kind").drop_duplicates())
        sums = self.matrix.sum(0)
        return (
            f"Multipliers of {len(self.accounts)} endogenous accounts ({kinds}): a unit of "
            f"injection raises receipts by {sums.min():.3g} to {sums.max():.3g}; frame() lists them"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Decomposition:
    """Multipliers by what happens within and between groups of accounts.

    Attributes:
        transfer: M1, within groups.
        open_loop: M2, of a group on the others.
        closed_loop: M3, round all groups and back.
        accounts: (region, kind, account) of rows and columns.
    """

    transfer: Array
    open_loop: Array
    closed_loop: Array
    accounts: pd.MultiIndex

    def additive(self) -> tuple[Array, Array, Array]:
        """Net transfer, open-loop and closed-loop effects; with I they sum to M (Stone)."""
        first = self.transfer
        second = self.open_loop @ first
        third = self.closed_loop @ second
        return first - np.eye(len(first)), second - first, third - second

    def frame(self) -> pd.DataFrame:
        """Stone's additive effects of an injection into each account on all accounts together.

        Returns:
            One line per injected account with the columns ``injection`` (one), ``transfer``,
            ``open loop``, ``closed loop`` and their sum ``total``.
        """
        names = ("transfer", "open loop", "closed loop")
        effects = zip(names, (part.sum(0) for part in self.additive()), strict=True)
        table = pd.DataFrame({"injection": 1.0, **dict(effects)}, index=self.accounts)
        return table.assign(total=table.sum(axis=1))

    def __repr__(self) -> str:
        means = self.frame().mean()
        parts = ", ".join(f"{name} {value:.3g}" for name, value in means.items())
        return f"Decomposition of the multipliers of {len(self.accounts)} accounts, mean: {parts}"


def accounting_multipliers(
    sam: SAM, endogenous: Sequence[str] = PRODUCTION_AND_HOUSEHOLDS
) -> AccountingMultipliers:
    """Multipliers with chosen kinds of account endogenous.

    Arguments:
        sam: a balanced SAM.
        endogenous: kinds of account that spend what they receive.

    Raises:
        SAMError: an account does not balance, no account is of these kinds, or nothing leaks out.
    """
    sam.check(BALANCE)
    table = sam.matrix()
    kind = table.index.get_level_values("kind")
    flows = table.to_numpy(float)
    total = flows.sum(0)
    inside = np.asarray(kind.isin(list(endogenous))) & (total > 0.0)
    if not inside.any():
        raise SAMError(
            f"multipliers: no account of kind {list(endogenous)}; kinds of this SAM: "
            f"{list(kind.drop_duplicates())}"
        )
    among = flows[np.ix_(inside, inside)]
    shares = among / total[inside]
    accounts = table.index[inside]
    assert isinstance(accounts, pd.MultiIndex)
    return AccountingMultipliers(
        accounts=accounts,
        shares=shares,
        matrix=leontief_inverse(shares),
        totals=flows.sum(1)[inside],
        injections=flows[inside].sum(1) - among.sum(1),
        leaks=1.0 - shares.sum(0),
    )


def decompose(multipliers: AccountingMultipliers, groups: Sequence[Sequence[str]]) -> Decomposition:
    """Pyatt and Round's decomposition.

    Arguments:
        multipliers: of endogenous accounts.
        groups: kinds of account in each group, as ``[PRODUCTION, [FACTOR], [HOUSEHOLD]]``. Effects
            between groups are told apart cleanly where payments run round them in a circle.

    Raises:
        SAMError: an endogenous account is in no group or in two.
    """
    kind = multipliers.accounts.get_level_values("kind")
    member = np.array([kind.isin(list(group)) for group in groups])  # group, account
    if not (member.sum(0) == 1).all():
        odd = sorted(set(kind[member.sum(0) != 1]))
        raise SAMError(f"multipliers: put every endogenous kind in one group; look at {odd}")
    within = (member[:, :, None] & member[:, None, :]).any(0)
    inner = np.where(within, multipliers.shares, 0.0)
    transfer = leontief_inverse(inner)
    step = transfer @ (multipliers.shares - inner)
    powers = [np.linalg.matrix_power(step, n) for n in range(len(groups) + 1)]
    return Decomposition(
        transfer,
        np.sum(powers[:-1], axis=0),
        leontief_inverse(powers[-1]),
        multipliers.accounts,
    )


def multiplier_table(sam: SAM, extensions: pd.DataFrame | pd.Series | None = None) -> pd.DataFrame:
    """Output, income and other multipliers of every activity.

    A unit of final demand for an activity's output raises output by the type I multiplier in all
    activities of all regions together, and value added, pay of each factor and every extension by
    their content in that output; type II adds the spending of household incomes.

    Arguments:
        sam: a balanced SAM.
        extensions: amounts by activity (index (region, activity); one column each, or one series),
            such as employment in persons or emissions in Mt; activities not listed have none.

    Returns:
        Frame over (region, activity) with columns (measure, effect); effects ``direct`` (per unit
        of output), ``type I`` and ``type II`` (per unit of final demand), ``ratio I`` and
        ``ratio II`` (over direct; ``NaN`` where nothing is direct).

    Raises:
        SAMError: an account does not balance, nothing leaks out, or an extension belongs to no
            activity with output, is listed twice, is no number or has the name of a measure.
    """
    open_, closed = (
        accounting_multipliers(sam, kinds) for kinds in (PRODUCTION, PRODUCTION_AND_HOUSEHOLDS)
    )
    activities, type_one = _activity_block(open_)
    _, type_two = _activity_block(closed)
    content = _content(sam, activities)
    if extensions is not None:
        amounts = by_account(pd.DataFrame(extensions), sam.regions, "multipliers, extensions")
        taken = sorted(map(str, set(amounts) & set(content)))
        if taken:
            raise SAMError(f"multipliers: extensions {taken} have names of measures; rename them")
        content = content.join(_intensity(amounts, activities, content.attrs["output"]))
    parts = {}
    for measure, direct in content.items():
        first, second = direct.to_numpy() @ type_one, direct.to_numpy() @ type_two
        base = direct.where(direct > _DUST * direct.abs().max())
        parts[str(measure)] = pd.DataFrame(
            {
                "direct": direct,
                "type I": first,
                "type II": second,
                "ratio I": first / base,
                "ratio II": second / base,
            }
        )
    return pd.concat(parts, axis=1, names=["measure", "effect"])


def _activity_block(multipliers: AccountingMultipliers) -> tuple[pd.MultiIndex, Array]:
    active = np.asarray(multipliers.accounts.get_level_values("kind") == ACTIVITY)
    names = multipliers.accounts[active].to_frame(index=False)[["region", "account"]]
    return pd.MultiIndex.from_frame(names), multipliers.matrix[np.ix_(active, active)]


def _content(sam: SAM, activities: pd.MultiIndex) -> pd.DataFrame:
    """Output (one), value added and the pay of each factor per unit of output (activity)."""
    frame = sam.frame[sam.frame["col_kind"] == ACTIVITY]
    payer = pd.MultiIndex.from_frame(frame[["col_region", "col"]])

    def paid(chosen: pd.Series) -> pd.Series:
        lines = frame.loc[chosen, "value"].groupby(payer[chosen.to_numpy()]).sum()
        found: pd.Series = lines.reindex(activities, fill_value=0.0)
        return found

    output = paid(frame["value"].notna())
    content = pd.DataFrame({"output": 1.0}, index=activities)
    content["value added"] = paid(frame["row_kind"].isin([FACTOR, TAX])) / output
    for name in sam.names(FACTOR):
        content[name] = paid((frame["row_kind"] == FACTOR) & (frame["row"] == name)) / output
    content.attrs["output"] = output.to_numpy()
    return content


def _intensity(extensions: pd.DataFrame, activities: pd.MultiIndex, output: Array) -> pd.DataFrame:
    """Extensions per unit of output (activity)."""
    wanted = activities
    if extensions.index.nlevels > activities.nlevels:
        wanted = pd.MultiIndex.from_tuples([(place, ACTIVITY, name) for place, name in activities])
    stray = extensions.index.difference(wanted)
    if len(stray):
        raise SAMError(f"multipliers: extensions for {list(stray)[:5]}, which make nothing")
    amounts = extensions.reindex(wanted, fill_value=0.0).set_axis(activities)
    return amounts.div(output, axis=0)
