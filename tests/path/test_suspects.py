"""A year without an equilibrium names the inputs that moved most, and says what is tried."""

from __future__ import annotations

import logging
from functools import partial

import numpy as np
import pytest

from cge.equilibrium import Budget, Equilibrium, NotSolved
from cge.equilibrium.effort import LOG
from cge.path import Pathway, Run, accept, begin, changed, opened, prepare, solve
from tests.path.conftest import LAST, Build

ABSURD = [0.002, 1.0]
"""Productivity of the two regions: one makes next to nothing."""


@pytest.fixture(scope="module")
def current(scenario: Build, baseline: Pathway) -> Run:
    """A policy after its first year, with a solver that gives up after its first attempt."""
    policy = scenario("policy", {2020: 1.0, LAST: 0.85})
    run = begin(prepare(policy, baseline=baseline))
    at = opened(run, 2020)
    accept(run, at, solve(run, at))
    return run


def failure(run: Run, monkeypatch: pytest.MonkeyPatch) -> NotSolved:
    solver = run.compiled.solver
    monkeypatch.setattr(solver, "solve", partial(solver.solve, budget=Budget(rounds=1)))
    at = changed(run, opened(run, 2021), {"productivity": np.array(ABSURD)})
    with pytest.raises(NotSolved) as caught:
        solve(run, at)
    return caught.value


def test_an_absurd_input_is_named(current: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    caught = failure(current, monkeypatch)
    told = "Inputs that moved most since the year before: productivity[A] 0.002 (was "
    assert told in str(caught)
    spent = sum(attempt.rounds for attempt in caught.tried)
    assert spent <= 1 + current.compiled.solver.options.rounds  # the budget and one Newton run


def test_the_log_says_the_year(
    current: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found = solve(current, opened(current, 2021))

    def logs(*_: object, log: logging.Logger, **__: object) -> Equilibrium:
        log.info("Newton's method (made up); trying homotopy")
        return found

    monkeypatch.setattr(current.compiled.solver, "solve", logs)
    with caplog.at_level(logging.INFO, LOG.name):
        solve(current, opened(current, 2021))
    assert caplog.messages == ["2021: Newton's method (made up); trying homotopy"]
