"""The printed equations are those that the engine solves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser
from scipy.optimize import brentq

from cge.equations import Equation, Numbers
from cge.equations.conditions import Conditions
from cge.equations.notation import Notation
from cge.equations.numbers import members
from cge.equilibrium.axes import Axes
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.state import State
from cge.language import DeclarationError, Model, ces, cobb_douglas
from tests.equilibrium import test_members, test_specific_taxes
from tests.equilibrium.models import carbon, everything, exchange, random_point, targeted
from tests.equilibrium.test_aces import power
from tests.equilibrium.test_demand_systems import economy

MODELS: dict[str, Callable[[], Model]] = {
    "additive": power,
    "aidads": partial(economy, "aidads"),
    "cde": partial(economy, "cde"),
    "everything": everything,
    "carbon": carbon,
    "excises": test_specific_taxes.model,
    "members": test_members.model,
    "targeted": targeted,
}

CONDITIONS = ("market clearance", "zero profit", "income balance")


def state_at(model: Model, seed: int) -> State:
    """The economy at a random point, far from any equilibrium."""
    point = {k: np.asarray(u) for k, u in random_point(model, seed).items()}
    for name, commodity in model.commodities.items():
        if commodity.zero_scale is not None:  # such a price is never negative
            point[f"p:{name}"] = np.abs(point[f"p:{name}"])
    with np.errstate(all="ignore"):
        return evaluate(model, Axes(model.dims, np), point, model.values())


def table(state: State, values: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """Given parameters and unknowns in their own units: prices, levels, incomes."""
    model = state.model
    result: dict[str, tuple[str, Any]] = {
        n: (p.letters, values[n]) for n, p in model.parameters.items()
    }
    for commodity in model.commodities.values():
        result[commodity.name] = commodity.letters, state.prices.price[commodity]
    for activity in model.activities.values():
        result[activity.name] = activity.letters, state.levels[activity]
    for agent in model.agents.values():
        m = state.unknowns[f"m:{agent.name}"]
        spent = state.scale[agent] * (m if agent.tree is None else np.exp(m))
        result[agent.name] = agent.letters, spent
    for auxiliary in model.auxiliaries.values():
        result[auxiliary.name] = auxiliary.letters, state.unknowns[f"a:{auxiliary.name}"]
    return result


def utility(formulas: Numbers, equation: Equation) -> np.ndarray:
    """Log utility by the equation that is printed for it."""
    dims = formulas.notation.dims
    found = np.zeros(dims.shape(equation.letters))

    def gap(value: float, member: dict[str, str]) -> float:
        name = f"{equation.block}.utility"
        trial = {**formulas.table, name: (equation.letters, np.full(found.shape, value))}
        return formulas.given(trial).gap(equation, member)

    for member in members(formulas.notation, equation.letters, {}):
        at = tuple(dims[c].labels.index(member[c]) for c in equation.letters)
        found[at] = brentq(gap, -3.0, 3.0, args=(member,), xtol=1e-14, rtol=1e-14)
    return found


def gaps(
    state: State, values: Mapping[str, Any] | None = None
) -> Iterator[tuple[Equation, dict[str, str], float, float]]:
    """Conditions with their two sides by the printed formulas, for all live members."""
    model, conditions = state.model, Conditions(state.model)
    every = list(conditions.all())
    given = table(state, values or model.values())
    formulas = Numbers.of(conditions.notation, every, given)
    found = {
        f"{equation.block}.utility": (equation.letters, utility(formulas, equation))
        for equation in every
        if equation.name == "utility"
    }
    numbers = formulas.given({**given, **found})
    families = {f.name: (key, f) for key, f in model.families().items()}
    for equation in every:
        if equation.name not in CONDITIONS:
            continue
        key, family = families[equation.block]
        for member in members(conditions.notation, equation.letters, {}):
            at = tuple(model.dims[c].labels.index(member[c]) for c in family.letters)
            if not np.broadcast_to(state.dead[key], family.shape)[at]:
                left = numbers.value(equation.left, member)
                yield equation, member, left, numbers.value(equation.right, member)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_printed_formulas_give_the_engines_markets_profits_and_incomes(name: str) -> None:
    """At a random point, where nothing holds, both have the same two sides of every condition."""
    model = MODELS[name]()
    state = state_at(model, seed=3)
    checked = 0
    for equation, member, left, right in gaps(state):
        at = tuple(model.dims[c].labels.index(member[c]) for c in equation.letters)
        if equation.block in model.commodities:
            family = model.commodities[equation.block]
            supply, demand = state.supplies[family][at], state.demands[family][at]
            expected, size = supply - demand, max(supply, demand)
        elif equation.block in model.agents:
            agent = model.agents[equation.block]
            expected = state.gross[agent][at] - _received(state, equation.block)[at]
            size = abs(state.gross[agent][at])
        else:
            continue
        assert left - right == pytest.approx(expected, abs=1e-8 * size), (equation, member)
        checked += 1
    assert checked > 5


def _received(state: State, name: str) -> np.ndarray:
    """What an agent receives, from the income that the engine implies."""
    agent = state.model.agents[name]
    if agent.tree is None:
        return state.incomes[agent]
    committed = state.gross[agent] * state.kept[agent] - state.scale[agent] * np.exp(
        state.unknowns[f"m:{name}"]
    )
    return (state.incomes[agent] + committed) / state.kept[agent]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_printed_zero_profit_is_the_engines(name: str) -> None:
    """The log ratio of cost and revenue, or the loss, is the engine's residual."""
    model = MODELS[name]()
    state = state_at(model, seed=4)
    checked = 0
    for equation, member, cost, revenue in gaps(state):
        activity = model.activities.get(equation.block)
        if activity is None:
            continue
        at = tuple(model.dims[c].labels.index(member[c]) for c in equation.letters)
        if activity.latent is None:
            expected, found = state.residual[f"y:{activity.name}"][at], np.log(cost / revenue)
        else:
            _, loss, _ = state.pairs[f"y:{activity.name}"]
            expected = loss[at]
            found = (cost - revenue) / state.profit_scale[activity][at]
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-12), (activity.name, member)
        checked += 1
    assert checked > 1


