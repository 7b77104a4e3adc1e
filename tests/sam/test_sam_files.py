"""SAMs as files: exact round trips, tolerance of the real world, errors with a place."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import SAM, SAMError, SourceError
from sam.accounts import KINDS
from sam.matrix import from_payments
from sam.matrix.frames import COLUMNS
from tests.economies import tiny_dataset

LONG = ("sam.csv", "sam.csv.gz", "sam.xlsx", "sam.parquet")
SQUARE = ("sam.csv", "sam.csv.gz", "sam.xlsx")

ODD = (
    "NA",
    "None",
    "nan",
    "01",
    "1",
    "1.0",
    "1e5",
    "total",
    "row",
    "kind",
    "unit: t",
    "=A1",
    "#N/A",
)
ODD += (
    "TRUE",
    "上海",
    "rest of  China",
    "a,b",
    'say "x"',
    "'",
    "-",
    "#",
    "合计",
    "_x0041_",
    "\\",
    "😀",
)

labels = st.sampled_from(ODD) | st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=6
).map(str.strip).filter(bool)

accounts = st.tuples(st.sampled_from(ODD[:8]) | labels, st.sampled_from(KINDS), labels)

sams = st.builds(
    lambda pairs, values, unit: SAM(
        pd.DataFrame(
            [(*row, *col, value) for (row, col), value in zip(pairs, values, strict=False)],
            columns=list(COLUMNS),
        ),
        unit,
        strict=False,
    ),
    st.lists(st.tuples(accounts, accounts), min_size=1, max_size=8, unique=True),
    st.lists(st.floats(-1e300, 1e300), min_size=8, max_size=8),
    labels,
)


def again(sam: SAM, name: str, layout: str) -> SAM:
    """Write and read."""
    with tempfile.TemporaryDirectory() as folder:
        sam.write(Path(folder) / name, layout)
        return SAM.read(Path(folder) / name, strict=False)


@pytest.mark.parametrize("name", LONG)
@settings(max_examples=15, deadline=None)
@given(sams)
def test_a_long_table_reads_back_to_the_last_bit(name: str, sam: SAM) -> None:
    read = again(sam, name, "long")
    pd.testing.assert_frame_equal(read.frame, sam.frame, check_exact=True)
    pd.testing.assert_frame_equal(read.accounts, sam.accounts)
    assert read.unit == sam.unit


@pytest.mark.parametrize("name", SQUARE)
@settings(max_examples=15, deadline=None)
@given(sams)
def test_a_square_table_reads_back_to_the_last_bit(name: str, sam: SAM) -> None:
    read = again(sam, name, "square")
    pd.testing.assert_frame_equal(read.matrix(), sam.matrix(), check_exact=True)
    assert read.unit == sam.unit


@settings(max_examples=15, deadline=None)
@given(sams, st.randoms(use_true_random=False))
def test_a_square_frame_is_aligned_by_label(sam: SAM, random: object) -> None:
    matrix = sam.matrix()
    order = list(range(len(matrix)))
    random.shuffle(order)  # type: ignore[attr-defined]
    built = SAM.from_matrix(matrix.iloc[:, order], sam.unit, strict=False)
    pd.testing.assert_frame_equal(built.matrix(), matrix, check_exact=True)


def test_a_whole_economy_reads_back_and_equal_sams_give_equal_bytes(tmp_path: Path) -> None:
    sam = tiny_dataset(0, ("NA", "1")).sam
    for name in LONG:
        sam.write(tmp_path / name)
        pd.testing.assert_frame_equal(SAM.read(tmp_path / name).frame, sam.frame, check_exact=True)
    first = (tmp_path / "sam.csv.gz").read_bytes()
    sam.to_csv(tmp_path / "again.csv.gz")
    assert (tmp_path / "again.csv.gz").read_bytes() == first
    sam.to_excel(tmp_path / "square.xlsx", "square")
    read = SAM.from_excel(tmp_path / "square.xlsx")
    pd.testing.assert_frame_equal(read.matrix(), sam.matrix(), check_exact=True)
    sam.to_parquet(tmp_path / "again.parquet")
    assert SAM.from_parquet(tmp_path / "again.parquet").unit == sam.unit


SHEET = [
    ["Social accounting matrix of Atlantis, 2020", None, None, None, None, None, None],
    ["单位：亿元", None, None, None, None, None, None],
    [None, None, "region", "A", None, None, None],
    [None, None, None, "Activity", "factor", "household", "Total"],
    [None, None, None, "AGR", 1, "RUR", None],
    ["A", "activity", "AGR", None, None, "1,234.5", 1234.5],
    [None, "factor", 1, 1234.5, None, "-", 1234.5],
    [None, "household", "RUR", 0, 1234.5, None, 1234.5],
    ["Total", None, None, 1234.5, 1234.5, 1234.5, None],
    ["Source: the author", None, None, None, None, None, None],
]
"""As economists type it: titles, a unit, merged headings, totals, numbers as names, notes."""


def workbook(path: Path, rows: list[list[object]], merged: str | None = None) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    page = book.create_sheet("SAM 2020")
    for row in rows:
        page.append(row)
    if merged:
        page.merge_cells(merged)
    book.save(path)
    return path


@pytest.mark.parametrize("merged", [None, "D3:F3"])
def test_a_square_sheet_of_the_real_world_is_read(tmp_path: Path, merged: str | None) -> None:
    sam = SAM.read(workbook(tmp_path / "atlantis.xlsx", SHEET, merged))
    sam.check(0.0)
    assert sam.unit == "亿元"
    assert [tuple(line) for line in sam.accounts.to_numpy()] == [
        ("A", "activity", "AGR"),
        ("A", "factor", "1"),
        ("A", "household", "RUR"),
    ]
    assert sam.flow("activity", "household").to_numpy().item() == 1234.5


def without_regions() -> list[list[object]]:
    rows = [list(cells[1:]) for cells in SHEET]
    rows[0][0] = SHEET[0][0]  # a title above the kinds
    rows[2] = [None] * len(rows[2])
    rows[8][0] = "Total"
    return rows


def test_a_country_without_regions_is_read_with_a_name_for_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "atlantis.xlsx", without_regions())
    whole = SAM.read(workbook(tmp_path / "whole.xlsx", SHEET))
    sam = SAM.read(path, "亿元", region="A")
    pd.testing.assert_frame_equal(sam.matrix(), whole.matrix())
    with pytest.raises(SourceError, match=r"row 4, column C: found 'kinds .* without a region"):
        SAM.read(path)
    bare = workbook(tmp_path / "bare.xlsx", without_regions()[3:])
    pd.testing.assert_frame_equal(SAM.from_excel(bare, region="A").matrix(), whole.matrix())
    whole.write(tmp_path / "whole.csv", "square")
    assert SAM.read(tmp_path / "whole.csv", region="B").regions == ["A"]  # the table names it


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_a_long_table_without_regions(tmp_path: Path, suffix: str) -> None:
    sam = tiny_dataset(0).sam.aggregate({"B": "A"}).select(region="A")
    bare = sam.frame.drop(columns=["row_region", "col_region"])
    path = tmp_path / f"bare{suffix}"
    if suffix == ".csv":
        bare.to_csv(path, index=False)
    elif suffix == ".parquet":
        bare.to_parquet(path)
    else:
        bare.to_excel(path, index=False)
    pd.testing.assert_frame_equal(SAM.read(path, region="A").frame, sam.frame, rtol=1e-14)
    with pytest.raises((SAMError, SourceError), match=r"row_region"):
        SAM.read(path)


def test_a_word_on_a_cover_sheet_makes_no_sam(tmp_path: Path) -> None:
    path = workbook(tmp_path / "atlantis.xlsx", SHEET)
    book = openpyxl.load_workbook(path)
    book["Notes"]["C5"] = "household"
    book["Notes"]["F7"] = "trade"
    book.save(path)
    assert SAM.read(path).regions == ["A"]


def changed(row: int, column: int, value: object) -> list[list[object]]:
    rows = [list(cells) for cells in SHEET]
    rows[row][column] = value
    return rows


@pytest.mark.parametrize(
    ("row", "column", "value", "error", "message"),
    [
        (5, 5, "many", SourceError, r"bad.xlsx, sheet 'SAM 2020', row 6, column F: found 'many'"),
        (5, 2, None, SourceError, r"row 6: found 'payments without account'"),
        (4, 5, None, SourceError, r"column F: found 'payments without account'"),
        (7, 2, "URB", SourceError, r"found 'A/household/URB'.*the columns 'A/household/RUR'"),
        (7, 1, "farmer", SourceError, r"row 8: found 'A/farmer/RUR'"),
        (7, 1, "factor", SourceError, r"bad.xlsx.*row 8: found 'A/factor/RUR'"),
        (6, 2, "RUR", SourceError, r"row 7: found 'A/factor/RUR'"),
    ],
)
def test_a_wrong_cell_of_a_square_sheet_is_named(
    tmp_path: Path, row: int, column: int, value: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        SAM.read(workbook(tmp_path / "bad.xlsx", changed(row, column, value)))


HEAD = "value,row_region,row_kind,row,col_region,col_kind,col,source"
LINES = [
    "10,A,commodity,AGR,A,household,RUR,survey",
    "10,A,household,RUR,A,commodity,AGR,survey",
]


def text(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_a_long_table_of_the_real_world_is_read(tmp_path: Path) -> None:
    """Columns in any order, capitals, a title, blank lines, other columns, Chinese encodings."""
    head = "Value, Row_Region,ROW_KIND,row,col_region,Col_kind,col,来源"
    body = text("图表 1", head, *(line.replace(",A,", ",安徽,") for line in LINES), "", "资料来源")
    (tmp_path / "gb.csv").write_bytes(body.replace("10,", '"1,000",').encode("gb18030"))
    (tmp_path / "bom.csv").write_bytes(body.replace("10,", "1000,").encode("utf-8-sig"))
    for name in ("gb.csv", "bom.csv"):
        sam = SAM.read(tmp_path / name, "万元")
        sam.check(0.0)
        assert sam.accounts["region"].unique().tolist() == ["安徽"]
        assert (sam.unit, sam.frame["value"].tolist()) == ("万元", [1000.0, 1000.0])


@pytest.mark.parametrize(
    ("lines", "error", "message"),
    [
        (
            (HEAD, "much" + LINES[0][2:]),
            SourceError,
            r"sheet 'x', row 2, column value: found 'much'",
        ),
        (
            (HEAD, LINES[0], ",A,commodity,AGR,A,tax,T,"),
            SourceError,
            "row 3, column value: found 'an",
        ),
        ((HEAD, "1,A,,AGR,A,tax,T,"), SourceError, "row 2, column row_kind: found 'an empty cell'"),
        ((HEAD, LINES[0] + ",more"), SourceError, "row 2: found 'more than 8 fields'"),
        ((HEAD.replace("col_kind", "kind"), LINES[0]), SourceError, "row 1.*each of"),
        ((HEAD.replace("source", "row"), LINES[0]), SourceError, "row 1.*each of"),
        ((HEAD,), SourceError, "headings but no payments"),
        (tuple(x.replace(",", ";") for x in (HEAD, *LINES)), SourceError, "parted by semicolons"),
        (tuple(x.replace(",", "\t") for x in (HEAD, *LINES)), SourceError, "parted by tabulators"),
        (("a,b", "1,2"), SourceError, "holds no SAM; expected a long table"),
        (("",), SourceError, "holds no SAM"),
        ((HEAD, LINES[0], LINES[0]), SAMError, r"x.csv: SAM: 1 payment is listed twice"),
        (
            (HEAD, LINES[0].replace("household", "people")),
            SAMError,
            r"x.csv: SAM: unknown col_kind",
        ),
        ((HEAD, "-" + LINES[0]), SAMError, r"x.csv: SAM: 1 payment is negative.*strict=False"),
        (
            (HEAD + ",unit", LINES[0] + ",t", LINES[1] + ",kg"),
            SAMError,
            r"several units, \['t', 'kg'\]",
        ),
        ((HEAD + ",unit", LINES[0] + ",t"), SAMError, "table is in t, not in 1e8 CNY"),
    ],
)
def test_a_wrong_line_is_named(
    tmp_path: Path, lines: tuple[str, ...], error: type[Exception], message: str
) -> None:
    (tmp_path / "x.csv").write_text(text(*lines))
    with pytest.raises(error, match=message) as found:
        SAM.read(tmp_path / "x.csv", "1e8 CNY")
    assert str(found.value).count("x.csv") == 1


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("x.gdx", lambda path: None, r"no known format; use one of .csv, .csv.gz"),
        ("x.csv", lambda path: None, "file not found"),
        ("x.csv.gz", lambda path: path.write_bytes(b"plain"), "cannot be read"),
        (
            "x.csv.gz",
            lambda path: path.write_bytes(gzip.compress(b"a" * 99)[:-9]),
            "cannot be read",
        ),
        ("x.csv", lambda path: path.write_bytes(b"\xff\xff\x80"), "neither UTF-8 nor GB 18030"),
        ("x.parquet", lambda path: path.write_bytes(b"PAR1"), "not a readable Parquet"),
        (
            "x.parquet",
            lambda path: None,
            "file not found; give the path of a file that holds a SAM",
        ),
        ("x.xlsx", lambda path: None, "file not found; give the path of a file that holds a SAM"),
        ("x.parquet", lambda path: pd.DataFrame({"a": [1]}).to_parquet(path), "x.parquet.*missing"),
        ("x.xlsx", lambda path: path.write_bytes(b"PK"), "not a readable .xlsx"),
        (
            "x.xlsx",
            lambda path: workbook(path, [["a"]]),
            r"no sheet of \['Notes', 'SAM 2020'\] holds",
        ),
    ],
)
def test_a_file_that_is_none_is_named(
    tmp_path: Path, name: str, write: Callable[[Path], object], message: str
) -> None:
    write(tmp_path / name)
    with pytest.raises((SAMError, SourceError), match=message):
        SAM.read(tmp_path / name)


@pytest.mark.parametrize("above", ["", "row,col,value\n", "title\n,A,B\n"])
def test_a_cell_without_end_is_refused_at_its_line(above: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"{above}{chr(0) * 200_000}\n", encoding="utf-8")
    line = above.count("\n") + 1
    with pytest.raises(ValueError, match=r"mine.csv") as found:
        SAM.read(path)
    assert type(found.value) in (SAMError, SourceError)
    if not above.startswith("row"):  # read by pandas, which has no limit
        assert f"line {line}: a cell has more than 131,072 characters" in str(found.value)


def test_what_a_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    sam = tiny_dataset(0).sam
    with pytest.raises(SAMError, match=r"unknown layout 'wide'; choose one of long, square"):
        sam.write(tmp_path / "x.csv", "wide")
    with pytest.raises(SAMError, match="Parquet holds long tables only"):
        sam.write(tmp_path / "x.parquet", "square")
    with pytest.raises(SAMError, match="no known format"):
        sam.write(tmp_path / "x.xls")
    for name in LONG:
        with pytest.raises(SAMError, match=r"there is no folder .*nowhere; create it"):
            sam.write(tmp_path / "nowhere" / name)
    sam.write(tmp_path / "x.csv")
    with pytest.raises(SAMError, match="has no sheet 'SAM', for it is no workbook"):
        SAM.read(tmp_path / "x.csv", sheet="SAM")
    with pytest.raises(SourceError, match=r"sheets \['2021'\] are missing"):
        SAM.read(workbook(tmp_path / "x.xlsx", SHEET), sheet="2021")


def test_an_official_table_with_negative_cells_is_kept_for_inspection(tmp_path: Path) -> None:
    rows = [cells[:6] for cells in changed(5, 5, -1234.5)]
    del rows[8]  # totals
    path = workbook(tmp_path / "official.xlsx", rows)
    with pytest.raises(SAMError, match=r"official.xlsx.*1 payment is negative"):
        SAM.read(path)
    sam = SAM.read(path, strict=False)
    assert sam.flow("activity", "household").to_numpy().item() == -1234.5
    turned = sam.flip_negative()
    assert turned.strict
    assert turned.flow("household", "activity").to_numpy().item() == 1234.5
    pd.testing.assert_series_equal(turned.balance()["difference"], sam.balance()["difference"])


TITLED = (
    ("SAM 2020, unit: million euro", "million euro"),
    ("SAM 2020 (unit: million euro), first draft", "million euro"),
    ("SAM 2020 (in million euro)", "million euro"),
    ("Units: 1e6 EUR", "1e6 EUR"),
    ("2020年（单位：亿元）", "亿元"),
    ("2020年（亿元）", "亿元"),
    ("SAM 2020 (in 1e8 CNY of 2020)", "1e8 CNY of 2020"),
    ("My SAM, million euro", "(unit not stated)"),
    ("The euro area (in progress)", "(unit not stated)"),
    ("A community: all accounts", "(unit not stated)"),
)


@pytest.mark.parametrize(("title", "unit"), TITLED)
@pytest.mark.parametrize("layout", ["long", "square"])
def test_a_title_tells_the_unit_or_nobody_does(
    tmp_path: Path, title: str, unit: str, layout: str
) -> None:
    sam = from_payments([("A", "household", "H", "A", "factor", "L", 2.0)])
    plain = tmp_path / "plain.csv"
    sam.to_csv(plain, layout)
    lines = plain.read_text().replace(",1e8 CNY", "").replace(",unit", "")
    lines = lines.replace("unit: 1e8 CNY", "")
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(("" if name == "b.csv" else f'"{title}"\n') + lines, "utf-8")
    assert SAM.read(tmp_path / "a.csv").unit == unit
    read = SAM.read(tmp_path / "b.csv")
    assert read.unit == "(unit not stated)"
    assert "in all (unit not stated)" in repr(read)
    read.to_csv(tmp_path / "c.csv", layout)
    assert SAM.read(tmp_path / "c.csv").unit == "(unit not stated)"
    assert SAM.read(tmp_path / "c.csv", "t").unit == "t"
    assert SAM.from_matrix(read.matrix()).unit == "(unit not stated)"
    assert SAM.from_frame(read.frame).unit == "(unit not stated)"


def test_a_workbook_states_its_unit_above_a_long_table(tmp_path: Path) -> None:
    rows = [["SAM (in million euro)"], list(COLUMNS), ["A", "household", "H", "A", "tax", "T", 1.0]]
    assert SAM.read(workbook(tmp_path / "x.xlsx", rows)).unit == "million euro"
