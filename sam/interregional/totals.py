r"""Totals of interregional trade on which outflows and inflows agree.

Over a closed nation all outflow of a commodity is inflow, but printed tables disagree. The national
total is the weighted geometric mean

.. math:: T_i = \Bigl(\sum_r O_{ri}\Bigr)^{w_i} \Bigl(\sum_r I_{ri}\Bigr)^{1 - w_i} , \qquad
          w_i = \frac{\sigma_I^2}{\sigma_O^2 + \sigma_I^2} ,

the most likely value when the logarithms of both sides are observed with standard errors
:math:`\sigma_O, \sigma_I`; equal errors give the geometric mean, 0 or 1 one side alone.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from sam.digits import told_apart
from sam.errors import BalancingError
from sam.interregional.arrays import check_unlabelled

Array = npt.NDArray[np.float64]

TotalsRule = Literal["geometric mean", "outflow", "inflow", "reliability"]
RULES: Final[tuple[TotalsRule, ...]] = ("geometric mean", "outflow", "inflow", "reliability")
"""Ways to choose the national total where outflows and inflows disagree."""


def outflow_weight(
    rule: TotalsRule, outflow_error: Array | None = None, inflow_error: Array | None = None
) -> Array:
    """Weight of outflows in the national total (commodity, or one number for all).

    Arguments:
        rule: one of ``RULES``.
        outflow_error: relative standard error of outflows (commodity), for ``reliability``.
        inflow_error: the same of inflows.

    Raises:
        BalancingError: the rule is unknown, or ``reliability`` has no errors to weigh.
    """
    fixed = {"geometric mean": 0.5, "outflow": 1.0, "inflow": 0.0}
    if rule in fixed:
        return np.asarray(fixed[rule])
    if rule != "reliability":
        raise BalancingError(f"totals: unknown rule {rule!r}; known: {', '.join(RULES)}")
    if outflow_error is None or inflow_error is None:
        raise BalancingError("totals: rule 'reliability' needs the errors of both sides")
    check_unlabelled(outflow_error=outflow_error, inflow_error=inflow_error)
    variances = np.square(outflow_error) + np.square(inflow_error)
    if (variances <= 0.0).any():
        raise BalancingError("totals: outflow and inflow of a commodity cannot both be exact")
    return np.asarray(np.square(inflow_error) / variances)


def reconcile_totals(outflow: Array, inflow: Array, weight: Array | float = 0.5) -> Array:
    """National trade of each commodity on which outflows and inflows agree.

    Arguments:
        outflow: sales to other regions (region, commodity).
        inflow: purchases from other regions (region, commodity).
        weight: weight of outflows, see ``outflow_weight``.

    Returns:
        Trade (commodity); zero where nobody sells or nobody buys.
    """
    check_unlabelled(outflow=outflow, inflow=inflow, weight=weight)
    sold, bought = outflow.sum(0), inflow.sum(0)
    both = (sold > 0.0) & (bought > 0.0)
    log = np.where(both, [sold, bought], 1.0)
    mean = np.exp(weight * np.log(log[0]) + (1.0 - weight) * np.log(log[1]))
    return np.where(both, mean, 0.0)


def cap_share(outflow: Array, inflow: Array) -> tuple[Array, Array]:
    r"""Lower both ends of the largest trader until its partners can match its trade.

    Without trade with itself a region cannot have :math:`O_r + I_r` above the national total: its
    sales go to, and its purchases come from, the others. The excess is a re-export. After the cut
    no other region exceeds the total, which falls by the same amount.

    Arguments:
        outflow: sales of one commodity to other regions (region).
        inflow: purchases from other regions (region), with the same sum.
    """
    check_unlabelled(outflow=outflow, inflow=inflow)
    excess = outflow + inflow - outflow.sum()
    largest = int(np.argmax(excess))
    cut = np.zeros_like(outflow)
    cut[largest] = min(max(excess[largest], 0.0), outflow[largest], inflow[largest])
    return outflow - cut, inflow - cut


def add_rest(outflow: Array, inflow: Array, leaving: float) -> tuple[Array, Array]:
    r"""Append the rest of the nation, so that all outflow is inflow.

    Net trade of the rest is what the known regions leave,
    :math:`O_R - I_R = \sum_r I_r - \sum_r O_r`; how much of it crosses over depends on the share
    :math:`\lambda` of the known outflow that leaves for the rest, :math:`I_R = \lambda \sum_r O_r`.

    Arguments:
        outflow: sales of the known regions to all other regions (region, ...).
        inflow: purchases of the known regions from all other regions (region, ...).
        leaving: share of known outflow that the rest of the nation buys, 0 to 1.

    Raises:
        BalancingError: the share is not between 0 and 1, or so small that the known regions would
            sell each other more than they buy.
    """
    check_unlabelled(outflow=outflow, inflow=inflow)
    sold, bought = outflow.sum(0, keepdims=True), inflow.sum(0, keepdims=True)
    supplied = bought - (1.0 - leaving) * sold
    if not 0.0 <= leaving <= 1.0 or (supplied < 0.0).any():
        least = float(np.max(1.0 - bought / np.maximum(sold, 1e-300), initial=0.0))
        share, lowest = told_apart(leaving, least)
        share = told_apart(leaving, 1.0)[0] if leaving > 1.0 else share
        raise BalancingError(
            f"rest of the nation: share {share} of outflow that leaves must lie between {lowest} "
            "and 1, else the known regions sell each other more than they buy"
        )
    return np.concatenate([outflow, supplied]), np.concatenate([inflow, leaving * sold])