def test_the_printed_equations_hold_at_an_equilibrium() -> None:
    """All conditions, the market left unsolved included, at a solved counterfactual."""
    model = exchange()
    found = model.solve(harvest=("a i", [[4.0, 0.0], [0.0, 8.0]]))
    for equation, member, left, right in gaps(found.state, found.values):
        assert left == pytest.approx(right, rel=1e-9), (equation, member)


def test_what_is_owned_and_what_is_bought_are_two_symbols() -> None:
    """Both are called ``H.P`` where nobody names them; the parameter keeps the name."""
    model = Model("barter", h=["hunter", "fisher"], i=["meat", "fish"])
    P, H = model.commodity("P", "i"), model.agent("H", "h")
    H.owns(P["i"], ("h i", np.array([[3.0, 0.0], [0.0, 2.0]])))
    H.spends(cobb_douglas(P["i"](("h i", np.array([[1.0, 2.0], [2.0, 0.0]])))))
    model.numeraire(P)
    found = model.solve({"H.P": ("h i", np.array([[4.0, 0.5], [0.0, 2.0]]))})
    for equation, member, left, right in gaps(found.state, found.values):
        assert left == pytest.approx(right, rel=1e-9), (equation, member)
    text = str(model.equations("P"))
    assert "sum(H.P[h,i], h) = sum(H.spends.P[h,i], h)" in text


def test_numbers_in_the_place_of_parameters() -> None:
    """One industry of a textbook: 0.6 and 0.4 of 100 units, elasticity one half."""
    model = bakery()
    (profit, *_) = model.equations("BAKE", at={"i": "bread"}, numbers=True)
    assert profit.text(Notation(model.dims, model.parameters)).startswith(
        "100*BAKE.uses.index[bread] = 100*BREAD"
    )
    text = str(model.equations("BAKE", at={"i": "bread"}, numbers=True))
    assert "BAKE.L[bread] = 60*BAKE[bread]*(BAKE.uses.index[bread]/L)**(1/2)" in text
    assert "BAKE.uses.index[bread] = (0.4*K**(1/2) + 0.6*L**(1/2))**2" in text


def test_what_is_not_there_is_named() -> None:
    """A misspelt block, letter or label names its neighbours."""
    model = bakery()
    with pytest.raises(DeclarationError, match=r"no equations of 'BAKES'; close ones: BAKE"):
        model.equations("BAKES")
    with pytest.raises(DeclarationError, match=r"unknown dimension letter 'x'; declared are i"):
        model.equations("BAKE", at={"x": "bread"})
    with pytest.raises(DeclarationError, match=r"no label 'loaf'; known are bread, rolls"):
        model.equations("BAKE", at={"i": "loaf"})


def test_latex_is_mathematics() -> None:
    """Every formula of the model with everything can be typeset."""
    model = everything()
    parser = MathTextParser("path")
    for row in model.equations().frame().itertuples():
        if "cases" not in row.latex and "texttt" not in row.latex:
            parser.parse(f"${row.latex.replace(chr(92) + 'perp', '=')}$")


def test_the_condition_of_a_variable_is_shown_as_written() -> None:
    """With the parameter that the variable moves, by its rule."""
    text = str(targeted().equations())
    assert "condition" in text
    assert "exp(" in text or "given" in text


def bakery() -> Model:
    """Two bakeries with labour and capital, one household."""
    m = Model("bakery", i=["bread", "rolls"])
    BREAD, L, K = m.commodity("BREAD", "i"), m.commodity("L"), m.commodity("K")
    H = m.agent("H")
    tree = ces(0.5, L[""](("i", [60.0, 30.0])), K[""](("i", [40.0, 20.0])))
    m.activity("BAKE", "i", makes=BREAD["i"]([100.0, 50.0]), uses=tree)
    H.owns(L[""], 90.0).owns(K[""], 60.0).spends(cobb_douglas(BREAD["i"]([100.0, 50.0])))
    m.numeraire(L)
    return m


def test_nests_in_repr() -> None:
    """An activity shows its nests, an agent what it owns and buys."""
    model = bakery()
    assert repr(model.activities["BAKE"]).splitlines() == [
        "BAKE[i]",
        "  makes  BREAD[i]",
        "  uses   ces 0.5",
        "         |- L",
        "         `- K",
    ]
    assert "owns    L  H.L" in repr(model.agents["H"])
    assert str(model).count("BAKE[i]") == 1


def test_tables_say_what_every_parameter_is() -> None:
    """No parameter of the model with everything is without a use or factors it belongs to."""
    model = everything()
    table = model.tables()["parameters"]
    assert list(table.index) == list(model.parameters)
    factors = {f.name for factors in model.products.values() for f in factors}
    idle = table.index[(table["used as"] == "")]
    assert set(idle) <= factors
    sizes = {name: int(np.size(p.value)) for name, p in model.parameters.items()}
    assert table["size"].to_dict() == sizes
