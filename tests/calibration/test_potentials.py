"""Potentials: national totals, what the base year uses, rising curves, doors that refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import AssumptionError
from calibration.fleet import load_fleet
from calibration.plants import load_plants
from calibration.potentials import RESOURCES, Potentials, load_potentials
from calibration.power import physical_generation
from calibration.tables import table_text
from sam import load_dataset
from sam.accounts import TECHNOLOGIES

REGIONS = ("SH", "JS", "ZJ", "AH", "RCN")
TOTALS = "region,resource,item,value,source,quality"
CURVES = "resource,share,value,source,quality"


@pytest.fixture(scope="module")
def potentials() -> Potentials:
    return load_potentials()


def test_regions_are_those_of_the_dataset(potentials: Potentials) -> None:
    assert potentials.regions == REGIONS == tuple(load_dataset("yrd2020").regions)


def test_the_nation_has_what_studies_found(potentials: Potentials) -> None:
    """TWh of wind 12.6 PWh on land and 6383 TWh at sea, roofs 4500 TWh; dams 687 GW; 340 GW."""
    nation = {name: potentials.total(name, REGIONS).sum() for name in RESOURCES}
    for name, twh in (("onshore_wind", 12600.0), ("offshore_wind", 6383.0)):
        assert nation[name] == pytest.approx(twh, rel=1e-3)
    assert nation["distributed_solar"] == pytest.approx(4500.0, rel=1e-3)
    assert 39_000.0 < nation["utility_solar"] < 442_000.0
    assert potentials.capacity("hydro", REGIONS).sum() == pytest.approx(687.0, rel=1e-3)
    assert potentials.capacity("nuclear", REGIONS).sum() == pytest.approx(340.0, rel=1e-3)


def test_the_base_year_lies_well_inside(potentials: Potentials) -> None:
    """Generation of 2020 uses less than seven tenths of anything.

    Statistics count what pumped hydropower gives back, about 1100 hours a year, as hydropower.
    """
    dataset, fleet, plants = load_dataset("yrd2020"), load_fleet(), load_plants()
    table = physical_generation(dataset.generation, REGIONS, TECHNOLOGIES)
    made = dict(zip(TECHNOLOGIES, table.T, strict=True))  # technology: region
    for wide, parts in (
        ("wind", ("onshore_wind", "offshore_wind")),
        ("solar", ("utility_solar", "distributed_solar")),
    ):
        gw = fleet.capacity(REGIONS, parts)
        for part, share in zip(parts, (gw / gw.sum(axis=1, keepdims=True)).T, strict=True):
            assert (share * made[wide] <= 0.7 * potentials.total(part, REGIONS)).all()
    assert (made["nuclear"] <= 0.7 * potentials.total("nuclear", REGIONS)).all()
    given_back = 1.1 * fleet.capacity(REGIONS, ["pumped_hydro"])[:, 0]
    own = np.maximum(made["hydro"] - given_back, 0.0)
    inside = own <= 0.7 * potentials.total("hydro", REGIONS)
    assert inside[np.array(REGIONS) != "JS"].all()  # Jiangsu: 0.05 GW beside its pumped stations
    burnt = 3.6 * made["biomass"] / plants.value("biomass", "efficiency", 2020)  # PJ
    assert (burnt <= 0.7 * potentials.total("biomass", REGIONS)).all()


def test_the_fleet_fits_in(potentials: Potentials) -> None:
    fleet = load_fleet()
    for name in ("onshore_wind", "offshore_wind", "utility_solar", "distributed_solar", "hydro"):
        stands = fleet.capacity(REGIONS, [name])[:, 0]
        assert (stands <= potentials.capacity(name, REGIONS)).all(), name
    stands = fleet.capacity(REGIONS, ["pumped_hydro"])[:, 0]
    assert (stands <= potentials.total("pumped_hydro", REGIONS)).all()


def test_where_there_is_no_coast_and_no_basin(potentials: Potentials) -> None:
    for name, region in (
        ("offshore_wind", "AH"),
        ("nuclear", "SH"),
        ("nuclear", "AH"),
        ("co2_storage", "SH"),
        ("co2_storage", "ZJ"),
        ("co2_injection", "ZJ"),
    ):
        assert potentials.total(name, [region]) == 0.0
    years = potentials.total("co2_storage", ["JS", "AH"]) / potentials.total(
        "co2_injection", ["JS", "AH"]
    )
    assert (years >= 100.0).all()


@pytest.mark.parametrize("name", RESOURCES)
def test_curves_rise_and_have_no_wall(name: str, potentials: Potentials) -> None:
    used = np.linspace(0.0, 3.0, 301)
    cost = potentials.multiplier(name, used)
    assert (np.diff(cost) >= 0.0).all()
    assert np.abs(np.diff(cost)).max() < 0.1
    assert cost[0] <= 1.0 < cost[100] < cost[-1] < np.inf


def test_a_curve_by_hand(potentials: Potentials) -> None:
    """Offshore wind: 1 at 0.18, 1.25 at 0.6, 1.7 at 1, and on with 0.45 in 0.4."""
    found = potentials.multiplier("offshore_wind", [0.18, 0.39, 1.0, 1.4])
    np.testing.assert_allclose(found, [1.0, 1.125, 1.7, 2.15])


def test_steps_sum_to_the_total(potentials: Potentials) -> None:
    for name in RESOURCES:
        amounts, cost = potentials.steps(name, REGIONS)
        np.testing.assert_allclose(amounts.sum(axis=1), potentials.total(name, REGIONS))
        assert (np.diff(cost) >= 0.0).all()


def test_half_a_potential_is_one_row(tmp_path: Path, potentials: Potentials) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(f"{TOTALS}\nRCN,onshore_wind,total,6000,me,assumed\n", encoding="utf-8")
    mine = load_potentials(file)
    assert mine.total("onshore_wind", ["RCN"]) == 6000.0
    assert mine.total("onshore_wind", ["JS"]) == potentials.total("onshore_wind", ["JS"])
    assert mine.curves == potentials.curves


def test_the_tables_laid_over_themselves_change_nothing(
    tmp_path: Path, potentials: Potentials
) -> None:
    totals, curves = tmp_path / "totals.csv", tmp_path / "curves.csv"
    totals.write_text(table_text(potentials.rows), encoding="utf-8")
    curves.write_text(table_text(potentials.curves), encoding="utf-8")
    for whole in (False, True):
        assert load_potentials(totals, curves, whole=whole) == potentials


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("JS,wind,total,9,me,assumed", "unknown resource 'wind'"),
        ("JS,onshore_wnd,total,9,me,assumed", "did you mean 'onshore_wind'"),
        ("JS,biomass,hours,9,me,assumed", "biomass is counted in PJ of fuel per year: no hours"),
        ("JS,hydro,hours,9000,me,assumed", "hours must be above 0 and at most 8760"),
        ("JS,hydro,total,-1,me,assumed", "value is '-1': Input should be greater than or equal"),
        ("JS,hydro,sum,1,me,assumed", "item is 'sum': Input should be 'total' or 'hours'"),
        ("JS,hydro,total,1,me,sure", "quality is 'sure': Input should be 'published'"),
        ("SZ,hydro,total,1,me,assumed", "SZ has no row for 'total' of 'onshore_wind'; add it"),
    ],
)
def test_a_wrong_total_is_named(row: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(f"{TOTALS}\n{row}\n", encoding="utf-8")
    with pytest.raises(AssumptionError) as found:
        load_potentials(file)
    assert said in str(found.value)
    assert str(file) in str(found.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("hydro,0,1", "hydro,0.9,2"), "'hydro' must have the shares 0 and 1"),
        (("hydro,0,1", "hydro,0.5,2", "hydro,1,1.5"), "'hydro' falls from 2 to 1.5 at the share 1"),
        (("hydro,0,0", "hydro,1,1"), "value is '0': Input should be greater than 0"),
        (("hydro,0,1", "hydro,1.2,1"), "share is '1.2': Input should be less than or equal to 1"),
        (("hdyro,0,1", "hdyro,1,1"), "unknown resource 'hdyro'; did you mean 'hydro'"),
    ],
)
def test_a_wrong_curve_is_named(rows: tuple[str, ...], said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    lines = [CURVES, *(f"{row},me,assumed" for row in rows)]
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(AssumptionError) as found:
        load_potentials(curves_path=file)
    assert said in str(found.value)
    assert str(file) in str(found.value)


def test_wrong_questions_are_refused(potentials: Potentials) -> None:
    with pytest.raises(AssumptionError, match="unknown region 'ROC'; did you mean 'RCN'"):
        potentials.total("hydro", ["ROC"])
    with pytest.raises(AssumptionError, match="unknown resource 'tide'"):
        potentials.multiplier("tide", 0.5)
    with pytest.raises(AssumptionError, match="biomass is counted in PJ of fuel per year and has"):
        potentials.capacity("biomass", ["JS"])
    for share in (-0.1, float("nan")):
        with pytest.raises(AssumptionError, match="give numbers of 0 or more"):
            potentials.multiplier("hydro", share)
