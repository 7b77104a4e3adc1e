r"""Electricity between regions: the physical balance of each region, routed along lines.

What a region uses beyond what it makes it takes from others. The balances tell what each province
sent out, and with use :math:`U` and generation :math:`G` of the base year what it took in,

.. math:: I_r = O_r + U_r - G_r , \qquad \sum_s t_{rs} = O_r , \; \sum_r t_{rs} = I_s , \qquad
          t_{rs} = a_r b_s \kappa_{rs} ,

with the capacity of lines :math:`\kappa` as the pattern (``sam.interregional``). Sales in money
follow the quantities: electricity of a region costs the same wherever it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.flows import Flows
from recipes.yrd2020.inputs import load_inputs
from recipes.yrd2020.physical import PROVINCES
from recipes.yrd2020.sources import BALANCE_2021
from recipes.yrd2020.trade import DATA
from sam.balancing import ras
from sam.energy import KGCE_PER_KWH
from sam.errors import DatasetError
from sam.interregional import Given, Proximity, add_rest, assemble
from sam.ranking import lowest
from sam.readers import read_balance_extract

Array = npt.NDArray[np.float64]

_SENT = ("Electricity", "Interprovincial Exports")
_ROW = ["item", "region", "value", "unit", "source", "quality"]


def line_capacity(regions: Sequence[str]) -> Array:
    """Capacity of lines between regions, GW (origin, destination), from ``grid.csv``.

    Raises:
        DatasetError: a line ends in an unknown region.
    """
    table = pd.read_csv(DATA / "grid.csv", comment="#")
    ends = [
        pd.Index(regions).get_indexer(pd.Index(table[end])) for end in ("origin", "destination")
    ]
    unknown = table[np.minimum(*ends) < 0]
    if len(unknown):
        raise DatasetError(f"grid.csv: line {unknown.iloc[0].to_dict()} ends outside {regions}")
    capacity = np.zeros((len(regions), len(regions)))
    capacity[tuple(ends)] = table["gw"].to_numpy(float)
    return capacity


def electricity_transfers(
    balance: pd.DataFrame, used: Array, made: Array, regions: Sequence[str]
) -> Array:
    """Electricity sent from region to region, TWh (origin, destination).

    Arguments:
        balance: extract of the energy balances, (fuel, process) by region, Mtce; all regions but
            the last, which is the rest of the nation.
        used: electricity used, TWh (region).
        made: electricity made, TWh (region).
        regions: region labels.

    Raises:
        DatasetError: the balance has no electricity sent out, or a region would take in less than
            nothing.
        BalancingError: the lines do not allow these transfers.
    """
    known = list(regions[:-1])
    line = balance[known][balance.index == _SENT].to_numpy(float)
    if len(line) != 1 or np.isnan(line).any():
        raise DatasetError(f"energy balance: line {_SENT} lacks numbers for {known}")
    inputs = load_inputs(DATA / "trade.csv")
    sent = line[0] / inputs.value("electricity_coal_equivalent")  # Mtce to TWh
    taken = sent + used[:-1] - made[:-1]
    if (taken < 0.0).any():
        k = lowest(taken)
        raise DatasetError(
            f"electricity of {known[k]}: makes {made[k]:.4g}, uses {used[k]:.4g}, sends out "
            f"{sent[k]:.4g} TWh, so it would take in {taken[k]:.3g}; correct one of them"
        )
    leaving = inputs.value("electricity_leaving")
    outflow, inflow = add_rest(sent[:, None], taken[:, None], leaving)
    lines = Given(line_capacity(regions))
    return assemble(outflow, inflow, lines, Proximity()).flow[:, :, 0]


def transfers_of(
    sources: Path, purchases: pd.DataFrame, generation: pd.DataFrame, regions: Sequence[str]
) -> Array:
    """Electricity sent from region to region, TWh, from the balances in a folder of tables.

    Arguments:
        sources: folder of official tables.
        purchases: purchases of energy (``region, fuel, mtce``), electricity as used by all users
            with losses.
        generation: electricity made (``region, twh``).
        regions: region labels, the rest of the nation last.

    Raises:
        sam.errors.SourceError: the extract of the balances is missing or not in its layout.
        DatasetError: the balance lacks electricity, or contradicts use and generation.
    """
    names = {PROVINCES[region]: region for region in regions[:-1]}
    balance = read_balance_extract(sources / BALANCE_2021, list(names)).rename(columns=names)
    bought = purchases[purchases["fuel"] == "ELE"].groupby("region")["mtce"].sum()
    used = bought[list(regions)].to_numpy(float) / KGCE_PER_KWH
    return electricity_transfers(balance, used, made_electricity(generation, regions), regions)


def made_electricity(generation: pd.DataFrame, regions: Sequence[str]) -> Array:
    """Electricity made, TWh (region)."""
    return generation.groupby("region")["twh"].sum()[list(regions)].to_numpy(float)


def grid_rows(transfers: Array, regions: Sequence[str]) -> pd.DataFrame:
    """Provenance of the electricity that regions send each other, and of the assumptions behind."""
    source = "net of use and generation; sent out as in the balances of 2021; lines by capacity"
    sent = [
        (f"electricity sent by {origin}", destination, transfers[r, s], "TWh", source, "derived")
        for r, origin in enumerate(regions)
        for s, destination in enumerate(regions)
        if transfers[r, s] > 0.0
    ]
    lines = pd.read_csv(DATA / "grid.csv", comment="#")
    capacity = lines.assign(item="lines from " + lines["origin"], unit="GW")
    capacity = capacity.rename(columns={"destination": "region", "gw": "value"})
    rows = pd.DataFrame(sent, columns=_ROW)
    return pd.concat([load_inputs(DATA / "trade.csv").table, capacity[_ROW], rows])[_ROW]


def route_electricity(flows: Flows, transfers: Array, made: Array, position: int) -> Flows:
    """Sell electricity to where it is sent: local sales, other regions and the world by quantity.

    Arguments:
        flows: flows of the prior whose electricity is bought and made as in the base year.
        transfers: electricity sent, TWh (origin, destination).
        made: electricity made, TWh (region).
        position: position of electricity among commodities.
    """
    demand = flows.intermediate[:, position].sum(1) + flows.final[:, position].sum(1)  # region
    output, exports = flows.output[:, position], flows.exports[:, position]
    price = float(output.sum() / made.sum())  # 1e8 CNY per TWh
    kept = np.maximum(made - transfers.sum(1), 0.0)
    imports = flows.imports[:, position]
    pattern = np.vstack([price * (transfers + np.diag(kept)), imports])
    sold = np.append(np.maximum(output - exports, 0.0), imports.sum())
    routed = ras(pattern, sold * demand.sum() / sold.sum(), demand, tol=1e-10)
    trade, landed = flows.trade.copy(), flows.imports.copy()
    trade[:, :, position] = routed[:-1] * (1.0 - np.eye(len(made)))
    landed[:, position] = routed[-1]
    return replace(flows, trade=trade, imports=landed)
