"""Energy in the accounts: what users buy in quantity, where it is made and how it is routed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.flows import Flows
from sam.accounts import FUELS, HOUSEHOLDS
from sam.balancing import ras

Array = npt.NDArray[np.float64]

ENERGY = (*FUELS, "ELE")
"""Commodities whose purchases are imposed."""

_FEEDSTOCKS = {"REF": "OIL", "COK": "COL", "GDT": "GAS"}
"""What the makers of secondary fuels take in."""

_SEED = 1e-3  # share of an even pattern that is mixed into the routes of energy


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


def places_of_makers(
    structure: Flows,
    bought: Array,
    generation: Array,
    coal: Mapping[int, float],
    sectors: Sequence[str],
) -> dict[str, Array]:
    """Share of each region in the nation's output of an energy (region), by energy.

    Electricity is made where it is generated, refined oil, coke and piped gas where crude oil,
    coking coal and gas are taken in, coal as mined, the rest as in the structure of 2007.

    Arguments:
        structure: flows of 2007.
        bought: purchases of energy (region, energy, user).
        generation: electricity made, TWh (region).
        coal: share in the nation's coal output of the regions where it is known (region number).
        sectors: sector codes.
    """
    made = {name: structure.output[:, sectors.index(name)] for name in ENERGY}
    for product, feedstock in _FEEDSTOCKS.items():
        made[product] = bought[:, ENERGY.index(feedstock), sectors.index(product)]
    made["ELE"] = generation
    shares = {name: values / values.sum() for name, values in made.items()}
    mined = shares["COL"].copy()
    others = [r for r in range(len(mined)) if r not in coal]
    mined[others] *= (1.0 - sum(coal.values())) / mined[others].sum()
    mined[list(coal)] = list(coal.values())
    return shares | {"COL": mined}


def route_fuels(flows: Flows, tariff: Array, sectors: Sequence[str]) -> Flows:
    """Route fuels from where they are made or landed to where they are bought.

    For each fuel the sales of regions and of the world by destination keep their pattern as far as
    what regions make (less exports), the nation imports and regions buy allows (RAS).

    Arguments:
        flows: flows of the prior.
        tariff: duty over imports (commodity).
        sectors: sector codes.
    """
    trade, imports = flows.trade.copy(), flows.imports.copy()
    demand = flows.intermediate.sum(2) + flows.final.sum(2)  # region, commodity
    output = flows.output
    local = np.maximum(output - flows.exports - flows.trade.sum(1), 0.0)
    regions = np.arange(len(trade))
    for name in FUELS:
        j = sectors.index(name)
        landed = (1.0 + tariff[j]) * imports[:, j]
        pattern = np.vstack([trade[:, :, j] + np.diag(local[:, j]), landed])
        sold = np.append(np.maximum(output[:, j] - flows.exports[:, j], 0.0), landed.sum())
        sold *= demand[:, j].sum() / sold.sum()
        pattern = pattern + _SEED * np.outer(sold, demand[:, j]) / demand[:, j].sum()
        routed = ras(pattern, sold, demand[:, j], tol=1e-10)  # origin, destination
        imports[:, j] = routed[-1] / (1.0 + tariff[j])
        trade[:, :, j] = routed[:-1]
        trade[regions, regions, j] = 0.0
    return replace(flows, trade=trade, imports=imports)
