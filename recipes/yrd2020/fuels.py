r"""Energy rows of the prior: physical quantity times price.

Money alone gives absurd energy prices, so purchases of fuels and electricity are replaced by
quantity times price, and the activities that make them are resized to what the nation now buys,

.. math:: \sum_r X_{rf} = \sum_{ru} F_{rfu} + E_f - (1 + \tau_f) M_f .

In their columns energy stands as given and everything else is scaled to fill output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.flows import TAX, Flows
from sam.accounts import FUELS, HOUSEHOLDS
from sam.balancing import ras
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

ENERGY = (*FUELS, "ELE")
"""Commodities whose purchases are imposed."""

_FEEDSTOCKS = {"REF": "OIL", "COK": "COL", "GDT": "GAS"}
"""What the makers of secondary fuels take in."""

_GOODS_FLOOR = 0.03  # smallest share of goods and services in the cost of a secondary fuel
_OWN_FLOOR = 0.15  # smallest share of non-energy cost in an energy column
_SEED = 1e-3  # share of an even pattern that is mixed into the routes of energy


@dataclass(frozen=True)
class Content:
    """What the output of a secondary fuel holds beside energy and goods.

    Attributes:
        value_added: share of value added in output.
        tax: share of production tax in output.
    """

    value_added: float
    tax: float = 0.0


def purchase_array(
    purchases: pd.DataFrame, regions: Sequence[str], sectors: Sequence[str]
) -> Array:
    """Purchases of energy, 1e8 CNY (region, energy, user); users: activities, households."""
    axes = {"region": regions, "fuel": ENERGY, "user": (*sectors, *HOUSEHOLDS)}
    result = np.zeros([len(labels) for labels in axes.values()])
    places = [
        pd.Index(labels).get_indexer(pd.Index(purchases[key])) for key, labels in axes.items()
    ]
    np.add.at(result, tuple(places), purchases["value"].to_numpy(float))
    return result


def energy_output(
    flows: Flows,
    bought: Array,
    generation: Array,
    coal: Mapping[int, float],
    sectors: Sequence[str],
    tariff: Array,
) -> Array:
    """Output of the activities that make energy, 1e8 CNY (region, energy).

    The nation makes what it buys and exports less what it imports, duty paid. Electricity is made
    where it is generated, refined oil, coke and piped gas where crude oil, coking coal and gas are
    taken in, coal as mined, the rest as in 2007; but everywhere at least what pays for the energy
    it takes.

    Arguments:
        flows: flows of the prior, foreign trade scaled.
        bought: purchases of energy (region, energy, user).
        generation: electricity made, TWh (region).
        coal: share in the nation's coal output of the regions where it is known (region number).
        sectors: sector codes.
        tariff: duty rate on imports (commodity).
    """
    rows = [sectors.index(name) for name in ENERGY]
    share = flows.output[:, rows].copy()  # region, energy
    for product, feedstock in _FEEDSTOCKS.items():
        user, fuel = sectors.index(product), ENERGY.index(feedstock)
        share[:, ENERGY.index(product)] = bought[:, fuel, user]
    share[:, ENERGY.index("ELE")] = generation
    share /= share.sum(0)
    mined = share[:, ENERGY.index("COL")]
    others = [r for r in range(len(mined)) if r not in coal]
    mined[others] *= (1.0 - sum(coal.values())) / mined[others].sum()
    mined[list(coal)] = list(coal.values())
    trade = flows.exports[:, rows].sum(0) - (1.0 + tariff[rows]) * flows.imports[:, rows].sum(0)
    output = share * (bought.sum((0, 2)) + trade)
    least = bought[:, :, rows].sum(1) / (1.0 - _OWN_FLOOR)  # region, energy
    return _at_least(output, least)


def _at_least(values: Array, least: Array) -> Array:
    """Values no smaller than their bounds, with the same sum over regions as far as it allows."""
    spare = np.maximum(values - least, 0.0)
    short = np.maximum(least - values, 0.0).sum(0)
    return np.asarray(np.maximum(values, least) - spare * ratio(short, spare.sum(0)))


def impose_energy(
    flows: Flows,
    bought: Array,
    output: Array,
    content: Mapping[str, Content],
    sectors: Sequence[str],
) -> Flows:
    """Replace the energy rows and resize the activities that make energy.

    Arguments:
        flows: flows of the prior.
        bought: purchases of energy (region, energy, user).
        output: output of the activities that make energy (region, energy).
        content: value added in the output of secondary fuels.
        sectors: sector codes.
    """
    rows = [sectors.index(name) for name in ENERGY]
    count = len(sectors)
    intermediate, final = flows.intermediate.copy(), flows.final.copy()
    intermediate[:, rows] = bought[:, :, :count]
    final[:, rows] = 0.0
    final[:, rows, : len(HOUSEHOLDS)] = bought[:, :, count:]
    value_added = flows.value_added.copy()
    others = [k for k in range(count) if k not in rows]
    for k, j in enumerate(rows):
        energy = intermediate[:, rows, j].sum(1)  # region
        goods, factors = _column(
            flows.intermediate[:, others, j],
            flows.value_added[:, :, j],
            output[:, k],
            output[:, k] - energy,
            content.get(ENERGY[k]),
        )
        intermediate[:, others, j], value_added[:, :, j] = goods, factors
    trade = flows.trade.copy()
    trade[..., rows] *= ratio(output, flows.output[:, rows])[:, None]
    resized = replace(
        flows, intermediate=intermediate, value_added=value_added, final=final, trade=trade
    )
    return _settle(resized, output, rows)


def _column(
    goods: Array, value_added: Array, output: Array, room: Array, content: Content | None
) -> tuple[Array, Array]:
    """Goods and value added in an energy column that costs its output beside energy.

    Without given content both keep the proportions of 2007 and fill the room; with it value added
    has its share in output and goods fill what is left.

    Arguments:
        goods: purchases of goods and services in the prior (region, commodity).
        value_added: value added in the prior (region, component).
        output: output (region).
        room: output less energy purchases (region).
        content: shares of value added and of production tax in output.
    """
    if content is None:
        wanted = np.maximum(room, _OWN_FLOOR * output)
        factor = ratio(wanted, goods.sum(1) + value_added.sum(1))[:, None]
        return goods * factor, value_added * factor
    factors = value_added.copy()
    factors[:, TAX] = 0.0
    net = (content.value_added - content.tax) * output
    factors *= ratio(net, factors.sum(1))[:, None]
    factors[:, TAX] = content.tax * output
    wanted = np.maximum(room - factors.sum(1), _GOODS_FLOOR * output)
    return goods * ratio(wanted, goods.sum(1))[:, None], factors


def _settle(flows: Flows, output: Array, rows: Sequence[int]) -> Flows:
    """Route energy from where it is made or landed to where it is bought.

    For each energy the sales of regions and of the world by destination keep their pattern as far
    as what regions make (less exports), the nation imports and regions buy allows (RAS).
    """
    trade, imports = flows.trade.copy(), flows.imports.copy()
    demand = flows.intermediate.sum(2) + flows.final.sum(2)  # region, commodity
    local = np.maximum(flows.output - flows.exports - flows.trade.sum(1), 0.0)
    regions = np.arange(len(trade))
    for k, j in enumerate(rows):
        pattern = np.vstack([trade[:, :, j] + np.diag(local[:, j]), imports[:, j]])
        sold = np.append(np.maximum(output[:, k] - flows.exports[:, j], 0.0), imports[:, j].sum())
        sold *= demand[:, j].sum() / sold.sum()
        pattern = pattern + _SEED * np.outer(sold, demand[:, j]) / demand[:, j].sum()
        routed = ras(pattern, sold, demand[:, j], tol=1e-10)  # origin, destination
        imports[:, j] = routed[-1]
        trade[:, :, j] = routed[:-1]
        trade[regions, regions, j] = 0.0
    return replace(flows, trade=trade, imports=imports)
