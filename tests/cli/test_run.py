"""The whole command on a tiny economy: real equilibria, from a scenario file to results."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from typer.testing import CliRunner, Result

from cge.cli import app
from cge.results import FILES
from tests.economies import tiny_dataset, write_dataset

SCENARIO = """\
name: tiny
dataset: economy
last: 2023
pools:
  - name: first region
    regions: [A]
    cap:
      levels: {2020: 1.0, 2021: 0.95}
      growth: {2023: -0.05}
removal:
  cost: 10  # and some 55 of injection
  limit:
    A: {2020: 0, 2023: 3}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset, a scenario and, after ``done``, results."""
    place = tmp_path_factory.mktemp("run")
    write_dataset(tiny_dataset(), place / "economy")
    (place / "tiny.yaml").write_text(SCENARIO, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def done(folder: Path) -> Result:
    """The finished command."""
    arguments = ["run", folder / "tiny.yaml", "--out", folder / "out", "--no-plots", "--json"]
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def table(folder: Path, done: Result) -> pd.DataFrame:
    """The summary, one column per variable."""
    assert done.exit_code == 0, done.output
    frame = pd.read_csv(folder / "out" / "summary.csv")
    keys = ["scenario", "region", "year"]
    return frame.pivot(index=keys, columns="variable", values="value")


@pytest.fixture(scope="module")
def data(folder: Path, done: Result) -> xr.Dataset:
    """Everything that was written."""
    assert done.exit_code == 0, done.output
    return xr.load_dataset(folder / "out" / "results.nc", engine="h5netcdf")


def test_json_says_what_was_done(folder: Path, done: Result) -> None:
    report = json.loads(done.stdout)
    assert report["worst"] <= 1e-9
    assert report["walras"] <= 1e-9
    written = {Path(file).name for file in report["files"]}
    assert written == {name for name in FILES if not name.endswith(".png")}
    assert {file.name for file in (folder / "out").iterdir()} == written
    assert {row["year"] for row in report["table"]} == {2020, 2023}
    assert all(Path(file).parent == folder / "out" for file in report["files"])


def test_emissions_add_up(table: pd.DataFrame) -> None:
    parts = table["Gross Emissions|CO2|Energy"] + table["Emissions|CO2|Industrial Processes"]
    assert_allclose(table["Emissions|CO2"], parts - table["Carbon Removal"], rtol=1e-8)


def test_cap_holds_and_prices_what_it_costs(data: xr.Dataset) -> None:
    part = data.sel(scenario="tiny", region="A")
    base = data["co2_direct"].sel(scenario="baseline", region="A", year=2020)
    expected = float(base) * np.array([1.0, 0.95, 0.95**2, 0.95**3])
    assert_allclose(part["cap"], expected, rtol=1e-9)
    assert np.all(part["co2_direct"] - part["offsets"] <= part["cap"] * (1.0 + 1e-8))
    binding = part.sel(year=slice(2021, None))
    assert_allclose(binding["co2_direct"] - binding["offsets"], binding["cap"], rtol=1e-8)
    assert np.all(binding["carbon_price"] > 0.0)


def test_removal_is_used_up_where_the_price_exceeds_its_cost(data: xr.Dataset) -> None:
    part = data.sel(scenario="tiny", region="A")
    price, limits = part["carbon_price"].to_numpy(), np.array([0.0, 1.0, 2.0, 3.0])
    assert_allclose(part["removal"].to_numpy()[price > 80.0], limits[price > 80.0], atol=1e-6)
    assert_allclose(part["removal"].to_numpy()[price < 30.0], 0.0, atol=1e-6)
    assert price[-1] > 80.0


def test_nobody_pays_in_the_baseline_or_outside_the_pool(data: xr.Dataset) -> None:
    assert_allclose(data["carbon_price"].sel(scenario="baseline"), 0.0, atol=1e-6)
    assert_allclose(data["carbon_price"].sel(region="B"), 0.0, atol=1e-6)
    assert_allclose(data["equivalent_variation"].sel(scenario="baseline"), 0.0, atol=0.0)


def test_baseline_follows_the_growth_of_the_dataset(data: xr.Dataset) -> None:
    growth = tiny_dataset().driver("gdp_growth").loc[2021:2023].to_numpy()  # year, region
    gdp = data["gdp_real"].sel(scenario="baseline").transpose("year", "region").to_numpy()
    assert_allclose(gdp[1:] / gdp[:-1] - 1.0, growth, atol=1e-8)


def test_plain_output_names_what_was_written(folder: Path, done: Result) -> None:
    assert done.exit_code == 0
    arguments = ["run", "baseline", "--out", str(folder / "base"), "--no-plots"]
    text = SCENARIO.replace("name: tiny", "name: baseline")
    (folder / "baseline.yaml").write_text(text[: text.index("pools")], encoding="utf-8")
    arguments[1] = str(folder / "baseline.yaml")
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("baseline (money at 2020 prices)")
    assert "tiny" not in result.stdout
    assert str(folder / "base" / "results.nc") in result.stdout
    assert result.stdout.endswith(f"Open {folder / 'base' / 'report.html'} in a browser.\n")
