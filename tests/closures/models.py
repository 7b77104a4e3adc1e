"""A small open economy of two regions that every closure can be imposed on.

One good per region, sold at home, to the other region and abroad. What a region absorbs beyond its
output is its saving from outside (foreign and interregional), so the benchmark balances.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cge.equilibrium import Equilibrium
from cge.language import Commodity, Model, Parameter, alias, ces, cet, cobb_douglas
from closures import (
    Quantity,
    State,
    Swap,
    fixed_exchange_rate,
    fixed_real_wage,
    investment_driven,
    price_index,
)

OUTPUT = np.array([100.0, 60.0])
EXPORTS = np.array([20.0, 6.0])
IMPORTS = np.array([15.0, 9.0])
FLOWS = np.array([[0.0, 12.0], [8.0, 0.0]])  # seller, buyer
LOCAL = OUTPUT - EXPORTS - FLOWS.sum(axis=1)
ABSORPTION = LOCAL + FLOWS.sum(axis=0) + IMPORTS
MATERIALS = 0.4 * OUTPUT
ADDED = OUTPUT - MATERIALS
SAVED = np.array([0.3, 0.2])  # share of income
CONSUMED = (1.0 - SAVED) * ADDED
INVESTED = ABSORPTION - MATERIALS - CONSUMED


@dataclass(frozen=True, eq=False)
class Small:
    """The model and the handles that closures need."""

    model: Model
    labour: Commodity
    exchange: Commodity
    supply: Parameter
    rate: Parameter
    outside: Parameter
    prices: Quantity

    def investment(self, state: State) -> object:
        """Real capital formation (region)."""
        return state.quantity(self.model.agents["INV"], "goods")


def small() -> Small:
    """The economy under its default closure."""
    m = Model("small open economy", r=["north", "south"], q=alias("r"))
    P, PA = m.commodity("P", "r"), m.commodity("PA", "r")
    PL, PK, FX = m.commodity("PL", "r"), m.commodity("PK", "r"), m.commodity("FX")
    HH, INV = m.agent("HH", "r"), m.agent("INV", "r")
    skill, tariff = m.parameter("skill", "r", 1.0), m.parameter("tariff", "r", 0.0)
    m.activity(
        "Y",
        "r",
        makes=cet(2.0, P["r"](OUTPUT - EXPORTS), FX[""](EXPORTS, name="export")),
        uses=ces(
            0.3,
            PA["r"](MATERIALS),
            cobb_douglas(PL["r"](0.6 * ADDED, productivity=skill), PK["r"](0.4 * ADDED)),
        ),
    )
    m.activity(
        "A",
        "r",
        makes=PA["r"](ABSORPTION),
        uses=ces(
            2.0,
            FX[""](IMPORTS, taxes=tariff.to(HH["r"]), name="import"),
            ces(3.0, P["r"](LOCAL), P["q"](("q r", FLOWS))),
        ),
    )
    supply = m.parameter("labour_force", "r", 0.6 * ADDED)
    rate = m.parameter("saving_rate", "r", SAVED)
    outside = m.parameter("outside_saving", "r", ABSORPTION - OUTPUT)
    HH.owns(PL["r"], supply).owns(PK["r"], 0.4 * ADDED, name="capital").gives(rate, INV["r"])
    HH.spends(PA["r"](CONSUMED, name="goods"))
    INV.owns(FX[""], outside).spends(PA["r"](INVESTED, name="goods"))
    basket = m.parameter("basket", "r", CONSUMED)
    m.numeraire({PA: basket}, drop=FX)
    return Small(m, PL, FX, supply, rate, outside, price_index({PA: basket}))


def labour(of: Small) -> tuple[Swap, ...]:
    """A floor of the real wage in each region."""
    return fixed_real_wage(of.labour, of.supply, of.prices)


def investment(of: Small) -> tuple[Swap, ...]:
    """Real investment given in each region."""
    return investment_driven([of.rate], of.investment, "r")


def external(of: Small) -> tuple[Swap, ...]:
    """Real exchange rate given; foreign saving goes to regions by investment."""
    amounts = EXPORTS.sum() * INVESTED / INVESTED.sum()
    return fixed_exchange_rate(of.exchange, of.outside, amounts, of.prices)


def everything(of: Small) -> tuple[Swap, ...]:
    """All three at once."""
    return (*labour(of), *investment(of), *external(of))


CLOSURES: Mapping[str, Callable[[Small], tuple[Swap, ...]]] = {
    "labour": labour,
    "investment": investment,
    "external": external,
    "all three": everything,
}


def fixed_values(e: Equilibrium, swaps: tuple[Swap, ...]) -> dict[str, np.ndarray]:
    """What the conditions of swaps hold, as found in an equilibrium: targets by parameter."""
    return {s.fixed.target: np.asarray(s.fixed.quantity(e.state)) for s in swaps}


def freed_values(e: Equilibrium, swaps: tuple[Swap, ...]) -> dict[str, np.ndarray]:
    """What swaps have freed, as found in an equilibrium: values by parameter."""
    return {p.name: e.parameter(p.name).to_numpy() for s in swaps for p in s.freed.moves}


def differences(a: Equilibrium, b: Equilibrium) -> dict[str, float]:
    """Largest difference of prices, levels and incomes (logs), by key."""
    own = [key for key in a.unknowns if key[0] != "a"]
    return {key: float(np.max(np.abs(a.unknowns[key] - b.unknowns[key]))) for key in own}
