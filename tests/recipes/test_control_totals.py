"""The control totals of yrd2020: within bounds, each with its source, and summed up again here."""

from __future__ import annotations

import pandas as pd
import pytest

from sam import Dataset, load_dataset
from sam.dataset import QUALITIES
from sam.report import control_totals

WITHIN = {"published": 0.005, "recalled": 0.005, "derived": 0.03}
"""Largest deviation by quality."""

MONEY = "1e8 CNY"
FARM_SERVICES = 0.0409535
"""Share of farming that statistics count as tertiary: 005 over 001-005 of the table of 2020."""

FUELS = ("COL", "OIL", "GAS", "REF", "COK", "GDT", "ELE")
DEMAND = {
    "consumption_RUR": ("household", "RUR"),
    "consumption_URB": ("household", "URB"),
    "household_consumption": ("household", None),
    "government_consumption": ("government", None),
    "fixed_capital": ("investment", None),
    "inventories": ("inventory", None),
}
BUYERS = ("row", "household", "government", "investment", "inventory")
"""Payers that buy commodities or products; the sale lies in the region of the seller."""


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("yrd2020")


@pytest.fixture(scope="module")
def report(dataset: Dataset) -> pd.DataFrame:
    return control_totals(dataset)


@pytest.fixture(scope="module")
def money(report: pd.DataFrame) -> pd.DataFrame:
    return report[report["unit"] == MONEY]


def groups(dataset: Dataset) -> dict[str, list[str]]:
    """Sectors of the groups of GDP."""
    sectors = dataset.sectors["code"].tolist()
    building = sectors.index("CON")
    return {
        "primary": sectors[:1],
        "industry": sectors[1:building],
        "construction": ["CON"],
        "secondary": sectors[1 : building + 1],
        "tertiary": sectors[building + 1 :],
    }


def summed(
    dataset: Dataset, region: str, payer: str | None, receiver: str | None = None, **match: str
) -> pd.DataFrame:
    """Payments of the SAM from accounts of one kind to those of another, in a region or in all."""
    table = dataset.sam.frame
    wanted = {"col_kind": payer, "row_kind": receiver, **match}
    for column, value in wanted.items():
        if value is not None:
            table = table[table[column] == value]
    home = "row_region" if payer in BUYERS else "col_region"
    return table if region == "CN" else table[table[home] == region]


def value_added(dataset: Dataset, region: str, sectors: list[str] | None = None) -> float:
    """Factors and production tax paid by activities."""
    paid = pd.concat([summed(dataset, region, "activity", kind) for kind in ("factor", "tax")])
    return float((paid if sectors is None else paid[paid["col"].isin(sectors)])["value"].sum())


def duties(dataset: Dataset, region: str, sectors: list[str] | None = None) -> float:
    """Duties on what a region imports of the goods of sectors."""
    paid = summed(dataset, region, "commodity", "tax", row="TAR")
    return float((paid if sectors is None else paid[paid["col"].isin(sectors)])["value"].sum())


def made(dataset: Dataset, region: str, group: str) -> float:
    """Value added of a group of GDP with duties on the same goods, farm services being tertiary."""
    sectors = groups(dataset)
    shares = {"primary": 1.0 - FARM_SERVICES} if group == "primary" else {group: 1.0}
    shares |= {"primary": FARM_SERVICES} if group == "tertiary" else {}
    return sum(
        share
        * (value_added(dataset, region, sectors[name]) + duties(dataset, region, sectors[name]))
        for name, share in shares.items()
    )


def again(dataset: Dataset, item: str, region: str) -> float:
    """A control total in money, summed up from the SAM."""
    goods = dataset.sectors["code"].tolist()
    goods = goods[: goods.index("GDT") + 1]
    name, _, part = item.partition("_")
    if item == "gdp":
        return value_added(dataset, region) + duties(dataset, region)
    if name == "gdp":
        return made(dataset, region, part)
    if name in ("goods", "services") or item.startswith(("exports_", "imports_")):
        side = part if name in ("goods", "services") else name
        sold = side == "exports"
        flows = (
            summed(dataset, region, "row", "activity")
            if sold
            else summed(dataset, region, "commodity", "row")
        )
        what = flows["row" if sold else "col"]
        chosen = {"goods": what.isin(goods), "services": ~what.isin(goods)}.get(name, what == part)
        return float(flows.loc[chosen, "value"].sum())
    if item in DEMAND:
        kind, who = DEMAND[item]
        names = {"col": who} if who else {}
        return float(summed(dataset, region, kind, "commodity", **names)["value"].sum())
    if name == "industry":
        return value_added(dataset, region, [part])
    if name == "output":
        cost = summed(dataset, region, "activity", col=part)
        return float(cost["value"].sum())
    if name == "energy":
        buyers = ("activity", "household")
        bought = [summed(dataset, region, kind, "commodity", row=part) for kind in buyers]
        return float(pd.concat(bought)["value"].sum())
    taxes = {
        "labour": ("activity", "factor", {"row": "LAB"}),
        "capital": ("activity", "factor", {"row": "CAP"}),
        "production_tax": ("activity", "tax", {}),
        "customs_duty": ("commodity", "tax", {"row": "TAR"}),
        "company_tax": ("enterprise", "government", {}),
        "income_tax": ("household", "government", {}),
    }
    payer, receiver, match = taxes[item]
    return float(summed(dataset, region, payer, receiver, **match)["value"].sum())


