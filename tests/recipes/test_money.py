"""The money half of the recipe on made-up tables: splits, transit, evidence, institutions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from recipes.yrd2020.flows import LABOUR, STOCKS, TAX, Flows
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.inputs import Inputs, load_inputs, load_splits
from recipes.yrd2020.institutions import Incomes, build_sam, incomes
from recipes.yrd2020.io_tables import ProvincialFlows, to_model_sectors
from recipes.yrd2020.nudge import known_flows, nudge
from recipes.yrd2020.reliability import load_reliability
from recipes.yrd2020.trade import cut_transit, merge_regions
from sam import DatasetError, SourceError
from sam.concordance import load_concordance
from sam.dataset import QUALITIES
from sam.readers import ProvincialTable, read_largest_flows, treat
from sam.report import MISSING
from tests.recipes.nations import DUTY, REGIONS, SECTORS, at, regions
from tests.sam.official import NAMES, economy

Array = npt.NDArray[np.float64]

SEED = 4
"""A table in which refining buys crude and coal, and metallurgy buys coke."""

SUPPLY = {"OIL": 0.7, "REF": 0.6, "FER": 0.5, "GEM": 0.58}
"""Share of the first twin in the output of the made-up province."""

TWINS = ("OIL", "GAS", "REF", "COK", "FER", "NFM", "GEM", "SPM")


def printed(seed: int) -> ProvincialTable:
    """A province's table as the reader gives it, treated."""
    table = economy(seed)
    columns, rows = table.columns, table.rows
    return treat(as_read(columns, rows))


def as_read(columns: Array, rows: Array) -> ProvincialTable:
    return ProvincialTable(
        province="AAA",
        sectors=tuple(NAMES),
        intermediate=columns[:, 1:43],
        final=columns[:, [44, 45, 47, 49, 50]],
        export=columns[:, 52],
        outflow=columns[:, 53],
        imports=columns[:, 55],
        inflow=columns[:, 56],
        other=columns[:, 57],
        value_added=rows[1:5],
        output=rows[6],
    )


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return load_inputs()


@pytest.fixture(scope="module")
def split() -> ProvincialFlows:
    concordance = load_concordance("nbs2007_to_model")
    return provinces(to_model_sectors(printed(SEED), concordance, SUPPLY, load_splits()))


def provinces(*tables: ProvincialFlows) -> ProvincialFlows:
    """Tables of single provinces side by side."""
    names = vars(tables[0])
    return ProvincialFlows(**{name: np.stack([getattr(t, name) for t in tables]) for name in names})


def repeated(table: ProvincialFlows, count: int) -> ProvincialFlows:
    """The same province many times."""
    return ProvincialFlows(
        **{name: np.repeat(values, count, axis=0) for name, values in vars(table).items()}
    )


@pytest.fixture
def flows() -> Flows:
    return regions(0, tariff=DUTY)


def test_split_rows_balance_through_trade_with_other_provinces(split: ProvincialFlows) -> None:
    supply = split.output + split.imports + split.inflow
    np.testing.assert_allclose(split.use + split.exports + split.outflow, supply)


def test_splitting_sectors_keeps_purchases_and_value_added(split: ProvincialFlows) -> None:
    table = printed(SEED)
    assert split.intermediate.sum() == pytest.approx(table.intermediate.sum())
    np.testing.assert_allclose(split.final[0].sum(0), table.final.sum(0))
    np.testing.assert_allclose(
        split.value_added[0, [LABOUR, TAX]].sum(1), table.value_added.sum(1)[:2]
    )
    assert split.output.sum() == pytest.approx(table.output.sum())
    assert split.exports.sum() == pytest.approx(table.export.sum())


