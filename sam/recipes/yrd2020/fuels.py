r"""Energy rows of the prior: physical quantity times price.

Money alone gives absurd energy prices, so purchases of fuels and electricity are replaced by
quantity times price, and the activities that make them are resized to what is now bought. In
their columns energy stands as given and everything else is scaled,

.. math:: X'_f = X_f \frac{\sum_u F'_{fu}}{\sum_u F_{fu}} , \qquad
          Z'_{if} = \mu_f Z_{if}, \quad V'_f = \mu_f V_f .

Electricity is made where it is generated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import FUELS, HOUSEHOLDS
from sam.recipes.yrd2020.flows import Flows

Array = npt.NDArray[np.float64]

ENERGY = (*FUELS, "ELE")
"""Commodities whose purchases are imposed."""

_OWN_FLOOR = 0.15  # smallest share of non-energy cost in an energy column
_SUPPLY_FLOOR = 0.05  # smallest prior supply over demand


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


def impose_energy(flows: Flows, bought: Array, generation: Array, sectors: Sequence[str]) -> Flows:
    """Replace the energy rows and resize the activities that make energy.

    Arguments:
        flows: flows of the prior.
        bought: purchases of energy (region, energy, user).
        generation: electricity made, TWh (region).
        sectors: sector codes.
    """
    rows = [sectors.index(name) for name in ENERGY]
    count = len(sectors)
    intermediate, final = flows.intermediate.copy(), flows.final.copy()
    old = intermediate[:, rows].sum((0, 2)) + final[:, rows].sum((0, 2))  # energy
    intermediate[:, rows] = bought[:, :, :count]
    final[:, rows] = 0.0
    final[:, rows, : len(HOUSEHOLDS)] = bought[:, :, count:]
    growth = bought.sum((0, 2)) / old  # energy
    output = flows.output[:, rows] * growth  # region, energy
    power = ENERGY.index("ELE")
    output[:, power] = bought[:, power].sum() * generation / generation.sum()
    value_added = flows.value_added.copy()
    factor = _resize(intermediate[:, :, rows], value_added[:, :, rows], rows, output)
    others = [k for k in range(count) if k not in rows]
    intermediate[np.ix_(range(len(factor)), others, rows)] *= factor[:, None]
    value_added[:, :, rows] *= factor[:, None]
    scaled = {name: getattr(flows, name).copy() for name in ("exports", "imports", "trade")}
    for trade in scaled.values():
        trade[..., rows] *= growth
    resized = replace(
        flows, intermediate=intermediate, value_added=value_added, final=final, **scaled
    )
    return _supply(resized, rows)


def scale_imports(flows: Flows, totals: Mapping[str, float], sectors: Sequence[str]) -> Flows:
    """Scale national imports of commodities to their totals."""
    imports = flows.imports.copy()
    for name, total in totals.items():
        k = sectors.index(name)
        imports[:, k] *= total / imports[:, k].sum()
    return replace(flows, imports=imports)


def _resize(intermediate: Array, value_added: Array, rows: list[int], output: Array) -> Array:
    """Factor on non-energy cost so that energy columns cost their output (region, energy)."""
    energy = intermediate[:, rows].sum(1)  # region, energy
    rest = intermediate.sum(1) - energy + value_added.sum(1)
    wanted = np.maximum(output - energy, _OWN_FLOOR * output)
    factor: Array = np.divide(wanted, rest, out=np.zeros_like(rest), where=rest > 0.0)
    return factor


def _supply(flows: Flows, rows: list[int]) -> Flows:
    """Give every region that buys an energy a source: the rest of China, which imports it."""
    trade, imports = flows.trade.copy(), flows.imports.copy()
    local = np.maximum(flows.output - flows.exports - flows.trade.sum(1), 0.0)
    demand = flows.intermediate.sum(2) + flows.final.sum(2)
    missing = demand - (local + imports + trade.sum(0))  # region, commodity
    missing = np.where(missing > (1.0 - _SUPPLY_FLOOR) * demand, missing, 0.0)
    last = len(trade) - 1
    for k in rows:
        trade[last, :last, k] += missing[:last, k]
        imports[last, k] += missing[last, k]
    return replace(flows, trade=trade, imports=imports)
