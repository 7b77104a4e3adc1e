"""Readers of provincial input-output tables: what the layout says, and what it says when broken."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import SAMError, SourceError
from sam.concordance import load_classification, load_concordance
from sam.readers import (
    CODED_LAYOUT,
    FINAL_USES,
    NUMERIC_LAYOUT,
    ProvincialTable,
    cut_transit,
    read_io_sheet,
    read_io_table,
    read_provincial_tables,
    read_workbook,
    treat,
    write_template,
)
from sam.tables import sam_of_table
from tests.sam.official import (
    FIRST,
    NAMES,
    NAMES_2017,
    Economy,
    Rows,
    as_sheet,
    coded_rows,
    economy,
    numeric_rows,
    write_coded_workbook,
    write_workbook,
)

CODE_ROW = 7
PROVINCES = load_concordance("provinces_to_regions").sources


def sources_2007() -> Path:
    sources = os.environ.get("M3C_SOURCES")
    if not sources:
        pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
    return Path(sources) / "io2007" / "china_provincial_io_2007.xls"


def read(path: Path, *provinces: str) -> ProvincialTable:
    return read_provincial_tables(path, provinces or ("AAA",), NAMES)[(provinces or ("AAA",))[0]]


@pytest.fixture
def table() -> Economy:
    return economy(0)


def test_a_table_is_read_in_units_of_1e8_yuan(tmp_path: Path, table: Economy) -> None:
    found = read(write_workbook(tmp_path / "io.xlsx", {"AAA": table}))
    np.testing.assert_allclose(found.intermediate, table.columns[:, 1:43])
    np.testing.assert_allclose(found.final, table.columns[:, [44, 45, 47, 49, 50]])
    np.testing.assert_allclose(found.value_added, table.rows[1:5])
    np.testing.assert_allclose(found.output, table.rows[6])
    for name, code in (("export", 52), ("outflow", 53), ("imports", 55), ("inflow", 56)):
        np.testing.assert_allclose(getattr(found, name), table.columns[:, code])
    assert found.sectors == tuple(NAMES)


def test_a_balanced_table_has_no_defects(tmp_path: Path, table: Economy) -> None:
    found = read(write_workbook(tmp_path / "io.xlsx", {"AAA": table}))
    assert found.defects == ()
    use = found.intermediate.sum(1) + found.final.sum(1) + found.export + found.outflow
    supply = found.output + found.imports + found.inflow - found.other
    np.testing.assert_allclose(use, supply)


def test_the_frame_may_stand_elsewhere_and_scratch_beside_it_is_ignored(
    tmp_path: Path, table: Economy
) -> None:
    def scribble(rows: Rows) -> None:
        for row in rows:
            row.extend([None, 99.0, "check"])

    moved = write_workbook(tmp_path / "io.xlsx", {"AAA": table}, scribble, code_row=4)
    np.testing.assert_allclose(read(moved).output, table.rows[6])


def test_exports_and_outflow_are_told_apart_by_their_headings(
    tmp_path: Path, table: Economy
) -> None:
    path = write_workbook(tmp_path / "io.xlsx", {"AAA": table, "BBB": table}, swapped=("BBB",))
    both = read_provincial_tables(path, ("AAA", "BBB"), NAMES)
    np.testing.assert_allclose(both["BBB"].export, both["AAA"].export)
    np.testing.assert_allclose(both["BBB"].outflow, both["AAA"].outflow)


def test_defects_of_a_printed_table_are_named_with_their_size(
    tmp_path: Path, table: Economy
) -> None:
    def misprint(rows: Rows) -> None:
        row = rows[CODE_ROW + 5]  # sector 5
        row[FIRST + 57] = float(str(row[FIRST + 57])) + 3e4  # output, 1e4 CNY

    found = read(write_workbook(tmp_path / "io.xlsx", {"AAA": table}, misprint))
    sizes = {(defect.message, defect.account): defect.size for defect in found.defects}
    assert sizes[("uses differ from output", "5")] == pytest.approx(-3.0)
    assert sizes[("total input differs from output", "5")] == pytest.approx(-3.0)
    assert sizes[("sectors differ from the total of column GO", "")] == pytest.approx(3.0)
    assert len(found.defects) == 3
    assert {defect.kind for defect in found.defects} == {"imbalance"}
    assert "AAA, sector 5" in str(found.defects[0])


def test_a_misprint_is_not_treated_away(table: Economy) -> None:
    rows = numeric_rows(table)
    rows[CODE_ROW + 5][FIRST + 57] = float(str(rows[CODE_ROW + 5][FIRST + 57])) + 3e4
    found = read_io_sheet(as_sheet(rows))
    with pytest.raises(SourceError, match="correct the cell in the source"):
        treat(found)
    accepted = treat(found, tolerance=0.1)
    np.testing.assert_allclose(accepted.output, table.rows[6])  # from costs


def test_the_coded_layout_gives_the_table_of_the_numeric_layout(
    tmp_path: Path, table: Economy
) -> None:
    path = write_coded_workbook(tmp_path / "io.xlsx", {"AAA": table})
    numeric = read_io_sheet(as_sheet(numeric_rows(table)), NAMES)
    for found in (read_io_table(path), read_io_table(path, "AAA", NAMES_2017, CODED_LAYOUT)):
        assert_same(found, numeric)
        assert found.sectors == NAMES_2017
        assert found.defects == ()


def assert_same(first: ProvincialTable, second: ProvincialTable) -> None:
    names = ("intermediate", "final", "export", "outflow", "imports", "inflow", "other")
    for name in (*names, "value_added", "output"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), rtol=1e-12)


def test_a_layout_that_is_asked_for_is_not_replaced_by_another(table: Economy) -> None:
    with pytest.raises(SourceError, match="numeric layout of 2007"):
        read_io_sheet(as_sheet(coded_rows(table)), layout=NUMERIC_LAYOUT)
    with pytest.raises(SourceError, match="coded layout since 2012"):
        read_io_sheet(as_sheet(numeric_rows(table)), layout=CODED_LAYOUT)


def test_a_sheet_must_be_named_where_several_hold_tables(tmp_path: Path, table: Economy) -> None:
    path = write_coded_workbook(tmp_path / "io.xlsx", {"AAA": table, "BBB": table})
    with pytest.raises(SourceError, match=r"\['AAA', 'BBB'\] hold tables"):
        read_io_table(path)
    assert read_io_table(path, "BBB").province == "BBB"


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("单位：亿元", 1e-4),
        ("单位:千元", 10.0),
        ("（单位：元）", 1e4),
        ("Unit: million yuan", 1e-2),
    ],
)
def test_the_stated_unit_counts(table: Economy, unit: str, factor: float) -> None:
    rows = coded_rows(table)
    rows[1][-1] = unit
    for row in rows[6:]:
        row[FIRST:] = [v * factor if isinstance(v, float) else v for v in row[FIRST:]]
    found = read_io_sheet(as_sheet(rows))
    np.testing.assert_allclose(found.output, table.rows[6], rtol=1e-9)
    assert [defect.kind for defect in found.defects] == ["unusual_unit"]
    assert treat(found).treatments[0].action == "numbers taken in the unit printed"


def test_a_unit_that_is_not_stated_is_reported_and_a_wrong_one_refused(table: Economy) -> None:
    rows = coded_rows(table)
    rows[1][-1] = None
    found = read_io_sheet(as_sheet(rows))
    np.testing.assert_allclose(found.output, table.rows[6])
    assert [defect.kind for defect in found.defects] == ["unit"]
    for unit, words in (("万吨", "money"), ("亿元", "state the unit"), ("斤", "unknown unit")):
        rows[1][-1] = f"单位：{unit}"
        with pytest.raises(SourceError, match=words):
            read_io_sheet(as_sheet(rows))


def test_numbers_and_codes_may_be_printed_as_text(table: Economy) -> None:
    rows = coded_rows(table)
    expected = read_io_sheet(as_sheet(rows))
    for row in rows[6:54]:
        for k, value in enumerate(row):
            if k >= FIRST and isinstance(value, float):
                row[k] = f"{value:,.12g}" if k % 2 else repr(value)
    rows[5] = [float(v) if isinstance(v, str) and v.isdigit() else v for v in rows[5]]
    rows[10][2] = "０５"
    found = read_io_sheet(as_sheet(rows))
    np.testing.assert_allclose(found.intermediate, expected.intermediate, rtol=1e-9)


@pytest.fixture(scope="module")
def official() -> dict[str, ProvincialTable]:
    return read_provincial_tables(sources_2007(), PROVINCES, NAMES)


def test_every_row_of_30_provinces_balances_or_is_named(
    official: dict[str, ProvincialTable],
) -> None:
    """GO = 43 + 54 - 55 - 56 + 57 to 1e-6 of the row's use, computed from the cells themselves."""
    book = read_workbook(sources_2007(), PROVINCES)
    missed, off = {}, set()
    for name, table in official.items():
        sheet = book[name]
        top = 5 if name == "HAI" else 8
        number = lambda code, s=sheet, t=top: np.array(  # noqa: E731
            [s.number(t + k, code + 2, "a cell") for k in range(42)]
        )
        printed = number(43) + number(54) - number(55) - number(56) + number(57) - number(58)
        use = number(43) + number(48) + number(51) + number(52) + number(53)
        broken = np.flatnonzero(np.abs(printed) > 1e-6 * use) + 1
        missed[name] = len(broken)
        off |= {name} if (np.abs(printed) > 1e-9 * np.maximum(use, 1.0)).any() else set()
        named = {
            int(d.account or 0) for d in table.defects if d.kind in ("rounding", "net_final_use")
        }
        assert set(broken) <= named
    assert {name: n for name, n in missed.items() if n} == {"HLJ": 24, "JXI": 5, "NXA": 17}
    assert len(off) == 12  # with roundings


