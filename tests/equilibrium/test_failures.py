"""What happens where there is no equilibrium, or none within reach: a message, never a number."""

from __future__ import annotations

import numpy as np
import pytest

from cge.equilibrium import NotSolved, Options, Solver, Status
from cge.language import DeclarationError, Model, leontief
from tests.equilibrium.models import carbon, exchange


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver(carbon())


IMPOSSIBLE = {
    "cap": 0.5,
    "limit": 0.01,
    "SINK.capacity": 0.0,
}  # less than what committed purchases emit


def test_an_impossible_cap_names_the_market_and_the_gap(solver: Solver) -> None:
    with pytest.raises(NotSolved) as failure:
        solver.solve(IMPOSSIBLE)
    message = str(failure.value)
    assert message.startswith("carbon: no equilibrium found")
    assert "market PC: demand" in message
    assert "supply 0.5" in message
    assert "worst residual" in message
    attempt = failure.value.attempt
    assert not attempt.solved
    assert attempt.residuals()["member"].iloc[0] in message


def test_a_failure_can_be_returned_instead(solver: Solver) -> None:
    attempt = solver.solve(IMPOSSIBLE, throw=False)
    assert attempt.status in (Status.STUCK, Status.ROUNDS, Status.NUMBERS)
    assert attempt.worst > 1e-6
    assert attempt.status.value in repr(attempt)


def test_a_failed_solve_leaves_nothing_behind(solver: Solver) -> None:
    before = solver.solve(cap=30.0)
    solver.solve(IMPOSSIBLE, throw=False)
    after = solver.solve(cap=30.0)
    assert after.price("PC").item() == before.price("PC").item()


@pytest.mark.parametrize("nonsense", [{"minimum": 500.0}])
def test_nonsense_parameters_are_no_equilibrium(solver: Solver, nonsense: dict[str, float]) -> None:
    with pytest.raises(NotSolved, match="carbon: no equilibrium found"):
        solver.solve(nonsense)


def test_an_impossible_parameter_never_reaches_the_solver(solver: Solver) -> None:
    with pytest.raises(DeclarationError, match=r"'tax'.*must be > -1, found -1\.5 at dirty"):
        solver.solve(tax=-1.5)


def test_a_factor_that_nobody_supplies_never_reaches_the_solver(solver: Solver) -> None:
    with pytest.raises(DeclarationError, match=r"market PL: nobody supplies it.*'labour'"):
        solver.solve(labour=-100.0)


def test_what_is_no_number_never_reaches_the_solver(solver: Solver) -> None:
    with pytest.raises(DeclarationError, match="'labour': not a finite number"):
        solver.solve(labour=np.nan)


def test_an_unknown_parameter_names_near_ones(solver: Solver) -> None:
    with pytest.raises(DeclarationError, match="unknown parameter 'labor'; close ones: labour"):
        solver.solve(labor=1.0)


def test_a_model_solves_itself() -> None:
    model = exchange()
    e = model.solve(harvest=("a i", [[16.0, 0.0], [0.0, 8.0]]))
    assert e.price("P").values[1] == pytest.approx(2.0, rel=1e-10)


# Homotopy -----------------------------------------------------------------------------------------


def test_homotopy_reaches_what_newton_does_not() -> None:
    """With two rounds Newton's method cannot make the jump, in steps it can."""
    model = exchange()
    hasty = Solver(model, options=Options(rounds=2, chord=0.0))
    harvest = np.array([[8e4, 0.0], [0.0, 8.0]])
    values = model.values(harvest=("a i", harvest))
    assert not hasty.newton(values).solved
    e = hasty.solve(harvest=("a i", harvest))
    assert e.solved
    assert e.price("P").values[1] == pytest.approx(1e4, rel=1e-8)


def test_homotopy_starts_from_where_it_is_told() -> None:
    model = exchange()
    patient = Solver(model)
    near = patient.solve(harvest=("a i", [[4e4, 0.0], [0.0, 8.0]]))
    hasty = Solver(model, options=Options(rounds=2, chord=0.0))
    e = hasty.solve(harvest=("a i", [[8e4, 0.0], [0.0, 8.0]]), start=near)
    assert e.solved
    assert e.price("P").values[1] == pytest.approx(1e4, rel=1e-8)


# Exactness ----------------------------------------------------------------------------------------


def test_exchange_has_the_equilibrium_of_the_textbook() -> None:
    r"""Cobb-Douglas exchange: :math:`p_2 / p_1 = \alpha_{12} e_1 / (\alpha_{21} e_2)` by hand."""
    e = exchange().solve(harvest=("a i", [[3.0, 0.0], [0.0, 8.0]]))
    ratio = (0.25 * 3.0) / (0.25 * 8.0)
    assert e.price("P").values[1] == pytest.approx(ratio, rel=1e-11)
    bought = [[0.75 * 3.0, 0.25 * 3.0 / ratio], [0.25 * 8.0 * ratio, 0.75 * 8.0]]
    np.testing.assert_allclose(e.quantity("A", "P").values, bought, rtol=1e-11)


def test_results_are_labelled() -> None:
    e = exchange().solve()
    bought = e.quantity("A", "P")
    assert bought.dims == ("a", "i")
    assert bought.sel(a="Ann", i="nuts").item() == pytest.approx(2.0)
    with pytest.raises(DeclarationError, match="no commodity 'PX'; close ones: P"):
        e.price("PX")
    with pytest.raises(DeclarationError, match="no flow called 'bread'; known are P"):
        e.quantity("A", "bread")


# False solutions ----------------------------------------------------------------------------------


def test_a_good_that_becomes_free_is_no_solution() -> None:
    """Bread and butter go together; with more butter its price falls to zero.

    All solved conditions then hold to any tolerance, since what is left over is worth nothing, but
    the market left unsolved is out of balance.
    """
    m = Model("sandwiches")
    bread, butter, eater = m.commodity("bread"), m.commodity("butter"), m.agent("eater")
    eater.owns(bread[""], 10.0).owns(butter[""], 10.0, name="butter_supply")
    eater.spends(leontief(bread[""](10.0), butter[""](10.0)))
    m.numeraire(bread, drop=butter)
    with pytest.raises(NotSolved, match="market butter, left unsolved") as failure:
        m.solve(butter_supply=12.0)
    attempt = failure.value.attempt
    assert attempt.status is Status.FREE
    assert attempt.walras == pytest.approx(-2.0 / 12.0, rel=1e-6)
    assert "price that fell most is butter" in str(failure.value)
