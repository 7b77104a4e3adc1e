"""One compiled model serves many runs, whatever their numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration import Assumptions, load_assumptions
from cge.equilibrium import Solver
from cge.m3c import declare
from cge.path import BaselineError, Pathway, begin, compiled, prepare, run
from cge.path.compiled import YEARLY, fingerprint
from cge.scenario import Closures, ScenarioError
from tests.economies import SECTORS
from tests.path.conftest import Build

CAP = {2020: 1.0, 2021: 0.85}


@pytest.fixture(scope="module")
def draw() -> Assumptions:
    """Assumptions with other elasticities of trade and of substitution."""
    table = load_assumptions(sectors=SECTORS)
    other = table.elasticities.replace("foreign", 3.1).replace("kle", 0.6)
    return table.replace(elasticities=other)


@pytest.fixture(scope="module")
def drawn(scenario: Build, draw: Assumptions) -> list[Pathway]:
    """Baseline and policy at other assumptions, on whatever is compiled."""
    base = run(scenario("baseline", None, 2021), assumptions=draw)
    return [base, run(scenario("policy", CAP, 2021), baseline=base, assumptions=draw)]


def test_runs_of_a_structure_share_their_model(scenario: Build, baseline: Pathway) -> None:
    first = begin(prepare(scenario("policy", CAP, 2021), baseline=baseline))
    second = begin(prepare(scenario("policy", {2020: 0.7}, 2021), baseline=baseline))
    assert first.compiled is second.compiled
    assert begin(prepare(scenario("baseline", None, 2021))).compiled is not first.compiled


def test_a_second_run_gives_the_same_bits(scenario: Build, baseline: Pathway) -> None:
    one, two = (run(scenario("policy", CAP, 2021), baseline=baseline) for _ in range(2))
    assert one.data.identical(two.data)


def test_a_draw_on_the_shared_model_is_a_draw_on_its_own(
    scenario: Build, draw: Assumptions, drawn: list[Pathway], baseline: Pathway
) -> None:
    """Compiled anew for the draw, without any other model to borrow from: the same economy."""
    setting = prepare(scenario("policy", CAP, 2021), assumptions=draw, baseline=drawn[0])
    shared = compiled(setting, setting.structure())
    run(scenario("policy", CAP, 2021), baseline=baseline)
    assert fingerprint(setting) != compiled(setting, setting.structure()).fingerprint
    own = declare(setting.benchmark, setting.assumptions.removal, setting.structure())
    fresh = Solver(own.model, options=YEARLY)
    numbers = shared.numbers(setting)
    assert numbers.changes
    values = own.model.values()
    for name, value in shared.economy.model.values(numbers.changes).items():
        assert_allclose(value, values[name], rtol=0, atol=0, err_msg=name)
    direct = setting.benchmark.emissions.direct
    capped = {"members": np.ones((len(direct), 1)), "cap": 0.85 * direct[:, None]}
    one = shared.solver.solve({**numbers.changes, **capped}, start=numbers.start)
    two = fresh.solve(capped)
    for key, unknowns in two.unknowns.items():
        assert_allclose(one.unknowns[key], unknowns, atol=1e-8, err_msg=key)


def test_a_draw_changes_results_and_says_so(
    scenario: Build, drawn: list[Pathway], baseline: Pathway
) -> None:
    usual = run(scenario("policy", CAP, 2021), baseline=baseline)
    assert drawn[1].assumptions.hash != usual.assumptions.hash
    price = [p.data["carbon_price"].sel(year=2021).to_numpy() for p in (usual, drawn[1])]
    assert np.all(np.abs(price[1] / price[0] - 1.0) > 1e-3)
    for path in drawn:
        assert path.solves["worst"].max() < 1e-9
        assert path.solves["walras"].abs().max() < 1e-9


def test_a_baseline_of_other_assumptions_is_refused(
    scenario: Build, draw: Assumptions, baseline: Pathway
) -> None:
    with pytest.raises(BaselineError, match=r"rests on other assumptions"):
        run(scenario("policy", CAP, 2021), baseline=baseline, assumptions=draw)


def test_a_baseline_that_ends_early_is_refused(scenario: Build, drawn: list[Pathway]) -> None:
    with pytest.raises(BaselineError, match=r"ends before 2022; run it to 2023"):
        run(scenario("policy", CAP), baseline=drawn[0])


def test_a_baseline_of_another_dataset_is_refused(scenario: Build, baseline: Pathway) -> None:
    other = replace(baseline, versions={**baseline.versions, "dataset": "2+000000000000"})
    with pytest.raises(BaselineError, match=r"is of dataset 2\+000000000000"):
        run(scenario("policy", CAP), baseline=other)


def test_a_baseline_with_other_capital_is_refused(scenario: Build, baseline: Pathway) -> None:
    mobile = scenario("policy", CAP).model_copy(update={"closure": Closures(capital="mobile")})
    with pytest.raises(BaselineError, match=r"has specific capital, the scenario mobile"):
        run(mobile, baseline=baseline)


def test_a_policy_is_no_baseline(scenario: Build, drawn: list[Pathway], baseline: Pathway) -> None:
    policy = run(scenario("policy", CAP, 2021), baseline=baseline)
    with pytest.raises(BaselineError, match=r"is the path of 'policy', which has pools or shocks"):
        run(scenario("policy", CAP, 2021), baseline=policy)
    with pytest.raises(BaselineError, match=r"has no pools, so it is a baseline itself"):
        run(scenario("baseline", None, 2021), baseline=baseline)


def test_other_costs_of_removal_keep_the_baseline(scenario: Build, baseline: Pathway) -> None:
    """Nothing is removed in a baseline."""
    policy = scenario("policy", CAP, 2021)
    cheaper = policy.removal.model_copy(update={"cost": 1.0, "limit": {"A": {2020: 1.0}}})
    path = run(policy.model_copy(update={"removal": cheaper}), baseline=baseline)
    assert float(path.data["removal"].sel(year=2021).max()) > 0.0


def test_the_scenario_is_checked_before_it_runs(scenario: Build) -> None:
    wrong = scenario("policy", CAP).model_copy(update={"last": 2100})
    with pytest.raises(ScenarioError, match=r"up to 2030 only"):
        run(wrong)
