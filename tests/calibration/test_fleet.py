"""The fleet of the base year: national totals, hours, ages and how plants die."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import AssumptionError
from calibration.fleet import Fleet, load_fleet, survival
from calibration.plants import load_plants
from calibration.power import physical_generation
from calibration.tables import table_text
from sam import Dataset, load_dataset
from sam.accounts import TECHNOLOGIES


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return load_fleet()


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("yrd2020")


def test_the_nation_has_what_the_electricity_council_counted(fleet: Fleet) -> None:
    """End of 2020, GW: China Electricity Council, electricity statistics 2020 and 2021."""
    total = dict(
        zip(TECHNOLOGIES, fleet.counted(fleet.regions, TECHNOLOGIES).sum(axis=0), strict=True)
    )
    thermal = sum(total[name] for name in ("coal", "gas", "oil", "biomass"))
    assert thermal == pytest.approx(1246.24, abs=0.02)
    for name, gw in (("hydro", 370.28), ("nuclear", 49.89), ("wind", 281.65), ("solar", 253.56)):
        assert total[name] == pytest.approx(gw, abs=0.05)


def test_provinces_have_what_their_statistics_say(fleet: Fleet) -> None:
    """End of 2020, GW, Shanghai, Jiangsu, Zhejiang and Anhui: National Bureau of Statistics."""
    regions = ("SH", "JS", "ZJ", "AH")
    for name, gw in {
        "wind": (0.82, 15.47, 1.86, 4.12),
        "solar": (1.37, 16.84, 15.17, 13.7),
        "nuclear": (0.0, 5.49, 9.11, 0.0),
        "hydro": (0.0, 2.65, 11.71, 4.74),
    }.items():
        np.testing.assert_allclose(fleet.counted(regions, [name])[:, 0], gw, atol=0.03)
    thermal = fleet.capacity(regions, ["coal", "gas", "oil", "biomass"]).sum(axis=1)
    np.testing.assert_allclose(thermal, (24.5, 100.79, 63.58, 55.61), atol=0.01)


def test_capacity_times_hours_is_generation(fleet: Fleet, dataset: Dataset) -> None:
    """Of the nation, within 5 %: plants of the end of the year, hours of a whole one.

    Wind and solar power grew by a third and a quarter in 2020, most of it in December (capacity
    209.15 and 204.18 GW at the end of 2019): the mean of both ends ran the hours, within 10 %.
    """
    plants = load_plants()
    twh = physical_generation(dataset.generation, dataset.regions, TECHNOLOGIES).sum(axis=0)
    gw = fleet.counted(dataset.regions, TECHNOLOGIES).sum(axis=0)
    before = {"wind": 209.15, "solar": 204.18}
    for name, made, stands in zip(TECHNOLOGIES, twh, gw, strict=True):
        main = {"wind": "onshore_wind", "solar": "utility_solar"}.get(name, name)
        ran = (stands + before.get(name, stands)) / 2.0
        expected = ran * plants.value(main, "hours", 2020) / 1e3
        assert made == pytest.approx(expected, rel=0.10 if name in before else 0.05)


def test_no_plant_runs_more_hours_than_it_can(fleet: Fleet, dataset: Dataset) -> None:
    twh = physical_generation(dataset.generation, dataset.regions, TECHNOLOGIES)
    gw = fleet.counted(dataset.regions, TECHNOLOGIES)
    assert ((twh > 0.0) <= (gw > 0.0)).all()
    plants = load_plants()
    for t, name in enumerate(TECHNOLOGIES):
        main = {"wind": "onshore_wind", "solar": "utility_solar"}.get(name, name)
        most = plants.value(main, "hours", 2020) * plants.value(main, "bound", 2020)
        assert (1e3 * twh[:, t] <= most * gw[:, t]).all()


def test_coal_plants_are_young(fleet: Fleet) -> None:
    """Four fifths were built after 2005; Shanghai built hardly any after 2010."""
    ages = fleet.ages(fleet.regions, ["coal"])[:, 0]  # region, vintage
    late = np.array(fleet.vintages) > 2005
    share = ages[:, late].sum() / ages.sum()
    assert 0.7 < share < 0.85
    shanghai = ages[fleet.regions.index("SH")]
    assert shanghai[np.array(fleet.vintages) > 2010].sum() < 0.01 * shanghai.sum()


def test_half_of_the_plants_reach_their_lifetime() -> None:
    for life in (15.0, 40.0, 80.0):
        assert survival(0.0, life) == 1.0
        assert survival(life, life) == pytest.approx(0.5, abs=1e-4)
        ages = np.arange(0.0, 3.0 * life)
        left = survival(ages, life)
        assert (np.diff(left) < 0.0).all()
        assert left[-1] < 1e-7
        expected = left.sum() - 0.5  # mean age at death, by the trapezoidal rule
        assert expected == pytest.approx(life, rel=0.01)
    assert 0.0 <= survival(1e6, 1.0) < 1e-300


def test_the_fleet_fades_without_cliffs(fleet: Fleet) -> None:
    years = range(2020, 2101)
    coal = fleet.surviving(fleet.regions, ["coal"], years, [40.0])[:, 0]  # region, year
    np.testing.assert_allclose(coal[:, 0], fleet.capacity(fleet.regions, ["coal"])[:, 0])
    died = -np.diff(coal.sum(axis=0)) / coal[:, 0].sum()
    assert (died > 0.0).all()
    assert died.max() < 1.0 / (4.0 * 4.0)  # no cohort of a logistic of width 4 dies faster
    assert np.abs(np.diff(died)).max() < 0.005
    assert coal[:, -1].sum() < 0.001 * coal[:, 0].sum()


def test_what_dies_depends_on_age(fleet: Fleet) -> None:
    """Shanghai's coal plants are older than Anhui's, and fewer are left in 2040."""
    left = fleet.surviving(["SH", "AH"], ["coal"], [2020, 2040], [40.0])[:, 0]
    shanghai, anhui = left[:, 1] / left[:, 0]
    assert shanghai < anhui


def test_a_technology_without_plants_has_none(fleet: Fleet) -> None:
    assert not fleet.capacity(fleet.regions, ["coal_capture", "bioenergy_capture"]).any()
    assert not fleet.capacity(["SH", "AH"], ["nuclear"]).any()


def test_the_table_laid_over_itself_changes_nothing(tmp_path: Path, fleet: Fleet) -> None:
    file = tmp_path / "whole.csv"
    file.write_text(table_text(fleet.rows), encoding="utf-8")
    assert load_fleet(file) == fleet == load_fleet(file, whole=True)


def test_ages_are_replaced_as_a_whole(tmp_path: Path, fleet: Fleet) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(
        "region,technology,vintage,value,source,quality\nSH,coal,2010,12,me,assumed\n",
        encoding="utf-8",
    )
    mine = load_fleet(file)
    assert mine.capacity(["SH"], ["coal"]).item() == 12.0
    assert mine.capacity(["SH"], ["gas"]) == fleet.capacity(["SH"], ["gas"])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("SH,caol,2010,12,me,assumed", "unknown technology 'caol'; did you mean 'coal'"),
        ("SH,coal,2011,12,me,assumed", "a vintage ends in a year that 5 divides, such as 2020"),
        ("SH,coal,2025,12,me,assumed", "vintage is '2025': Input should be less than or equal"),
        ("SH,coal,2010,-1,me,assumed", "value is '-1': Input should be greater than or equal"),
        ("SH,coal,2010,12,me,guess", "quality is 'guess': Input should be 'published'"),
        (",coal,2010,12,me,assumed", "region is '': String should have at least 1 character"),
    ],
)
def test_a_wrong_row_is_named(row: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(f"region,technology,vintage,value,source,quality\n{row}\n", encoding="utf-8")
    with pytest.raises(AssumptionError) as found:
        load_fleet(file)
    assert said in str(found.value)
    assert f"{file}, line 2" in str(found.value)


def test_wrong_questions_are_refused(fleet: Fleet) -> None:
    with pytest.raises(AssumptionError, match="unknown region 'ROC'; did you mean 'RCN'"):
        fleet.capacity(["ROC"], ["coal"])
    with pytest.raises(AssumptionError, match="unknown technology 'wind'"):
        fleet.capacity(["SH"], ["wind"])
    with pytest.raises(AssumptionError, match="the year 2019 lies before the fleet"):
        fleet.surviving(["SH"], ["coal"], [2019], [40.0])
    with pytest.raises(AssumptionError, match="the lifetime is 0"):
        fleet.surviving(["SH"], ["coal"], [2021], [0.0])
