"""What keeps two models from agreeing is told apart: damping is advised only where it can help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from cge.coupling import Behaviour, Convergence, NotConverged, Session, couple
from tests.coupling.stand_in import Economy
from tests.coupling.test_fixed_point import in_turn, mirror, series

Opens = Callable[..., Session]


def end(session: Session, function: Callable[[Any], Any], rounds: int = 60) -> Convergence:
    return couple(session, mirror(function), rounds=rounds, throw=False)


def seen(session: Session, function: Callable[[Any], Any], rounds: int = 60) -> Behaviour:
    return end(session, function, rounds).behaviour


def test_models_that_agree(opens: Opens) -> None:
    assert seen(opens(Economy()), np.cos).kind == "agrees"


def test_a_slow_contraction_says_how_many_more_rounds_it_needs(opens: Opens) -> None:
    """The map 0.03 + 0.99 x takes off a hundredth in each round."""
    result = end(opens(Economy()), lambda x: 0.03 + 0.99 * x)
    assert result.behaviour.kind == "slow"
    words = result.behaviour.words
    assert "by 1 % a round" in words
    more = int(words.split("some ")[1].split()[0])
    assert couple(opens(Economy()), mirror(lambda x: 0.03 + 0.99 * x), rounds=60 + more).converged


def test_no_more_rounds_are_advised_than_anybody_waits_for(opens: Opens) -> None:
    found = seen(opens(Economy()), lambda x: 0.0003 + 0.9999 * x + 1e-3)
    assert found.kind == "slow"
    assert "more rounds hardly help" in found.words
    assert "allow some" not in found.words


def test_an_answer_beyond_what_is_feasible_stands_at_the_edge(opens: Opens) -> None:
    """Feasible up to 1.1, and 4/3 is where the models would agree."""
    session = opens(Economy(infeasible=lambda x: x.max() > 1.1))
    found = seen(session, lambda x: 2.0 - 0.5 * x, rounds=5)
    assert found.kind == "edge"
    assert "stands at the edge of what is feasible: x at A, 1.09" in found.words
    assert "allow" not in found.words


def test_an_answer_beyond_what_is_feasible_agrees_once_it_is_within(opens: Opens) -> None:
    """The advice works: the partner answers with what the economy can bear."""
    session = opens(Economy(infeasible=lambda x: x.max() > 1.1))
    assert seen(session, lambda x: np.minimum(2.0 - 0.5 * x, 1.1)).kind == "agrees"


def test_an_answer_that_jumps_is_named_with_where_it_jumps(opens: Opens) -> None:
    """Zero above 1.2, two below: nothing agrees, and no damping is advised."""
    found = seen(opens(Economy()), lambda x: np.where(x > 1.2, 0.0, 2.0))
    assert found.kind == "jumps"
    assert "x at A is 2 where 1.1" in found.words
    assert "and 0 where 1.2" in found.words
    assert "no damping settles there" in found.words
    assert "may hold it" not in found.words


def merit_order(demand: np.ndarray) -> np.ndarray:
    """Marginal cost of steps of supply, least cost first, by region."""
    cost = np.array([[0.6, 1.0, 1.3], [0.7, 0.9, 1.4], [0.5, 0.75, 1.2]])
    supply = np.array([30.0, 45.0, 300.0])
    result = linprog(
        cost.ravel(), A_eq=np.kron(np.eye(3), np.ones((1, 3))), b_eq=demand,
        bounds=[(0.0, most) for most in np.tile(supply, 3)],
    )  # fmt: skip
    return np.asarray(result.eqlin.marginals)


@pytest.mark.parametrize("damping", [1.0, 0.1])
def test_a_linear_programme_on_its_step_jumps(opens: Opens, damping: float) -> None:
    """Demand of B meets its supply in the wall between two steps."""
    economy = Economy(respond=lambda p: np.array([90.0, 70.0, 62.0]) * p**-0.8)
    session = opens(economy)
    partner = mirror(merit_order)
    result = couple(session, partner, rounds=40, damping=damping, throw=False)
    assert result.behaviour.kind == "jumps"
    assert "x at B is 1.4 where" in result.behaviour.words
    assert "and 0.9 where" in result.behaviour.words


def test_an_answer_that_overshoots_is_told_which_damping_holds_it(opens: Opens) -> None:
    """Thirty times as far, the other way: steps of one 32nd hold it, and the advice works."""
    found = seen(opens(Economy()), lambda x: 32.0 - 30.0 * x + 1.0, rounds=8)
    assert found.kind in ("grows", "oscillates")
    assert "overshoots, 30 times" in found.words
    damping = float(found.words.split("damping=")[1].split()[0])
    steep = mirror(lambda x: 32.0 - 30.0 * x + 1.0)
    assert couple(opens(Economy()), steep, rounds=100, damping=damping).converged


def test_an_answer_that_runs_ahead_is_not_told_to_damp(opens: Opens) -> None:
    """The map 1.5 x - 1 has a fixed point at two, from which every step leads away."""
    found = seen(opens(Economy()), lambda x: 1.5 * x - 1.0)
    assert found.kind == "grows"
    assert "runs ahead, 1.5 times" in found.words
    assert "no damping holds it" in found.words


def test_models_that_run_away_grow(opens: Opens) -> None:
    result = end(opens(Economy()), lambda x: 1e3 + x**2, rounds=6)
    assert result.behaviour.kind == "grows"
    assert "the residual grows" in result.report()


def test_too_few_rounds_tell_nothing(opens: Opens) -> None:
    assert seen(opens(Economy()), lambda x: 3.0 - 1.5 * x, rounds=2).kind == "unclear"


@pytest.mark.parametrize("other", [np.nan, 1.0])
def test_an_entry_that_comes_and_goes_is_named(opens: Opens, other: float) -> None:
    entries = (series(1.0, 2.0, 3.0), series(other, 2.0, np.nan))
    partner = in_turn(*({"x": entries[k % 2]} for k in range(12)))
    found = couple(opens(Economy()), partner, rounds=10, throw=False).behaviour
    assert found.kind == "unclear"
    assert "comes and goes" in found.words


def test_an_entry_that_joins_late_is_judged_by_the_rounds_in_which_it_is_there(
    opens: Opens,
) -> None:
    """The others settle exactly, so that before it joins nothing differs."""
    nothing = {"x": series(1.0, 1.0, np.nan)}
    swinging = [{"x": series(1.0, 1.0, 5.0 + k % 2)} for k in range(10)]
    with pytest.raises(NotConverged, match="x at C") as caught:
        couple(opens(Economy()), in_turn(nothing, *swinging), rounds=10)
    assert caught.value.convergence.behaviour.kind in ("oscillates", "slow")
