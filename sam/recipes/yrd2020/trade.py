r"""Trade between provinces: transit cut, flows by gravity, provinces merged into model regions.

A province that re-exports what it buys elsewhere prints exports and outflows above its output.
Domestic sales stay positive when this transit is taken out of both ends,

.. math:: X_i - E_i - O_i \ge \delta X_i .

Between provinces goods flow by gravity (``sam.interregional``); flows among the provinces of one
model region become its local sales.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sam.concordance import load_concordance
from sam.interregional import gravity, great_circle_distance, reconcile_totals
from sam.recipes.yrd2020.flows import Flows
from sam.recipes.yrd2020.io_tables import ProvincialFlows

Array = npt.NDArray[np.float64]

_CUTS = (
    ("outflow", "inflow"),
    ("exports", "imports"),
    ("exports", "inflow"),
    ("outflow", "imports"),
)
"""Sales and purchases lowered together, in this order, until domestic sales are large enough."""


def cut_transit(flows: ProvincialFlows, floor: float) -> ProvincialFlows:
    """Take re-exports out of sales and purchases until domestic sales reach ``floor`` of output."""
    trade = {name: getattr(flows, name).copy() for pair in _CUTS for name in pair}
    domestic = flows.output - trade["exports"] - trade["outflow"]  # province, commodity
    missing = np.maximum(floor * flows.output - domestic, 0.0)
    for sale, purchase in _CUTS:
        cut = np.minimum(missing, np.minimum(trade[sale], trade[purchase]))
        trade[sale] -= cut
        trade[purchase] -= cut
        missing -= cut
    return replace(flows, **trade)


def interprovincial(flows: ProvincialFlows, exponent: float) -> Array:
    """Bilateral flows (origin, destination, commodity), 1e8 CNY.

    Arguments:
        flows: tables of the provinces, transit cut.
        exponent: elasticity of trade to distance.
    """
    places = load_concordance("provinces_to_regions").table
    distance = great_circle_distance(
        places["latitude"].to_numpy(float), places["longitude"].to_numpy(float)
    )
    totals = reconcile_totals(flows.outflow, flows.inflow)  # commodity
    outflow = _scaled(flows.outflow, totals)
    inflow = _scaled(flows.inflow, totals)
    bilateral = np.zeros((len(distance), *outflow.shape))  # origin, destination, commodity
    for k in range(outflow.shape[1]):
        sent, taken = cap_share(outflow[:, k], inflow[:, k])
        bilateral[:, :, k] = gravity(sent, taken, distance, exponent)
    return bilateral


def cap_share(outflow: Array, inflow: Array) -> tuple[Array, Array]:
    """Lower both ends of the largest trader until its partners can match its trade.

    Without trade with itself a province cannot have :math:`O_r + I_r` above the national total;
    the excess is a re-export.
    """
    excess = outflow + inflow - outflow.sum()
    largest = int(np.argmax(excess))
    cut = max(float(excess[largest]), 0.0)
    lowered = [np.array(side) for side in (outflow, inflow)]
    for side in lowered:
        side[largest] = max(side[largest] - cut * (1.0 + 1e-9), 0.0)
    sent, taken = lowered
    total = min(float(sent.sum()), float(taken.sum()))
    return sent * _ratio(total, sent.sum()), taken * _ratio(total, taken.sum())


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


def _scaled(trade: Array, totals: Array) -> Array:
    """Trade (province, commodity) scaled to national totals by commodity."""
    present = trade.sum(0)
    return np.asarray(
        trade * np.divide(totals, present, out=np.zeros_like(totals), where=present > 0)
    )


def _ratio(wanted: float, present: float) -> float:
    return wanted / present if present > 0.0 else 0.0
