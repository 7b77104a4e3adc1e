r"""The input-output system inside a social accounting matrix.

Activities buy composite commodities of their own region; a composite is supplied by activities of
all regions and by imports. With :math:`B` what activities buy per unit of output and :math:`D` what
activities of each region supply per unit of a composite,

.. math:: x = A x + y , \qquad A = Z \hat x^{-1} + D B , \qquad y = D f + g , \qquad
          x = (I - A)^{-1} y = L y ,

:math:`f` final demand for composites, :math:`g` sales of activities that pass no composite
(exports, own consumption), :math:`Z` what activities buy from each other directly. A column of
:math:`D` sums to one less what leaks into imports and taxes on products, so :math:`L` holds what is
made at home.
Margins and trade accounts between activities and commodities are passed through: with
:math:`S_{qq}` what product accounts buy from each other, :math:`D = S_{xq} (I - S_{qq})^{-1}`.

The coefficients are averages of the base year; prices do not move and nothing is scarce.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import ACTIVITY, COMMODITY, MARGIN, REST_OF_WORLD, TRADE
from sam.errors import SAMError
from sam.matrix import SAM

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

PRODUCTS = (COMMODITY, MARGIN, TRADE)
"""Accounts that goods and services pass on their way from activities to users."""

BALANCE = 1e-6
"""Largest imbalance of an account, relative to it, that a Leontief system is read from."""


@dataclass(frozen=True, eq=False, repr=False)
class InputOutput:
    """Coefficients of production and supply, and final demand.

    Attributes:
        activities: (region, activity), those that make something.
        products: (region, kind, account) of composites that are supplied.
        finals: (region, kind, account) that buy finally: households, governments, investment,
            inventories, the rest of the world.
        output: gross output (activity).
        inputs: B, composites bought per unit of output (product, activity).
        supply: D, output of activities per unit of composite (activity, product).
        imports: foreign supply per unit of composite (product).
        coefficients: A, output of activities per unit of output (activity, activity).
        demand: f, final purchases of composites (product, final).
        direct: g, final purchases from activities that pass no composite (activity, final).
    """

    activities: pd.MultiIndex
    products: pd.MultiIndex
    finals: pd.MultiIndex
    output: Array
    inputs: Array
    supply: Array
    imports: Array
    coefficients: Array
    demand: Array
    direct: Array

    @cached_property
    def inverse(self) -> Array:
        """L, output of activities per unit of final demand for them (activity, activity)."""
        return leontief_inverse(self.coefficients)

    @property
    def final_output(self) -> Array:
        """Final demand for the output of activities (activity, final): D f + g."""
        return np.asarray(self.supply @ self.demand + self.direct)

    def frame(self) -> pd.DataFrame:
        """L with labels (region, account) of activities."""
        return pd.DataFrame(self.inverse, index=self.activities, columns=self.activities)

    def __repr__(self) -> str:
        sums = self.inverse.sum(0)
        return (
            f"Input-output system of {len(self.activities)} activities, {len(self.products)} "
            f"composites and {len(self.finals)} final buyers: output {self.output.sum():.6g}, "
            f"final demand {self.final_output.sum():.6g}, output multipliers {sums.min():.3g} to "
            f"{sums.max():.3g}"
        )


def input_output(sam: SAM) -> InputOutput:
    """Read the input-output system of a SAM.

    Arguments:
        sam: a balanced SAM with activities; composites, trade and margins may stand between
            activities and users, or activities may trade directly.

    Raises:
        SAMError: an account does not balance, there are no activities, or activities and products
            absorb all their own sales.
    """
    sam.check(BALANCE)
    table = sam.matrix()
    flows = table.to_numpy(float)
    kind = table.index.get_level_values("kind").to_numpy()
    total = flows.sum(0)
    active = (kind == ACTIVITY) & (total > 0.0)
    product = np.isin(kind, PRODUCTS) & (total > 0.0)
    final = ~np.isin(kind, (ACTIVITY, *PRODUCTS))
    final &= flows[active | product].sum(0) != 0.0
    if not active.any():
        raise SAMError("Leontief system: the SAM has no activity that makes anything")
    shares = flows[:, active] / total[active], flows[:, product] / total[product]
    through = leontief_inverse(shares[1][product])
    inputs = through @ shares[0][product]
    supply = shares[1][active] @ through
    return InputOutput(
        activities=_labels(table.index, active, ["region", "account"]),
        products=_labels(table.index, product),
        finals=_labels(table.index, final),
        output=total[active],
        inputs=shares[0][product],
        supply=supply,
        imports=shares[1][kind == REST_OF_WORLD].sum(0) @ through,
        coefficients=shares[0][active] + shares[1][active] @ inputs,
        demand=flows[np.ix_(product, final)],
        direct=flows[np.ix_(active, final)],
    )


def leontief_inverse(coefficients: Array) -> Array:
    """:math:`(I - A)^{-1}`.

    Raises:
        SAMError: nothing leaks out of the system, so that a unit of demand never stops going round.
    """
    system = np.eye(len(coefficients)) - coefficients
    if len(system) == 0:
        return system
    inverse = _inverse(system)
    if inverse is None or not np.isfinite(inverse).all():
        raise SAMError(
            "Leontief inverse: no account leaks out of the system (all that accounts pay stays "
            "among them); leave at least one account that pays or is paid exogenous"
        )
    return inverse


def _inverse(system: Array) -> Array | None:
    try:
        inverse = np.linalg.inv(system)
    except np.linalg.LinAlgError:
        return None
    worst = float(np.abs(system @ inverse - np.eye(len(system))).max())
    return np.asarray(inverse) if worst < 1e-6 else None


def _labels(
    index: pd.Index, chosen: Mask, levels: Sequence[str] = ("region", "kind", "account")
) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(index[chosen].to_frame(index=False)[list(levels)])
