r"""Final demand; of households by the linear expenditure system (Stone-Geary).

With budget shares :math:`w_i`, income elasticities :math:`\eta_i` and the Frisch parameter
:math:`\varphi` (minus the ratio of total to discretionary expenditure; Frisch 1959),

.. math:: C_i = \gamma_i + \frac{\beta_i}{p_i} \Bigl( Y - \sum_k p_k \gamma_k \Bigr), \qquad
          \beta_i = \eta_i w_i, \qquad
          \gamma_i = C_i \Bigl( 1 + \frac{\eta_i}{\varphi} \Bigr)

(Dervis, de Melo and Robinson 1982, appendix A.5). Marginal shares sum to one only if
:math:`\sum_i w_i \eta_i = 1` (Engel aggregation), so the elasticities of the literature are scaled
by one number per household. They are kept between ``ELASTICITY_FLOOR``, so that every good has a
discretionary part, and :math:`-\varphi`, so that no subsistence is negative.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calibration.errors import CalibrationError
from calibration.fields import MONEY, block, over
from calibration.payments import Payments
from calibration.sets import Sets
from calibration.stocks import drawdown, purchases

Array = npt.NDArray[np.float64]

ELASTICITY_FLOOR = 0.05
"""Smallest income elasticity after normalisation: at least this over -frisch is discretionary."""


@block
class Demand:
    """Final demand in the country."""

    consumption: Array = over("region household commodity", MONEY, "consumption of households")
    government: Array = over("region commodity", MONEY, "consumption of provincial government")
    investment: Array = over(
        "region commodity", MONEY, "purchases for fixed investment and additions to stocks"
    )
    drawdown: Array = over("region commodity", MONEY, "sales of investors out of stocks")
    subsistence: Array = over("region household commodity", MONEY, "committed consumption")

    @property
    def formation(self) -> Array:
        """Capital formation, what is drawn from stocks deducted (region, commodity)."""
        return self.investment - self.drawdown


def calibrate_demand(payments: Payments, sets: Sets, elasticities: Array, frisch: Array) -> Demand:
    """Final demand, that of households split into what is committed and the rest.

    Arguments:
        payments: payments of the SAM.
        sets: labels.
        elasticities: normalised income elasticities (region, household, good).
        frisch: Frisch parameter (region, household).

    Raises:
        CalibrationError: stocks fall where they cannot.
    """
    consumption = payments["consumption"]
    return Demand(
        consumption=consumption,
        government=payments["government"],
        investment=purchases(payments),
        drawdown=drawdown(payments, sets),
        subsistence=subsistence(consumption, elasticities, frisch),
    )


def normalise_income_elasticities(elasticities: Array, budget: Array, frisch: float) -> Array:
    r"""Scale income elasticities of one household to Engel aggregation, within bounds.

    Solves :math:`\sum_i w_i \min(\max(s \eta_i, \underline{\eta}), -\varphi) = 1` for the scale s;
    the sum rises along straight lines between the scales at which a good meets a bound.

    Arguments:
        elasticities: income elasticities before normalisation (good).
        budget: expenditure by good, any unit (good).
        frisch: Frisch parameter, below -1.

    Returns:
        Elasticities (good) whose budget-share-weighted mean is one.

    Raises:
        CalibrationError: the household spends nothing, or a purchase is negative.
    """
    if (budget < 0.0).any() or not budget.sum() > 0.0:
        raise CalibrationError(
            f"a household buys a negative amount or nothing at all (spends {budget.sum():g}); "
            "correct its column of the SAM"
        )
    weights = budget / budget.sum()

    def bounded(scale: float) -> Array:
        return np.clip(scale * elasticities, ELASTICITY_FLOOR, -frisch)

    kinks = np.sort(np.concatenate([ELASTICITY_FLOOR / elasticities, -frisch / elasticities]))
    means = [float(weights @ bounded(scale)) for scale in kinks]
    result = bounded(float(np.interp(1.0, means, kinks)))
    return result / float(weights @ result)


def normalise(elasticities: Array, consumption: Array, frisch: Array) -> Array:
    """Normalised income elasticities of all households (region, household, good)."""
    result = np.ones_like(elasticities)
    for place in np.ndindex(*frisch.shape):
        if consumption[place].sum() > 0.0:  # an absent household keeps unitary elasticities
            result[place] = normalise_income_elasticities(
                elasticities[place], consumption[place], float(frisch[place])
            )
    return result


def subsistence(consumption: Array, elasticities: Array, frisch: Array) -> Array:
    r"""Committed quantities :math:`\gamma = C (1 + \eta / \varphi)` (region, household, good).

    Arguments:
        consumption: base-year consumption, 1e8 CNY (region, household, good).
        elasticities: normalised income elasticities (region, household, good).
        frisch: Frisch parameter (region, household).
    """
    committed: Array = consumption * np.maximum(1.0 + elasticities / frisch[..., None], 0.0)
    return committed