def test_defects_are_as_many_as_the_docs_say(
    official: dict[str, ProvincialTable], repository: Path
) -> None:
    """The table of docs/readers.md: cells by kind, and every place that it names."""
    found: dict[str, list[str]] = {}
    for table in official.values():
        for defect in table.defects:
            found.setdefault(defect.kind, []).append(defect.table)
    text = (repository / "docs" / "readers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+)(?::[^|]*)? *\| *(\d+) *\| (.*) \|$", text, re.MULTILINE)
    assert {kind: int(cells) for kind, cells, _ in rows} == {k: len(v) for k, v in found.items()}
    names = load_concordance("provinces_to_regions").table.set_index("source")["name"]
    spelt = {names[code].replace("InnerMongolia", "Inner Mongolia"): code for code in names.index}
    for kind, _, where in rows:
        number = re.match(r"(\d+) provinces", where)
        if number:
            assert len(set(found[kind])) == int(number[1]), kind
        else:
            named = {code for name, code in spelt.items() if re.search(rf"\b{name}\b", where)}
            assert named == set(found[kind]), kind


def test_the_known_defects_of_the_official_tables_are_found(
    official: dict[str, ProvincialTable],
) -> None:
    def sectors(kind: str, name: str) -> set[int]:
        return {int(d.account or 0) for d in official[name].defects if d.kind == kind}

    def having(kind: str) -> set[str]:
        return {name for name in official if sectors(kind, name)}

    merged = "SHX NMG JIL HLJ JXI HEN HUB HUN SIC GZH SHA"
    assert having("merged_trade") == set(merged.split())
    assert having("imbalance") == set()
    assert having("net_final_use") == {"HLJ"}
    assert 19 in sectors("net_final_use", "HLJ")
    assert sectors("transit", "SHH") == {2, 9, 10}
    assert sectors("transit", "JSU") == {19}
    assert sectors("transit", "ZHJ") == {3, 4, 11}
    assert sectors("transit", "ANH") == {30}
    large = {n: np.abs(official[n].other).sum() for n in having("discrepancy")}
    assert large["GAN"] == pytest.approx(4092, abs=1)
    assert large["SHD"] == pytest.approx(4726, abs=1)
    assert large["LIA"] == pytest.approx(414, abs=1)
    assert having("negative_value_added") == {"XIN", "GAN"}
    assert sectors("negative_value_added", "XIN") == sectors("negative_value_added", "GAN") == {11}
    assert sectors("components", "SHA") == {33}
    falls = {
        n: sum(d.size for d in official[n].defects if d.kind == "drawdown")
        for n in ("SHX", "QIH", "HEB")
    }
    assert falls == pytest.approx({"SHX": -592, "QIH": -742, "HEB": -526}, abs=1)


