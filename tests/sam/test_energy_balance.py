"""Provincial energy balances: identities, units, editions, published numbers, damaged sheets."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlrd

from sam import SourceError
from sam.energy import regional_energy, standard_coal_factors
from sam.readers.defects import Defect
from sam.readers.energy_balance import EnergyBalance, read_energy_balance, read_energy_balances
from sam.readers.energy_balance.layout import codes_of, fuels, processes
from sam.readers.workbook import Cell, Sheet
from tests.sam.balance_sheets import (
    ABSENT,
    FACTORS,
    FUELS,
    balance,
    edition_2007,
    sheet,
    sheet_2007,
    with_totals,
)


@pytest.fixture(scope="module")
def printed() -> pd.DataFrame:
    return with_totals(balance(1))


def assert_same(found: EnergyBalance, printed: pd.DataFrame, factors: pd.Series[float]) -> None:
    assert list(found.flows.columns) == FUELS
    lines = [line for line in processes().index if line not in ABSENT]
    expected = printed[FUELS] * factors[FUELS]
    np.testing.assert_allclose(found.flows.loc[lines], expected.loc[lines], rtol=1e-12)
    parts = [line for line in ABSENT if processes().loc[line, "role"] == "part"]
    assert (found.flows.loc[parts] == 0.0).all().all()
    assert found.flows.loc[sorted(ABSENT - set(parts))].isna().all().all()


PHYSICAL = fuels()["quantity"].map(FACTORS)
STANDARD = pd.Series(0.01, index=fuels().index)


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_a_physical_balance_in_two_languages_keeps_every_number_and_its_unit(
    printed: pd.DataFrame, blocks: int
) -> None:
    found = read_energy_balance(sheet(printed, blocks=blocks))
    assert_same(found, printed, PHYSICAL)
    assert not found.standard
    assert found.defects == ()
    units = found.units
    assert units["raw coal"] == "Mt"
    assert units["natural gas"] == "bcm"
    assert units["LNG"] == "Mt"
    assert units["heat"] == "PJ"
    assert units["electricity"] == "TWh"
    assert units["other energy"] == "Mtce"
    coal = found.totals["coal total"]
    np.testing.assert_allclose(
        coal,
        found.flows[["raw coal", "cleaned coal", "other washed coal", "briquettes"]].sum(
            axis=1, skipna=False
        ),
    )


def test_a_standard_balance_is_in_coal_equivalent(printed: pd.DataFrame) -> None:
    found = read_energy_balance(sheet(printed, standard=True, blocks=2))
    assert found.standard
    assert set(found.units) == {"Mtce"}
    assert_same(found, printed, STANDARD)


def test_chinese_alone_and_english_alone_read_the_same(printed: pd.DataFrame) -> None:
    both = sheet(printed)
    chinese = [
        [None if k == len(row) - 1 else cell for k, cell in enumerate(row)] for row in both.cells
    ]
    chinese[3] = [None] * len(chinese[3])
    english = [[None if k == 0 else cell for k, cell in enumerate(row)] for row in both.cells]
    english[2] = [None] * len(english[2])
    for rows in (chinese, english):
        page = replace(both, cells=tuple(map(tuple, rows)), merged=())
        assert_same(read_energy_balance(page), printed, PHYSICAL)


def test_every_label_means_one_line_in_its_section_and_one_fuel() -> None:
    for table, which in ((processes(), "process"), (fuels(), "fuel")):
        for code, line in table.iterrows():
            for text in (*line["zh"].split("|"), *line["en"].split("|")):
                codes = codes_of(which, text)
                assert code in codes, text
                sections = [processes().loc[c, "section"] for c in codes if which == "process"]
                assert len(codes) == max(len(set(sections)), 1), text


# Shandong Statistical Yearbook 2006, table 6-9 (standard quantity, 2005): coal and coke.
SHANDONG = """
一、可供本地区消费的能源量|17799.0 20092.2 -1897.2 -395.9 -0.1 494.7
1.年初库存量|874.2 768.7 103.0 2.2 0.3 30.1
2.一次能源生产量|10021.6 10021.6
3.回收能|
4.外省(区、市)调入量|10831.6 10831.6 - - - 533.3
5.进口量|
6.我轮、机在外国加油量|
7.本省(区、市)调出量(-)|-2084.0 -520.7 -1168.7 -394.7
8.出口量(-)|-720.9 - -720.9
9.外轮、机在我国加油量(-)|
10.年末库存量(-)|-1123.6 -1009.1 -110.6 -3.4 -0.4 -68.7
二、加工转换投入(-)产出(+)量|-11138.1 -13728.2 2170.6 415.3 4.2 1439.2
1.火力发电|-7519.5 -7432.6 -38.0 -48.9 - -0.1
2.供 热|-1533.2 -1530.0 -1.5 -1.7
3.煤炭洗选|-184.7 -4581.9 3931.4 465.9
4.炼 焦|-1836.4 -175.8 -1660.5 - - 1440.8
5.炼 油|
6.制 气|-63.2 -4.0 -59.2
# 焦炭再投入量(-)|- - - - - -1.4
7.煤制品加工|-1.3 -3.9 -1.6 - 4.2
三、损失量|
# 运输和输配损失|
四、终端消费量|6734.2 6423.0 273.3 19.2 18.6 1934.0
(一)第一产业|184.3 184.3
1.农、林、牧、渔业|184.3 184.3
(二)第二产业|5906.4 5602.4 273.3 19.2 11.6 1934.0
1.工 业|5861.9 5557.8 273.3 19.2 11.6 1934.0
# 用作原料、材料|
2.建筑业|44.6 44.6
(三)第三产业|199.9 199.9
1.交通运输、仓储和邮政业|78.4 78.4
2.批发、零售业和住宿、餐饮业|70.8 70.8
3.其 他|50.7 50.7
(四)生活消费|443.5 436.4 - - 7.1
1.城 镇|159.2 153.6 - - 5.6
2.乡 村|284.4 282.9 - - 1.5
五、平衡差额(+、-)|-73.3 -59.1 0.1 0.2 -14.6 -0.1
六、消费量合计|
"""


def test_a_published_balance_of_2005_holds_up_to_rounding() -> None:
    rows: list[tuple[Cell, ...]] = [
        ("6-9 能源平衡表(标准量)", *[None] * 6),
        ("(2005年)   单位:万吨标准煤", *[None] * 6),
        ("类    别", "煤合计", "原 煤", "洗精煤", "其它洗煤", "煤制品", "焦 炭"),
    ]
    for line in SHANDONG.strip().splitlines():
        name, _, numbers = line.partition("|")
        values = numbers.split()
        rows.append((name, *values, *[None] * (6 - len(values))))
    page = Sheet("6-9.xls", "2005", tuple(rows))
    coal = ("raw coal", "cleaned coal", "other washed coal", "briquettes", "coke")
    found = read_energy_balance(page, required=coal)
    assert found.standard
    assert found.flows.loc["thermal power", "raw coal"] == pytest.approx(-74.326)
    assert found.flows.loc["outflow", "cleaned coal"] == pytest.approx(-11.687)
    assert found.totals.loc["statistical difference", "coal total"] == pytest.approx(-0.733)
    assert found.flows.loc["coke reinput", "coke"] == pytest.approx(-0.014)
    assert found.defects == ()
    with pytest.raises(SourceError, match="electricity"):
        read_energy_balance(page)


def test_broken_identities_are_named_and_numbers_stay(printed: pd.DataFrame) -> None:
    table = printed.copy()
    table.loc["inflow", "diesel"] += 5.0
    table.loc["feedstock", "naphtha"] = table.loc["industry", "naphtha"] + 2.0
    table.loc["urban", "electricity"] += 7.0
    found = read_energy_balance(sheet(table))
    assert_same(found, table, PHYSICAL)
    named = {(d.account, d.message.split(" differ")[0]): d for d in found.defects}
    assert named["diesel", "supply"].size == pytest.approx(-0.05)
    assert named["electricity", "households"].size == pytest.approx(-0.7)
    assert named["naphtha", "feedstock exceed industry"].size == pytest.approx(0.02)
    assert named["oil total", "oil total"].size != 0.0
    text = "上海, diesel: supply differs from the sum of its lines, -0.05 Mt [imbalance]"
    assert str(named["diesel", "supply"]) == text


def test_outflow_printed_without_its_minus_is_read_as_negative_and_said_so(
    printed: pd.DataFrame,
) -> None:
    table = printed.copy()
    table.loc[["outflow", "exports"]] *= -1.0
    found = read_energy_balance(sheet(table))
    assert_same(found, printed, PHYSICAL)
    assert {defect.message for defect in found.defects} == {
        "outflow printed without its minus, read as negative",
        "exports printed without its minus, read as negative",
    }


def test_negative_uses_and_kinds_of_power_that_do_not_add_up_are_named(
    printed: pd.DataFrame,
) -> None:
    table = printed.copy()
    table.loc["feedstock", "naphtha"] = -3.0
    table.loc["wind", "electricity"] *= 10.0
    named = {(d.kind, d.account): d for d in read_energy_balance(sheet(table)).defects}
    assert named["negative_use", "naphtha"].message == "negative feedstock"
    assert named["negative_use", "naphtha"].size == pytest.approx(-0.03)
    wind = 0.9 * table.loc["wind", "electricity"] * 0.1  # TWh
    assert any(
        d.message.startswith("primary electricity differs") and d.size == pytest.approx(-wind)
        for d in read_energy_balance(sheet(table)).defects
    )


def test_lines_out_of_order_are_read_and_said_so(printed: pd.DataFrame) -> None:
    page = sheet(printed)
    rows = list(page.cells)
    rows[12], rows[13] = rows[13], rows[12]
    found = read_energy_balance(replace(page, cells=tuple(rows)))
    assert_same(found, printed, PHYSICAL)
    assert [defect.kind for defect in found.defects] == ["order"]
    assert "unlike in the Yearbook" in str(found.defects[0])


def test_an_empty_line_of_total_consumption_is_not_zero(printed: pd.DataFrame) -> None:
    table = printed.copy()
    table.loc["total consumption"] = 0.0
    found = read_energy_balance(sheet(table))
    assert found.flows.loc["total consumption"].isna().all()
    assert found.defects == ()
    table.loc["total consumption", "coke"] = printed.loc["total consumption", "coke"]
    found = read_energy_balance(sheet(table))
    assert "raw coal" in {defect.account for defect in found.defects}


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("(吨)", r"of mass in .*expected 0.3 to 20000, as of a province.*plausible=\{'mass'"),
        ("(亿吨)", "of mass in .*expected 0.3 to 20000"),
        ("(千吨)", None),
    ],
)
def test_units_of_another_size_are_refused_or_named(
    printed: pd.DataFrame, unit: str, words: str | None
) -> None:
    page = sheet(printed)
    rows = [
        [{"(万吨)": unit, "(10⁴ tons)": None}.get(cell, cell) for cell in row] for row in page.cells
    ]
    damaged = replace(page, cells=tuple(map(tuple, rows)))
    if words is None:
        kinds = [(d.kind, d.message) for d in read_energy_balance(damaged).defects]
        assert kinds == [("unusual_unit", "mass in 千吨, unlike the Yearbook")]
    else:
        with pytest.raises(SourceError, match=words) as error:
            read_energy_balance(damaged)
        assert (error.value.row, error.value.column) == ("6", "C")
        meant = read_energy_balance(damaged, plausible={"mass": (0.0, 1e9)})
        assert "unusual_unit" in {defect.kind for defect in meant.defects}


def edited(page: Sheet, changes: dict[tuple[int, int], Cell]) -> Sheet:
    rows = [list(cells) for cells in page.cells]
    for (row, column), value in changes.items():
        rows[row][column] = value
    return replace(page, cells=tuple(map(tuple, rows)))


ENGLISH = len(with_totals(balance(1)).columns) + 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({(20, 3): "n.a."}, ["row 21", "column D", "n.a.", "cleaned coal"]),
        ({(2, 3): None, (3, 3): None}, ["column D", "the name of a fuel above numbers"]),
        ({(2, 3): "褐煤", (3, 3): "Lignite"}, ["column D", "褐煤", "the name of a fuel"]),
        ({(2, 3): "原煤", (3, 3): None}, ["column D", "each fuel once"]),
        (
            {(4, 2): "(斤)", (5, 2): None},
            ["row 6", "column C", "原煤RawCoal(斤)", "a unit above the numbers"],
        ),
        ({(4, 2): "(亿立方米)", (5, 2): None}, ["column C", "a unit of mass for raw coal"]),
        ({(8, 0): "生产", (8, ENGLISH): None}, ["row 9", "'生产'", "the name of a line"]),
        ({(8, 0): "2.进口量", (8, ENGLISH): None}, ["imports", "each line of the balance once"]),
        ({(8, 0): "2.进口量"}, ["row 9", "HydroPower", "a name of imports"]),
        ({(2, 3): "焦炭"}, ["column D", "names of one fuel, coke"]),
        ({(6, 0): "供应", (6, ENGLISH): None}, ["no headings of fuels above a line of supply"]),
    ],
)
def test_damage_is_an_error_with_its_place(
    printed: pd.DataFrame, changes: dict[tuple[int, int], Cell], words: list[str]
) -> None:
    with pytest.raises(SourceError) as error:
        read_energy_balance(edited(sheet(printed), changes))
    for word in ("yearbook.xls", *words):
        assert word in str(error.value)


@pytest.mark.parametrize("seed", range(3))
def test_headings_broken_over_rows_and_other_services_last_are_an_edition(seed: int) -> None:
    table = edition_2007(seed)
    page = sheet_2007(table)
    assert "Other" in [page.text(4, k) for k in range(page.width)]  # alone on its row
    found = read_energy_balance(page)
    assert found.defects == ()
    assert list(found.flows) == [f for f in table if fuels().loc[f, "role"] == "fuel"]
    for fuel in found.flows:
        printed = table[fuel] * PHYSICAL[fuel]
        np.testing.assert_allclose(found.flows[fuel][table.index], printed, rtol=1e-12)
    assert found.units[["raw coal", "coke oven gas", "heat", "electricity"]].tolist() == [
        *("Mt", "bcm", "PJ", "TWh")
    ]


def test_a_line_of_supply_beside_names_of_fuels_is_no_table() -> None:
    page = Sheet("x.xls", "A", (("可供本地区消费的能源量", "原煤", "焦炭", "汽油"), ("原煤", 1.0)))
    with pytest.raises(SourceError, match="no headings of fuels above a line of supply"):
        read_energy_balance(page)


HAN = re.compile("[\u4e00-\u9fff]")


def in_one_language(page: Sheet, chinese: bool) -> Sheet:
    """The sheet without labels of the other language."""

    def kept(cell: Cell) -> Cell:
        foreign = isinstance(cell, str) and re.search("[A-Za-z]", cell) and not HAN.search(cell)
        drop = foreign if chinese else isinstance(cell, str) and HAN.search(cell)
        return None if drop else cell

    return replace(page, cells=tuple(tuple(map(kept, row)) for row in page.cells))


@pytest.mark.parametrize("chinese", [True, False])
def test_broken_headings_read_the_same_in_either_language(chinese: bool) -> None:
    page = sheet_2007(edition_2007(8))
    whole, found = read_energy_balance(page), read_energy_balance(in_one_language(page, chinese))
    pd.testing.assert_frame_equal(found.flows, whole.flows)
    assert found.units.equals(whole.units)


def test_a_table_of_the_nation_has_sums_twice_and_no_trade_among_provinces() -> None:
    table = edition_2007(4, nation=True)
    page = sheet_2007(table, nation=True)
    scratch = replace(page, cells=(*page.cells, (None,) * 5 + (12.5,)))
    found = read_energy_balance(scratch)
    assert found.standard
    assert [str(defect) for defect in found.defects] == [
        f"Sheet1: row {len(scratch.cells)} holds numbers and no label; they are not read [scratch]"
    ]
    assert (found.flows.loc[["inflow", "outflow"]] == 0.0).all().all()
    np.testing.assert_allclose(
        found.totals["total at input"]["industry"], table.loc["industry"].iloc[0] / 100
    )
    np.testing.assert_allclose(
        found.totals["total"]["industry"], table.loc["industry"].iloc[1] / 100
    )
    copied = read_energy_balance(replace(page, merged=()))  # as text, without merged cells
    pd.testing.assert_frame_equal(copied.totals, found.totals)
    without = replace(page, cells=tuple(c for c in page.cells if "进口" not in str(c[0])))
    with pytest.raises(SourceError, match="a line '进口量'"):
        read_energy_balance(without)


def test_one_of_inflow_and_outflow_without_the_other_is_no_table() -> None:
    page = sheet_2007(edition_2007(2))
    lost = replace(page, cells=tuple(c for c in page.cells if "本省" not in str(c[0])))
    with pytest.raises(SourceError, match="a line '本省调出量'"):
        read_energy_balance(lost)


def test_a_minus_missing_in_one_cell_is_told_by_the_sum() -> None:
    table = edition_2007(5)
    fuel = next(f for f in ("kerosene", "diesel", "gasoline", "coke") if table.loc["exports", f])
    printed = table.copy()
    printed.loc["exports", fuel] *= -1.0
    found = read_energy_balance(sheet_2007(printed))
    assert found.flows.loc["exports", fuel] == pytest.approx(table.loc["exports", fuel] / 100)
    assert [(d.kind, d.account, d.unit) for d in found.defects] == [("sign", fuel, "Mt")]


def test_hidden_digits_make_roundings_and_a_wrong_digit_an_imbalance() -> None:
    table = edition_2007(6)
    table.loc["supply", "diesel"] += 0.0123
    table.loc["supply", "gasoline"] += 300.0
    kinds = {(d.account, d.kind) for d in read_energy_balance(sheet_2007(table)).defects}
    assert ("diesel", "rounding") in kinds
    assert ("gasoline", "imbalance") in kinds
    assert ("diesel", "imbalance") not in kinds


def test_units_that_contradict_each_other_above_one_fuel_are_refused() -> None:
    page = sheet_2007(edition_2007(7))
    row = next(k for k in range(12) if page.text(k, 3) == "(104tn)")
    with pytest.raises(SourceError, match=r"found '\(万吨\), 108tn|万吨.*expected one unit"):
        read_energy_balance(edited(page, {(row, 3): "(108 tn)"}))


def test_a_defect_of_energy_never_speaks_of_money(printed: pd.DataFrame) -> None:
    page = sheet(printed)
    rows = list(page.cells)
    rows[12], rows[13] = rows[13], rows[12]
    for defect in read_energy_balance(replace(page, cells=tuple(rows))).defects:
        assert "CNY" not in f"{defect} {defect.unit}"


@pytest.fixture(scope="module")
def yearbook() -> Path:
    sources = os.environ.get("M3C_SOURCES")
    if not sources:
        pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
    return Path(sources) / "energy" / "yearbook2007"


FILES = ("shanghai", "jiangsu", "zhejiang", "anhui", "national_physical_0401")


@pytest.mark.parametrize("name", FILES)
def test_a_balance_as_printed_is_read_cell_by_cell(yearbook: Path, name: str) -> None:
    """Against the sheet itself, by places of rows and columns told by eye."""
    path = yearbook / f"{name}.xls"
    found = read_energy_balances(path)["Sheet1"]
    book = xlrd.open_workbook(path).sheet_by_index(0)
    lines = [c for c in LINES_2007 if c not in ("inflow", "outflow") or not found.standard]
    lines = [c for c in lines if c not in ("hydro", "nuclear") or found.standard]
    order = COLUMNS_NATION if found.standard else COLUMNS_2007
    signs = {(d.account, d.message.split(" printed")[0]) for d in found.defects if d.kind == "sign"}
    table = found.flows.join(found.totals)
    assert sorted(table) == sorted(order)
    compared = 0
    for row, line in enumerate(lines, start=10):
        for column, fuel in enumerate(order, start=2):
            value = book.cell_value(row, column) or 0.0
            size = 0.01 if found.standard else PHYSICAL[fuel]
            expected = size * float(value) * (-1.0 if (fuel, line) in signs else 1.0)
            if not (line == "total consumption" and found.standard):
                assert table.loc[line, fuel] == pytest.approx(expected, abs=1e-12), (line, fuel)
                compared += value != 0.0
    assert compared > 190
    assert not [d for d in found.defects if d.kind in ("order", "unusual_unit")]


def test_real_defects_of_the_tables_of_2007_are_found(yearbook: Path) -> None:
    def told(name: str) -> dict[tuple[str, str], Defect]:
        found = read_energy_balances(yearbook / f"{name}.xls")["Sheet1"].defects
        return {(d.account, d.message.split(" differ")[0]): d for d in found}

    zhejiang = told("zhejiang")  # supply of coal is printed without its second digit
    assert zhejiang["coal total", "coal total"].size == pytest.approx(-120.0, abs=0.1)
    assert zhejiang["natural gas", "final use"].unit == "bcm"
    anhui = told("anhui")  # coal as material is not added up
    assert anhui["coal total", "coal total"].size == pytest.approx(-4.18, abs=0.01)
    nation = told("national_physical_0401")
    assert {d.kind for d in nation.values()} == {"sign", "rounding", "scratch", "imbalance"}
    off = {d.account: d.share for d in nation.values() if d.kind == "imbalance"}
    assert list(off) == ["total at input"]
    assert off["total at input"] < 1e-6


def test_accounts_of_the_tables_of_2007_are_off_by_their_defects_only(yearbook: Path) -> None:
    """Fuels whose lines add up are in balance; power is that of the statistics."""
    made = {"shanghai": 73.3, "jiangsu": 271.9, "zhejiang": 172.3, "anhui": 85.3}
    made["national_physical_0401"] = 2722.9
    for name, power in made.items():
        balance = read_energy_balances(yearbook / f"{name}.xls")["Sheet1"]
        accounts = regional_energy(balance)
        assert accounts.generation["thermal"] == pytest.approx(power, abs=0.1)
        broken = {d.account for d in balance.defects if d.kind == "imbalance"}
        whole = standard_coal_factors()["account"][sorted(broken & set(balance.flows))]
        sound = accounts.imbalance().drop(whole.unique())
        assert sound.abs().max() < 1e-3, name


COLUMNS_2007 = (
    *("coal total", "raw coal", "cleaned coal", "other washed coal", "briquettes", "coke"),
    *("coke oven gas", "other gas", "oil total", "crude oil", "gasoline", "kerosene", "diesel"),
    *("fuel oil", "LPG", "refinery gas", "natural gas", "other petroleum products"),
    *("other coking products", "heat", "electricity", "other energy"),
)
COLUMNS_NATION = (
    *("total at input", "total", *COLUMNS_2007[:8], "other coking products", *COLUMNS_2007[8:16]),
    *("other petroleum products", "natural gas", *COLUMNS_2007[19:]),
)
LINES_2007 = (
    *("supply", "production", "hydro", "nuclear", "recovery", "inflow", "imports"),
    *("refuelling abroad", "outflow", "exports", "refuelling here", "stock change"),
    *("transformation", "thermal power", "heating", "coal washing", "coking", "refining"),
    *("gas works", "coke reinput", "briquettes", "losses", "final use", "agriculture", "industry"),
    *("feedstock", "construction", "transport", "trade and catering", "households", "urban"),
    *("rural", "other services", "statistical difference", "total consumption"),
)
"""What stands where in the sheets, rows from the eleventh and columns from C."""
