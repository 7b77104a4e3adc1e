"""Control totals by region: published provinces within the table, and the rest of China left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from recipes.yrd2020.departures import tariff_rates
from recipes.yrd2020.inputs import Inputs, load_inputs
from recipes.yrd2020.official import Official, read_official
from recipes.yrd2020.sources import SERIES
from recipes.yrd2020.totals import GROUPS, Totals, base_year_totals, goods_of, group_of
from sam import DatasetError
from sam.accounts import HOUSEHOLDS
from sam.concordance import load_concordance
from tests.recipes.nations import DUTY, REGIONS, SECTORS, at, table_of

Array = npt.NDArray[np.float64]

YEAR = 2020
UNITS = {"gdp": "1e8 yuan", "population": "10000 persons"}
GDP = {"Shanghai": 1000.0, "Jiangsu": 2000.0}
PEOPLE = {"Shanghai": 10.0, "Jiangsu": 30.0}

NATION: Official = replace(
    table_of(
        {
            ("LAB", "AGR"): 400.0,
            ("LAB", "FOO"): 4000.0,
            ("LAB", "CON"): 800.0,
            ("LAB", "FIN"): 3000.0,
            ("LAB", "TRD"): 1700.0,
            ("FOO", "RUR"): 1200.0,
            ("TRD", "URB"): 2800.0,
            ("FIN", "GOV"): 1500.0,
            ("CON", "FIX"): 4000.0,
            ("FOO", "STK"): 80.0,
            ("FOO", "EX"): 900.0,
            ("TRD", "EX"): 100.0,
            ("FOO", "IM"): 600.0,
        }
    ),
    farm_services=0.1,
)
TARIFF = np.where(np.array(SECTORS) == "FOO", 0.05, 0.0)

PROVINCES = {
    "gdp_primary": (9.0, 180.0),
    "gdp_secondary": (360.0, 900.0),
    "gdp_tertiary": (531.0, 720.0),  # preliminary: nine tenths of the revised GDP
    "gdp_construction": (36.0, 90.0),
    "goods_exports": (300.0, 500.0),
    "goods_imports": (240.0, 160.0),
    "household_consumption": (0.5, 0.4),
    "government_consumption": (0.15, 0.1),
    "capital_formation": (0.4, 0.45),
    "industry_FIN": (450.0, np.nan),
    "output_share_FER": (np.nan, 0.3),
    "urban_population_share": (0.9, 0.6),
    "spending_URB": (40.0, 20.0),
    "spending_RUR": (20.0, 10.0),
    "income_URB": (80.0, 50.0),
    "income_RUR": (40.0, 20.0),
}
WHOLE = {
    "vintage_household_consumption": 4000.0 / 9980.0,  # as in the table: nothing has moved
    "vintage_government_consumption": 1500.0 / 9980.0,
    "vintage_capital_formation": 4080.0 / 9980.0,
    "goods_exports": 1600.0,
    "goods_imports": 800.0,
    "industry_FIN": 2700.0,
    "customs_duty": 30.0,
    "urban_population_share": 0.5,
    "spending_URB": 18.0,
    "spending_RUR": 9.0,
    "income_URB": 40.0,
    "income_RUR": 15.0,
}


def published(**changes: tuple[float, float]) -> Inputs:
    """Published numbers of two provinces and the nation, some changed."""
    rows = [
        (item, region, value)
        for item, values in {**PROVINCES, **changes}.items()
        for region, value in zip(REGIONS[:-1], values, strict=True)
        if np.isfinite(value)
    ]
    rows += [(item, "CN", value) for item, value in WHOLE.items()]
    return Inputs(pd.DataFrame(rows, columns=["item", "region", "value"]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Series of GDP and population."""
    (tmp_path / "macro").mkdir()
    names = [*load_concordance("provinces_to_regions").table["name"], "Tibet"]
    for name, known in (("gdp", GDP), ("population", PEOPLE)):
        lines = [f"# made up {UNITS[name]}", f"region,{YEAR}"]
        lines += [f"{province},{known.get(province, 2.0)}" for province in names]
        (tmp_path / SERIES[name]).write_text("\n".join(lines) + "\n")
    return tmp_path


