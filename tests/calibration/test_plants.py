"""Plants: annuities and levelised costs by hand, the order of costs, and doors that refuse."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from calibration import AssumptionError
from calibration.plants import COMPOSITION, UNITS, Item, Plants, annuity, load_plants
from calibration.tables import DATA, table_text

TABLE = (DATA / "plants.csv").read_text(encoding="utf-8")
YEARS = (2020, 2025, 2030, 2040, 2050, 2060)


@pytest.fixture(scope="module")
def plants() -> Plants:
    return load_plants()


def refused(folder: Path, text: str, *, whole: bool = False) -> str:
    """What is said of a file."""
    file = folder / "mine.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AssumptionError) as found:
        load_plants(file, whole=whole)
    assert str(file) in str(found.value)
    return str(found.value)


def laid(folder: Path, *rows: str) -> str:
    """A table with rows, as text."""
    return "\n".join([TABLE.splitlines()[0], *(f"{row},me,assumed" for row in rows)])


@pytest.mark.parametrize(
    ("rate", "lifetime", "expected"),
    [
        (0.06, 25.0, 0.07822672),  # printed in tables of capital recovery factors
        (0.08, 20.0, 0.10185221),
        (0.10, 40.0, 0.10225941),
        (0.0, 40.0, 0.025),
    ],
)
def test_annuities_are_those_of_printed_tables(
    rate: float, lifetime: float, expected: float
) -> None:
    assert annuity(rate, lifetime) == pytest.approx(expected, abs=1e-8)


def test_an_annuity_repays_what_was_borrowed() -> None:
    for rate, lifetime in ((1e-12, 30), (0.03, 25), (0.12, 60)):
        present = sum(annuity(rate, lifetime) / (1.0 + rate) ** t for t in range(1, lifetime + 1))
        assert present == pytest.approx(1.0, rel=1e-9)


def test_a_levelised_cost_by_hand(plants: Plants) -> None:
    """Coal of 2020 at 6 %: 3500 yuan over 40 years, three years built, 56 fixed, 4340 hours."""
    built = 3500.0 * 1.06**1.5 * 0.06 / (1.0 - 1.06**-40)
    by_hand = (built + 56.0) / 4340.0 + 0.0275 + 0.09 / 0.44
    assert plants.levelised_cost("coal", 2020, 0.06) == pytest.approx(by_hand, rel=1e-12)
    dear = plants.levelised_cost("coal", 2020, 0.06, hours=2170.0, fuel_price=0.18)
    assert dear == pytest.approx(2.0 * (built + 56.0) / 4340.0 + 0.0275 + 0.18 / 0.44, rel=1e-12)


@pytest.mark.parametrize(
    ("technology", "year", "expected"),
    [
        ("utility_solar", 2020, 0.29),
        ("utility_solar", 2025, 0.24),
        ("utility_solar", 2030, 0.20),
        ("utility_solar", 2040, 0.16),
        ("utility_solar", 2060, 0.135),
        ("onshore_wind", 2020, 0.29),
        ("onshore_wind", 2025, 0.21),
        ("onshore_wind", 2030, 0.18),
        ("onshore_wind", 2040, 0.16),
        ("onshore_wind", 2060, 0.11),
        ("offshore_wind", 2020, 0.58),
        ("offshore_wind", 2025, 0.43),
        ("offshore_wind", 2030, 0.375),
        ("offshore_wind", 2040, 0.30),
        ("offshore_wind", 2060, 0.26),
        ("nuclear", 2020, 0.285),
        ("nuclear", 2060, 0.27),
        ("hydro", 2020, 0.275),
        ("coal", 2025, 0.35),
        ("gas", 2020, 0.59),
        ("biomass", 2020, 0.64),
    ],
)
def test_costs_at_six_per_cent_are_those_of_an_independent_estimate(
    technology: str, year: int, expected: float, plants: Plants
) -> None:
    """Computed beside this table from the same studies with rounded hours and prices of fuel."""
    assert plants.levelised_cost(technology, year, 0.06) == pytest.approx(expected, rel=0.08)


def test_support_of_2020_lay_above_cost(plants: Plants) -> None:
    """Guidance prices of 2020 with value-added tax: wind 0.47, solar 0.49, biomass 0.75 yuan."""
    for technology, price in (("onshore_wind", 0.47), ("utility_solar", 0.49), ("biomass", 0.75)):
        assert plants.levelised_cost(technology, 2020, 0.08) < price


def test_wind_and_sun_become_cheaper_and_nothing_dearer(plants: Plants) -> None:
    years = range(2020, 2061)
    costs = plants.values("overnight", plants.names, years)  # technology, year
    assert (np.diff(costs, axis=1) <= 0.0).all()
    for name in plants.generation:
        free_fuel = [plants.levelised_cost(name, year, 0.06, fuel_price=0.0) for year in years]
        assert (np.diff(free_fuel) <= 1e-12).all()
    assert (costs[plants.names.index("utility_solar")] < costs[0]).sum() >= 40  # below coal by 2021


def test_capture_costs_capital_and_fuel(plants: Plants) -> None:
    for plain, capturing in (
        ("coal", "coal_capture"),
        ("gas", "gas_capture"),
        ("biomass", "bioenergy_capture"),
    ):
        for year in YEARS:
            assert plants.value(capturing, "overnight", year) > plants.value(
                plain, "overnight", year
            )
            assert plants.value(capturing, "efficiency", year) < plants.value(
                plain, "efficiency", year
            )
            assert plants.captured(plain, year) == 0.0
    assert plants.captured("coal_capture", 2060) == pytest.approx(0.95 * 0.341 / 0.378)


def test_a_path_is_linear_between_its_years_and_constant_outside(plants: Plants) -> None:
    found = plants.values("overnight", ["onshore_wind"], [2010, 2020, 2023, 2025, 2060, 2080])
    np.testing.assert_allclose(found, [[6100.0, 6100.0, 5320.0, 4800.0, 2900.0, 2900.0]])


def test_every_technology_has_a_path_of_cost_to_2060(plants: Plants) -> None:
    frame = plants.to_frame()
    costs = frame[frame["item"] == "overnight"]
    assert {
        name: tuple(rows["year"]) for name, rows in costs.groupby("technology")
    } == dict.fromkeys(plants.names, YEARS)
    assert set(UNITS) == set(get_args(Item)) == set(frame["item"])
    assert plants.storage == ("battery", "pumped_hydro")


def test_investments_buy_goods(plants: Plants) -> None:
    shares = np.stack([plants.values(item, plants.names, YEARS) for item in COMPOSITION])
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, atol=1e-12)


def test_each_doubling_takes_off_the_same_share(plants: Plants) -> None:
    assert plants.learned("utility_solar", 1.0) == 1.0
    assert plants.learned("utility_solar", 8.0) == pytest.approx(0.8**3)
    assert plants.learned("coal", 8.0) == 1.0
    with pytest.raises(AssumptionError, match="cannot be unmade"):
        plants.learned("coal", 0.5)


def test_a_path_of_a_user_takes_the_place_of_ours(tmp_path: Path, plants: Plants) -> None:
    file = tmp_path / "mine.csv"
    rows = ("utility_solar,overnight,2020,3000", "utility_solar,overnight,2060,1000")
    file.write_text(laid(tmp_path, *rows), encoding="utf-8")
    mine = load_plants(file)
    assert mine.names == plants.names
    assert mine.value("utility_solar", "overnight", 2040) == pytest.approx(2000.0)
    assert mine.value("coal", "overnight", 2040) == plants.value("coal", "overnight", 2040)


def test_the_table_laid_over_itself_changes_nothing(tmp_path: Path, plants: Plants) -> None:
    file = tmp_path / "whole.csv"
    file.write_text(table_text(plants.rows), encoding="utf-8")
    assert load_plants(file) == plants == load_plants(file, whole=True)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("coal,overnite,2020,3500", "item is 'overnite': Input should be 'overnight'"),
        ("coal,overnight,2020,-1", "value is '-1': Input should be greater than or equal to 0"),
        ("coal,overnight,2020,0", "overnight must be positive (yuan of 2020 per kW)"),
        ("coal,overnight,2020,nan", "value is 'nan': Input should be a finite number"),
        ("coal,efficiency,2020,1.2", "efficiency must not exceed 1 (kWh out per kWh in)"),
        ("coal,bound,2020,0.9", "bound must be at least 1"),
        ("coal,bound,2020,2.5", "'coal' may run 10850 hours in"),
        ("coal,works,2020,0.5", "shares of the investment in 'coal' sum to 1.1"),
        ("coal,overnight,2030,3000", "begins in 2030; a path is replaced as a whole, so add its"),
        ("cola,overnight,2020,3500", "'cola' has no row for 'fixed_om'; add it, or did you mean"),
        (",overnight,2020,3500", "technology is '': String should have at least 1 character"),
    ],
)
def test_a_wrong_row_is_named(row: str, said: str, tmp_path: Path) -> None:
    assert said in refused(tmp_path, laid(tmp_path, row))


def test_an_unknown_quality_is_refused(tmp_path: Path) -> None:
    text = laid(tmp_path, "coal,overnight,2020,3500").replace("assumed", "guessed")
    assert "quality is 'guessed': Input should be 'published'" in refused(tmp_path, text)
    assert "source is ''" in refused(tmp_path, text.replace("me,guessed", ",assumed"))


def test_wrong_questions_are_refused(plants: Plants) -> None:
    with pytest.raises(AssumptionError, match="unknown technology 'wnid'; known: coal, gas"):
        plants.value("wnid", "overnight", 2020)
    with pytest.raises(AssumptionError, match="'battery' has no row for 'hours'"):
        plants.levelised_cost("battery", 2020, 0.06)
    with pytest.raises(AssumptionError, match="hours are 9000"):
        plants.levelised_cost("coal", 2020, 0.06, hours=9000.0)
    with pytest.raises(AssumptionError, match="the rate of interest is"):
        plants.levelised_cost("coal", 2020, -0.1)
    with pytest.raises(AssumptionError, match="fuel price is -1"):
        plants.levelised_cost("coal", 2020, 0.06, fuel_price=-1.0)
    with pytest.raises(AssumptionError, match="lifetime is 0"):
        annuity(0.05, 0.0)
