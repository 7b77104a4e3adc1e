"""The money half of the recipe on made-up tables: splits, transit, prior, update, institutions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from recipes.yrd2020.controls import Control
from recipes.yrd2020.flows import CAPITAL, LABOUR, STOCKS, TAX, Flows
from recipes.yrd2020.fuels import ENERGY, Content, energy_output, impose_energy
from recipes.yrd2020.inputs import Inputs, load_inputs, load_splits
from recipes.yrd2020.institutions import build_sam, incomes
from recipes.yrd2020.io_tables import ProvincialFlows, to_model_sectors
from recipes.yrd2020.nudge import known_flows, nudge
from recipes.yrd2020.prior import (
    clean,
    fit_demand,
    fit_industry,
    grow,
    prune,
    shift_shares,
)
from recipes.yrd2020.reliability import Reliability, load_reliability
from recipes.yrd2020.totals import Totals
from recipes.yrd2020.trade import cut_transit, merge_regions
from recipes.yrd2020.update import cell_deviations, update
from sam import DatasetError, SourceError
from sam.concordance import load_concordance, load_sectors
from sam.readers import ProvincialTable, read_largest_flows, treat
from tests.sam.official import NAMES, economy

Array = npt.NDArray[np.float64]

SECTORS = load_sectors()["code"].tolist()
REGIONS = ("A", "B", "C")
SEED = 4
"""A table in which refining buys crude and coal, and metallurgy buys coke."""

SUPPLY = {"OIL": 0.7, "REF": 0.6, "FER": 0.5, "GEM": 0.58}
"""Share of the first twin in the output of the made-up province."""

DUTY = np.full(len(SECTORS), 0.02)
TWINS = ("OIL", "GAS", "REF", "COK", "FER", "NFM", "GEM", "SPM")


def at(*names: str) -> list[int]:
    return [SECTORS.index(name) for name in names]


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


def made_up(seed: int, count: int = 3) -> Flows:
    """Balanced flows of a few regions: local sales take up what trade leaves."""
    rng = np.random.default_rng(seed)
    size = len(SECTORS)
    intermediate = rng.gamma(0.4, 1.0, (count, size, size))
    value_added = rng.uniform(5.0, 40.0, (count, 3, size))
    output = intermediate.sum(1) + value_added.sum(1)
    exports = rng.uniform(0.02, 0.1, output.shape) * output
    imports = rng.uniform(0.02, 0.1, output.shape) * output
    trade = rng.uniform(0.02, 0.1, (count, count, size)) * output[:, None]
    trade[np.arange(count), np.arange(count)] = 0.0
    local = output - exports - trade.sum(1)
    supply = local + imports + trade.sum(0)
    left = np.maximum(supply - intermediate.sum(2), 0.05 * supply)
    final = left[:, :, None] * rng.dirichlet(np.ones(5), (count, size))
    return Flows(intermediate, value_added, final, exports, imports, trade, local)


@pytest.fixture
def flows() -> Flows:
    return made_up(0)


def balanced(flows: Flows, tariff: Array | None = None) -> Flows:
    """The nearest flows whose accounts balance."""
    rates = np.zeros(len(SECTORS)) if tariff is None else tariff
    return update(flows, [], reliable(), rates, REGIONS, SECTORS).flows


def reliable(**deviations: float) -> Reliability:
    """Relative standard deviation of totals, the nation's and every region's."""
    rows = {"flow": 0.3, "purchase_of_energy": 0.1, **deviations}
    table = pd.DataFrame({"total": rows.keys(), "deviation": rows.values()})
    table = table.assign(region="*", quality="assumed", source="made up", note="")
    return Reliability(table, load_inputs())


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


def test_impossible_cells_of_2007_are_repaired(flows: Flows, inputs: Inputs) -> None:
    value_added, final = flows.value_added.copy(), flows.final.copy()
    value_added[0, CAPITAL, 5], value_added[1, TAX, 3], final[0, 0, 3] = -4.0, -2.0, -1.0
    found = clean(replace(flows, value_added=value_added, final=final), inputs, 0)
    assert (found.value_added >= 0.0).all()
    assert (found.final >= 0.0).all()
    wages, _, profit = found.value_added.transpose(1, 0, 2)
    assert (profit >= inputs.value("capital_floor") * (wages + profit) - 1e-9).all()
    np.testing.assert_allclose(wages[:, 0] / (wages + profit)[:, 0], 0.75)
    assert wages[0, 5] + profit[0, 5] == pytest.approx(value_added[0, LABOUR, 5] - 4.0)


def test_labour_and_tax_move_to_the_nations_totals_and_value_added_stays(flows: Flows) -> None:
    made = flows.value_added.sum()
    totals = totals_of(flows, labour=0.5 * made, production_tax=0.1 * made)
    found = shift_shares(flows, totals, 0.05)
    assert found.value_added[:, LABOUR].sum() == pytest.approx(0.5 * made)
    assert found.value_added[:, TAX].sum() == pytest.approx(0.1 * made)
    np.testing.assert_allclose(found.value_added.sum(1), flows.value_added.sum(1))


def totals_of(flows: Flows, **values: float) -> Totals:
    """Control totals that the flows meet, some replaced."""
    none = np.zeros(len(REGIONS))
    given = {"labour": 0.0, "production_tax": 0.0, "duty": 0.0, **values}
    return Totals(
        gdp=flows.value_added.sum((1, 2)),
        groups=np.zeros((len(REGIONS), 4)),
        exports=none,
        imports=none,
        services_exports=0.0,
        services_imports=0.0,
        consumption=np.zeros((len(REGIONS), 2)),
        government=none,
        investment=none,
        inventories=none,
        industries={},
        regional_industries={},
        revenue={},
        output_shares={},
        commodity_imports={},
        commodity_exports={},
        saving_rate=np.zeros((len(REGIONS), 2)),
        **given,
    )


def test_energy_is_made_where_it_is_generated_mined_and_taken_in(flows: Flows) -> None:
    rng = np.random.default_rng(5)
    bought = rng.uniform(1.0, 5.0, (3, len(ENERGY), len(SECTORS) + 2))
    output = energy_output(flows, bought, np.array([1.0, 2.0, 7.0]), {1: 0.2}, SECTORS, DUTY)
    rows = at(*ENERGY)
    net = flows.exports[:, rows].sum(0) - 1.02 * flows.imports[:, rows].sum(0)
    np.testing.assert_allclose(output.sum(0), bought.sum((0, 2)) + net)
    share = output / output.sum(0)
    np.testing.assert_allclose(share[:, ENERGY.index("ELE")], [0.1, 0.2, 0.7])
    assert share[1, ENERGY.index("COL")] == pytest.approx(0.2)
    crude = bought[:, ENERGY.index("OIL"), SECTORS.index("REF")]
    np.testing.assert_allclose(share[:, ENERGY.index("REF")], crude / crude.sum())


def test_wells_and_works_make_at_least_what_pays_for_their_energy(flows: Flows) -> None:
    bought = np.ones((3, len(ENERGY), len(SECTORS) + 2))
    gas, wells = ENERGY.index("GAS"), SECTORS.index("GAS")
    bought[0, :, wells] = 60.0  # more than the region would make by its share
    output = energy_output(flows, bought, np.ones(3), {1: 0.2}, SECTORS, DUTY)
    assert output[0, gas] == pytest.approx(60.0 * len(ENERGY) / 0.85)
    net = flows.exports[:, wells].sum() - 1.02 * flows.imports[:, wells].sum()
    assert output[:, gas].sum() == pytest.approx(bought[:, gas].sum() + net)


def test_imposed_energy_is_bought_made_and_routed(flows: Flows) -> None:
    rng = np.random.default_rng(5)
    bought = rng.uniform(0.05, 0.2, (3, len(ENERGY), len(SECTORS) + 2))
    rows, refining = at(*ENERGY), SECTORS.index("REF")
    for trade in (flows.exports, flows.imports):
        trade[:, rows] *= 0.01
    output = energy_output(flows, bought, np.ones(3), {}, SECTORS, np.zeros(len(SECTORS)))
    content = {"REF": Content(0.3, 0.1)}
    found = impose_energy(flows, bought, output, content, SECTORS)
    np.testing.assert_allclose(found.intermediate[:, rows], bought[:, :, :-2])
    np.testing.assert_allclose(found.final[:, rows, :2], bought[:, :, -2:].transpose(0, 1, 2))
    assert found.final[:, rows, 2:].sum() == 0.0
    np.testing.assert_allclose(found.output[:, rows], output, rtol=1e-6)
    made = output[:, ENERGY.index("REF")]
    np.testing.assert_allclose(found.value_added[:, :, refining].sum(1), 0.3 * made)
    np.testing.assert_allclose(found.value_added[:, TAX, refining], 0.1 * made)
    sold = found.output - found.exports - found.trade.sum(1)
    supply = (sold + found.imports + found.trade.sum(0))[:, rows]
    demand = (found.intermediate.sum(2) + found.final.sum(2))[:, rows]
    np.testing.assert_allclose(supply, demand, rtol=1e-5)


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
    known = known_flows(table, ("SH", "B", "C"), SECTORS)
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
        known_flows(read_largest_flows(path, "2017 new"), ("SH", "B", "C"), SECTORS)


def test_known_regional_shares_and_revenue_set_the_size_of_industries(flows: Flows) -> None:
    groups = np.array([0, *[1] * 26, 2, *[3] * 12])
    made = flows.value_added.sum(1)
    totals = totals_of(flows)
    chosen = [name for k, name in enumerate(SECTORS[1:27], 1) if name not in ENERGY]
    revenue = {name: 100.0 + 10.0 * k for k, name in enumerate(chosen)}
    industry = np.stack([made[:, groups == g].sum(1) for g in range(4)], axis=1)
    share = np.array([0.2, 0.3, np.nan])
    wanted = replace(totals, groups=industry, revenue=revenue, output_shares={"ICE": share})
    found = fit_industry(flows, wanted, groups, SECTORS, at(*ENERGY))
    resized = found.value_added.sum(1)
    np.testing.assert_allclose(resized[:, groups == 1].sum(1), industry[:, 1])
    np.testing.assert_allclose(resized[:, groups != 1], made[:, groups != 1])
    np.testing.assert_allclose(
        found.intermediate[:, at(*ENERGY)], flows.intermediate[:, at(*ENERGY)]
    )
    content = made / flows.output
    size = (resized / content)[:, at(*chosen)]  # output at the value added content of the prior
    ice = chosen.index("ICE")
    assert size[0, ice] / size[1, ice] == pytest.approx(0.2 / 0.3)


def test_columns_grow_with_their_group_and_known_services_have_their_size(flows: Flows) -> None:
    groups = np.array([0, *[1] * 26, 2, *[3] * 12])
    made = flows.value_added.sum(1)
    by_group = np.stack([made[:, groups == g].sum(1) for g in range(4)], axis=1)
    finance = SECTORS.index("FIN")
    nation, known = 3.3 * made[:, finance].sum(), 1.5 * made[0, finance]
    totals = replace(
        totals_of(flows),
        groups=3.0 * by_group,
        industries={"FIN": nation},
        regional_industries={"FIN": np.array([known, np.nan, np.nan])},
        consumption=np.ones((3, 2)),
        government=np.ones(3),
        investment=np.ones(3),
        inventories=0.02 * np.ones(3),
    )
    found = grow(flows, totals, groups, SECTORS)
    grown = found.value_added.sum(1)
    after = np.stack([grown[:, groups == g].sum(1) for g in range(4)], axis=1)
    np.testing.assert_allclose(after, 3.0 * by_group)
    assert grown[0, finance] == pytest.approx(known)
    assert grown[:, finance].sum() == pytest.approx(nation)
    np.testing.assert_allclose(grown[:, :28], 3.0 * made[:, :28])
    np.testing.assert_allclose(found.final.sum(1)[:, 3:], [[0.98, 0.02]] * 3)


def test_goods_and_services_fill_what_a_final_use_spends_beside_energy(flows: Flows) -> None:
    energy = at(*ENERGY)
    totals = replace(
        totals_of(flows),
        consumption=np.array([[900.0, 1200.0]] * 3),
        government=np.full(3, 800.0),
        investment=np.full(3, 1000.0),
        inventories=np.full(3, 400.0),
    )
    found = fit_demand(flows, totals, energy)
    np.testing.assert_allclose(found.final.sum(1), [[900.0, 1200.0, 800.0, 600.0, 400.0]] * 3)
    np.testing.assert_allclose(found.final[:, energy], flows.final[:, energy])
    cars, food = at("TRE", "FOO")
    before, after = flows.final[1, :, 1], found.final[1, :, 1]
    assert after[cars] / after[food] == pytest.approx(before[cars] / before[food])


def test_tiny_activities_close_and_fuel_purchases_stay(flows: Flows) -> None:
    value_added = flows.value_added.copy()
    intermediate = flows.intermediate.copy()
    intermediate[0, :, 7], value_added[0, :, 7] = 1e-3, 1e-3
    intermediate[1, 1, 9], intermediate[1, 6, 9] = 1e-7, 1e-7
    keep = np.arange(len(SECTORS)) == 1
    found = prune(replace(flows, intermediate=intermediate, value_added=value_added), keep)
    assert found.output[0, 7] == 0.0
    assert found.local[0, 7] == found.exports[0, 7] == 0.0
    assert found.intermediate[1, 1, 9] == 1e-7
    assert found.intermediate[1, 6, 9] == 0.0


def test_the_update_balances_all_accounts_and_meets_hard_totals(flows: Flows) -> None:
    numbers = flows.numbers()
    wanted = 1.2 * float(flows.value_added[1].sum())
    tariff = np.full(len(SECTORS), 0.03)
    controls = [
        Control("gdp", "B", [(numbers.value_added[1], 1.0)], wanted),
        Control("consumption", "A", [(numbers.final[0, :, :2], 1.0)], 700.0),
        Control("gdp", "A", [(numbers.value_added[0], 1.0)], 1.0, implied=True),
    ]
    result, loose = (
        update(flows, controls, reliable(gdp=0.0, consumption=share), tariff, REGIONS, SECTORS)
        for share in (0.01, 0.5)
    )
    found = result.flows
    sales = found.local + found.exports + found.trade.sum(1)
    np.testing.assert_allclose(sales, found.output, rtol=1e-9)
    supply = found.local + 1.03 * found.imports + found.trade.sum(0)
    np.testing.assert_allclose(supply, found.intermediate.sum(2) + found.final.sum(2), rtol=1e-9)
    table, loosely = (r.controls.set_index(["item", "region"])["achieved"] for r in (result, loose))
    assert table["gdp", "B"] == pytest.approx(wanted, rel=1e-9)
    assert abs(table["consumption", "A"] - 700.0) < abs(loosely["consumption", "A"] - 700.0)
    assert table["gdp", "A"] == pytest.approx(float(found.value_added[0].sum()))  # only reported
    assert table["gdp", "A"] > 100.0


def test_purchases_of_energy_are_surer_than_other_flows_of_their_size(flows: Flows) -> None:
    spread = flows.with_cells(cell_deviations(flows, reliable(), SECTORS))
    energy, cars = at(*ENERGY), at("TRE")
    np.testing.assert_allclose(spread.intermediate[:, energy], 0.1 * flows.intermediate[:, energy])
    ratio = spread.intermediate[:, cars] ** 2 / flows.intermediate[:, cars]
    np.testing.assert_allclose(ratio, ratio[0, 0, 0])  # variance in proportion to size
    assert (spread.imports > 0.0).all()


def test_the_reliability_of_a_total_is_that_of_the_first_fitting_row(inputs: Inputs) -> None:
    known = load_reliability(inputs)
    assert known.evidence("goods_exports", "SH").deviation == 0.0
    assert known.evidence("goods_exports", "RCN").quality == "derived"
    assert known.evidence("goods_exports", "SH").source == inputs.source("goods_exports", "SH")
    assert known.evidence("fixed_capital", "SH").source == inputs.source("capital_formation", "SH")
    with pytest.raises(DatasetError, match="no row for 'moon' of 'SH'"):
        known.evidence("moon", "SH")


def test_a_total_that_is_a_number_as_it_stands_has_its_mark(inputs: Inputs) -> None:
    known = load_reliability(inputs)
    table = known.table
    assert table.loc[table["quality"].isna(), "source"].str.startswith("inputs.csv").all()
    for item, quality in (("imports_OIL", "published"), ("imports_GAS", "recalled")):
        assert inputs.quality(item) == quality
        found = known.evidence(item, "CN")
        assert (found.quality, found.source) == (quality, inputs.source(item))


def test_what_is_computed_of_a_recalled_number_says_so(inputs: Inputs) -> None:
    found = load_reliability(inputs).evidence("household_consumption", "CN")
    assert found.quality == "derived"
    assert inputs.quality("household_consumption") == "recalled"
    assert found.source == f"{inputs.source('household_consumption')} (recalled)"


def test_printed_totals_are_surer_than_computed_and_these_than_assumed(inputs: Inputs) -> None:
    table = load_reliability(inputs).table
    printed = table["quality"].isna() | (table["quality"] == "published")
    assert table.loc[printed, "deviation"].max() <= 0.005 / 3
    assert (
        table.loc[table["total"] != "purchase_of_energy", ["quality", "deviation"]]
        .query("quality == 'derived'")["deviation"]
        .max()
        <= 0.01
    )
    assert table["note"].notna().sum() > 0.8 * len(table)
    assert table["source"].str.len().gt(0).all()


def test_incomes_are_spent_and_the_nation_closes(flows: Flows, inputs: Inputs) -> None:
    tariff = np.full(len(SECTORS), 0.02)
    found = balanced(flows, tariff)
    taxes = pd.DataFrame({"item": ["income_tax", "company_tax", "central_share"]})
    taxes = taxes.assign(region="CN", value=[20.0, 60.0, 0.5])
    income = incomes(found, np.full((3, 2), 0.3), tariff, Inputs(taxes))
    np.testing.assert_allclose(income.labour.sum(1), found.value_added[:, LABOUR].sum(1))
    disposable = income.labour + income.distributed - income.income_tax
    np.testing.assert_allclose(income.household_saving, 0.3 * disposable)
    np.testing.assert_allclose(income.household_saving + found.final[:, :, :2].sum(1), disposable)
    assert income.income_tax.sum() == pytest.approx(20.0)
    assert income.company_tax.sum() == pytest.approx(60.0)
    collected = income.central_tax.sum() + (found.imports @ tariff).sum()
    assert income.transfer.sum() == pytest.approx(collected)
    assert income.interregional.sum() == pytest.approx(0.0, abs=1e-6)
    made = found.value_added.sum((1, 2)) + found.imports @ tariff
    np.testing.assert_allclose(
        income.government_saving / made, income.government_saving[0] / made[0]
    )


def test_the_social_accounting_matrix_balances(flows: Flows) -> None:
    tariff = np.full(len(SECTORS), 0.02)
    found = balanced(flows, tariff)
    taxes = pd.DataFrame({"item": ["income_tax", "company_tax", "central_share"]})
    taxes = taxes.assign(region="CN", value=[20.0, 60.0, 0.5])
    income = incomes(found, np.full((3, 2), 0.3), tariff, Inputs(taxes))
    sam = build_sam(found, income, tariff, REGIONS, SECTORS)
    sam.check(1e-9)
    assert sam.regions == list(REGIONS)
    stored = found.final[:, :, STOCKS].sum()
    assert sam.flow("commodity", "inventory").to_numpy().sum() == pytest.approx(stored)
    assert sam.flow("inventory", "investment").to_numpy().sum() == pytest.approx(stored)
    assert sam.flow("factor", "activity", row="LAB").to_numpy().sum() == pytest.approx(
        found.value_added[:, LABOUR].sum()
    )


def test_inputs_are_unique_and_name_what_is_missing(inputs: Inputs) -> None:
    twice = inputs.table.duplicated(["item", "region"])
    assert not twice.any()
    with pytest.raises(DatasetError, match="0 rows for item 'gdp', region 'Mars'"):
        inputs.value("gdp", "Mars")
    rest = inputs.with_rest("goods_exports", ("SH", "JS", "ZJ", "AH", "RCN"))
    assert rest.sum() == pytest.approx(inputs.value("goods_exports"))


def test_the_revenue_of_industries_adds_up_to_the_published_total(inputs: Inputs) -> None:
    # NBS: 106.14 trillion yuan of revenue of industrial enterprises above designated size in
    # 2020; mining of coal, oil and gas, refining and coking, power and gas make up the rest.
    energy = 20_000 + 6_600 + 41_500 + 69_000 + 9_300
    total = sum(inputs.named("revenue_").values()) + energy
    assert total == pytest.approx(1_061_400, rel=0.01)
