r"""Sharing out the nation: every national cell over the regions as their own structure has it.

Regions have the structure of the provincial tables (those of 2007 moved towards the largest flows
of 2017) at the size of the base year. A national cell :math:`N_{ij}` goes to region r with its
share :math:`s_{rij}` in what that structure has of the cell; where the structure knows little of it
(:math:`S_{ij} \ll N_{ij}`, say software bought for investment), the size :math:`z_{rj}` of the
buyer tells more,

.. math:: x_{rij} = \bigl[ w_{ij} s_{rij} + (1 - w_{ij}) z_{rj} \bigr] N_{ij} , \qquad
          w_{ij} = \min(1, S_{ij} / |N_{ij}|) .

Purchases of energy are shared as quantities are, so that all regions pay the same price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from recipes.yrd2020.flows import STOCKS, TAX, Flows, summed
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.official import Official
from recipes.yrd2020.totals import Totals, goods_of
from sam.accounts import HOUSEHOLDS
from sam.balancing import ras
from sam.ratios import ratio

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

CONTENT = 1.5
"""Largest factor between the share of value added in an activity of a region and of the nation that
the structure of provincial tables is believed in."""

SERVICES_AWAY = 0.4
"""Largest share of a service (water, building, trade ... included) that the prior sells to, or buys
from, other regions, our own judgement: the tables of 2007 print up to nine tenths."""

_OWN_SUPPLY = ("COL", "GDT", "ELE")
"""Energy that its maker buys from itself where it is made: washing, networks, the grid."""


def share_out(
    structure: Flows,
    old: Flows,
    nation: Official,
    totals: Totals,
    bought: Array,
    placed: Mapping[str, Array],
    made: Array,
) -> Flows:
    r"""Share out every national cell over the regions; trade between regions grows with both ends.

    .. math:: T_{rsi} = T^{old}_{rsi} \sqrt{\frac{X_{ri}}{X^{old}_{ri}} \frac{U_{si}}{U^{old}_{si}}}

    with output X of the origin and use U of the destination.

    Arguments:
        structure: flows of all regions at the size of the base year.
        old: the same at the size of the provincial tables, from which trade grows.
        nation: what the regions add up to.
        totals: control totals, of which foreign trade and demand size the shares.
        bought: quantities of energy times price (region, energy, user).
        placed: share of each region in an activity whose place is known (region).
        made: value added (region, activity).
    """
    size = made / made.sum(0)  # region, activity
    inner = blended(structure.intermediate, nation.intermediate, size[:, None])
    inner, added = _energy_makers(inner, structure, nation, size, placed)
    inner = _energy_rows(inner, nation, bought, size)
    inner = _plausible(inner, added, nation)
    output = inner.sum(1) + added.sum(1)
    final = _final(structure, nation, totals, bought, output)
    use = inner.sum(2) + final.sum(2)
    sold, taken = ratio(output, old.output), ratio(use, _use(old))  # region, commodity
    return Flows(
        intermediate=inner,
        value_added=added,
        final=final,
        exports=_with_margins(
            _foreign(old.exports * sold, totals.exports, nation.exports, output, nation.sectors),
            totals.exports,
            nation,
        ),
        imports=_foreign(old.imports * taken, totals.imports, nation.imports, use, nation.sectors),
        trade=_mostly_home(
            old.trade * np.sqrt(np.maximum(sold[:, None] * taken[None], 0.0)),
            output,
            use,
            ~goods_of(nation.sectors),
        ),
        local=old.local,
    )


def blended(structure: Array, nation: Array, size: Array) -> Array:
    """National cells shared as a structure has them, and by size where it knows little of them.

    Arguments:
        structure: what regions have of each cell (region, ...).
        nation: national cells (...).
        size: shares of the regions by size (region, ...), which broadcast to the structure.
    """
    known = structure.sum(0)
    weight = np.minimum(1.0, ratio(known, np.abs(nation), 1.0))
    share = np.where(known > 0.0, ratio(structure, np.broadcast_to(known, structure.shape)), size)
    return np.asarray((weight * share + (1.0 - weight) * size) * nation)


def _use(flows: Flows) -> Array:
    return np.asarray(flows.intermediate.sum(2) + flows.final.sum(2))


def _energy_makers(
    inner: Array, structure: Flows, nation: Official, size: Array, placed: Mapping[str, Array]
) -> tuple[Array, Array]:
    """Columns of the makers of energy by place, whatever the tables had, and value added of all."""
    made = structure.value_added.copy()
    made[:, TAX] = np.where(nation.value_added[TAX] > 0.0, made[:, TAX], 0.0)
    added = blended(made, nation.value_added, size[:, None])
    result = inner.copy()
    for name in placed:
        j = nation.sectors.index(name)
        result[:, :, j] = size[:, None, j] * nation.intermediate[:, j]
        added[:, :, j] = size[:, None, j] * nation.value_added[:, j]
    return result, added


def _energy_rows(inner: Array, nation: Official, bought: Array, size: Array) -> Array:
    """Purchases of energy by activities as quantities are, own supply where it is made."""
    result = inner.copy()
    for k, name in enumerate(ENERGY):
        i = nation.sectors.index(name)
        quantity = bought[:, k, : len(nation.sectors)]
        share = np.where(quantity.sum(0) > 0.0, ratio(quantity, summed(quantity)), size)
        if name in _OWN_SUPPLY:
            share[:, i] = _own_supply(quantity, nation.intermediate[i], i, size[:, i])
        result[:, i] = share * nation.intermediate[i]
    return result


def _own_supply(quantity: Array, paid: Array, own: int, size: Array) -> Array:
    """Share of the regions in what a maker of energy sells to itself.

    What it burns or loses is placed by quantity, at the price of all others; the rest (coal to be
    washed, electricity of generators to the grid) where the energy is made.

    Arguments:
        quantity: bought, at stated prices (region, activity).
        paid: payments of the nation (activity).
        own: position of the maker.
        size: share of the regions in what it makes.
    """
    others = np.arange(len(paid)) != own
    level = paid[others].sum() / quantity[:, others].sum()
    used = min(float(level * quantity[:, own].sum()), float(paid[own]))
    if used <= 0.0:
        return size
    by_quantity = quantity[:, own] / quantity[:, own].sum()
    return np.asarray((used * by_quantity + (paid[own] - used) * size) / paid[own])


def _plausible(inner: Array, added: Array, nation: Official) -> Array:
    """Inputs of activities whose share of value added is far from the nation's, brought near it.

    Energy stays as its quantity; other inputs keep at least half of their size.
    """
    made, cost = added.sum(1), inner.sum(1)  # region, activity
    usual = nation.made / nation.output
    share = np.clip(ratio(made, made + cost), usual / CONTENT, np.minimum(usual * CONTENT, 0.97))
    energy = nation.places(ENERGY)
    goods = cost - inner[:, energy].sum(1)
    wanted = np.maximum(made * (1.0 / share - 1.0) - inner[:, energy].sum(1), 0.5 * goods)
    factor = np.where(made > 0.0, ratio(wanted, goods, 1.0), 1.0)
    result = inner * factor[:, None]
    result[:, energy] = inner[:, energy]
    return np.asarray(result)


def _final(
    structure: Flows, nation: Official, totals: Totals, bought: Array, output: Array
) -> Array:
    """Final demand as structured in the tables, energy by quantity, stocks where goods are made."""
    sized = np.zeros(structure.final.shape)
    spent = structure.final.sum(1)  # region, final use
    sized[..., :STOCKS] = (
        structure.final[..., :STOCKS] * ratio(totals.final, spent[:, :STOCKS])[:, None]
    )
    size = (
        np.ones((len(output), 1, nation.final.shape[1]))
        * ratio(
            np.column_stack([totals.final, output.sum(1)]),
            np.column_stack([summed(totals.final), summed(output).sum(1)]),
        )[:, None]
    )
    final = blended(sized, nation.final, size)
    final[:, :, STOCKS] = ratio(output, summed(output)) * nation.final[:, STOCKS]
    for k, name in enumerate(ENERGY):
        i = nation.sectors.index(name)
        quantity = bought[:, k, len(nation.sectors) :]
        for h in range(len(HOUSEHOLDS)):
            if quantity[:, h].sum() > 0.0:
                final[:, i, h] = quantity[:, h] / quantity[:, h].sum() * nation.final[i, h]
    return final


def _mostly_home(trade: Array, output: Array, use: Array, services: Mask) -> Array:
    """Trade between regions in which services and water are mostly sold and bought at home.

    Arguments:
        trade: sales (origin, destination, commodity).
        output: of the origin (region, commodity).
        use: of the destination (region, commodity).
        services: which commodities they are.
    """
    most = (SERVICES_AWAY * np.maximum(values, 0.0) for values in (output, use))
    sides = [
        np.minimum(1.0, ratio(limit, traded, 1.0))
        for limit, traded in zip(most, (trade.sum(1), trade.sum(0)), strict=True)
    ]
    factor = np.minimum(sides[0][:, None], sides[1][None])
    return np.asarray(np.where(services, factor * trade, trade))


def _foreign(
    grown: Array, goods: Array, nation: Array, size: Array, sectors: Sequence[str]
) -> Array:
    """Foreign trade: half as in the provincial tables, half by size; goods of each region as known.

    Arguments:
        grown: trade of the provincial tables, grown with output or use (region, commodity).
        goods: trade in goods (region).
        nation: trade of the nation (commodity).
        size: output or use (region, commodity).
        sectors: commodities.
    """
    even = ratio(size, summed(size)) * nation
    trade = 0.5 * (blended(grown, nation, ratio(size, summed(size))) + even)
    chosen = goods_of(sectors)
    trade[:, chosen] = ras(
        trade[:, chosen], goods * nation[chosen].sum() / goods.sum(), nation[chosen]
    )
    return trade


def _with_margins(exports: Array, goods: Array, nation: Official) -> Array:
    """Exports of trade and transport, mostly margins on goods, placed as goods are exported."""
    placed = exports.copy()
    margins = nation.places(("TRD", "TRN"))
    placed[:, margins] = (goods / goods.sum())[:, None] * nation.exports[margins]
    return placed