def test_fuels_and_ores_go_to_those_who_use_them(split: ProvincialFlows) -> None:
    (crude, gas), (refining, coking) = at("OIL", "GAS"), at("REF", "COK")
    bought = split.intermediate[0]
    assert bought[crude, refining] > 50 * bought[gas, refining]
    assert bought[crude, coking] == bought[gas, coking] == 0.0
    assert split.final[0, crude, :2].sum() == 0.0  # households buy no crude oil
    coal, coke, steel, aluminium = at("COL", "COK", "FER", "NFM")
    assert bought[coal, coking] > 10 * bought[coal, refining]
    assert bought[coke, steel] > 5 * bought[coke, aluminium]


def test_a_discrepancy_is_trade_with_other_provinces() -> None:
    raw = economy(SEED)
    single = [k for k, name in enumerate(SECTORS) if name not in TWINS]
    concordance = load_concordance("nbs2007_to_model")
    found = to_model_sectors(printed(SEED), concordance, SUPPLY, load_splits())
    net = raw.columns[:, 53] - raw.columns[:, 56] + raw.columns[:, 57]
    merged = net @ concordance.matrix(NAMES, SECTORS)
    np.testing.assert_allclose((found.outflow - found.inflow)[single], merged[single])


def test_transit_is_cut_from_both_ends_until_domestic_sales_are_positive(
    split: ProvincialFlows,
) -> None:
    hub = replace(split, exports=split.exports + split.output, imports=split.imports + split.output)
    table = cut_transit(hub, 0.05)
    domestic = table.output - table.exports - table.outflow
    assert (domestic > 0.05 * table.output - 1e-9).all()
    before = hub.exports + hub.outflow - hub.imports - hub.inflow
    after = table.exports + table.outflow - table.imports - table.inflow
    np.testing.assert_allclose(after, before)
    for name in ("exports", "imports", "outflow", "inflow"):
        assert (getattr(table, name) >= 0.0).all()


def test_trade_within_a_region_becomes_local_sales(split: ProvincialFlows) -> None:
    owner = load_concordance("provinces_to_regions").table["target"]
    table = repeated(split, len(owner))
    bilateral = np.ones((len(owner), len(owner), len(SECTORS)))
    regions = ("SH", "JS", "ZJ", "AH", "RCN")
    merged = merge_regions(table, bilateral, regions)
    assert merged.trade[4, 0, 0] == pytest.approx((owner == "RCN").sum())
    assert merged.trade[4, 4].sum() == 0.0
    sales = merged.local + merged.exports + merged.trade.sum(1)
    np.testing.assert_allclose(sales, merged.output)


LARGEST = """reg,year,Input,Output,pctl,perc,rank,value,weight,IfIntra
Shanghai,2017 new,Finance,Construction,0.1,0.02,1,200,1,False
Shanghai,2017 new,Metal smelting & processing,Metal manuf.,0.1,0.03,2,300,1,False
Shanghai,2017 new,Polytechnic services,Construction,0.1,0.001,3,10,1,False
Shanghai,2017 new,Coal mining,Power & heat prod. & distr.,0.1,0.04,4,400,1,False
Shanghai,2017,Finance,Construction,0.1,0.5,1,10,1,False
"""


def test_inputs_move_towards_the_known_flows_and_purchases_keep_their_sum(
    tmp_path: Path, flows: Flows
) -> None:
    path = tmp_path / "flows.csv"
    path.write_text(LARGEST)
    table = read_largest_flows(path, "2017 new")
    known = known_flows(table, REGIONS, SECTORS)
    energy = at(*ENERGY)
    finance, building, coal, power = at("FIN", "CON", "COL", "ELE")
    smelting, products, science = at("FER", "NFM"), at("MEP")[0], at("SCI")[0]
    found = nudge(flows, known, 1.0, energy)
    before, after = flows.intermediate, found.intermediate
    np.testing.assert_allclose(after.sum(1), before.sum(1))
    np.testing.assert_allclose(after[1:], before[1:])
    assert after[0, coal, power] == before[0, coal, power]
    ratio = after[0, :, building] / after[0, 0, building]  # agriculture has no known flow
    was = before[0, :, building] / before[0, 0, building]
    wanted = 0.02 * before[0].sum() / before[0, finance, building]
    assert ratio[finance] / was[finance] == pytest.approx(wanted)
    assert ratio[science] >= was[science]  # only part of the sector is known: never lowered
    metals = after[0, smelting, products]
    np.testing.assert_allclose(
        metals / metals.sum(), before[0, smelting, products] / before[0, smelting, products].sum()
    )
    half = nudge(flows, known, 0.5, energy).intermediate[0, :, building]
    assert half[finance] / half[0] / was[finance] == pytest.approx(wanted**0.5)
    np.testing.assert_allclose(nudge(flows, known, 0.0, energy).intermediate, before)


