"""Devices wear out: what dear fuel brings about in later years, and what stays what it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from cge.blocks import Year
from cge.m3c import services
from cge.path import Pathway, run
from cge.scenario import Pool, Scenario
from tests.economies import tiny_dataset, write_dataset
from tests.m3c.models import tiny, tiny_setting

LAST = 2024


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tiny_dataset(), tmp_path_factory.mktemp("services") / "e")


@pytest.fixture(scope="module")
def baseline(folder: Path) -> Pathway:
    return run(Scenario(name="baseline", dataset=folder, last=LAST))


@pytest.fixture(scope="module")
def policy(folder: Path, baseline: Pathway) -> Pathway:
    pool = Pool(name="all", regions=["A", "B"], cap={2020: 1.0, 2021: 0.85, LAST: 0.75})
    return run(Scenario(name="policy", dataset=folder, last=LAST, pools=[pool]), baseline=baseline)


def in_the_year(year: int, done: float) -> Year:
    """A year of the small economy in which substitutes do a share of what they can."""
    economy, setting = tiny(), tiny_setting()
    at = replace(economy.first_year(setting), year=year)
    substituted = done * services._possible(setting)
    return replace(at, stocks={**at.stocks, "substituted": substituted})


def test_in_the_base_year_nothing_has_moved() -> None:
    at = in_the_year(2020, 0.0)
    for name, value in tiny().services.parameters(at).items():
        parameter = name if isinstance(name, str) else name.name
        assert_allclose(value, at.base[parameter], rtol=1e-12)


def test_electricity_takes_over_what_fuels_lose() -> None:
    at = in_the_year(2020, 0.1)
    setting = at.setting
    now, base = services.Devices.of(at), services._burnt(setting)
    fuel, _ = services._places(setting)
    done = services._within(at.stocks["substituted"], setting)
    table = setting.assumptions.substitutes
    users, pairs = setting.labels["user"], setting.switches
    needs = base[:, :, fuel] * done * table.numbers("energy", users, pairs, 2020)
    electric = [new not in setting.benchmark.fuels for _, new in pairs]
    gained = (now.factor - 1.0)[:, :, -1] * base[:, :, -1]
    assert_allclose(gained, needs[:, :, electric].sum(axis=2), atol=1e-9)
    assert (now.factor[:, :, :-1] <= 1.0 + 1e-12).all() or any(not e for e in electric)
    assert (now.factor > 0.0).all()
    assert (now.cost >= 0.0).all()


def test_no_fuel_is_ever_gone() -> None:
    now = services.Devices.of(in_the_year(2030, 1.0))
    assert (now.factor[:, :, :-1] > 0.0).all()


def test_dear_carbon_moves_devices_and_electrifies(baseline: Pathway, policy: Pathway) -> None:
    years = list(range(2022, LAST + 1))
    usual, capped = (path.data["substituted"].sel(year=years) for path in (baseline, policy))
    assert float((capped - usual).min()) > -0.02
    assert float((capped - usual).sel(year=LAST).max()) > 0.01
    shares = [path.data["electrification"].sel(year=LAST) for path in (baseline, policy)]
    assert (shares[1] > shares[0]).all()


def test_devices_move_no_faster_than_they_wear_out(policy: Pathway) -> None:
    done = policy.data["substituted"]
    assert float(done.sel(year=2020).max()) == 0.0
    assert float(done.diff("year").max()) <= 1.0 / 10.0
    assert float(done.min()) >= 0.0


def test_emissions_keep_to_what_is_burnt(baseline: Pathway, policy: Pathway) -> None:
    """CO2 per PJ of a fuel is that of the base year, whatever devices there are."""
    for path in (baseline, policy):
        burnt = path.data["energy_household"].sum("household")
        per_pj = path.data["co2_household"] / burnt.where(burnt > 0.0)
        spread = per_pj.max("year") / per_pj.min("year")
        assert float(spread.max()) < 1.03  # the countryside burns other coal than towns


def test_dear_fuel_makes_substitutes_cheap(baseline: Pathway, policy: Pathway) -> None:
    usual, capped = (path.data["substitute_cost"].sel(year=LAST) for path in (baseline, policy))
    coal = [str(name) for name in usual["switch"].values if str(name).startswith("COL_heat")]
    fall = (capped / usual).sel(switch=coal)
    assert float(fall.max()) < 1.0