def test_printed_totals_are_met_within_half_a_percent_and_derived_within_three(
    report: pd.DataFrame,
) -> None:
    for quality, bound in WITHIN.items():
        rows = report[report["quality"] == quality]
        worst = rows[rows["deviation"].abs() > bound]
        assert len(rows) > 0
        assert worst.empty, worst[["item", "region", "deviation"]].to_string()


def test_totals_in_money_are_met_as_balanced(money: pd.DataFrame) -> None:
    """Provinces and the nation are hard totals: what is missed is rounding of the balancing."""
    assert len(money) > 140
    assert money["deviation"].abs().max() < 1e-8


def test_every_total_has_a_source_of_its_own_and_a_quality(report: pd.DataFrame) -> None:
    assert report["quality"].isin(QUALITIES).all()
    assert report["source"].str.len().gt(10).all()
    assert not report["source"].str.contains("items of the same name").any()
    assert not report.duplicated(["item", "region", "unit"]).any()


def test_the_money_of_every_total_is_in_the_sam(dataset: Dataset, money: pd.DataFrame) -> None:
    for row in money.to_dict("records"):
        found = again(dataset, row["item"], row["region"])
        assert found == pytest.approx(row["achieved"], rel=1e-6), (row["item"], row["region"])
        assert row["achieved"] / row["target"] - 1.0 == pytest.approx(row["deviation"], abs=1e-8)


def test_the_totals_that_the_recipe_promises_are_there(
    dataset: Dataset, report: pd.DataFrame
) -> None:
    rows = set(zip(report["item"], report["region"], strict=True))
    places = (*dataset.regions, "CN")
    by_region = [
        "gdp",
        *(f"gdp_{group}" for group in ("primary", "industry", "construction", "tertiary")),
        "household_consumption",
        "government_consumption",
        "fixed_capital",
        "goods_exports",
        "goods_imports",
    ]
    missing = {(item, place) for item in by_region for place in places} - rows
    assert not missing
    own = [*(f"energy_{fuel}" for fuel in FUELS), "output_ELE", "output_FER"]
    assert not {(item, place) for item in own for place in dataset.regions[:-1]} - rows
    nation = ["services_exports", "services_imports", "labour", "production_tax", "customs_duty"]
    assert {(item, "CN") for item in (*nation, "capital", "inventories")} <= rows


def test_the_nation_is_the_sum_of_its_regions(dataset: Dataset, money: pd.DataFrame) -> None:
    table = money.set_index(["item", "region"])["achieved"]
    for item in ("gdp", "gdp_industry", "gdp_tertiary", "goods_exports", "fixed_capital"):
        parts = sum(table[item, region] for region in dataset.regions)
        assert table[item, "CN"] == pytest.approx(parts)


USES = ("household_consumption", "government_consumption", "fixed_capital", "inventories")


def test_gdp_by_expenditure_closes_with_trade(money: pd.DataFrame) -> None:
    nation = money[money["region"] == "CN"].set_index("item")
    for column in ("target", "achieved"):
        total = nation[column]
        abroad = total["goods_exports"] + total["services_exports"]
        abroad -= total["goods_imports"] + total["services_imports"]
        assert total[list(USES)].sum() + abroad == pytest.approx(total["gdp"], rel=1e-8)
        incomes = total[["labour", "capital", "production_tax", "customs_duty"]].sum()
        assert incomes == pytest.approx(total["gdp"], rel=1e-8)


def test_the_nation_has_the_totals_of_the_official_table(money: pd.DataFrame) -> None:
    # National Bureau of Statistics, input-output table of 2020, 1e8 CNY
    nation = money[money["region"] == "CN"].set_index("item")["achieved"]
    assert nation["gdp"] == pytest.approx(1_016_422, rel=1e-6)
    assert nation["labour"] == pytest.approx(529_566, rel=1e-6)
    assert nation["production_tax"] == pytest.approx(89_580 - 2_564, rel=1e-5)  # less duties
    assert nation["goods_exports"] == pytest.approx(150_120, rel=1e-5)  # at producer prices
    assert nation["goods_imports"] == pytest.approx(143_884, rel=1e-5)
    both = nation["goods_exports"] + nation["services_exports"]
    assert both == pytest.approx(187_926, rel=1e-6)
    assert nation["household_consumption"] == pytest.approx(384_008, rel=1e-6)
    assert nation["government_consumption"] == pytest.approx(173_625, rel=1e-5)
    invested = nation["fixed_capital"] + nation["inventories"]
    assert invested == pytest.approx(433_521, rel=1e-6)
    farms = nation["gdp_primary"]  # without farm services; its energy by quantity moves it
    assert farms == pytest.approx(78_809, rel=1e-2)


def test_published_totals_that_the_table_contradicts_are_shown_with_both(dataset: Dataset) -> None:
    rows = dataset.provenance[dataset.provenance["item"].str.startswith("compare: ")]
    beside = rows[rows["note"].fillna("").str.startswith("the official table has")]
    assert {"compare: gdp", "compare: services_imports", "compare: industry_TRN"} <= set(
        beside["item"]
    )
    found = beside.set_index("item")
    published = float(found["value"]["compare: gdp"])
    has = float(found["note"]["compare: gdp"].removeprefix("the official table has "))
    assert published == 1_013_567  # by production, as verified
    assert has / published - 1.0 == pytest.approx(0.0028, abs=1e-4)
