r"""The regions' own structure at the size of the base year, and a prior fit to be balanced.

Provincial tables are repaired, what is closed by now is taken out, and every activity grows to the
value added that it has in the base year: scaled (RAS) to the published groups of every region and
to the activities of the nation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recipes.yrd2020.flows import CAPITAL, LABOUR, TAX, Flows, summed
from recipes.yrd2020.official import Official
from recipes.yrd2020.totals import GROUPS, Totals, group_of
from sam.balancing import ras
from sam.ratios import ratio

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

DUST = 1e-3
"""Flows below this (1e8 CNY) are dropped where another region has the cell too."""

SMALLEST_OUTPUT = 0.5
"""Activities that make less than this (1e8 CNY) are closed."""

_LOCAL_FLOOR = 0.05  # local sales of the prior over output
_HOME_FLOOR = 0.03  # local sales of the prior over imports, as far as half of output allows


def clean(flows: Flows, floor: float) -> Flows:
    """Repair stocks that fall, subsidies and sectors without profit in provincial tables.

    Arguments:
        flows: flows of the provincial tables.
        floor: smallest share of labour and of capital in factor income.
    """
    labour, tax, capital = (flows.value_added[:, k] for k in (LABOUR, TAX, CAPITAL))
    net = np.maximum(labour + capital, 0.0)
    share = np.clip(ratio(capital, net), floor, 1.0 - floor)
    parts = [(1.0 - share) * net, np.maximum(tax, 0.0), share * net]
    return replace(
        flows,
        value_added=np.stack(parts, axis=1),
        final=np.maximum(flows.final, 0.0),
        intermediate=np.maximum(flows.intermediate, 0.0),
    )


def close(flows: Flows, absent: Mask) -> Flows:
    """Take out activities that are not there any more, with what they sell.

    Arguments:
        flows: clean flows of the provincial tables.
        absent: activities that are closed (region, activity).
    """
    open_ = ~absent
    return replace(
        flows,
        intermediate=flows.intermediate * open_[:, None],
        value_added=flows.value_added * open_[:, None],
        exports=flows.exports * open_,
        trade=flows.trade * open_[:, None],
        local=flows.local * open_,
    )


def value_added(
    flows: Flows, totals: Totals, nation: Official, placed: Mapping[str, Array]
) -> Array:
    """Value added of the base year (region, activity).

    Within a group of activities a matrix of region by activity starts from the tables and is scaled
    (RAS) to the group in every region and the activity in the nation; what is known stays.

    Arguments:
        flows: clean flows of the provincial tables.
        totals: control totals.
        nation: what the regions add up to.
        placed: share of each region in an activity whose place is known (region).
    """
    made: Array = flows.value_added.sum(1)
    result: Array = np.zeros_like(made)
    group = group_of(nation.sectors)
    for g in range(len(GROUPS)):
        members = np.flatnonzero(group == g)
        columns = nation.made[members]
        rows = totals.groups[:, g] * columns.sum() / totals.groups[:, g].sum()
        known = np.stack(
            [_known(nation.sectors[k], float(nation.made[k]), totals, placed) for k in members], 1
        )
        result[:, members] = _with_known(made[:, members], known, rows, columns)
    return result


def grow(flows: Flows, made: Array) -> Flows:
    """Scale the columns of the tables to their value added of the base year.

    Arguments:
        flows: clean flows of the provincial tables.
        made: value added (region, activity).
    """
    growth = ratio(made, flows.value_added.sum(1))
    return replace(
        flows,
        intermediate=flows.intermediate * growth[:, None],
        value_added=flows.value_added * growth[:, None],
    )


def prune(flows: Flows) -> Flows:
    """Close tiny activities, drop dust, and let local sales be what output leaves.

    No national cell is lost: what one region drops the others have, in proportion.
    """
    alive = flows.output >= SMALLEST_OUTPUT  # region, activity
    intermediate = _without_dust(flows.intermediate, alive[:, None])
    added = _without_dust(flows.value_added, alive[:, None])
    exports = _without_dust(flows.exports, alive)
    trade = np.where(flows.trade >= DUST, flows.trade, 0.0) * alive[:, None]
    output = intermediate.sum(1) + added.sum(1)
    imports = _without_dust(flows.imports, np.ones_like(alive))
    floor = np.maximum(_LOCAL_FLOOR * output, np.minimum(_HOME_FLOOR * imports, 0.5 * output))
    local = np.maximum(output - exports - trade.sum(1), floor)
    return Flows(
        intermediate=intermediate,
        value_added=added,
        final=_without_dust(flows.final, np.ones_like(flows.final, dtype=bool)),
        exports=exports,
        imports=imports,
        trade=trade,
        local=np.where(alive, local, 0.0),
    )


def _known(sector: str, nation: float, totals: Totals, placed: Mapping[str, Array]) -> Array:
    """Value added of an activity where it is known, else zero (region)."""
    if sector in placed:
        return placed[sector] * nation
    if sector in totals.services:
        return np.nan_to_num(totals.services[sector])
    none = np.zeros(len(totals.groups))
    return np.nan_to_num(totals.output_shares.get(sector, none)) * nation


def _with_known(prior: Array, known: Array, rows: Array, columns: Array) -> Array:
    """Cells with given sums of which some (positive in ``known``) are given too (RAS of the rest).

    A column that is known as a whole leaves nothing for the rest.
    """
    whole = known.sum(0) >= columns * (1.0 - 1e-9)
    open_ = np.where((known > 0.0) | whole, 0.0, prior)
    left = np.where(whole, 0.0, columns - known.sum(0))
    rest = rows - known.sum(1)
    if not open_.any():
        return known
    result: Array = known + ras(open_, rest * left.sum() / rest.sum(), left, tol=1e-10)
    return result


def _without_dust(values: Array, alive: Mask) -> Array:
    """Cells of activities that are open without dust, national cells kept."""
    size = np.where(alive, np.abs(values), 0.0)
    large = size >= DUST
    largest = (size == size.max(0)) & (size > 0.0)
    kept = np.where(large | (largest & ~large.any(0)), values, 0.0)
    left = summed(kept)
    return np.asarray(kept * ratio(summed(values), left, 1.0, where=left != 0.0))
