r"""Who adjusts in M3C: named closures as swaps on the economy.

In the baseline nothing is swapped but productivity for real GDP (``cge.m3c.national``). In every
other run what a closure fixes follows the baseline's path of the same year: the wage and the
exchange rate relative to national consumer prices, and real capital formation,

.. math:: \frac{w_{rt}}{P_t} \ge \Big(\frac{w_{rt}}{P_t}\Big)^0 , \qquad I_{rt} = I_{rt}^0 , \qquad
          \frac{p^{FX}_t}{P_t} = \Big(\frac{p^{FX}_t}{P_t}\Big)^0 .

A closure is one entry: its swaps, which report of the baseline each target follows, and what it
reports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cge.blocks import Block, Report, Values, Year
from cge.language import Parameter
from closures import (
    ClosureError,
    Swap,
    fixed_exchange_rate,
    fixed_real_wage,
    investment_driven,
)
from closures.catalogue import (
    FIXED_EXCHANGE_RATE,
    FIXED_FOREIGN_SAVING,
    FIXED_REAL_WAGE,
    FULL_EMPLOYMENT,
    INVESTMENT_DRIVEN,
    MOBILE_CAPITAL,
    SAVING_DRIVEN,
    SPECIFIC_CAPITAL,
    Named,
)
from closures.external import FOREIGN_SAVING, REAL_EXCHANGE_RATE
from closures.investment import REAL_INVESTMENT, SAVING
from closures.labour import EMPLOYMENT, REAL_WAGE

if TYPE_CHECKING:
    from cge.m3c.model import Economy

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Closure:
    """What a named closure means for M3C.

    Attributes:
        named: its kind and name.
        swaps: what it frees and fixes.
        follows: report of the baseline that a fixed quantity follows, by name of the quantity.
        reports: what it reports.
    """

    named: Named
    swaps: Callable[[Economy], tuple[Swap, ...]] = lambda economy: ()
    follows: Mapping[str, str] = field(default_factory=dict)
    reports: Callable[[Economy], Sequence[Report]] = lambda economy: ()


_CLOSURES: dict[tuple[str, str], Closure] = {}
"""All closures, by kind and name."""


def register(closure: Closure) -> Closure:
    """Say what a named closure means for M3C.

    Raises:
        ClosureError: that has been said already.
    """
    key = closure.named.kind, closure.named.name
    if key in _CLOSURES:
        raise ClosureError(f"closure {key[1]!r} of {key[0]} is registered twice; forget it first")
    _CLOSURES[key] = closure
    return closure


def forget(closure: Closure) -> None:
    """Take back what a named closure means."""
    del _CLOSURES[closure.named.kind, closure.named.name]


def chosen(names: Sequence[tuple[str, str]]) -> tuple[Closure, ...]:
    """The closures of these kinds and names.

    Raises:
        ClosureError: nobody has said what one of them means for M3C.
    """
    for kind, name in names:
        if (kind, name) not in _CLOSURES:
            raise ClosureError(
                f"closure {name!r} of {kind} means nothing in M3C; register what it swaps "
                "(cge.m3c.closures.register)"
            )
    return tuple(_CLOSURES[key] for key in names)


@dataclass(frozen=True, eq=False)
class Closing(Block):
    """What adjusts and what is fixed in this economy.

    Attributes:
        economy: the economy without it.
        closures: one closure of each kind.
    """

    economy: Economy
    closures: Sequence[Closure]

    def swaps(self) -> tuple[Swap, ...]:
        """All swaps."""
        return tuple(swap for closure in self.closures for swap in closure.swaps(self.economy))

    def parameters(self, at: Year) -> Values:
        """Targets from the baseline of the same year."""
        baseline = at.setting.baseline
        if baseline is None:
            return {}
        targets: dict[Parameter | str, Array] = {}
        for closure in self.closures:
            for swap in closure.swaps(self.economy):
                followed = closure.follows[swap.fixed.name]
                if followed not in baseline:
                    raise ClosureError(
                        f"closure {closure.named.name!r} follows {followed!r}, which the baseline "
                        "does not report; run the baseline with the same extensions"
                    )
                targets[swap.fixed.target] = baseline[followed].sel(year=at.year).to_numpy()
        return targets

    def reports(self) -> Sequence[Report]:
        """What adjusts."""
        return [report for closure in self.closures for report in closure.reports(self.economy)]


def _wage_floor(economy: Economy) -> tuple[Swap, ...]:
    """Employment adjusts in each region, alike for its households."""
    force = economy.households.labour_supply
    return fixed_real_wage(economy.markets.labour, force, economy.prices.index)


def _given_investment(economy: Economy) -> tuple[Swap, ...]:
    """Saving rates of households adjust in each region, alike for its households."""
    rates = [economy.households.saving_rate]
    return investment_driven(rates, economy.capital.investment, "r")


def _given_exchange_rate(economy: Economy) -> tuple[Swap, ...]:
    """Foreign saving of the nation adjusts, in multiples of base-year exports.

    What it gains or loses goes to regions in proportion to their base-year investment.
    """
    exchange, capital = economy.markets.exchange, economy.capital
    return fixed_exchange_rate(
        exchange, capital.outside_saving, capital.lent_more, economy.prices.index
    )


def _employment(economy: Economy) -> Sequence[Report]:
    return (
        Report(
            "employment", "region", "fraction",
            "employment relative to the labour force, under a fixed real wage",
            lambda at: np.exp(at.state.variable(EMPLOYMENT)),
        ),
    )  # fmt: skip


def _saving(economy: Economy) -> Sequence[Report]:
    return (
        Report(
            "saving", "region", "ratio",
            "factor on household saving rates, where investment is given",
            lambda at: np.exp(at.state.variable(SAVING)),
        ),
    )  # fmt: skip


def _foreign_saving(economy: Economy) -> Sequence[Report]:
    saving = economy.capital.outside_saving
    return (
        Report(
            FOREIGN_SAVING, "", "1e8 CNY",
            "foreign saving at the base year's exchange rate, where that rate is given",
            lambda at: np.asarray(at.state.parameter(saving)).sum(),
        ),
    )  # fmt: skip


register(Closure(FULL_EMPLOYMENT))
register(Closure(SAVING_DRIVEN))
register(Closure(FIXED_FOREIGN_SAVING))
register(Closure(SPECIFIC_CAPITAL))  # where capital is, the declaration says (cge.m3c.markets)
register(Closure(MOBILE_CAPITAL))
register(Closure(FIXED_REAL_WAGE, _wage_floor, {REAL_WAGE: "wage"}, _employment))
register(Closure(INVESTMENT_DRIVEN, _given_investment, {REAL_INVESTMENT: "investment"}, _saving))
register(
    Closure(
        FIXED_EXCHANGE_RATE,
        _given_exchange_rate,
        {REAL_EXCHANGE_RATE: "exchange_rate"},
        _foreign_saving,
    )
)
