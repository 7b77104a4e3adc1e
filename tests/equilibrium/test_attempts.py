"""The ladder of attempts: what each starts from, what is counted, and which point is reported."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from cge.equilibrium import Budget, Equilibrium, NotSolved, Options, Solver
from cge.equilibrium.attempts import LADDER, Task, Way, climb
from cge.equilibrium.backstops import at_backstops
from cge.equilibrium.benchmark import benchmark
from cge.equilibrium.effort import LOG, Effort
from cge.language import Model, leontief
from tests.equilibrium.models import carbon, exchange

FAR = {"harvest": ("a i", np.array([[8e4, 0.0], [0.0, 8.0]]))}
"""Out of reach of two rounds of Newton's method."""


@pytest.fixture(scope="module")
def hasty() -> Solver:
    return Solver(exchange(), options=Options(rounds=2, chord=0.0))


def test_rounds_are_those_of_all_attempts(hasty: Solver) -> None:
    found = hasty.solve(FAR)
    assert found.rounds > 3 * hasty.options.rounds
    with pytest.raises(NotSolved) as caught:
        hasty.solve(FAR, budget=Budget(rounds=8))
    spent = sum(attempt.rounds for attempt in caught.value.tried)
    assert caught.value.attempt.rounds == spent


def test_every_attempt_begins_where_it_is_told(hasty: Solver) -> None:
    """A start of which nothing is known is moved in residuals, not left for the benchmark."""
    start = {key: np.asarray(u) + 0.1 for key, u in hasty.start.items()}
    starts: list[object] = []

    def look(task: Task, effort: Effort) -> tuple[str, Equilibrium | None]:
        starts.append(task.point)
        return "seen", task.solver.newton(task.values, task.point)

    task = Task(hasty, hasty.model.values(FAR), start, None, hasty.base)
    ladder = tuple(replace(way, call=look) for way in LADDER if way.fits(task))
    with pytest.raises(NotSolved):
        climb(task, Effort(Budget()), LOG, ladder)
    assert all(point is start for point in starts)
    assert "homotopy" not in [way.name for way in ladder]
    assert hasty.solve(FAR, start=start).solved


def test_the_point_that_came_nearest_is_reported_not_the_last(hasty: Solver) -> None:
    near = hasty.newton(hasty.model.values({"harvest": ("a i", [[9.0, 0.0], [0.0, 8.0]])}))
    points = [replace(near, worst=size, status=hasty.newton(hasty.model.values(FAR)).status)
              for size in (0.2, 0.1, 0.5, np.nan)]  # fmt: skip

    def found(point: Equilibrium, task: Task, effort: Effort) -> tuple[str, Equilibrium | None]:
        return "ended", point

    ladder = tuple(
        Way(f"way {k}", "newton", lambda task: True, partial(found, point))
        for k, point in enumerate(points)
    )
    task = Task(hasty, hasty.model.values(FAR), hasty.start, None, hasty.base)
    with pytest.raises(NotSolved) as caught:
        climb(task, Effort(Budget()), LOG, ladder)
    assert caught.value.attempt.worst == 0.1
    assert [attempt.name for attempt in caught.value.tried] == [way.name for way in ladder]


def test_what_is_short_starts_at_the_cost_of_what_supplies_it() -> None:
    """35 are emitted and 20 allowed: the rest is removed, at what it costs with a limit unpaid."""
    model = carbon()
    start = benchmark(model).unknowns
    point = at_backstops(model, start, model.values(cap=20.0))
    assert point is not None
    assert 5.0 * point["y:REMOVE"] == pytest.approx(15.0, rel=1e-9)
    assert 0.2 * np.expm1(point["p:PC"]) == pytest.approx(0.7, rel=1e-9)
    assert point["y:SINK"] == 0.0
    assert at_backstops(model, start, model.values(cap=40.0)) is None


def test_capacities_are_used_in_the_order_of_their_cost() -> None:
    """Removal that costs twice as much comes after the sink, whose capacity is four."""
    model = carbon()
    dear = {
        name: 2.0 * model.values()[name] for name in ("REMOVE.PL.quantity", "REMOVE.P.quantity")
    }
    point = at_backstops(model, benchmark(model).unknowns, model.values({**dear, "cap": 20.0}))
    assert point is not None
    assert 5.0 * point["y:SINK"] == pytest.approx(4.0, rel=1e-9)
    assert 5.0 * point["y:REMOVE"] == pytest.approx(11.0, rel=1e-9)
    assert 0.2 * np.expm1(point["p:PC"]) == pytest.approx(1.4, rel=1e-9)


@pytest.mark.parametrize("paid", [False, True], ids=["sold", "paid for"])
def test_what_somebody_pays_for_is_no_source(paid: bool) -> None:
    """A reward for removal brings no permits to the market."""
    m = Model("reward")
    PC, L, GOV = m.commodity("PC", may_be_zero=1.0), m.commodity("L"), m.agent("GOV")
    removed = PC[""](1.0, paid_by=GOV[""]) if paid else PC[""](1.0)
    m.activity("REMOVE", makes=removed, uses=L[""](2.0), latent=10.0)
    GOV.owns(L[""], 10.0).owns(PC[""], 10.0, name="cap")
    GOV.spends(leontief(L[""](10.0), PC[""](10.0)))
    m.numeraire(L)
    point = at_backstops(m, benchmark(m).unknowns, m.values(cap=4.0))
    assert (point is None) == paid
    if point is not None:
        assert 10.0 * point["y:REMOVE"] == pytest.approx(6.0)
