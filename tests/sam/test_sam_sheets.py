"""Which sheet of a workbook is read, what is left of one with stray cells, what is refused."""

from __future__ import annotations

import gzip
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from openpyxl.chart import BarChart, Reference

from sam import SAM, SAMError, SourceError, SourceWarning, suggest_kinds
from sam.matrix import files
from sam.matrix.frames import COLUMNS
from sam.readers import grid, workbook
from sam.readers.listing import read_listing
from sam.readers.workbook import Sheet, only_table, read_workbook, visible_tables
from tests.sam import published
from tests.sam.islands import Rows, book, island, square, text
from tests.sam.legacy_workbook import HIDDEN, VERY_HIDDEN, VISIBLE, legacy_workbook

MINE = island()


def old() -> SAM:
    """Another SAM of the same accounts."""
    return SAM(MINE.frame.assign(value=2.0 * MINE.frame["value"]), MINE.unit)


def same(found: SAM, expected: SAM = MINE) -> None:
    pd.testing.assert_frame_equal(found.matrix(), expected.matrix(), check_exact=True)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_visible_sheet_comes_before_a_hidden_one(tmp_path: Path, state: str) -> None:
    path = tmp_path / "book.xlsx"
    made = book(path, old=square(old()), new=square())
    made["old"].sheet_state = state
    made.save(path)
    sam = SAM.read(path)
    same(sam)
    assert sam.source is not None
    assert (sam.source.sheet, sam.source.others, sam.source.hidden) == ("new", ("old",), ("old",))
    assert "sheet 'new'; also in this workbook: 'old' (hidden)" in repr(sam)
    same(SAM.read(path, sheet="old"), old())


@pytest.mark.parametrize("state", [HIDDEN, VERY_HIDDEN])
def test_so_it_does_in_old_workbooks(tmp_path: Path, state: int) -> None:
    path = tmp_path / "book.xls"
    path.write_bytes(legacy_workbook({"old": (state, square(old())), "new": (VISIBLE, square())}))
    same(SAM.read(path))
    same(SAM.read(path, sheet="old"), old())


