r"""Bilateral trade by commodity from totals by region and a prior pattern.

For each commodity :math:`i` the flow from region :math:`r` to :math:`s` is the matrix nearest in
entropy to the prior :math:`t^0` that meets both totals (RAS),

.. math:: t_{rsi} = a_{ri} b_{si} \, t^0_{rsi}, \qquad \sum_s t_{rsi} = O_{ri} , \;
          \sum_r t_{rsi} = I_{si} , \; t_{rri} = 0 .

Totals are reconciled over the nation first (``sam.interregional.totals``), and the largest trader
of a commodity is lowered to what its partners can match. Outflow of one region to another and
inflow of the other from the one are the same cell, and net outflows sum to zero over the nation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.balancing import balance, matrix_constraints, ras
from sam.balancing.axes import Totals, along, axes_of, numbers
from sam.digits import told_apart
from sam.errors import BalancingError
from sam.interregional.arrays import check_unlabelled
from sam.interregional.priors import Prior, Proximity
from sam.interregional.totals import cap_share, reconcile_totals
from sam.ranking import worst
from sam.ratios import ratio

Array = npt.NDArray[np.float64]
Matrix = TypeVar("Matrix")

_NARROW = 3e-3
"""Where partners of the largest trader trade less than this among themselves, RAS crawls and
Newton's method on the same problem is used."""


@dataclass(frozen=True, eq=False)
class BilateralTrade:
    """Trade between regions by commodity, and what was changed to get it.

    Attributes:
        flow: sales (origin, destination, commodity), zero within a region.
        outflow_scaling: reconciled over given national outflow (commodity); 0 where nobody buys.
        inflow_scaling: reconciled over given national inflow (commodity); 0 where nobody sells.
        transit: trade taken out of both ends of the largest trader (region, commodity).
    """

    flow: Array
    outflow_scaling: Array
    inflow_scaling: Array
    transit: Array

    @property
    def outflow(self) -> Array:
        """Sales to other regions (region, commodity)."""
        return np.asarray(self.flow.sum(1))

    @property
    def inflow(self) -> Array:
        """Purchases from other regions (region, commodity)."""
        return np.asarray(self.flow.sum(0))

    @property
    def net_outflow(self) -> Array:
        """Outflow less inflow (region, commodity); sums to zero over regions."""
        return self.outflow - self.inflow

    def mean_distance(self, distance: Array) -> Array:
        """Average distance that each commodity travels (commodity), in the unit of ``distance``."""
        check_unlabelled(distance=distance)
        moved = np.einsum("rsi,rs->i", self.flow, distance)
        total = self.flow.sum((0, 1))
        return ratio(moved, total)


def assemble(
    outflow: Array,
    inflow: Array,
    prior: Prior | Sequence[Prior],
    proximity: Proximity,
    weight: Array | float = 0.5,
) -> BilateralTrade:
    """Bilateral trade of all commodities.

    Arguments:
        outflow: sales to other regions (region, commodity).
        inflow: purchases from other regions (region, commodity), all in one order.
        prior: one for all commodities, or one for each.
        proximity: distances, borders and sizes that priors read.
        weight: weight of outflows where national totals disagree, see ``outflow_weight``.

    Raises:
        BalancingError: totals have labels, are negative, not of one shape or priors do not match
            commodities; or a prior leaves pairs empty that the totals need.
    """
    check_unlabelled(outflow=outflow, inflow=inflow, weight=weight)
    count = outflow.shape[1]
    priors = [prior] * count if callable(prior) else list(prior)
    _check(outflow, inflow, len(priors))
    total = reconcile_totals(outflow, inflow, weight)  # commodity
    scales = ratio(total, outflow.sum(0)), ratio(total, inflow.sum(0))
    flow = np.zeros((len(outflow), *outflow.shape))  # origin, destination, commodity
    transit = np.zeros_like(outflow)  # region, commodity
    for i in range(count):
        scaled = outflow[:, i] * scales[0][i], inflow[:, i] * scales[1][i]
        sent, taken = cap_share(*scaled)
        transit[:, i] = scaled[0] - sent
        try:
            flow[:, :, i] = route(priors[i](sent, taken, proximity), sent, taken)
        except BalancingError as cause:
            raise BalancingError(f"trade between regions, commodity {i}: {cause}") from None
    return BilateralTrade(flow, *scales, transit)


