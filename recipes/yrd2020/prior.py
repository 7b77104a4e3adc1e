r"""The prior of 2020: the structure of 2007 at the size of 2020.

Columns grow with the value added of their group, demand and foreign trade with their totals, trade
between regions with the geometric mean of both regions' growth. Impossible cells of 2007 (negative
inventories, taxes and surpluses) are repaired first, and the shares of labour and of production tax
move to those of 2020 for the nation as a whole, in the same proportion of odds everywhere:

.. math:: \frac{L'_{rj}}{K'_{rj}} = \lambda \frac{L_{rj}}{K_{rj}} , \qquad
          \sum_{rj} L'_{rj} = L^{2020} .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import optimize

from recipes.yrd2020.flows import CAPITAL, LABOUR, TAX, Flows
from recipes.yrd2020.inputs import Inputs
from recipes.yrd2020.totals import GROUPS, Totals
from sam.balancing import ras
from sam.ratios import ratio

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int_]

DUST = 1e-3
"""Flows below this (1e8 CNY) are dropped."""

SMALLEST_OUTPUT = 0.5
"""Activities that make less than this (1e8 CNY) are closed."""

_LOCAL_FLOOR = 0.05  # local sales of the prior over output
_HOME_FLOOR = 0.03  # local sales of the prior over imports, as far as half of output allows


def clean(flows: Flows, inputs: Inputs, agriculture: int) -> Flows:
    """Repair negative inventories, taxes and surpluses, and the mixed income of farms.

    Arguments:
        flows: flows of 2007.
        inputs: floor of the capital share, labour share of agriculture.
        agriculture: position of agriculture.
    """
    labour, tax, capital = (flows.value_added[:, k].copy() for k in (LABOUR, TAX, CAPITAL))
    net = np.maximum(labour + capital, 0.0)
    floor = inputs.value("capital_floor")
    share = np.clip(ratio(capital, net), floor, 1.0 - floor)
    share[:, agriculture] = 1.0 - inputs.value("labour_share_AGR")
    parts = [(1.0 - share) * net, np.maximum(tax, 0.0), share * net]
    return replace(
        flows,
        value_added=np.stack(parts, axis=1),
        final=np.maximum(flows.final, 0.0),
        intermediate=np.maximum(flows.intermediate, 0.0),
    )


def grow(flows: Flows, totals: Totals, groups: Positions, sectors: Sequence[str]) -> Flows:
    """Scale the flows of 2007 to the control totals of 2020.

    Arguments:
        flows: clean flows of 2007.
        totals: control totals.
        groups: position in ``GROUPS`` of each activity.
        sectors: sector codes.
    """
    made = flows.value_added.sum(1)  # region, activity
    growth = _growth(made, totals, groups, sectors)
    pace = totals.gdp / made.sum(1)  # region
    final = flows.final / flows.final.sum(1, keepdims=True) * _final_totals(totals)[:, None]
    return replace(
        flows,
        intermediate=flows.intermediate * growth[:, None],
        value_added=flows.value_added * growth[:, None],
        final=final,
        trade=flows.trade * np.sqrt(np.outer(pace, pace))[:, :, None],
    )


def scale_trade(flows: Flows, totals: Totals, goods: Mask, sectors: Sequence[str]) -> Flows:
    """Scale foreign trade: commodities with a national total, other goods by region, services.

    Arguments:
        flows: flows of the prior.
        totals: control totals.
        goods: which commodities are goods.
        sectors: sector codes.
    """
    return replace(
        flows,
        exports=_scaled_trade(
            flows.exports,
            {sectors.index(k): v for k, v in totals.commodity_exports.items()},
            totals.exports,
            totals.services_exports,
            goods,
        ),
        imports=_scaled_trade(
            flows.imports,
            {sectors.index(k): v for k, v in totals.commodity_imports.items()},
            totals.imports,
            totals.services_imports,
            goods,
        ),
    )


def fit_industry(
    flows: Flows, totals: Totals, groups: Positions, sectors: Sequence[str], fixed: Sequence[int]
) -> Flows:
    """Resize industries to the nation's revenue and known regional shares, energy purchases kept.

    Sales to other regions and abroad move with the output of the region.

    Arguments:
        flows: flows of the prior with energy imposed.
        totals: control totals.
        groups: position in ``GROUPS`` of each activity.
        sectors: sector codes.
        fixed: positions of the energy commodities, whose rows and columns stay.
    """
    chosen = [sectors.index(name) for name in totals.revenue]
    made, output = flows.value_added.sum(1), flows.output
    industry = [int(k) for k in np.flatnonzero(groups == GROUPS.index("industry"))]
    kept = [k for k in industry if k not in chosen]
    rows = totals.groups[:, GROUPS.index("industry")] - made[:, kept].sum(1)
    content = ratio(made, output)[:, chosen]  # region, industry
    average = made[:, chosen].sum(0) / output[:, chosen].sum(0)
    size = np.array(list(totals.revenue.values()))
    size *= rows.sum() / (size * average).sum()  # output of the nation
    none = np.full(len(made), np.nan)
    share = np.stack([totals.output_shares.get(name, none) for name in totals.revenue], axis=1)
    known = np.nan_to_num(share) * size * content
    resized = _with_known(made[:, chosen], known, rows, size * average)
    factor = np.ones_like(made)  # region, activity
    factor[:, chosen] = ratio(resized, made[:, chosen])
    intermediate = flows.intermediate * factor[:, None]
    intermediate[:, fixed] = flows.intermediate[:, fixed]
    value_added = flows.value_added * factor[:, None]
    growth = ratio(intermediate.sum(1) + value_added.sum(1), output)  # region, activity
    return replace(
        flows,
        intermediate=intermediate,
        value_added=value_added,
        exports=flows.exports * growth,
        trade=flows.trade * growth[:, None],
    )


def fit_demand(flows: Flows, totals: Totals, fixed: Sequence[int]) -> Flows:
    """Scale final purchases of goods and services so that each use keeps its total beside energy.

    Arguments:
        flows: flows of the prior with energy imposed.
        totals: control totals.
        fixed: positions of the energy commodities, whose purchases stay.
    """
    energy = flows.final[:, fixed].sum(1)  # region, final use
    others = flows.final.sum(1) - energy
    final = flows.final * ratio(_final_totals(totals) - energy, others)[:, None]
    final[:, fixed] = flows.final[:, fixed]
    return replace(flows, final=final)


def shift_shares(flows: Flows, totals: Totals, floor: float) -> Flows:
    """Move labour and production tax to their national totals, value added unchanged.

    Arguments:
        flows: flows of the prior.
        totals: control totals.
        floor: smallest share of capital in factor income.
    """
    made = flows.value_added.sum(1)
    tax = flows.value_added[:, TAX] * totals.production_tax / flows.value_added[:, TAX].sum()
    net = made - tax
    labour, capital = flows.value_added[:, LABOUR], flows.value_added[:, CAPITAL]

    def share(log_odds: float) -> Array:
        return np.minimum(_odds_share(labour, capital, log_odds), 1.0 - floor)

    def miss(log_odds: float) -> float:
        return float((net * share(log_odds)).sum() - totals.labour)

    wages = net * share(float(optimize.brentq(miss, -5.0, 5.0, xtol=1e-14)))
    return replace(flows, value_added=np.stack([wages, tax, net - wages], axis=1))


def prune(flows: Flows, keep: Mask) -> Flows:
    """Close tiny activities, drop dust, and let local sales be what output leaves.

    Arguments:
        flows: flows of the prior.
        keep: commodities whose purchases stay however small.
    """
    alive = flows.output >= SMALLEST_OUTPUT  # region, activity
    intermediate = _without_dust(flows.intermediate, keep[None, :, None]) * alive[:, None]
    value_added = flows.value_added * alive[:, None]
    exports = _without_dust(flows.exports) * alive
    trade = _without_dust(flows.trade) * alive[:, None]
    output = intermediate.sum(1) + value_added.sum(1)
    imports = _without_dust(flows.imports)
    floor = np.maximum(_LOCAL_FLOOR * output, np.minimum(_HOME_FLOOR * imports, 0.5 * output))
    local = np.maximum(output - exports - trade.sum(1), floor)
    return Flows(
        intermediate=intermediate,
        value_added=_without_dust(value_added),
        final=_without_dust(flows.final, keep[None, :, None]),
        exports=exports,
        imports=imports,
        trade=trade,
        local=np.where(alive, local, 0.0),
    )


def _growth(made: Array, totals: Totals, groups: Positions, sectors: Sequence[str]) -> Array:
    """Growth of each column (region, activity): its group, and for services also its industry.

    Services are scaled by region and by industry of the nation at once (RAS), cells that are known
    apart; those without a national total share what is left.
    """
    by_group = np.stack([made[:, groups == g].sum(1) for g in range(len(GROUPS))], axis=1)
    growth: Array = (totals.groups / by_group)[:, groups]  # region, activity
    services = [int(k) for k in np.flatnonzero(groups == GROUPS.index("tertiary"))]
    grown = (made * growth)[:, services]
    nation = np.array([totals.industries.get(sectors[k], np.nan) for k in services])
    open_ = np.isnan(nation)
    left = grown.sum() - nation[~open_].sum()
    columns = np.where(open_, grown.sum(0) * left / grown[:, open_].sum(), nation)
    none = np.full(len(made), np.nan)
    known = [totals.regional_industries.get(sectors[k], none) for k in services]
    cells = np.nan_to_num(np.stack(known, axis=1))  # region, service
    growth[:, services] *= ratio(_with_known(grown, cells, grown.sum(1), columns), grown)
    return growth


def _scaled_trade(
    trade: Array, known: dict[int, float], by_region: Array, services: float, goods: Mask
) -> Array:
    """Trade (region, commodity) with given totals by commodity, by region and for services."""
    scaled = trade.copy()
    for k, total in known.items():
        scaled[:, k] *= total / scaled[:, k].sum()
    open_ = goods & ~np.isin(np.arange(goods.size), list(known))
    left = by_region - scaled[:, goods & ~open_].sum(1)
    scaled[:, open_] *= (left / scaled[:, open_].sum(1))[:, None]
    scaled[:, ~goods] *= services / scaled[:, ~goods].sum()
    return scaled


def _with_known(prior: Array, known: Array, rows: Array, columns: Array) -> Array:
    """Cells with given sums of which some (positive in ``known``) are given too (RAS of the rest).

    The sums of columns are scaled to those of rows.
    """
    open_ = np.where(known > 0.0, 0.0, prior)
    left = columns - known.sum(0)
    rest = rows - known.sum(1)
    result: Array = known + ras(open_, rest, left * rest.sum() / left.sum(), tol=1e-10)
    return result


def _final_totals(totals: Totals) -> Array:
    """Final demand (region, final use)."""
    fixed = totals.investment - totals.inventories
    return np.stack([*totals.consumption.T, totals.government, fixed, totals.inventories], axis=1)


def _odds_share(labour: Array, capital: Array, log_odds: float) -> Array:
    weighted = labour * np.exp(log_odds)
    return ratio(weighted, weighted + capital)


def _without_dust(values: Array, keep: Mask | bool = False) -> Array:
    return np.where((values >= DUST) | keep, values, 0.0)