def made(folder: Path, nation: Official = NATION, **changes: tuple[float, float]) -> Totals:
    return base_year_totals(folder, YEAR, published(**changes), nation, TARIFF, REGIONS)


def test_groups_are_farming_industry_building_and_services() -> None:
    names = [GROUPS[g] for g in group_of(SECTORS)]
    named = dict(zip(SECTORS, names, strict=True))
    assert named["AGR"] == "primary"
    assert {named[k] for k in ("COL", "FOO", "ELE", "WAT")} == {"industry"}
    assert [k for k, group in named.items() if group == "construction"] == ["CON"]
    assert {named[k] for k in ("TRD", "TRN", "PUB")} == {"tertiary"}
    goods = dict(zip(SECTORS, goods_of(SECTORS), strict=True))
    assert goods["AGR"]
    assert goods["ELE"]
    assert goods["GDT"]
    assert not goods["WAT"]
    assert not goods["CON"]


def test_preliminary_industries_are_scaled_to_the_revised_gdp(folder: Path) -> None:
    found = made(folder)
    np.testing.assert_allclose(found.gdp[:-1], [1000.0, 2000.0])
    # 9 of 900 make 10 of 1,000; a tenth of farming is farm services, which services give up
    np.testing.assert_allclose(found.groups[0], [10.0 / 0.9, 360.0, 40.0, 590.0 - 1.0 / 0.9])
    np.testing.assert_allclose(found.groups[1], [200.0 / 0.9, 900.0, 100.0, 800.0 - 20.0 / 0.9])


def test_the_rest_of_china_is_what_the_provinces_leave_of_the_table(folder: Path) -> None:
    found = made(folder)
    duty = 0.05 * 600.0  # on goods that industry makes
    np.testing.assert_allclose(found.groups.sum(0), [400.0, 4000.0 + duty, 800.0, 4700.0])
    assert found.gdp.sum() == pytest.approx(NATION.made.sum() + duty)
    np.testing.assert_allclose(found.groups[2], found.groups.sum(0) - found.groups[:2].sum(0))


def test_goods_trade_is_placed_by_customs_at_the_prices_of_the_table(folder: Path) -> None:
    found = made(folder)
    np.testing.assert_allclose(found.exports, np.array([300.0, 500.0, 800.0]) * 900.0 / 1600.0)
    np.testing.assert_allclose(found.imports, np.array([240.0, 160.0, 400.0]) * 600.0 / 800.0)


def test_demand_has_published_shares_of_gdp_and_adds_up_to_the_table(folder: Path) -> None:
    found = made(folder)
    np.testing.assert_allclose(found.final.sum(0), [1200.0, 2800.0, 1500.0, 4000.0])
    homes = found.final[:, : len(HOUSEHOLDS)].sum(1)
    np.testing.assert_allclose(homes, [500.0, 800.0, 2700.0])
    np.testing.assert_allclose(found.final[:2, 2], [150.0, 200.0])
    fixed = 4000.0 / 4080.0  # less stocks
    np.testing.assert_allclose(found.final[:2, 3], [fixed * 400.0, fixed * 900.0])


def test_shares_of_an_older_vintage_move_as_the_nations_did(folder: Path) -> None:
    known = published()
    old = known.table["item"] == "vintage_government_consumption"
    older = Inputs(known.table.assign(value=known.table["value"].mask(old, 1200.0 / 9980.0)))
    found = base_year_totals(folder, YEAR, older, NATION, TARIFF, REGIONS)
    np.testing.assert_allclose(found.final[:2, 2], [1.25 * 150.0, 1.25 * 200.0])
    assert found.final[:, 2].sum() == pytest.approx(1500.0)