def test_of_two_visible_sheets_the_first_is_read_with_a_warning_that_helps(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book(path, notes=[["About"]], one=square(), two=square(old()))
    with pytest.warns(SourceWarning, match=r"read the sheet 'one'; \['two'\] hold.*sheet=") as told:
        same(SAM.read(path))
    assert told[0].filename == __file__
    same(SAM.read(path, sheet="one"))  # without a warning
    same(SAM.read(path, sheet="two"), old())


def test_a_hidden_sheet_is_read_if_there_is_no_other_and_told(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    made = book(path, notes=[["About"]], old=square())
    made["old"].sheet_state = "hidden"
    made.save(path)
    with pytest.warns(SourceWarning, match="read the hidden sheet 'old', as no visible one holds"):
        same(SAM.read(path))
    same(SAM.read(path, sheet="old"))


NAMES = published.NAMES["IFPRI"]
TABLE = published.matrix(NAMES)
KINDS = {NAMES[account]: kind for account, kind in published.KINDS.items()}


def names_sheet(table: pd.DataFrame) -> Rows:
    lines = zip(table.index, table.to_numpy().tolist(), strict=True)
    return [[None, *table.columns], *([name, *line] for name, line in lines)]


def parameters(form: str) -> Rows:
    """A table with the same names on both sides that is no SAM."""
    names = {
        "regions": ["north", "south", "west"],
        "sectors": [NAMES[a] for a in ("A1", "A2")],
    }.get(form, list(TABLE.index))
    size = range(len(names))
    value = {
        "distances": lambda i, j: 10.0 * abs(i - j),
        "correspondence": lambda i, j: float(i == j),
    }.get(form, lambda i, j: 0.1 + 0.3 * i + 0.7 * j)
    table = pd.DataFrame([[value(i, j) for j in size] for i in size], names, names)
    return names_sheet(table)


@pytest.mark.parametrize(
    "form", ["regions", "sectors", "distances", "correspondence", "elasticities"]
)
@pytest.mark.parametrize("first", [True, False])
def test_a_table_of_parameters_does_not_pass_for_a_sam(
    tmp_path: Path, form: str, first: bool
) -> None:
    path = tmp_path / "book.xlsx"
    notes: Rows = [["About"], ["Accounts", "in", "rows"], ["gov", "government"]]
    pages = {"parameters": parameters(form), "matrix": names_sheet(TABLE)}
    book(path, notes=notes, **(pages if first else dict(reversed(pages.items()))))
    found = SAM.read(path, kinds=KINDS)  # without a warning
    assert found.source is not None
    assert (found.source.sheet, found.source.others) == ("matrix", ())
    same(found, SAM.from_matrix(TABLE, kinds=KINDS))
    assert suggest_kinds(path).accounts
    book(path, **pages, mine=square())
    with pytest.warns(SourceWarning, match=r"read the sheet 'mine'; \['matrix'\] hold"):
        same(SAM.read(path))


def test_a_sam_out_of_balance_is_read_where_there_is_no_other(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    rough = TABLE * [1.0 + 0.5 * k for k in range(len(TABLE))]
    expected = SAM.from_matrix(rough, kinds=KINDS)
    book(path, notes=[["About"]], parameters=parameters("regions"), matrix=names_sheet(rough))
    found = SAM.read(path, kinds=KINDS)  # without a warning
    same(found, expected)
    assert found.source is not None
    assert found.source.others == ()
    book(path, parameters=parameters("elasticities"), matrix=names_sheet(rough))
    with pytest.warns(SourceWarning, match="read the sheet 'parameters'"):
        SAM.read(path, kinds=KINDS)
    same(SAM.read(path, sheet="matrix", kinds=KINDS), expected)


def test_of_two_sheets_of_names_the_choice_is_told_at_both_doors(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book(path, one=names_sheet(TABLE), two=names_sheet(2.0 * TABLE))
    for door in (lambda: SAM.read(path, kinds=KINDS), lambda: suggest_kinds(path)):
        with pytest.warns(SourceWarning, match=r"read the sheet 'one'.*\(--sheet\)") as told:
            door()
        assert told[0].filename == __file__
    assert suggest_kinds(path, sheet="two").accounts  # without a warning


def test_a_list_is_read_from_the_visible_sheet(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    made = book(path, old=[["name", "size"], ["a", "1"]], new=[["name", "size"], ["b", "2"]])
    made["old"].sheet_state = "hidden"
    made.save(path)
    listing = read_listing(path, ["name", "size"])
    assert listing.text(1, "name") == "b"


@pytest.mark.parametrize("state", ["visible", "hidden"])
def test_a_table_is_sought_on_visible_sheets_before_hidden_ones(tmp_path: Path, state: str) -> None:
    path = tmp_path / "book.xlsx"
    made = book(path, old=[["table", 1]], notes=[["About"]], new=[["table", 2]])
    made["old"].sheet_state = "hidden"
    made["new"].sheet_state = state
    made.save(path)

    def holds(page: Sheet) -> bool:
        return page.text(0, 0) == "table"

    if state == "visible":
        assert only_table(path, None, holds).name == "new"
    else:
        with pytest.raises(SourceError, match=r"'new'\] \(hidden ones\) hold tables; name"):
            only_table(path, None, holds)
        made.remove(made["new"])
        made.save(path)
        with pytest.warns(SourceWarning, match="read the hidden sheet 'old', as no visible one"):
            assert only_table(path, None, holds).name == "old"
    assert only_table(path, "old", holds).name == "old"


def test_hidden_sheets_of_a_workbook_of_tables_are_left_out_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    made = book(path, old=[["table", 1]], new=[["table", 2]])
    made["old"].sheet_state = "hidden"
    made.save(path)
    with pytest.warns(SourceWarning, match=r"left out hidden sheets \['old'\]; name the sheets"):
        assert list(visible_tables(path, read_workbook(path))) == ["new"]


# Stray cells

FAR = ((100_000, 200), (1_048_576, 16_384), (40, 500))


def with_stray(path: Path, row: int, column: int, value: object, layout: str = "square") -> Path:
    MINE.write(path, layout)
    made = openpyxl.load_workbook(path)
    made["SAM"].cell(row, column, value)
    made.save(path)
    return path


@pytest.mark.parametrize("layout", ["square", "long"])
@pytest.mark.parametrize("place", [*FAR, (40, 40)])
def test_a_stray_note_is_tolerated(tmp_path: Path, place: tuple[int, int], layout: str) -> None:
    same(SAM.read(with_stray(tmp_path / "book.xlsx", *place, "x", layout)))


@pytest.mark.parametrize(
    ("place", "name"), [(FAR[0], "GR100000"), (FAR[1], "XFD1048576"), ((40, 40), "AN40")]
)
def test_a_stray_number_is_named_and_deleting_it_helps(
    tmp_path: Path, place: tuple[int, int], name: str
) -> None:
    path = with_stray(tmp_path / "book.xlsx", *place, 5)
    with pytest.raises(SourceError, match=rf"cell {name}\b.* stands alone.*delete"):
        SAM.read(path)
    made = openpyxl.load_workbook(path)
    made["SAM"][name] = None
    made.save(path)
    same(SAM.read(path))


@pytest.mark.parametrize("place", FAR)
def test_a_stray_cell_takes_no_memory(tmp_path: Path, place: tuple[int, int]) -> None:
    """Before, every cell up to the last was made: two million at the 20,000th row."""
    peaks = []
    for name, where in (("near", (1, 5)), ("far", place)):
        path = tmp_path / f"{name}.xlsx"
        rows = [[float(i * j) for j in range(60)] for i in range(100)]
        made = book(path, page=rows)
        made["page"].cell(*where, "x")
        made.save(path)
        tracemalloc.start()
        assert read_workbook(path)["page"].height == 100
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_a_stray_number_elsewhere_in_the_workbook_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    made = book(path, scratch=[[1.0]], mine=square())
    made["scratch"].cell(5000, 100, 7)
    made.save(path)
    same(SAM.read(path))
    assert read_workbook(path)["scratch"].stray == (4999, 99)
    with pytest.raises(SourceError, match="CV5000"):
        read_workbook(path, ["scratch"])


def test_cells_far_from_one_another_are_not_made_into_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "SPANNED", 1000)
    path = tmp_path / "book.xlsx"
    made = book(path, page=[[1.0]])
    for k in range(1, 60):
        made["page"].cell(1 + k, 1 + k, 1)
    made.save(path)
    with pytest.raises(SourceError, match=r"found cells that span .* most of them empty"):
        read_workbook(path)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv.gz"])
def test_what_unpacks_beyond_a_limit_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = tmp_path / f"book{suffix}"
    if suffix == ".xlsx":
        MINE.write(path, "square")
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts:
            parts.writestr("xl/worksheets/bomb.xml", b" " * 3_000_000)
    else:
        path.write_bytes(gzip.compress(text(square()).encode() + b"\n" * 3_000_000))
    monkeypatch.setattr(workbook, "UNPACKED", 2_000_000)
    with pytest.raises(SourceError, match=r"unpacks to [\d,]+ bytes, expected at most 2,000,000"):
        SAM.read(path)


# Damaged and empty files


@pytest.mark.parametrize("empty", [True, False])
def test_a_chart_on_a_sheet_of_its_own_does_no_harm(tmp_path: Path, empty: bool) -> None:
    path = tmp_path / "book.xlsx"
    made = book(path, mine=square())
    drawn = made.create_chartsheet("chart", 0)
    if not empty:
        chart = BarChart()
        chart.add_data(Reference(made["mine"], 4, 4, 6, 6))
        drawn.add_chart(chart)
    made.save(path)
    same(SAM.read(path))
    made.remove(made["mine"])
    made.create_sheet("page")
    made.save(path)
    with pytest.raises(SourceError, match="holds no SAM"):
        SAM.read(path)


@pytest.mark.parametrize("rows", [square()[:3], [row[:3] for row in square()]])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_headings_alone_are_no_sam(tmp_path: Path, rows: list[list[object]], suffix: str) -> None:
    path = tmp_path / f"heads{suffix}"
    if suffix == ".csv":
        path.write_text(text(rows))
    else:
        book(path, page=rows)
    with pytest.raises(SourceError, match=r"headings but no accounts|holds no SAM"):
        SAM.read(path)


@pytest.mark.parametrize("told", [b"{", b"[1]", b"3", b"\xff", b'{"unit": ["t"]}', b'{"unit": 1}'])
def test_damaged_metadata_are_named_and_the_remedy_helps(tmp_path: Path, told: bytes) -> None:
    path = tmp_path / "sam.parquet"
    MINE.write(path)
    pq.write_table(pq.read_table(path).replace_schema_metadata({b"sam": told}), path)
    with pytest.raises(SourceError, match=r"in the metadata 'sam', expected a JSON") as error:
        SAM.read(path)
    assert "pandas.read_parquet(FILE).to_parquet(FILE)" in str(error.value)
    pd.read_parquet(path).to_parquet(path)
    same(SAM.read(path, "million"))


def test_a_parquet_file_of_endless_rows_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sam.parquet"
    MINE.write(path)
    monkeypatch.setattr(files, "SPANNED", 20)
    with pytest.raises(SourceError, match="holds 22 payments, expected at most 20"):
        SAM.read(path)


def test_metadata_without_a_unit_state_none(tmp_path: Path) -> None:
    path = tmp_path / "sam.parquet"
    MINE.write(path)
    pq.write_table(pq.read_table(path).replace_schema_metadata({b"sam": b"{}"}), path)
    assert SAM.read(path).unit == "(unit not stated)"


# One reading of numbers


BAD = ("1_000", "nan", "inf", "(5)", "5%", "0x10", "True", "1,0")


@pytest.mark.parametrize("value", [*BAD, " "])
@pytest.mark.parametrize("form", ["square.csv", "long.csv", "long.parquet", "frame", "matrix"])
def test_what_is_no_number_in_one_layout_is_none_in_another(
    tmp_path: Path, value: str, form: str
) -> None:
    if value == " " and form == "square.csv":
        return  # a blank cell of a square table is nothing paid
    with pytest.raises((SourceError, SAMError)) as error:
        read_with(tmp_path, value, form)
    assert "np." not in str(error.value)


@pytest.mark.parametrize("value", ["1,234.5", "１２３４.5", "1 234.5", "1234.5*", "+1234.5"])
@pytest.mark.parametrize("form", ["square.csv", "long.csv", "long.parquet", "frame", "matrix"])
def test_a_number_is_one_in_every_layout(tmp_path: Path, value: str, form: str) -> None:
    sam = read_with(tmp_path, value, form)
    assert sam.flow("activity", "commodity").to_numpy().max() == 1234.5


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
@pytest.mark.parametrize("form", ["frame", "matrix", "long.parquet"])
def test_what_is_not_finite_is_shown_as_people_write_it(
    tmp_path: Path, value: float, form: str
) -> None:
    with pytest.raises(SAMError, match=rf"\b{value}\b") as error:
        read_with(tmp_path, value, form)
    assert "np." not in str(error.value)


def read_with(folder: Path, value: object, form: str) -> SAM:
    """The island with another payment of fish, in some form."""
    matrix = MINE.matrix().astype(object)
    matrix.loc[("I", "activity", "boats"), ("I", "commodity", "fish")] = value
    if form == "matrix":
        return SAM.from_matrix(matrix, strict=False)
    frame = MINE.frame.astype({"value": object})
    frame.loc[3, "value"] = value
    if form == "frame":
        return SAM.from_frame(frame, strict=False)
    path = folder / form
    if form == "square.csv":
        rows = square()
        rows[3][5] = f'"{value}"'
        path.write_text(text(rows), encoding="utf-8")
    elif form == "long.csv":
        frame.to_csv(path, index=False)
    elif isinstance(value, str):
        frame.astype({"value": str}).to_parquet(path)
    else:
        frame.astype({"value": float}).to_parquet(path)
    return SAM.read(path, strict=False)


def test_a_truth_value_is_no_number() -> None:
    frame = MINE.frame.astype({"value": object})
    frame.loc[0, "value"] = True
    with pytest.raises(SAMError, match=r"line 1 .* the value True, which is no number"):
        SAM.from_frame(frame)


def test_a_long_sheet_with_notes_beside_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    rows = [list(COLUMNS), *MINE.frame.to_numpy().tolist()]
    rows[3] = [*rows[3], None, "checked"]
    book(path, page=rows)
    same(SAM.read(path))


def test_a_table_read_from_parquet_knows_its_file(tmp_path: Path) -> None:
    path = tmp_path / "sam.parquet"
    MINE.write(path)
    source = SAM.read(path).source
    assert source is not None
    assert (source.file, source.sheet, str(source)) == (str(path), None, str(path))
    assert MINE.source is None
