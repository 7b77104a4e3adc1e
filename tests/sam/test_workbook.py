"""Cells of official tables: what reads as a number, what a merged heading covers, which unit."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import openpyxl.worksheet._reader as _reader
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sam import SourceError
from sam.readers.text import normalise, to_number
from sam.readers.units import find_unit, parse_unit, unit_at
from sam.readers.workbook import Cell, Sheet, read_workbook


def sheet(*rows: tuple[Cell, ...], merged: tuple[tuple[int, int, int, int], ...] = ()) -> Sheet:
    return Sheet("book.xlsx", "page", tuple(rows), merged)


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("1,234.5", 1234.5),
        ("1，234．5", 1234.5),
        ("１２３", 123.0),
        ("12 345 678", 12345678.0),
        ("1\u00a0234", 1234.0),
        ("−5", -5.0),
        ("- 1,000", -1000.0),
        ("+5", 5.0),
        (".5", 0.5),
        ("-1.2E-05", -1.2e-5),
        ("123*", 123.0),
        ("123 ①", 123.0),
        ("-", 0.0),
        ("—", 0.0),
        ("－", 0.0),
        ("——", 0.0),
        ("…", 0.0),
        ("……", 0.0),
        ("...", 0.0),
        ("　", 0.0),
    ],
)
def test_numbers_as_yearbooks_print_them(printed: str, value: float) -> None:
    assert to_number(printed) == value
    assert sheet((printed,)).number(0, 0, "coal") == value


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("12,34", "groups of three"),
        ("12 34", "groups of three"),
        ("1,234 567", "groups of three"),
        ("(123)", "parentheses"),
        ("（１２３）", "parentheses"),
        ("12%", "percentage"),
        ("12％", "percentage"),
        ("12²", "may be a power"),
        ("12₃", "'₃' may be"),
        ("12㉑", "footnote"),
        ("12⓪", "footnote"),
        ("12⒈", "part of the number"),
        ("12½", "part of the number"),
        ("12①345", "footnote"),
        ("*", "footnote mark without a number"),
        ("..", "text"),
        ("n.a.", "text"),
        ("nan", "text"),
        ("inf", "text"),
        ("1_000", "text"),
        ("#REF!", "text"),
        ("=A1+B1", "text"),
        ("O", "text"),
    ],
)
def test_what_could_mean_several_things_is_refused_with_its_place(
    printed: str, reason: str
) -> None:
    with pytest.raises(SourceError) as error:
        sheet((None,), (None, printed)).number(1, 1, "coal")
    for word in ("book.xlsx", "page", "row 2", "column B", repr(printed), "coal", reason):
        assert word in str(error.value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_survives_its_own_printing(value: float) -> None:
    assert to_number(repr(value)) == value
    assert to_number(f"{value:,.3f}") == float(f"{value:.3f}")


@given(st.text(max_size=8))
def test_any_text_is_a_finite_number_or_refused(text: str) -> None:
    try:
        value = to_number(text)
    except ValueError:
        return
    assert abs(value) < 1e9 or "e" in normalise(text).lower()


def test_labels_have_one_spelling() -> None:
    assert normalise(" 电力、热力 的生产（不含税）① ") == "电力、热力的生产(不含税)"
    assert normalise("10⁴ ｔｃｅ") == "10^4tce"
    assert sheet((" 总 产 出\n",)).text(0, 0) == "总产出"
    assert sheet((3.0,)).text(0, 0) == ""


def test_a_merged_heading_is_seen_above_all_its_columns_and_a_merged_number_only_once() -> None:
    page = sheet(
        ("项目", "最终使用", None, "进口"),
        (None, "消费", "投资", None),
        ("农业", 5.0, None, 1.0),
        merged=((0, 2, 0, 1), (0, 1, 1, 3), (0, 2, 3, 4), (2, 3, 1, 3)),
    )
    assert [page.heading(range(2), k) for k in range(4)] == [
        "项目",
        "最终使用消费",
        "最终使用投资",
        "进口",
    ]
    assert page.number(2, 1, "use") == 5.0
    with pytest.raises(SourceError, match=r"row 3, column C: found '5.0 of the merged cell B3"):
        page.number(2, 2, "use")
    assert page.number(1, 5, "outside") == 0.0


def test_group_names_can_be_filled_where_the_file_does_not_merge() -> None:
    page = sheet((None, "能源", None, "其他"), ("煤", None, None, None), (None, 1.0, 2.0, 3.0))
    assert page.filled_down(0) == ["", "煤", "煤"]


@pytest.mark.parametrize(
    "other", [None, lambda source: source, object], ids=["gone", "other arguments", "another class"]
)
def test_what_the_installed_package_lacks_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: object
) -> None:
    """Another openpyxl may lack what sheets are read with; the file need not be got again."""
    path = tmp_path / "fine.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].append([1.0])
    book.save(path)
    if other is None:
        monkeypatch.delattr(_reader, "WorkSheetParser")
    else:
        monkeypatch.setattr(_reader, "WorkSheetParser", other)
    with pytest.raises(SourceError, match=r"install 'openpyxl >=3\.1\.5, <3\.2'") as error:
        read_workbook(path)
    assert "get it again" not in str(error.value)
    monkeypatch.undo()
    assert read_workbook(path)["Sheet"].cells == ((1.0,),)


def test_workbooks_keep_merges_and_never_turn_errors_or_formulas_into_zeros(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["煤合计", None, None])
    page.append([1.5, "=A2*2", "#DIV/0!"])
    page.append([True, datetime.datetime(2019, 1, 2), None])
    page.merge_cells("A1:B1")
    book.save(tmp_path / "book.xlsx")
    read = read_workbook(tmp_path / "book.xlsx")["Sheet"]
    assert [read.label(0, k) for k in range(3)] == ["煤合计", "煤合计", ""]
    assert read.number(1, 0, "coal") == 1.5
    for row, column, found in ((1, 1, "=A2[*]2"), (1, 2, "DIV"), (2, 0, "True"), (2, 1, "2019")):
        with pytest.raises(SourceError, match=found):
            read.number(row, column, "coal")


def test_a_text_table_is_a_workbook_of_one_sheet(tmp_path: Path) -> None:
    rows = '地区,煤\n"上海\n市","1,234.5"\n'
    (tmp_path / "coal.csv").write_bytes(rows.encode("utf-8-sig"))
    (tmp_path / "gbk.csv").write_bytes(rows.encode("gb18030"))
    for name in ("coal", "gbk"):
        page = read_workbook(tmp_path / f"{name}.csv")[name]
        assert page.text(1, 0) == "上海市"
        assert page.number(1, 1, "coal") == 1234.5
    with pytest.raises(SourceError, match="sheets \\['oil'\\] are missing"):
        read_workbook(tmp_path / "coal.csv", ["oil"])


def test_a_formula_without_a_result_is_no_zero(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append([1.5, "=A1*2"])
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(SourceError, match=r"row 1, column B: found '=A1\*2'"):
        read_workbook(tmp_path / "book.xlsx")["Sheet"].number(0, 1, "coal")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_workbook_whose_bytes_are_damaged_is_named_or_read(
    tmp_path: Path, data: st.DataObject
) -> None:
    """A packed workbook has check sums: no damaged byte reads as another number."""
    whole = tmp_path / "whole.xlsx"
    if not whole.exists():
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        for k in range(20):
            page.append([f"煤{k}", k / 8.0])
        book.save(whole)
    raw = bytearray(whole.read_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        raw[place] ^= data.draw(st.integers(1, 255))
    else:
        del raw[place:]
    (tmp_path / "book.xlsx").write_bytes(raw)
    try:
        read = read_workbook(tmp_path / "book.xlsx")["Sheet"]
    except SourceError:
        return
    assert [read.number(k, 1, "coal") for k in range(20)] == [k / 8.0 for k in range(20)]


def test_a_quotation_mark_without_its_pair_does_not_swallow_lines(tmp_path: Path) -> None:
    (tmp_path / "coal.csv").write_text('region,coal\n"Shanghai,5\nJiangsu,6\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"coal.csv, sheet 'coal', row 3, column A: found"):
        read_workbook(tmp_path / "coal.csv")


def test_a_cell_without_end_is_refused_at_its_row(tmp_path: Path) -> None:
    (tmp_path / "coal.csv").write_text(f"region,coal\n{chr(0) * 200_000}\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"row 2, column A: found 'a cell has more than 131,072"):
        read_workbook(tmp_path / "coal.csv")


@pytest.mark.parametrize("name", ["book.xls", "book.xlsx", "book.csv"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe\x81 not a workbook")
    with pytest.raises(SourceError, match=name):
        read_workbook(tmp_path / name)


@pytest.mark.parametrize(
    ("printed", "name", "factor"),
    [
        ("万元", "1e8 CNY", 1e-4),
        ("亿元", "1e8 CNY", 1.0),
        ("千元", "1e8 CNY", 1e-5),
        ("元", "1e8 CNY", 1e-8),
        ("10000 yuan", "1e8 CNY", 1e-4),
        ("10,000 yuan", "1e8 CNY", 1e-4),
        ("100 million yuan", "1e8 CNY", 1.0),
        ("万吨标准煤", "Mtce", 0.01),
        ("万吨标准煤 (10000 tons of SCE)", "Mtce", 0.01),
        ("10⁴ tce", "Mtce", 0.01),
        ("Mtce", "Mtce", 1.0),
        ("万吨", "Mt", 0.01),
        ("Mt CO₂", "Mt", 1.0),
        ("亿立方米 (100 million cu.m)", "bcm", 0.1),
        ("亿千瓦小时", "TWh", 0.1),
        ("10^8 kW·h", "TWh", 0.1),
        ("万百万千焦", "PJ", 0.01),
        ("10^10 kJ", "PJ", 0.01),
        ("104 tn", "Mt", 0.01),  # raised figures that a workbook lost
        ("108 cu.m", "bcm", 0.1),
        ("1010 kJ", "PJ", 0.01),
        ("108 kW•h", "TWh", 0.1),
        ("TJ", "PJ", 1e-3),
        ("PJ", "PJ", 1.0),
        ("万人", "million", 0.01),
    ],
)
def test_printed_units_in_units_of_the_workbench(printed: str, name: str, factor: float) -> None:
    unit = parse_unit(printed)
    assert (unit.name, unit.factor) == (name, factor)
    assert find_unit(sheet(("表", None), (None, f"单位：{printed}")), range(2)) == unit
    assert unit_at(sheet((f"({printed})",)), 0, 0, [unit.quantity]).factor == factor


@pytest.mark.parametrize("printed", ["", "foo", "亿元、万元", "万标准煤", "MJ", "CO2", "万千米"])
def test_units_that_are_unknown_or_contradict_are_refused(printed: str) -> None:
    with pytest.raises(ValueError, match=r"unit"):
        parse_unit(printed)


def test_the_unit_of_a_table_is_stated_once_and_offices_are_no_units() -> None:
    office = sheet(("2007 年投入产出表",), ("制表单位：北京市统计局", None, "单位：万元"))
    assert find_unit(office, range(2), ["money"]).factor == 1e-4
    assert find_unit(sheet(("产出（亿元）",)), range(1)).factor == 1.0
    assert find_unit(sheet(("Unit:", None, "10000 tons")), range(1)).name == "Mt"
    with pytest.raises(SourceError, match="row 2, column C: found '万元', expected a unit of mass"):
        find_unit(office, range(2), ["mass"])
    with pytest.raises(SourceError, match="no unit"):
        find_unit(sheet(("投入产出表",)), range(1))
    with pytest.raises(SourceError, match="elsewhere '万元'"):
        find_unit(sheet(("单位：万元",), ("单位：亿元",)), range(2))
    with pytest.raises(SourceError, match="unknown unit '万圆'"):
        find_unit(sheet(("单位：万圆",)), range(1))


def two_sheets(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Hebei"
    book.create_sheet("Notes")["A1"] = 7
    book.save(path)
    return path


@pytest.mark.parametrize("name", ["book.xlsx", "book.xlsm", "book.xls"])
def test_a_workbook_is_told_by_its_content(tmp_path: Path, name: str) -> None:
    found = read_workbook(two_sheets(tmp_path / "any.xlsx").rename(tmp_path / name))
    assert list(found) == ["Hebei", "Notes"]
    assert found["Notes"].number(0, 0, "a number") == 7.0


def test_a_missing_sheet_is_told_with_the_sheets_there_are(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"\['Henan'\] are missing, found \['Hebei', 'Notes'\]"):
        read_workbook(two_sheets(tmp_path / "book.xlsx"), ["Henan"])


def test_a_file_that_is_not_there_is_told_with_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=r"nowhere\.xlsx: file not found in /"):
        read_workbook("nowhere.xlsx")
