"""What a solve may cost: a budget that only cuts, and a failure that says what was tried."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from cge.equilibrium import Budget, NotSolved, Options, Solver, Status
from cge.equilibrium.effort import LOG, Effort
from cge.equilibrium.moves import largest_moves
from tests.equilibrium.models import carbon, exchange
from tests.equilibrium.test_failures import IMPOSSIBLE

FAR = {"harvest": ("a i", np.array([[8e4, 0.0], [0.0, 8.0]]))}
"""Out of reach of two rounds of Newton's method, in reach of a homotopy."""


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver(carbon())


@pytest.fixture(scope="module")
def hasty() -> Solver:
    return Solver(exchange(), options=Options(rounds=2, chord=0.0))


@pytest.fixture(scope="module")
def failure(solver: Solver) -> NotSolved:
    with pytest.raises(NotSolved) as caught:
        solver.solve(IMPOSSIBLE)
    return caught.value


def test_a_failure_says_what_was_tried_and_what_it_took(failure: NotSolved) -> None:
    names = [attempt.name for attempt in failure.tried]
    assert names[0] == "Newton's method"
    assert names.index("homotopy") < names.index("Ipopt")
    assert all(attempt.rounds > 0 for attempt in failure.tried)
    text = str(failure)
    assert "Tried: Newton's method (" in text
    for attempt in failure.tried:
        assert str(attempt) in text
    assert "of the way" in text
    assert "budget" not in text


def test_the_attempt_that_came_nearest_is_reported_at_the_parameters_asked_for(
    solver: Solver, failure: NotSolved
) -> None:
    assert failure.attempt.values["cap"] == IMPOSSIBLE["cap"]
    values = solver.model.values(IMPOSSIBLE)
    for other in (solver.newton(values), solver.ipopt(values)):
        assert not other.worst < failure.attempt.worst


@pytest.mark.parametrize("budget", [Budget(rounds=1), Budget(seconds=0.0)])
def test_a_budget_ends_the_search_and_its_remedy_works(hasty: Solver, budget: Budget) -> None:
    with pytest.raises(NotSolved) as caught:
        hasty.solve(FAR, budget=budget)
    assert [attempt.name for attempt in caught.value.tried] == ["Newton's method"]
    assert f"The budget of {budget.rounds} rounds and {budget.seconds:g} s ended" in str(
        caught.value
    )
    assert "Solver.solve(budget=Budget(rounds=..., seconds=...)) may go on longer" in str(
        caught.value
    )
    assert hasty.solve(FAR, budget=Budget(rounds=300)).solved


def test_a_budget_ends_a_homotopy_on_its_way(hasty: Solver) -> None:
    budget = Budget(rounds=8)
    with pytest.raises(NotSolved) as caught:
        hasty.solve(FAR, budget=budget)
    name, ended = caught.value.tried[-1].name, caught.value.tried[-1].ended
    assert name == "homotopy"
    assert "of the way" in ended
    assert sum(attempt.rounds for attempt in caught.value.tried) <= budget.rounds + 3


@pytest.mark.parametrize("rounds", [1, 20, 100, 300])
@pytest.mark.parametrize("absurd", [IMPOSSIBLE, {"labour": 1e-3}, {"tax": 1e3}])
def test_absurd_inputs_cost_a_budget_and_one_newton_run(
    solver: Solver, absurd: dict[str, float], rounds: int
) -> None:
    with pytest.raises(NotSolved) as caught:
        solver.solve(absurd, budget=Budget(rounds=rounds))
    spent = sum(attempt.rounds for attempt in caught.value.tried)
    assert 0 < spent <= rounds + solver.options.rounds


def test_parameters_with_the_names_of_arguments_are_reached_by_changes() -> None:
    model = exchange()
    model.parameter("budget", "", 1.0)
    model.parameter("log", "", 1.0)
    found = Solver(model).solve({"budget": 2.0, "log": 3.0}, budget=Budget(rounds=100))
    assert (found.values["budget"], found.values["log"]) == (2.0, 3.0)


def test_a_budget_changes_nothing_that_is_found_within_it(hasty: Solver) -> None:
    usual = hasty.solve(FAR)
    for budget in (Budget(rounds=10**6), Budget(rounds=300, seconds=1e6)):
        found = hasty.solve(FAR, budget=budget)
        for key, value in usual.unknowns.items():
            np.testing.assert_array_equal(found.unknowns[key], value)


def test_options_hold_the_budget_of_all_solves() -> None:
    frugal = Solver(exchange(), options=Options(rounds=2, chord=0.0, budget=Budget(rounds=1)))
    assert not frugal.solve(FAR, throw=False).solved
    assert frugal.solve(FAR, budget=Budget()).solved


def test_ipopt_keeps_to_a_budget(solver: Solver) -> None:
    values = solver.model.values(IMPOSSIBLE)
    for budget in (Budget(rounds=3), Budget(seconds=0.0)):
        found = solver.ipopt(values, budget=budget)
        assert found.rounds <= 3
        assert found.status in (Status.ROUNDS, Status.NUMBERS)


def test_compiling_costs_no_time() -> None:
    def slow() -> None:
        for _ in range(10**5):
            pass

    effort = Effort(Budget())
    effort.timed("part", slow)
    assert effort.seconds == 0.0
    effort.timed("part", slow)
    assert effort.seconds > 0.0


def test_fallbacks_are_said_where_somebody_listens(
    hasty: Solver, caplog: pytest.LogCaptureFixture
) -> None:
    hasty.solve(FAR)  # compiles
    with caplog.at_level(logging.INFO, LOG.name):
        hasty.solve(FAR)
    said = [record.getMessage() for record in caplog.records]
    assert said[0].startswith("Newton's method (the largest number of Newton rounds is reached")
    assert said[-1].endswith("; trying homotopy")


def test_a_fallback_that_is_compiled_first_says_so(caplog: pytest.LogCaptureFixture) -> None:
    new = Solver(exchange(), options=Options(rounds=2, chord=0.0))
    for ends in ("; trying homotopy, compiling it first", "; trying homotopy"):
        caplog.clear()
        with caplog.at_level(logging.INFO, LOG.name):
            new.solve(FAR)
        assert caplog.messages[-1].endswith(ends)


def test_fallbacks_are_quiet_else(hasty: Solver, capfd: pytest.CaptureFixture[str]) -> None:
    hasty.solve(FAR)
    assert capfd.readouterr() == ("", "")


def test_inputs_that_moved_most_are_named_where_they_moved() -> None:
    model = exchange()
    before = model.values()
    harvest = before["harvest"].copy()
    harvest[0, 0] *= 0.1
    (text,) = largest_moves(model, before, {"harvest": harvest})
    old, new = before["harvest"][0, 0], harvest[0, 0]
    assert text == f"harvest[Ann, apples] {new:.4g} (was {old:.4g})"
    assert largest_moves(model, before, before) == []
