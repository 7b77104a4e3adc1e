"""A closure year by year: what it fixes follows the baseline's path of the same year."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cge.path import Pathway, run
from cge.results import write_results
from cge.scenario import Closures, Pool, Scenario
from tests.economies import tiny_dataset, write_dataset


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Pathway]:
    """The baseline, and a cap under the other closures, for three years."""
    place = write_dataset(tiny_dataset(), tmp_path_factory.mktemp("years") / "economy")
    scenario = Scenario(
        name="policy",
        dataset=place,
        last=2022,
        pools=[Pool(name="all", regions=["A", "B"], cap={2020: 1.0, 2022: 0.8})],
        closure=Closures(
            labour="fixed_real_wage",
            investment="investment_driven",
            external="fixed_exchange_rate",
        ),
    )
    baseline = run(scenario.baseline())
    return [baseline, run(scenario, baseline=baseline)]


def test_every_year_is_an_equilibrium(paths: list[Pathway]) -> None:
    for path in paths:
        assert path.solves["worst"].max() < 1e-9
        assert path.solves["walras"].abs().max() < 1e-9


def test_investment_and_so_capital_are_those_of_the_baseline(paths: list[Pathway]) -> None:
    baseline, policy = (path.data for path in paths)
    for name in ("investment", "capital"):
        np.testing.assert_allclose(policy[name], baseline[name], rtol=1e-8)


def test_the_exchange_rate_is_that_of_the_baseline(paths: list[Pathway]) -> None:
    baseline, policy = (path.data["exchange_rate"] for path in paths)
    assert float(abs(baseline.diff("year")).max()) > 1e-4
    np.testing.assert_allclose(policy, baseline, rtol=1e-8)


def test_there_is_unemployment_where_the_wage_is_on_its_floor_only(paths: list[Pathway]) -> None:
    baseline, policy = (path.data for path in paths)
    idle, excess = 1.0 - policy["employment"], policy["wage"] - baseline["wage"]
    assert float(idle.min()) > -1e-9
    assert float(excess.min()) > -1e-9
    np.testing.assert_allclose(idle * excess, 0.0, atol=1e-9)
    assert float(idle.sel(year=2022).max()) > 1e-4


def test_the_baseline_swaps_nothing(paths: list[Pathway]) -> None:
    baseline, policy = (path.data for path in paths)
    adjusted = {"employment", "saving", "foreign_saving"}
    assert set(policy.data_vars) - set(baseline.data_vars) == adjusted
    assert all(policy[name].attrs["units"] for name in adjusted)


def test_results_hold_what_adjusts(paths: list[Pathway], tmp_path: Path) -> None:
    write_results(tmp_path, paths, plots=False)
    data = xr.load_dataset(tmp_path / "results.nc", engine="h5netcdf")
    np.testing.assert_array_equal(
        data["employment"].sel(scenario="policy").transpose("region", "year"),
        paths[1].data["employment"].transpose("region", "year"),
    )
    assert data["employment"].sel(scenario="baseline").isnull().all()