def test_towns_spend_more_where_more_people_live_in_them(folder: Path) -> None:
    found = made(folder).final[:, : len(HOUSEHOLDS)]
    # what people spend in surveys, by region: rural, urban
    people = np.array([10.0, 30.0])[:, None] * [[0.1, 0.9], [0.4, 0.6]]
    spent = people * [[20.0, 40.0], [10.0, 20.0]]
    odds = (found[0, 1] / found[0, 0]) / (found[1, 1] / found[1, 0])
    assert odds == pytest.approx((spent[0, 1] / spent[0, 0]) / (spent[1, 1] / spent[1, 0]))


def test_saving_is_what_surveyed_incomes_leave(folder: Path) -> None:
    np.testing.assert_allclose(made(folder).saving_rate[:2], [[0.5, 0.5], [0.5, 0.6]])


def test_services_keep_the_share_of_a_province_in_the_industry_of_the_table(folder: Path) -> None:
    found = made(folder).services["FIN"]
    # 450 of 2,700 as printed, revised with the GDP of the province, of the table's 3,000
    np.testing.assert_allclose(found, [450.0 / 0.9 / 2700.0 * 3000.0, np.nan, np.nan])
    np.testing.assert_allclose(made(folder).output_shares["FER"], [np.nan, 0.3, np.nan])
    tariff = tariff_rates(NATION, published().value("customs_duty"), ())
    assert tariff @ NATION.imports == 30.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gdp_construction": (36.0, 900.0)}, "value added of construction: the provinces sum"),
        ({"government_consumption": (0.5, 0.9)}, "government_consumption: the provinces sum"),
        ({"goods_exports": (300.0, 1500.0)}, r"goods_exports: the provinces sum to 1,800 .*1,600"),
        ({"spending_URB": (40.0, 9e4)}, "spending of URB: the provinces sum"),
    ],
)
def test_provinces_that_exceed_the_nation_are_named(
    folder: Path, changes: dict[str, tuple[float, float]], words: str
) -> None:
    with pytest.raises(DatasetError, match=words):
        made(folder, **changes)


def test_a_number_that_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(DatasetError, match="0 rows for item 'gdp_tertiary', region 'JS'"):
        made(folder, gdp_tertiary=(531.0, np.nan))


def test_a_table_of_a_smaller_nation_is_contradicted_by_the_provinces(folder: Path) -> None:
    small = replace(NATION, value_added=0.2 * NATION.value_added)
    with pytest.raises(DatasetError, match="value added of primary: the provinces sum to"):
        made(folder, small)


def test_official_totals_add_up_over_regions_and_industries(sources: Path) -> None:
    regions = ("SH", "JS", "ZJ", "AH", "RCN")
    nation, inputs = read_official(sources, YEAR), load_inputs()
    found = base_year_totals(sources, YEAR, inputs, nation, 0.0 * DUTY, regions)
    # National Bureau of Statistics: GDP of 2020 as revised, 1e8 CNY
    np.testing.assert_allclose(found.gdp[:4], [38963.3, 102807.7, 64689.1, 38061.5], rtol=1e-6)
    assert found.gdp.sum() == pytest.approx(1_016_422, rel=1e-6)  # of the table
    goods = goods_of(SECTORS)
    assert found.exports.sum() == pytest.approx(nation.exports[goods].sum())
    assert found.exports.sum() == pytest.approx(150_120, rel=1e-4)  # at producer prices
    assert found.imports.sum() == pytest.approx(nation.imports[goods].sum())
    np.testing.assert_allclose(found.final.sum(0), nation.final[:, :4].sum(0))
    assert (found.final > 0.0).all()
    assert (found.saving_rate > 0.0).all()
    farms = found.groups[:4, 0] * (1.0 - found.farm_services) / found.gdp[:4]
    np.testing.assert_allclose(farms, [0.0027, 0.0442, 0.0336, 0.0823], atol=2e-4)  # printed
    known = found.services["FIN"][0] / nation.made[at("FIN")[0]]
    assert known == pytest.approx(7166.26 / 84070.0, rel=0.02)  # of Shanghai in the nation