def test_the_official_tables_add_up_to_national_sizes(
    official: dict[str, ProvincialTable],
) -> None:
    added = sum(float(table.value_added.sum()) for table in official.values())
    assert added == pytest.approx(276_000, rel=0.02)  # NBS 2007: provinces sum to 27.6 trillion


def test_treated_official_tables_balance_and_every_defect_has_its_record(
    official: dict[str, ProvincialTable],
) -> None:
    for table in official.values():
        check_treated(table)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.0, 0.3))
def test_treatment_of_any_table(seed: int, floor: float) -> None:
    rng = np.random.default_rng(seed)
    table = read_io_sheet(as_sheet(numeric_rows(economy(seed))))
    bent = replace(
        table,
        intermediate=table.intermediate - rng.uniform(0.0, 2.0, (42, 42)) * (rng.random() < 0.5),
        value_added=table.value_added - rng.uniform(0.0, 80.0, (4, 42)),
        imports=table.imports * rng.choice([-1.0, 1.0], 42),
        export=table.export * rng.uniform(0.0, 40.0, 42),
    )
    check_treated(bent, floor)


def check_treated(table: ProvincialTable, floor: float = 0.0) -> None:
    treated = treat(table, floor)
    supply = treated.output + treated.imports + treated.inflow
    np.testing.assert_allclose(treated.use, supply, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(treated.cost, treated.output, rtol=1e-12, atol=1e-12)
    assert not treated.other.any()
    flows = (treated.export, treated.outflow, treated.imports, treated.inflow)
    assert min(float(flow.min()) for flow in (treated.intermediate, *flows)) >= 0.0
    compensation, _, depreciation, surplus = treated.value_added
    assert min(compensation.min(), depreciation.min(), (depreciation + surplus).min()) >= -1e-9
    home = treated.output - treated.export - treated.outflow
    short = home < floor * treated.output - 1e-6
    assert not (
        np.minimum(treated.imports + treated.inflow, treated.export + treated.outflow)[short] > 1e-6
    ).any()
    done = {(record.kind, record.account) for record in treated.treatments}
    for defect in table.defects:
        if defect.kind != "transit":
            assert (defect.kind, defect.account) in done, str(defect)


def test_transit_leaves_net_trade_and_never_raises_a_flow() -> None:
    rng = np.random.default_rng(5)
    sides = rng.uniform(0.0, 10.0, (4, 100))
    output = rng.uniform(0.0, 12.0, 100)
    cut = cut_transit(*sides, output, 0.1)
    for before, after in zip(sides, cut, strict=True):
        assert (after <= before).all()
        assert (after >= 0.0).all()
    net = cut[0] + cut[1] - cut[2] - cut[3]
    np.testing.assert_allclose(net, sides[0] + sides[1] - sides[2] - sides[3])
    short = output - cut[0] - cut[1] < 0.1 * output - 1e-9
    nothing_left = np.minimum(cut[0] + cut[1], cut[2] + cut[3]) < 1e-9
    assert (nothing_left | ~short).all()


def change(row: int, column: int, value: object) -> Callable[[Rows], None]:
    def edit(rows: Rows) -> None:
        rows[row][column] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (change(CODE_ROW + 3, 1, "煤炭"), ["石油和天然气开采业", "煤炭", "'AAA'"]),
        (change(CODE_ROW - 1, FIRST + 10, "炼焦"), ["炼焦", "column code 11"]),
        (change(CODE_ROW + 3, FIRST + 1, "n.a."), ["n.a.", "row code 3, column code 2"]),
        (change(CODE_ROW + 45, 2, None), ["no row code ['45']"]),
        (change(CODE_ROW, FIRST + 54, None), ["no column code ['55']"]),
        (change(CODE_ROW - 1, FIRST + 51, "调出"), ["'出口' above one"]),
    ],
)
def test_a_table_that_breaks_the_layout_is_an_error_that_names_the_place(
    tmp_path: Path, table: Economy, edit: Callable[[Rows], None], words: list[str]
) -> None:
    path = write_workbook(tmp_path / "io.xlsx", {"AAA": table}, edit)
    with pytest.raises(SourceError) as error:
        read(path)
    for word in ["io.xlsx", *words]:
        assert word in str(error.value)


