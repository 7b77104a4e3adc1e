"""Facts add up, agree with the dataset and the fleet; claims of the report hang together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import AssumptionError
from calibration.facts import (
    QUANTITIES,
    VARIABLES,
    Claims,
    Facts,
    agrees,
    load_claims,
    load_facts,
)
from calibration.fleet import load_fleet
from calibration.power import physical_generation
from calibration.tables import table_text
from sam import load_dataset
from sam.accounts import TECHNOLOGIES

FACT = "variable,label,region,year,value,source,quality"
CLAIM = "quantity,label,region,year,bound,note,value,source,quality"


@pytest.fixture(scope="module")
def facts() -> Facts:
    return load_facts()


@pytest.fixture(scope="module")
def claims() -> Claims:
    return load_claims()


def claimed(claims: Claims, quantity: str, region: str, year: int) -> dict[str, float]:
    rows = claims.of(quantity)
    return {row.label: row.value for row in rows if (row.region, row.year) == (region, year)}


def test_generation_of_2020_is_that_of_the_dataset(facts: Facts) -> None:
    """Of the nation by technology, and of the provinces where statistics tell it."""
    dataset = load_dataset("yrd2020")
    table = physical_generation(dataset.generation, dataset.regions, TECHNOLOGIES)
    made = dict(zip(TECHNOLOGIES, table.sum(axis=0), strict=True))
    for name in ("hydro", "nuclear", "wind", "solar", "biomass", "gas"):
        assert made[name] == pytest.approx(facts.value("generation", "CN", 2020, name), rel=0.01)
    burning = [TECHNOLOGIES.index(name) for name in ("coal", "gas", "oil", "biomass")]
    thermal = table[:, burning].sum(axis=1)
    assert thermal.sum() == pytest.approx(
        facts.value("generation", "CN", 2020, "thermal"), rel=0.01
    )
    assert table.sum() == pytest.approx(facts.value("generation", "CN", 2020, "total"), rel=0.01)
    for region, twh in zip(dataset.regions[:4], thermal, strict=False):
        expected = facts.value("generation", region, 2020, "thermal")
        assert twh == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("year", range(2020, 2026))
def test_technologies_sum_to_generation(year: int, facts: Facts) -> None:
    parts = ("thermal", "hydro", "nuclear", "wind", "solar")
    total = sum(facts.value("generation", "CN", year, part) for part in parts)
    assert total == pytest.approx(facts.value("generation", "CN", year, "total"), rel=0.002)


@pytest.mark.parametrize("year", range(2019, 2025))
def test_technologies_sum_to_capacity(year: int, facts: Facts) -> None:
    parts = ("thermal", "hydro", "nuclear", "wind", "solar")
    total = sum(facts.value("capacity", "CN", year, part) for part in parts)
    assert total == pytest.approx(facts.value("capacity", "CN", year, "total"), rel=0.002)


def test_growth_of_2025_as_printed(facts: Facts) -> None:
    """Capacity +16.1, +22.9 and +35.4 per cent; a share of 22 per cent of wind and solar power."""
    for name, growth in (("total", 0.161), ("wind", 0.229), ("solar", 0.354)):
        rise = facts.value("capacity", "CN", 2025, name) / facts.value("capacity", "CN", 2024, name)
        assert rise - 1.0 == pytest.approx(growth, abs=0.002)
    made = {
        name: facts.value("generation", "CN", 2025, name) for name in ("wind", "solar", "total")
    }
    share = facts.value("generation_share", "CN", 2025, "wind_and_solar")
    assert (made["wind"] + made["solar"]) / made["total"] == pytest.approx(share, abs=0.005)
    four = [
        facts.value("generation", "CN", 2025, name)
        for name in ("hydro", "nuclear", "wind", "solar")
    ]
    assert sum(four) == pytest.approx(
        facts.value("generation", "CN", 2025, "hydro_nuclear_wind_solar"), rel=1e-3
    )


def test_wind_and_sun_of_2024_as_printed_together(facts: Facts) -> None:
    both = sum(facts.value("generation", "CN", 2024, name) for name in ("wind", "solar"))
    printed = facts.value("generation", "CN", 2024, "wind_and_solar")
    assert both == pytest.approx(printed, rel=2e-3)


def test_no_plant_of_the_nation_runs_more_than_a_year(facts: Facts) -> None:
    most = {"thermal": 5500.0, "hydro": 4000.0, "nuclear": 8200.0, "wind": 2600.0, "solar": 1500.0}
    for name, limit in most.items():
        gw = facts.series("capacity", "CN", name)
        for year, twh in facts.series("generation", "CN", name).items():
            if year in gw:
                mean = (gw[year] + gw.get(year - 1, gw[year])) / 2.0
                assert 0.4 * limit < 1e3 * twh / mean < limit


def test_capacity_of_2020_is_that_of_the_fleet(facts: Facts) -> None:
    fleet = load_fleet()
    for name in ("hydro", "wind", "solar", "nuclear"):
        total = fleet.counted(fleet.regions, [name]).sum()
        assert total == pytest.approx(facts.value("capacity", "CN", 2020, name), rel=1e-3)
        for region in ("SH", "JS", "ZJ", "AH"):
            known = facts.series("capacity", region, name).get(2020, 0.0)
            assert fleet.counted([region], [name]).item() == pytest.approx(known, abs=0.03)
    for name in ("pumped_hydro", "offshore_wind", "distributed_solar", "biomass"):
        total = fleet.capacity(fleet.regions, [name]).sum()
        assert total == pytest.approx(facts.value("capacity", "CN", 2020, name), rel=1e-3)


def test_co2_since_2020_follows_from_growth(facts: Facts) -> None:
    growth = np.prod([1.0 + rate for rate in facts.series("gdp_growth", "CN").values()])
    per_gdp = 1.0 + facts.value("co2_per_gdp_since_2020", "CN", 2025)
    stated = facts.value("co2_since_2020", "CN", 2025)
    assert growth * per_gdp - 1.0 == pytest.approx(stated, abs=0.015)


def test_every_variable_and_quantity_is_used(facts: Facts, claims: Claims) -> None:
    assert {row.variable for row in facts.rows} == set(VARIABLES)
    assert {row.quantity for row in claims.rows} == set(QUANTITIES)
    frame = claims.to_frame()
    assert not frame["unit"].isna().any()
    assert (frame["of_model"] == "").sum() == len(claims.of("projects"))


def test_emissions_of_the_report_follow_from_its_rates(claims: Claims) -> None:
    """10 per cent below the peak in 2035, then -9.4 and -4.4 per cent a year."""
    path = {row.year: row.value for row in claims.of("co2_with_indirect")}
    assert path[2035] == pytest.approx(0.9 * path[2027])
    assert path[2050] == pytest.approx(path[2035] * (1.0 - 0.094) ** 15, rel=0.02)
    assert path[2060] == pytest.approx(path[2050] * (1.0 - 0.044) ** 10, rel=0.02)
    assert sum(
        claimed(claims, "co2_share", "YRD", 2024)[x] for x in ("energy", "process", "indirect")
    ) == (pytest.approx(1.0))


def test_units_of_the_report_are_set_right(claims: Claims) -> None:
    """GDP over CO2 in 10 thousand yuan, generation in TWh, investment in trillion yuan."""
    gdp = claimed(claims, "gdp", "YRD", 2024)[""]
    emitted = claimed(claims, "co2_with_indirect", "YRD", 2024)[""]
    assert 1.2 < 100.0 * gdp / emitted < 1.5  # 2020 and 2027 as claimed
    assert sum(claimed(claims, "final_energy_share", "YRD", 2024).values()) == pytest.approx(0.99)
    for year, since in ((2030, "2025-2030"), (2060, "2031-2060")):
        spent = claimed(claims, "investment", "YRD", year)
        parts = [value for label, value in spent.items() if not label.startswith("total")]
        assert sum(parts) == pytest.approx(spent[f"total {since}"], rel=1e-3)
    nuclear = claimed(claims, "generation", "ZJ", 2060)["nuclear"]
    assert 1e3 * nuclear / 7500.0 < 110.0  # TWh: about a hundred reactors' worth, no GWh


def test_bounds_of_claims(claims: Claims) -> None:
    above = next(row for row in claims.rows if row.bound == "above")
    below = next(row for row in claims.rows if row.bound == "below")
    about = next(row for row in claims.rows if row.bound == "about")
    assert agrees(above, 1.01 * above.value)
    assert not agrees(above, 0.99 * above.value)
    assert agrees(below, 0.99 * below.value)
    assert not agrees(below, 1.01 * below.value)
    assert agrees(about, 1.09 * about.value)
    assert not agrees(about, 1.09 * about.value, tolerance=0.05)


def test_the_tables_laid_over_themselves_change_nothing(
    tmp_path: Path, facts: Facts, claims: Claims
) -> None:
    mine, theirs = tmp_path / "facts.csv", tmp_path / "claims.csv"
    mine.write_text(table_text(facts.rows), encoding="utf-8")
    theirs.write_text(table_text(claims.rows), encoding="utf-8")
    for whole in (False, True):
        assert load_facts(mine, whole=whole) == facts
        assert load_claims(theirs, whole=whole) == claims


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("generaton,coal,CN,2020,1,me,assumed", "unknown variable 'generaton'; did you mean"),
        ("generation,coal,ROC,2020,1,me,assumed", "unknown region 'ROC'; did you mean 'RCN'"),
        ("generation,coal,CN,2020,-1,me,assumed", "generation must not be negative (TWh)"),
        ("energy_share,coal,CN,2020,56,me,assumed", "energy_share must not exceed 1 (fraction of"),
        ("generation,coal,CN,2020,1,me,hearsay", "quality is 'hearsay': Input should be"),
        ("generation,coal,CN,2020,,me,assumed", "value is '': give a number in plain decimals"),
    ],
)
def test_a_wrong_fact_is_named(row: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(f"{FACT}\n{row}\n", encoding="utf-8")
    with pytest.raises(AssumptionError) as found:
        load_facts(file)
    assert said in str(found.value)
    assert f"{file}, line 2" in str(found.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("co3,,YRD,2060,about,,1,me,assumed", "unknown quantity 'co3'"),
        ("gdp,,EU,2060,about,,1,me,assumed", "unknown region 'EU'"),
        ("gdp,,YRD,2060,nearly,,1,me,assumed", "bound is 'nearly': Input should be 'exactly'"),
        ("gdp,,YRD,2060,about,,-1,me,assumed", "value is '-1': Input should be greater than"),
    ],
)
def test_a_wrong_claim_is_named(row: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(f"{CLAIM}\n{row}\n", encoding="utf-8")
    with pytest.raises(AssumptionError) as found:
        load_claims(file)
    assert said in str(found.value)


def test_what_is_not_known_is_named(facts: Facts, claims: Claims) -> None:
    with pytest.raises(AssumptionError, match="no cement of CN, 2019; known: 2020, 2021"):
        facts.value("cement", "CN", 2019)
    with pytest.raises(AssumptionError, match="unknown variable 'steel'; did you mean 'crude_ste"):
        facts.series("steel", "CN")
    with pytest.raises(AssumptionError, match="unknown quantity 'jobs'"):
        claims.of("jobs")
    assert facts.series("cement", "RCN") == {}
