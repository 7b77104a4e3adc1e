r"""Trade between provinces: transit cut, flows by commodity, provinces merged into model regions.

A province that re-exports what it buys elsewhere prints exports and outflows above its output.
Domestic sales stay positive when this transit is taken out of both ends,

.. math:: X_i - E_i - O_i \ge \delta X_i .

The tables are treated so as printed; sectors that are split need it once more.

Between provinces goods and services flow by gravity with a decay of their own, electricity between
provinces that touch (``trade_decay.csv``, ``sam.interregional``); flows among the provinces of one
model region become its local sales.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.flows import Flows
from recipes.yrd2020.io_tables import ProvincialFlows
from sam.accounts import NATIONAL
from sam.concordance import load_concordance, load_sectors
from sam.errors import DatasetError
from sam.interregional import (
    BilateralTrade,
    Contiguity,
    Gravity,
    Prior,
    Proximity,
    assemble,
    great_circle_distance,
)
from sam.readers import cut_transit as cut_both_ends

Array = npt.NDArray[np.float64]
DATA = Path(__file__).parent / "data"


def cut_transit(flows: ProvincialFlows, floor: float) -> ProvincialFlows:
    """Take re-exports out of sales and purchases until domestic sales reach ``floor`` of output."""
    exports, outflow, imports, inflow = cut_both_ends(
        flows.exports, flows.outflow, flows.imports, flows.inflow, flows.output, floor
    )  # province, commodity
    return replace(flows, exports=exports, outflow=outflow, imports=imports, inflow=inflow)


def interprovincial(flows: ProvincialFlows, scale: float = 1.0) -> Array:
    """Bilateral flows (origin, destination, commodity), 1e8 CNY; see ``provincial_trade``."""
    return provincial_trade(flows, scale).flow


def provincial_trade(flows: ProvincialFlows, scale: float = 1.0) -> BilateralTrade:
    """Trade between provinces, 1e8 CNY, with what was reconciled to get it.

    Arguments:
        flows: tables of the provinces, transit cut.
        scale: factor on the decay of all commodities, 0 (distance does not count) upwards.

    Raises:
        DatasetError: ``trade_decay.csv`` does not list every commodity once.
    """
    priors = priors_by_commodity(load_sectors()["code"].tolist(), scale)
    return assemble(flows.outflow, flows.inflow, priors, _proximity())


def decay_rows() -> pd.DataFrame:
    """Provenance of the pattern of trade of each commodity."""
    table = pd.read_csv(DATA / "trade_decay.csv")
    contiguous = table["prior"] == "contiguity"
    rows = table.assign(item="trade pattern: " + table["commodity"], region=NATIONAL)
    rows["unit"] = np.where(contiguous, "weight of pairs apart", "elasticity to distance")
    return rows[["item", "region", "value", "unit", "source", "quality"]]


def priors_by_commodity(sectors: Sequence[str], scale: float = 1.0) -> list[Prior]:
    """Pattern of trade of each commodity, as listed in ``trade_decay.csv``.

    Arguments:
        sectors: commodities in order.
        scale: factor on the decay.

    Raises:
        DatasetError: a commodity is missing or listed twice, or its prior is unknown.
    """
    table = pd.read_csv(DATA / "trade_decay.csv").set_index("commodity")
    if sorted(table.index) != sorted(sectors):
        odd = sorted(set(table.index) ^ set(sectors)) or table.index[table.index.duplicated()]
        raise DatasetError(f"trade_decay.csv: list every commodity once; look at {list(odd)[:5]}")
    values = table.loc[list(sectors), "value"].astype(float)
    makers: dict[str, Callable[[float], Prior]] = {
        "gravity": lambda value: Gravity(scale * value),
        "contiguity": Contiguity,
    }
    kinds = table.loc[list(sectors), "prior"]
    unknown = sorted(set(kinds) - set(makers))
    if unknown:
        raise DatasetError(f"trade_decay.csv: unknown priors {unknown}; known: {list(makers)}")
    return [makers[kind](value) for kind, value in zip(kinds, values, strict=True)]


def _proximity() -> Proximity:
    """Distances between provincial capitals, and provinces that touch."""
    places = load_concordance("provinces_to_regions").table
    distance = great_circle_distance(
        places["latitude"].to_numpy(float), places["longitude"].to_numpy(float)
    )
    order = pd.Index(places["source"])
    borders = pd.read_csv(DATA / "province_borders.csv", comment="#")
    first, second = (order.get_indexer(borders[side]) for side in ("first", "second"))
    contiguous = np.zeros(distance.shape, dtype=bool)
    contiguous[first, second] = contiguous[second, first] = True
    return Proximity(distance, contiguous)


def merge_regions(flows: ProvincialFlows, bilateral: Array, regions: tuple[str, ...]) -> Flows:
    """Sum provinces to model regions; trade within a region becomes local sales."""
    owner = load_concordance("provinces_to_regions").table["target"].tolist()
    member = np.array([[float(name == region) for name in owner] for region in regions])
    trade = np.einsum("rp,pqi,sq->rsi", member, bilateral, member)  # origin, destination, commodity
    trade[np.arange(len(regions)), np.arange(len(regions))] = 0.0
    intermediate = np.einsum("rp,pij->rij", member, flows.intermediate)
    value_added = np.einsum("rp,pkj->rkj", member, flows.value_added)
    exports, imports = member @ flows.exports, member @ flows.imports
    output = intermediate.sum(1) + value_added.sum(1)
    return Flows(
        intermediate=intermediate,
        value_added=value_added,
        final=np.einsum("rp,piu->riu", member, flows.final),
        exports=exports,
        imports=imports,
        trade=trade,
        local=output - exports - trade.sum(1),
    )
