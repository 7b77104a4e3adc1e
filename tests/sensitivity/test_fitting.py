"""Parameters from targets: known elasticities recovered, and covariances in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cge.equilibrium import NotSolved, Solver
from cge.language import DeclarationError
from cge.sensitivity import Bounds, Experiment, FitWarning, Target, common, fit, independent

TRUE = np.array([0.6, 1.8])  # elasticity of substitution by good
YEARS: dict[str, dict[str, Any]] = {
    "1990": {"labour": 45.0, "capital": 38.0},
    "2000": {"labour": 38.0, "capital": 60.0, "skill": 1.2},
}


def outputs(solver: Solver) -> dict[str, Any]:
    model = solver.model
    return {"level": model.activities["Y"], "rental": model.commodities["PK"]}


def history(solver: Solver, **more: Any) -> list[Experiment]:
    """What the economy with the true elasticities would have done."""
    found = []
    for name, changes in YEARS.items():
        e = solver.solve({**changes, "sigma": ("i", TRUE)}, **more)
        found.append(Experiment(name, changes, {"level": e.level("Y"), "rental": e.price("PK")}))
    return found


def test_elasticities_are_recovered_from_history(solver: Solver) -> None:
    sigma = solver.model.parameters["sigma"]
    free = {sigma: independent(Bounds(0.1, 5.0))}
    found = fit(solver, free, outputs(solver), history(solver))
    np.testing.assert_allclose(found.values, TRUE, rtol=1e-8)
    assert list(found.values.index) == ["sigma[food]", "sigma[cloth]"]
    assert found.converged
    assert found.loss < 1e-18
    assert not found.unidentified
    again = solver.solve({**YEARS["2000"], **found.changes})
    np.testing.assert_allclose(again.level("Y"), found.equilibria["2000"].level("Y"), rtol=1e-9)
    assert list(found.residuals["output"][:3]) == ["level[food]", "level[cloth]", "rental"]


def test_covariance_of_a_linear_fit_is_that_of_regression(solver: Solver) -> None:
    """What is read are sums of endowments: weighted least squares, in closed form."""
    design = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]])
    targets, weights = np.array([41.0, 39.0, 80.6, 1.1]), np.array([1.0, 2.0, 0.5, 1.0])

    def row(weight: np.ndarray) -> Any:
        return lambda s: weight[0] * s.parameter("labour") + weight[1] * s.parameter("capital")

    read = {f"y{k}": row(design[k]) for k in range(4)}
    free = {"labour": Bounds(1.0, 100.0), "capital": Bounds(1.0, 100.0)}
    asked = {f"y{k}": Target(targets[k], weights[k]) for k in range(4)}
    normal = design.T @ np.diag(weights) @ design
    expected = np.linalg.solve(normal, design.T @ (weights * targets))
    miss = design @ expected - targets
    found = fit(solver, free, read, [Experiment("survey", {}, asked)])
    np.testing.assert_allclose(found.values, expected, rtol=1e-9)
    assert found.variance == pytest.approx(weights @ miss**2 / 2)
    covariance = found.variance * np.linalg.inv(normal)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-7)
    assert found.loss == pytest.approx(weights @ miss**2)
    np.testing.assert_allclose(found.table()["std"], found.std)


def test_members_may_move_together_and_some_are_not_observed(solver: Solver) -> None:
    e = solver.solve(labour=50.0, skill=("i", [1.3, 1.3]))
    level = e.level("Y").values
    asked = {"level": Target(("i", [level[0], 99.0]), ("i", [1.0, 0.0]))}
    found = fit(
        solver,
        {"skill": common(Bounds(0.5, 2.0), of="factor")},
        outputs(solver),
        [Experiment("now", {"labour": 50.0}, asked)],
    )
    assert found.values["skill*"] == pytest.approx(1.3, rel=1e-8)
    np.testing.assert_allclose(found.changes["skill"], 1.3, rtol=1e-8)
    assert list(found.residuals["output"]) == ["level[food]"]
    assert np.isnan(found.variance)  # one number for one target: nothing is left over


def test_what_is_not_identified_is_named(solver: Solver) -> None:
    """Skill in a sector where labour is paid by its product, and the rental alone is observed."""
    rental = {"rental": solver.model.commodities["PK"]}
    free = {"skill": independent(Bounds(0.2, 5.0)), "labour": Bounds(10.0, 90.0)}
    with pytest.warns(FitWarning, match=r"no output moves along .*skill"):
        found = fit(solver, free, rental, [Experiment("now", {}, {"rental": 1.25})])
    assert len(found.unidentified) == 2
    assert found.covariance.loc["skill[food]"].isna().all()
    assert found.residuals["miss"].abs().max() < 1e-9
    assert "skill[food]" in "".join(found.unidentified)


def test_a_bound_that_holds_is_told(solver: Solver) -> None:
    free = {"labour": Bounds(30.0, 45.0), "capital": Bounds(10.0, 90.0)}
    asked = {"level": Target(("i", [1.3, 1.2]))}
    found = fit(solver, free, outputs(solver), [Experiment("now", {}, asked)], variance="given")
    assert found.variance == 1.0
    assert found.at_bound == {"labour": "high"}
    assert found.table().loc["labour", "at"] == "high"
    assert np.isnan(found.std["labour"])
    assert found.std["capital"] > 0


@pytest.mark.parametrize(
    ("free", "targets", "message"),
    [
        ({"labour": 3.0}, {"rental": 1.0}, "are no bounds"),
        ({"labour": Bounds(50.0, 90.0)}, {"rental": 1.0}, "the start 40"),
        ({"sigma": independent(Bounds([1, 2, 3], 9.0))}, {"rental": 1.0}, r"has shape \(3,\)"),
        ({"labour": Bounds(1.0, 90.0)}, {"wage": 1.0}, "'wage' is no output"),
        ({"labour": Bounds(1.0, 90.0)}, {}, "no target with a weight"),
        ({"labour": Bounds(1.0, 90.0)}, {"rental": Target(1.0, -1.0)}, "a weight is negative"),
        (
            {"labour": Bounds(1.0, 90.0)},
            {"level": pd.Series([1.0, 2.0], index=["food", "wine"]).rename_axis("i").to_xarray()},
            "labels of 'i'",
        ),
        ({"capital": Bounds(1.0, 90.0)}, {"rental": 1.0}, "would have no effect"),
    ],
)
def test_what_does_not_fit_is_refused(
    solver: Solver, free: dict[str, Any], targets: dict[str, Any], message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        fit(solver, free, outputs(solver), [Experiment("now", {"capital": 50.0}, targets)])


def test_experiments_have_names_and_an_equilibrium_at_the_start(solver: Solver) -> None:
    free, asked = {"labour": Bounds(1.0, 90.0)}, {"rental": 1.0}
    with pytest.raises(DeclarationError, match="names, each once"):
        fit(solver, free, outputs(solver), [Experiment("a", {}, asked)] * 2)
    with pytest.raises(DeclarationError, match="experiments are a list"):
        fit(solver, free, outputs(solver), Experiment("a", {}, asked))  # type: ignore[arg-type]
    with pytest.raises(NotSolved):
        fit(solver, free, outputs(solver), [Experiment("a", {"minimum": 60.0}, asked)])
    pole = {"rental": lambda state: 1.0 / (state.parameter("labour") - 40.0)}
    with pytest.raises(DeclarationError, match="experiment a: rental is inf where the search"):
        fit(solver, free, pole, [Experiment("a", {}, asked)])
