"""A step that fails is halved; what cannot be helped leaves the last good point and the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from numpy.testing import assert_array_equal

from cge.cli.shared import NO_SOLUTION, exit_code
from cge.coupling import CouplingError, Session, StepFailed, couple
from cge.coupling.fixed_point import HALVINGS, NO_STEP
from cge.equilibrium import NotSolved
from tests.coupling.stand_in import Economy
from tests.coupling.test_fixed_point import in_turn, mirror, series

Opens = Callable[..., Session]


def overshooting(limit: float) -> Callable[[Session], Mapping[str, Any]]:
    """A partner of 2 - x / 2 that has no solution where more than a limit is demanded."""

    def partner(session: Session) -> Mapping[str, Any]:
        if float(session.get("demand").max()) > limit:
            raise ArithmeticError("demand cannot be met")
        return mirror(lambda x: 2.0 - 0.5 * x)(session)

    return partner


def test_a_step_to_where_there_is_no_equilibrium_is_halved(opens: Opens) -> None:
    """The fixed point 4/3 exists, the first full step leads to 1.5."""
    session = opens(Economy(infeasible=lambda x: x.max() > 1.4))
    result = couple(session, mirror(lambda x: 2.0 - 0.5 * x), tolerance=1e-8)
    assert result.rounds["halved"].tolist()[:2] == [0, 1]
    assert session.get("x").to_numpy() == pytest.approx(4.0 / 3.0, abs=1e-6)


def test_a_step_at_which_the_partner_fails_is_halved(opens: Opens) -> None:
    session = opens(Economy())
    result = couple(session, overshooting(1.4), tolerance=1e-8)
    assert result.converged
    assert session.get("x").to_numpy() == pytest.approx(4.0 / 3.0, abs=1e-6)


def test_a_partner_that_always_fails_leaves_the_last_good_point_and_its_history(
    opens: Opens,
) -> None:
    economy = Economy()
    session = opens(economy)
    session.set("x", series(1.2, 1.2, 1.2))
    with pytest.raises(StepFailed, match=r"round 2 failed .* demand cannot be met") as caught:
        couple(session, overshooting(1.2))
    assert isinstance(caught.value.__cause__, ArithmeticError)
    assert len(economy.solves) == 2 + HALVINGS
    assert session.solved
    assert_array_equal(session.get("x"), 1.2)
    (kept,) = caught.value.convergence.history
    assert_array_equal(kept.used["x"], 1.2)
    assert_array_equal(kept.answer["x"], 1.4)


def test_a_partner_that_fails_at_once_leaves_the_economy_as_it_was(opens: Opens) -> None:
    session = opens(Economy())
    with pytest.raises(StepFailed, match="round 1 failed at once: ArithmeticError") as caught:
        couple(session, overshooting(0.5))
    assert caught.value.convergence.history == ()
    assert not caught.value.convergence.converged
    assert session.solved
    assert_array_equal(session.get("x"), 1.0)


def test_an_economy_without_an_equilibrium_to_start_from_says_so(opens: Opens) -> None:
    with pytest.raises(NotSolved, match="no equilibrium at"):
        couple(opens(Economy(infeasible=lambda x: True)), mirror(lambda x: x))


def test_a_path_without_equilibria_fails_as_a_step(opens: Opens) -> None:
    session = opens(Economy(infeasible=lambda x: x.max() > 1.0))
    with pytest.raises(StepFailed, match="NotSolved: no equilibrium at") as caught:
        couple(session, mirror(lambda x: 2.0 - 0.5 * x))
    assert isinstance(caught.value.__cause__, NotSolved)
    assert exit_code(caught.value) == NO_SOLUTION
    assert_array_equal(session.get("x"), 1.0)


@pytest.mark.parametrize("damping", [1.0, 0.3, 1e-5])
def test_steps_towards_what_is_not_feasible_end_soon_and_say_where(
    opens: Opens, damping: float
) -> None:
    """Feasible up to 1.1, and the answer is always beyond: steps get no smaller than matters."""
    economy = Economy(infeasible=lambda x: x.max() > 1.1)
    with pytest.raises(StepFailed, match="stands at the edge of what is feasible") as caught:
        couple(opens(economy), mirror(lambda x: 2.0 - 0.5 * x), damping=damping)
    assert len(economy.solves) < 60
    assert caught.value.convergence.rounds["damping"].min() >= min(damping, NO_STEP)
    assert caught.value.convergence.used["x"].to_numpy() == pytest.approx(1.1, abs=1e-3)
    assert "allow" not in str(caught.value)


def test_an_answer_that_does_not_fit_is_not_tried_again(opens: Opens) -> None:
    economy = Economy()
    session = opens(economy)
    answers = ({"x": series(2.0, 2.0, 2.0)}, {"x": series(3.0, 3.0, 3.0)}, {"x": {"A": 1.0}})
    with pytest.raises(CouplingError, match="missing labels of 'region': B, C") as caught:
        couple(session, in_turn(*answers))
    assert caught.value.convergence is not None
    assert len(caught.value.convergence.history) == 2
    assert len(economy.solves) == 3
    assert session.solved
    assert_array_equal(session.get("x"), 2.0)


def test_an_interruption_leaves_the_last_good_point(opens: Opens) -> None:
    session = opens(Economy())

    def stopped(session: Session) -> Mapping[str, Any]:
        if float(session.get("demand").max()) > 1.0:
            raise KeyboardInterrupt
        return {"x": series(2.0, 2.0, 2.0)}

    with pytest.raises(KeyboardInterrupt):
        couple(session, stopped)
    assert session.solved
    assert_array_equal(session.get("x"), 1.0)
