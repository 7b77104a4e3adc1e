"""Who adjusts: the same shock under four closures.

A closure says which quantities a model holds fixed and which make room for them. Every closure here
is a swap, *free this parameter, fix that quantity*, imposed on the standard CGE of the second
example (``02_standard_cge.py``). The shock is a loss of a tenth of the capital stock:

- by default factors are fully employed, investment follows saving, and foreign saving is given, so
  that wages, investment and the exchange rate adjust;
- with a *fixed real wage* employment adjusts, up to the labour force;
- *driven by investment*, the saving rates of household and government adjust until real investment
  is what it was;
- with a *fixed exchange rate* foreign saving adjusts.

Then the household's direct tax is freed until government consumption is what it was: a closure of
our own, in three lines. And one that cannot work is refused with its reason.

Run it: ``python examples/03_closures.py``
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

from cge.equilibrium import Equilibrium
from cge.language import Model, scale
from closures import (
    ClosureError,
    Fixed,
    Freed,
    State,
    Swap,
    fixed_exchange_rate,
    impose,
    investment_driven,
    price_index,
)


def standard_cge() -> ModuleType:
    """The second example as a module (its name begins with a digit)."""
    path = Path(__file__).with_name("02_standard_cge.py")
    spec = importlib.util.spec_from_file_location("standard_cge", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


book = standard_cge()
CAPITAL_LOST = {"HOH.PF": np.array([0.9, 1.0]) * book.flow("HOH", book.FACTORS)}  # factor


def consumer_prices(model: Model) -> Callable[[State], object]:
    """Price of the household's base-year basket."""
    basket = model.parameter("basket", "i", book.flow(book.GOODS, "HOH"))
    return price_index({model.commodities["PQ"]: basket})


def real(model: Model, agent: str) -> Callable[[State], object]:
    """Purchases of an agent at base-year prices."""

    def purchases(state: State) -> object:
        return state.quantity(model.agents[agent], "PQ").sum()

    return purchases


def by_default(model: Model) -> list[Swap]:
    """Nothing is swapped."""
    return []


def wage_floor(model: Model) -> list[Swap]:
    """Labour is one member of the commodity PF: its employment follows from a floor on its wage."""
    supply = model.parameters["HOH.PF"]
    index, labour = consumer_prices(model), np.array([0.0, 1.0])  # factor

    def employ(base: np.ndarray, variable: object) -> object:
        return base * (1.0 - labour + labour * scale(1.0, variable))

    def wage(state: State) -> object:
        return (labour * state.price(model.commodities["PF"])).sum() / index(state)

    jobs = Freed("employment", "", {supply: employ}, upper=0.0)
    return [Swap(jobs, Fixed("real_wage", "", wage, falls=True))]


def given_investment(model: Model) -> list[Swap]:
    """All saving rates are scaled alike."""
    rates = [model.parameters[name] for name in ("HOH.to.INV", "GOV.to.INV")]
    return [*investment_driven(rates, real(model, "INV"))]


def given_exchange_rate(model: Model) -> list[Swap]:
    """Foreign saving is what it takes, counted in units of base-year foreign saving."""
    saving = model.parameters["INV.FX"]
    amounts = saving.value
    prices = consumer_prices(model)
    return [*fixed_exchange_rate(model.commodities["FX"], saving, amounts, prices)]


def given_government(model: Model) -> list[Swap]:
    """Free the direct tax, fix government consumption."""
    tax = Freed("direct_tax", "", {model.parameters["HOH.to.GOV"]: scale})
    return [Swap(tax, Fixed("public_consumption", "", real(model, "GOV")))]


def nonsense(model: Model) -> list[Swap]:
    """Free the direct tax, fix the capital stock, which no tax moves."""
    tax = Freed("direct_tax", "", {model.parameters["HOH.to.GOV"]: scale})
    return [Swap(tax, Fixed("capital_stock", "", lambda s: s.parameter("HOH.PF")[0]))]


CLOSURES = {
    "default": by_default,
    "fixed real wage": wage_floor,
    "driven by investment": given_investment,
    "fixed exchange rate": given_exchange_rate,
    "given public consumption": given_government,
}


def solve(closure: Callable[[Model], list[Swap]]) -> Equilibrium:
    """The economy without a tenth of its capital under a closure."""
    model = book.build()
    return impose(model, closure(model)).solve(CAPITAL_LOST)


def outcome(e: Equilibrium) -> dict[str, float]:
    """What the household, the government and investors buy, relative to the benchmark, and jobs."""
    bought = {
        name: e.quantity(agent, "PQ").sum().item() / book.flow(book.GOODS, agent).sum()
        for name, agent in (("consumption", "HOH"), ("public", "GOV"), ("investment", "INV"))
    }
    jobs = e.parameter("HOH.PF").sel(f="LAB").item() / book.flow("HOH", "LAB")
    saving = e.parameter("INV.FX").item() / book.flow("INV", "EXT")
    return {**bought, "employment": jobs, "foreign saving": saving}


def compare() -> dict[str, dict[str, float]]:
    """A tenth of capital is lost: what each closure makes of it."""
    return {name: outcome(solve(closure)) for name, closure in CLOSURES.items()}


def main() -> None:
    """Print what each closure makes of the loss, relative to the benchmark."""
    table = compare()
    print(f"{'':26}" + "".join(f"{name:>16}" for name in table["default"]))
    for name, values in table.items():
        print(f"{name:26}" + "".join(f"{value:16.4f}" for value in values.values()))
    try:
        solve(nonsense)
    except ClosureError as error:
        print(f"\nRefused: {error}")


if __name__ == "__main__":
    main()