def test_missing_files_and_sheets_are_named(tmp_path: Path, table: Economy) -> None:
    path = write_workbook(tmp_path / "io.xlsx", {"AAA": table})
    with pytest.raises(SourceError, match="BBB"):
        read(path, "BBB")
    with pytest.raises(SourceError, match="file not found"):
        read(tmp_path / "absent.xlsx")
    (tmp_path / "io.ods").write_text("")
    with pytest.raises(SourceError, match=r"expected \.xls or \.xlsx"):
        read(tmp_path / "io.ods")


def test_a_table_is_shown_with_its_labels_and_unit(table: Economy) -> None:
    found = read_io_sheet(as_sheet(coded_rows(table)))
    frame = found.frame()
    assert frame.attrs["unit"] == found.unit == "1e8 CNY"
    grain, metal = NAMES_2017[0], NAMES_2017[13]
    assert frame.loc[grain, metal] == found.intermediate[0, 13]
    assert frame.loc[grain, "urban"] == found.final[0, list(FINAL_USES).index("FU102")]
    assert frame.loc["compensation", metal] == found.value_added[0, 13]
    assert frame.loc["output", metal] == frame.loc[metal, "output"] == found.output[13]


def test_names_of_sectors_keep_the_blanks_between_words(table: Economy) -> None:
    rows = coded_rows(table)
    name = "Crops  and livestock"
    rows[4][FIRST] = rows[6][FIRST - 2] = name
    assert read_io_sheet(as_sheet(rows)).sectors[0] == "Crops and livestock"