@pytest.mark.parametrize(
    ("text", "edition", "words"),
    [
        (LARGEST, "2018", "2017 new"),
        (LARGEST.replace("perc", "percent"), "2017 new", "perc"),
        (LARGEST.replace("0.03", "3.0"), "2017 new", "a share between 0 and 1"),
    ],
)
def test_a_wrong_list_of_flows_is_named(
    tmp_path: Path, text: str, edition: str, words: str
) -> None:
    path = tmp_path / "flows.csv"
    path.write_text(text)
    with pytest.raises(SourceError, match=words):
        read_largest_flows(path, edition)


def test_an_unknown_sector_of_2017_is_named(tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_text(LARGEST.replace("Finance", "Fishing"))
    with pytest.raises(SourceError, match="Fishing"):
        known_flows(read_largest_flows(path, "2017 new"), REGIONS, SECTORS)


def test_the_reliability_of_a_total_is_that_of_the_first_fitting_row(inputs: Inputs) -> None:
    known = load_reliability(inputs, 2020)
    assert known.evidence("goods_exports", "SH").deviation == 0.0
    assert known.evidence("goods_exports", "RCN").quality == "derived"
    assert known.evidence("goods_exports", "SH").source == inputs.source("goods_exports", "SH")
    assert known.evidence("fixed_capital", "SH").source == inputs.source("capital_formation", "SH")
    assert known.evidence("output_ICE", "SH").quality == "derived"
    assert known.evidence("output_ICE", "JS").quality == "assumed"
    with pytest.raises(DatasetError, match="no row for 'moon' of 'SH'"):
        known.evidence("moon", "SH")


def test_a_total_that_is_a_number_as_it_stands_has_its_mark(inputs: Inputs) -> None:
    found = load_reliability(inputs, 2020).evidence("company_tax", "CN")
    assert inputs.quality("company_tax") == "published"
    assert (found.quality, found.source) == ("published", inputs.source("company_tax"))


def test_what_is_computed_of_a_recalled_number_says_so(inputs: Inputs) -> None:
    assert inputs.quality("coal_output") == "recalled"
    found = load_reliability(inputs, 2020).evidence("output_COL", "JS")
    assert found.quality == "derived"
    assert found.source == f"{inputs.source('coal_output')} (recalled)"


def test_what_rests_on_a_number_that_stands_in_has_its_mark(inputs: Inputs) -> None:
    source = f"{MISSING}2018: that of 2020, of a yearbook"
    table = inputs.table.assign(source=source, quality="assumed")
    found = load_reliability(Inputs(table), 2018).evidence("gdp_primary", "SH")
    assert (found.quality, found.source) == ("assumed", source)


def test_totals_of_the_nation_name_the_table_of_the_base_year(inputs: Inputs) -> None:
    for year in (2018, 2020):
        known = load_reliability(inputs, year)
        for item in ("gdp", "household_consumption", "labour", "goods_imports"):
            assert known.evidence(item, "CN").source.endswith(f"input-output table of {year}")
        assert not known.table["source"].str.contains("{", regex=False).any()


def test_every_row_of_evidence_has_a_mark_and_a_source(inputs: Inputs) -> None:
    table = load_reliability(inputs, 2020).table
    assert table["quality"].dropna().isin(QUALITIES).all()
    assert table.loc[table["quality"].isna(), "source"].str.startswith("inputs.csv").all()
    assert table["source"].str.len().gt(0).all()
    assert table["note"].notna().mean() > 0.75
    sure = table[~table["total"].isin(["flow", "purchase_of_energy", "value_added"])]
    assert sure["deviation"].fillna(0.0).eq(0.0).all()  # totals are met exactly


TAXES = pd.DataFrame({"item": ["income_tax", "company_tax", "central_share"]}).assign(
    region="CN", value=[20.0, 60.0, 0.5]
)


def earned(flows: Flows) -> Incomes:
    return incomes(flows, np.full((3, 2), 0.3), DUTY, Inputs(TAXES))


def test_incomes_are_spent_and_the_nation_closes(flows: Flows) -> None:
    income = earned(flows)
    np.testing.assert_allclose(income.labour.sum(1), flows.value_added[:, LABOUR].sum(1))
    disposable = income.labour + income.distributed - income.income_tax
    np.testing.assert_allclose(income.household_saving, 0.3 * disposable)
    np.testing.assert_allclose(income.household_saving + flows.final[:, :, :2].sum(1), disposable)
    assert income.income_tax.sum() == pytest.approx(20.0)
    assert income.company_tax.sum() == pytest.approx(60.0)
    collected = income.central_tax.sum() + (flows.imports @ DUTY).sum()
    assert income.transfer.sum() == pytest.approx(collected)
    assert income.interregional.sum() == pytest.approx(0.0, abs=1e-6)
    made = flows.value_added.sum((1, 2)) + flows.imports @ DUTY
    np.testing.assert_allclose(
        income.government_saving / made, income.government_saving[0] / made[0]
    )


def test_the_social_accounting_matrix_balances(flows: Flows) -> None:
    sam = build_sam(flows, earned(flows), DUTY, REGIONS, SECTORS)
    sam.check(1e-9)
    assert sam.regions == list(REGIONS)
    stored = flows.final[:, :, STOCKS].sum()
    assert sam.flow("commodity", "inventory").to_numpy().sum() == pytest.approx(stored)
    assert sam.flow("inventory", "investment").to_numpy().sum() == pytest.approx(stored)
    assert sam.flow("factor", "activity", row="LAB").to_numpy().sum() == pytest.approx(
        flows.value_added[:, LABOUR].sum()
    )


def test_stocks_that_fall_and_subsidies_keep_their_sign(flows: Flows) -> None:
    final, added = flows.final.copy(), flows.value_added.copy()
    chemicals, farms = at("CHM", "AGR")
    drawn = 2.0 * final[:, chemicals, STOCKS]
    final[:, chemicals, STOCKS] -= drawn
    final[:, chemicals, STOCKS - 1] += drawn  # to the investor instead
    paid = 2.0 * added[:, TAX, farms]
    added[:, TAX, farms] -= paid
    added[:, LABOUR, farms] += paid
    found = replace(flows, final=final, value_added=added)
    sam = build_sam(found, earned(found), DUTY, REGIONS, SECTORS)
    sam.check(1e-9)
    stocks = sam.flow("commodity", "inventory").sum(axis=1).groupby(level=1).sum()
    assert stocks["CHM"] == pytest.approx(final[:, chemicals, STOCKS].sum())
    assert stocks["CHM"] < 0.0 < stocks["FOO"]
    subsidy = sam.flow("tax", "activity", row="OTX").sum(axis=0).groupby(level=1).sum()
    assert subsidy["AGR"] == pytest.approx(added[:, TAX, farms].sum())
    assert subsidy["AGR"] < 0.0 < subsidy["FOO"]


def test_inputs_are_unique_and_name_what_is_missing(inputs: Inputs) -> None:
    twice = inputs.table.duplicated(["item", "region"])
    assert not twice.any()
    with pytest.raises(DatasetError, match="0 rows for item 'gdp', region 'Mars'"):
        inputs.value("gdp", "Mars")
    rest = inputs.with_rest("goods_exports", ("SH", "JS", "ZJ", "AH", "RCN"))
    assert rest.sum() == pytest.approx(inputs.value("goods_exports"))
