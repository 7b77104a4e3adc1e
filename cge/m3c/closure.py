r"""Who adjusts in M3C: a scenario's closure as swaps on the economy.

In the baseline nothing is swapped. In every other run what a closure fixes follows the baseline's
path of the same year: the wage and the exchange rate relative to national consumer prices, and real
capital formation,

.. math:: \frac{w_{rt}}{P_t} \ge \Big(\frac{w_{rt}}{P_t}\Big)^0 , \qquad I_{rt} = I_{rt}^0 , \qquad
          \frac{p^{FX}_t}{P_t} = \Big(\frac{p^{FX}_t}{P_t}\Big)^0 .
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cge.equilibrium import State
from cge.m3c import accounts
from cge.m3c.economy import Economy
from cge.scenario import Closure
from closures import (
    Swap,
    fixed_exchange_rate,
    fixed_foreign_saving,
    fixed_real_wage,
    full_employment,
    impose,
    investment_driven,
    price_index,
    saving_driven,
)
from closures.external import FOREIGN_SAVING, REAL_EXCHANGE_RATE
from closures.investment import REAL_INVESTMENT, SAVING
from closures.labour import EMPLOYMENT, REAL_WAGE

Array = npt.NDArray[np.float64]

FOLLOWS = {
    f"{REAL_WAGE}_target": "wage",
    f"{REAL_INVESTMENT}_target": "investment",
    f"{REAL_EXCHANGE_RATE}_target": "exchange_rate",
}
"""Variable of the baseline's path that a target follows, by the target's parameter."""


def close(economy: Economy, closure: Closure) -> Economy:
    """The economy under a scenario's closure; the default one is the economy as declared.

    Raises:
        closures.ClosureError: the closure does not determine what it frees.
    """
    return replace(economy, model=impose(economy.model, swaps(economy, closure)))


def swaps(economy: Economy, closure: Closure) -> tuple[Swap, ...]:
    """What a closure frees and fixes in M3C."""
    return (
        *_labour(economy, closure),
        *_investment(economy, closure),
        *_external(economy, closure),
    )


def _labour(economy: Economy, closure: Closure) -> tuple[Swap, ...]:
    """Employment adjusts in each region, alike for its households."""
    if closure.labour == "full_employment":
        return full_employment()
    force = economy.model.parameters["labour_supply"]
    return fixed_real_wage(economy.labour, force, _consumer_prices(economy))


def _investment(economy: Economy, closure: Closure) -> tuple[Swap, ...]:
    """Saving rates of households adjust in each region, alike for its households."""
    if closure.investment == "saving_driven":
        return saving_driven()

    def real(state: State) -> Any:
        return accounts.investment(economy, state)

    return investment_driven([economy.model.parameters["saving_rate"]], real, "r")


def _external(economy: Economy, closure: Closure) -> tuple[Swap, ...]:
    """Foreign saving of the nation adjusts, in multiples of base-year exports.

    What it gains or loses goes to regions in proportion to their base-year investment.
    """
    if closure.external == "fixed_foreign_saving":
        return fixed_foreign_saving()
    b, saving = economy.benchmark, economy.model.parameters["outside_saving"]
    invested = b.demand.investment.sum(axis=1)
    amounts = b.production.export.sum() * invested / invested.sum()  # region, 1e8 CNY
    return fixed_exchange_rate(economy.exchange, saving, amounts, _consumer_prices(economy))


def _consumer_prices(economy: Economy) -> Any:
    """The national price index of base-year consumption, which is the numeraire."""
    basket = economy.model.index[economy.composite]
    return price_index({economy.composite: basket})


def targets(economy: Economy, baseline: xr.Dataset, year: int) -> dict[str, Array]:
    """Targets of what the economy's closure fixes, from the baseline of the same year.

    Arguments:
        economy: the declared model with its closure.
        baseline: reported quantities of the baseline by year.
        year: year of both.
    """
    return {
        target: baseline[variable].sel(year=year).to_numpy()
        for target, variable in FOLLOWS.items()
        if target in economy.model.parameters
    }


def adjustments(economy: Economy, state: State) -> dict[str, Array]:
    """What adjusts under the economy's closure, for the record of a year.

    ``employment`` relative to the labour force and the factor on ``saving`` rates (region), and
    ``foreign_saving`` of the nation, 1e8 CNY at the base year's exchange rate.
    """
    found: dict[str, Array] = {}
    for name in (EMPLOYMENT, SAVING):
        if name in economy.model.auxiliaries:
            found[name] = np.exp(state.variable(name))
    if FOREIGN_SAVING in economy.model.auxiliaries:
        found[FOREIGN_SAVING] = np.asarray(state.parameter("outside_saving")).sum()
    return found
