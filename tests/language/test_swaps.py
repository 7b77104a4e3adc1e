"""Models do not change under their users: swaps make another one, and a solver ends declaring."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.language import Fixed, Freed, Model, Parameter, Swap, add, ces, scale
from tests.language.conftest import Refused


def economy() -> Model:
    """Labour and capital make bread, a household eats it."""
    m = Model("economy", r=["land"])
    P, PL, PK = m.commodity("P", "r"), m.commodity("PL", "r"), m.commodity("PK", "r")
    HH = m.agent("HH", "r")
    m.activity("Y", "r", makes=P["r"](10.0), uses=ces(0.5, PL["r"](6.0), PK["r"](4.0)))
    HH.owns(PL["r"], ("r", [6.0]), name="labour").owns(PK["r"], 4.0, name="capital")
    HH.spends(P["r"](10.0, name="bread"))
    m.numeraire(PL)
    return m


def swap(m: Model) -> Swap:
    """Labour that is employed adjusts until a given amount of bread is eaten."""
    bread = m.agents["HH"].flow("bread")
    jobs = Freed("jobs", "r", {m.parameters["labour"]: scale})
    return Swap(jobs, Fixed("eaten", "r", lambda s: s.quantity(bread)))


def test_swaps_leave_the_model_as_it_is() -> None:
    m = economy()
    before = dict(m.parameters)
    other = m.with_swaps([swap(m)], at=m.benchmark())
    assert set(other.auxiliaries) == {"jobs"}
    assert set(other.parameters) - set(before) == {"eaten_target", "eaten_size"}
    assert m.parameters == before
    assert not m.auxiliaries


def test_a_rule_brings_its_parameter_along(refused: Refused) -> None:
    """Jobs for the young only, a share that is a parameter of the model with swaps."""
    m = economy()
    other = m.with_swaps([hiring(m, Parameter("young", "r", np.array([3.0])))], at=m.benchmark())
    assert "young" not in m.parameters
    goal = other.solve({"eaten_target": 11.0, "young": 1.0})
    hired = goal.parameter("labour").item() - 6.0
    assert hired == pytest.approx(goal.state.variable("jobs").item(), rel=1e-9)
    with refused("parameter 'young'", r"shape \(2,\)", "r: 1"):
        m.with_swaps([hiring(m, Parameter("young", "r", np.ones(2)))], at=m.benchmark())
    with refused("rule of 'labour'", "'labour' is of another model"):
        m.with_swaps([hiring(m, economy().parameters["labour"])], at=m.benchmark())


def hiring(m: Model, amounts: Parameter) -> Swap:
    """Labour grows by given amounts per unit of the variable."""
    bread = m.agents["HH"].flow("bread")
    jobs = Freed("jobs", "r", {m.parameters["labour"]: add(amounts)})
    return Swap(jobs, Fixed("eaten", "r", lambda s: s.quantity(bread)))


def test_handles_serve_both_models() -> None:
    m = economy()
    other = m.with_swaps([swap(m)], at=m.benchmark())
    goal = other.solve(eaten_target=11.0)
    bread, HH = m.agents["HH"].flow("bread"), m.agents["HH"]
    assert goal.quantity(bread).values == pytest.approx(11.0)
    np.testing.assert_array_equal(goal.state.quantity(bread), goal.state.quantity(HH, "bread"))
    assert goal.price(m.commodities["PL"]).values == pytest.approx(1.0)
    labour = HH.endowment("labour").quantity
    assert goal.parameter(labour).values == pytest.approx(goal.state.parameter(labour))
    jobs = other.auxiliaries["jobs"]
    np.testing.assert_array_equal(goal.state.variable("jobs"), goal.state.variable(jobs))
    # The mirror: the labour that adjusted, given to the model without swaps.
    mirror = m.solve(labour=goal.parameter(labour))
    assert mirror.quantity(bread).values == pytest.approx(11.0)


def test_models_go_apart() -> None:
    """What is declared in one later does not show in the other."""
    m = economy()
    other = m.with_swaps([swap(m)], at=m.benchmark())
    m.agents["HH"].owns(m.commodities["PK"]["r"], 0.0, name="gift")
    other.parameter("own", "", 1.0)
    assert "gift" not in other.parameters
    assert "own" not in m.parameters
    assert len(m.budgets[m.agents["HH"]].endowments) == 3
    assert len(other.budgets[m.agents["HH"]].endowments) == 2
    other.check()
    assert other.solve(eaten_target=11.0).solved


def test_a_flow_of_another_model_is_no_part_of_a_state(refused: Refused) -> None:
    stranger = economy().agents["HH"].flow("bread")
    with refused("economy", "'bread' is of another model"):
        economy().benchmark().quantity(stranger)


LATE: dict[str, Callable[[Model], object]] = {
    "parameter": lambda m: m.parameter("late", "", 1.0),
    "product": lambda m: m.product("late", "r", m.parameters["labour"]),
    "commodity": lambda m: m.commodity("LATE"),
    "activity": lambda m: m.activity(
        "LATE", "r", makes=m.commodities["P"]["r"](1.0), uses=m.commodities["PL"]["r"](1.0)
    ),
    "agent": lambda m: m.agent("LATE"),
    "endowment": lambda m: m.agents["HH"].owns(m.commodities["PK"]["r"], 1.0),
    "gift": lambda m: m.agents["HH"].gives(0.1, m.agents["HH"]["r"]),
    "spending": lambda m: m.agents["HH"].spends(m.commodities["P"]["r"](1.0)),
    "auxiliary": lambda m: m.auxiliary(
        "late", moves={m.parameters["labour"]: scale}, until=lambda s: 0.0
    ),
    "numeraire": lambda m: m.numeraire(m.commodities["PK"]),
}


@pytest.fixture(scope="module")
def solved() -> Model:
    m = economy()
    Solver(m)
    return m


@pytest.mark.parametrize("declare", LATE.values(), ids=LATE)
def test_nothing_is_declared_after_a_solve(
    solved: Model, declare: Callable[[Model], object], refused: Refused
) -> None:
    before = dict(solved.parameters), dict(solved.families()), dict(solved.budgets)
    with refused("economy", "after a solver was compiled", "new model", "with_swaps"):
        declare(solved)
    assert before == (dict(solved.parameters), solved.families(), solved.budgets)


def test_checking_leaves_a_model_open() -> None:
    m = economy()
    m.check()
    m.benchmark()
    m.parameter("late", "", 1.0)


def test_a_solved_model_may_be_swapped(solved: Model) -> None:
    other = solved.with_swaps([swap(solved)], at=solved.benchmark())
    assert other.solve(eaten_target=11.0).solved