def test_the_unit_that_was_read_is_told_where_output_is_out_of_range(table: Economy) -> None:
    rows = coded_rows(table)
    rows[1][-1] = "单位：亿元"
    with pytest.raises(SourceError, match=r"read in units of 1e\+08 CNY"):
        read_io_sheet(as_sheet(rows))


LISTS = {
    "as printed": None,
    "codes": load_concordance("nbs2017_to_model").sources,
    "names": load_classification("nbs2017").tolist(),
}


@pytest.mark.parametrize("sectors", LISTS.values(), ids=LISTS.keys())
def test_a_table_of_2017_reaches_the_model_sectors_by_name_and_by_code(
    tmp_path: Path, table: Economy, sectors: list[str] | None
) -> None:
    """As the page says for 2007; sources of that concordance are names, of this one codes."""
    codes = load_concordance("nbs2017_to_model")
    path = write_coded_workbook(tmp_path / "2017.xlsx", {"Somewhere": table})
    found = read_io_table(path, sectors=sectors)
    assert list(found.sectors) == (sectors or LISTS["names"])
    sam = sam_of_table(treat(found)).aggregate(accounts=codes, kinds=("activity", "commodity"))
    sam.check(1e-9)
    assert set(sam.names("activity")) == set(codes.targets)
    made = sam.flow("activity", "commodity").to_numpy().sum()
    assert made > 0.0
    added = sam.gdp().loc[("production", "GDP"), "Somewhere"]
    assert added == pytest.approx(treat(found).value_added.sum(), rel=1e-9)
    by_name = sam_of_table(treat(read_io_table(path)), sectors=codes.sources)
    same = by_name.aggregate(accounts=codes, kinds=("activity", "commodity"))
    pd.testing.assert_frame_equal(same.frame, sam.frame)