def route(prior: Matrix, outflow: Totals, inflow: Totals) -> Matrix:
    """Flows of one commodity between regions (origin, destination) that meet both totals.

    Arguments:
        prior: pattern (origin, destination), an array or a frame; the diagonal is not read.
        outflow: sales to other regions, by region; a series is matched with the labels of a frame.
        inflow: purchases from other regions, by region, likewise, with the same sum.

    Returns:
        Flows of the kind of the prior, with its labels.

    Raises:
        BalancingError: labels do not match, one region has more trade than all its partners can
            match, or the pattern leaves pairs empty that the totals need.
    """
    axes = axes_of(prior)
    if axes is not None and not axes[0].equals(axes[-1]):
        raise BalancingError(
            "route: origins and destinations of the pattern stand in different orders, so that it "
            "has no diagonal; bring them to one: prior.loc[regions, regions]"
        )
    labels = None if axes is None else axes[0]
    flow = _routed(
        numbers(prior, "the pattern"),
        along(outflow, labels, "outflow by region"),
        along(inflow, labels, "inflow by region"),
    )
    found: Any = flow if labels is None else pd.DataFrame(flow, labels, labels)
    return cast("Matrix", found)


def _routed(prior: Array, outflow: Array, inflow: Array) -> Array:
    """The flows, regions in one order."""
    total = float(outflow.sum())
    if total <= 0.0:
        return np.zeros_like(prior)
    hub = worst(outflow + inflow)
    among = 1.0 - (outflow[hub] + inflow[hub]) / total  # share of trade without the hub
    if among < -1e-9:
        own, nation = told_apart(outflow[hub] + inflow[hub], total)
        raise BalancingError(
            f"region {hub} has outflow and inflow of {own} together, {-among * total:.4g} above "
            f"the national total {nation}; without trade with itself no matrix exists. Cut its "
            "transit first (cap_share)"
        )
    if among < 1e-12:
        return _star(prior, outflow, inflow, hub)
    apart = prior * (1.0 - np.eye(outflow.size))
    if among > _NARROW:
        return ras(apart, outflow, inflow)
    cells = balance(apart.ravel(), matrix_constraints(outflow, inflow)).cells
    return np.asarray(cells).reshape(prior.shape)


def _star(prior: Array, outflow: Array, inflow: Array, hub: int) -> Array:
    """The only flows there are when every other region trades with the hub alone."""
    flow = np.zeros_like(prior)
    flow[:, hub], flow[hub] = outflow, inflow
    flow[hub, hub] = 0.0
    missing = np.argwhere((flow > 0.0) & (prior <= 0.0))
    if len(missing):
        r, s = missing[0]
        raise BalancingError(
            f"region {r} must sell {flow[r, s]:g} to region {s}, with which its prior has no trade"
        )
    return flow


def _check(outflow: Array, inflow: Array, priors: int) -> None:
    if outflow.shape != inflow.shape or outflow.ndim != 2 or priors != outflow.shape[1]:
        raise BalancingError(
            f"trade between regions: outflow {outflow.shape}, inflow {inflow.shape}, {priors} "
            "priors; both must be (region, commodity) with one prior for each commodity"
        )
    for name, values in (("outflow", outflow), ("inflow", inflow)):
        bad = np.argwhere(~(values >= 0.0))
        if len(bad):
            r, i = bad[0]
            raise BalancingError(
                f"trade between regions: {name} of region {r}, commodity {i} is {values[r, i]:g} "
                f"({len(bad)} such cells); write a negative outflow as inflow"
            )