def test_codes_of_2017_do_not_fit_a_table_of_2007(tmp_path: Path, table: Economy) -> None:
    """Both count from 1 to 42, and mean other sectors."""
    path = write_workbook(tmp_path / "2007.xlsx", {"AAA": table})
    with pytest.raises(SourceError, match=r"give those of 2007 by name: .*nbs2007_to_model"):
        read_io_table(path, sectors=LISTS["codes"])
    names = load_concordance("nbs2007_to_model").sources
    assert list(read_io_table(path, sectors=names).sectors) == names
    with pytest.raises(SourceError, match="found '42 sectors', expected the 3 given"):
        read_io_table(path, sectors=["01", "02", "03"])


def parted_and_joined(names: list[str]) -> list[str]:
    """Another edition's list of as many sectors: one of two, two of one, codes between moved."""
    parted = [*names[:21], f"{names[21]}甲", f"{names[21]}乙", *names[22:]]
    return [*parted[:35], "其他服务", *parted[37:]]


def swapped(names: list[str]) -> list[str]:
    return [*names[:4], names[5], names[4], *names[6:]]


def numbers(names: list[str]) -> list[str]:
    return [f"sector {k}" for k in range(len(names))]


@pytest.mark.parametrize("other", [parted_and_joined, swapped, numbers])
def test_codes_do_not_fit_a_table_that_prints_other_names_under_them(
    tmp_path: Path, table: Economy, other: Callable[[list[str]], list[str]]
) -> None:
    """Another edition of the list has other sectors under the same numbers."""
    printed = other(LISTS["names"])
    treated = treat(read_io_sheet(as_sheet(coded_rows(table))))
    treated = replace(treated, sectors=tuple(printed))
    path = tmp_path / "edition.xlsx"
    write_template(path, printed, "Somewhere", table=treated)
    codes = load_concordance("nbs2017_to_model")
    first = next(k for k, name in enumerate(LISTS["names"]) if printed[k] != name)
    with pytest.raises(SourceError) as error:
        read_io_table(path, sectors=LISTS["codes"])
    expected = f"{first + 1:02d} {LISTS['names'][first]}"
    for words in (printed[first], expected, "nbs2017", "leave out sectors="):
        assert words in str(error.value)
    for sectors in (None, printed):  # the ways out
        found = read_io_table(path, sectors=sectors)
        assert list(found.sectors) == printed
        sam = sam_of_table(found)
        made = sam.flow("activity", "commodity").to_numpy().sum()
        merged = sam.aggregate(accounts=dict.fromkeys(printed, "ALL"))  # a map of one's own
        assert merged.flow("activity", "commodity").to_numpy().sum() == pytest.approx(made)
        if set(printed) != set(LISTS["names"]):  # names tell what codes hid
            with pytest.raises(SAMError, match="nbs2017_to_model"):
                sam.aggregate(accounts=codes, kinds=("activity", "commodity"))


def test_codes_fit_names_that_differ_in_punctuation_only(table: Economy) -> None:
    rows = coded_rows(table)
    plain = {name: name.replace("、", "，") + " " for name in LISTS["names"]}
    rows = [[plain.get(cell, cell) if isinstance(cell, str) else cell for cell in r] for r in rows]
    assert list(read_io_sheet(as_sheet(rows), LISTS["codes"]).sectors) == LISTS["codes"]


def test_a_true_table_of_an_unusual_size_is_read_as_the_message_says(
    tmp_path: Path, table: Economy
) -> None:
    small = Economy(table.columns * 1e-4, table.rows * 1e-4)
    path = write_coded_workbook(tmp_path / "island.xlsx", {"Island": small})
    with pytest.raises(SourceError, match=r"50 to 5e\+06.*output_range=\(low, high\)"):
        read_io_table(path)
    found = read_io_table(path, output_range=(0.1, 50.0))
    np.testing.assert_allclose(found.output, 1e-4 * table.columns[:, 58], rtol=1e-9)
    tables = read_provincial_tables(path, ["Island"], output_range=(0.1, 50.0))
    np.testing.assert_array_equal(tables["Island"].output, found.output)
