"""Tables of bare names, as SAMs are published: read whatever stands around them, or refused."""

from __future__ import annotations

import csv
import gzip
import io
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import SAM, KindsMissing, SAMError, SourceError, suggest_kinds
from sam.matrix.named import name_headings, read_named
from sam.readers.workbook import Sheet
from tests.sam import published
from tests.sam.damage import add_totals

NAMES = published.NAMES["IFPRI"]
KINDS = {NAMES[account]: kind for account, kind in published.KINDS.items()}
TABLE = published.matrix(NAMES)
SOUND = SAM.from_matrix(TABLE, kinds=KINDS)

Rows = list[list[object]]


def rows_of(table: pd.DataFrame = TABLE) -> Rows:
    """A heading row and a heading column of names around the numbers, zeros blank."""
    lines = zip(table.index, table.to_numpy().tolist(), strict=True)
    return [[None, *table.columns], *([name, *(v or None for v in line)] for name, line in lines)]


def written(path: Path, rows: Rows, merged: str | None = None) -> Path:
    """The rows as a CSV file or a workbook."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        page = book.active
        for row in rows:
            page.append(row)
        if merged:
            page.merge_cells(merged)
        book.save(path)
        return path
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    raw = text.getvalue().encode("utf-8")
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def read(path: Path, rows: Rows, merged: str | None = None) -> SAM:
    return SAM.read(written(path, rows, merged), kinds=KINDS)


def same(left: SAM, right: SAM = SOUND) -> None:
    """Equal accounts and payments, whatever their order."""
    order = left.matrix().index
    assert set(order) == set(right.matrix().index)
    pd.testing.assert_frame_equal(left.matrix(), right.matrix().loc[order, order])


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.xlsx"])
def test_a_bare_square_table_is_read(tmp_path: Path, name: str) -> None:
    sam = read(tmp_path / name, rows_of())
    same(sam)
    sam.check(0.0)
    assert sam.regions == ["Home"]
    assert sam.accounts.query("kind == 'row'")["region"].tolist() == ["ROW"]
    named = SAM.read(tmp_path / name, "million", kinds=KINDS, region="Atlantis")
    assert (named.regions, named.unit) == (["Atlantis"], "million")
    by_door = SAM.from_excel if name.endswith("xlsx") else SAM.from_csv
    same(by_door(tmp_path / name, kinds=KINDS))


def test_a_bare_long_table_is_read(tmp_path: Path) -> None:
    long = TABLE.rename_axis("row").melt(ignore_index=False, var_name="col").reset_index()
    long = long[long["value"] != 0.0][["row", "col", "value"]]
    same(SAM.from_frame(long, kinds=KINDS))
    same(SAM.from_frame(long.set_index(["row", "col"]).assign(unit="t"), kinds=KINDS))
    long.to_csv(tmp_path / "x.csv", index=False)
    long.to_parquet(tmp_path / "x.parquet")
    long.to_excel(tmp_path / "x.xlsx", index=False)
    for name in ("x.csv", "x.parquet", "x.xlsx"):
        same(SAM.read(tmp_path / name, kinds=KINDS))
        with pytest.raises(KindsMissing):
            SAM.read(tmp_path / name)
    same(SAM.from_parquet(tmp_path / "x.parquet", kinds=KINDS))
    more = long.assign(source="survey", unit="t")[["source", "col", "unit", "row", "value"]]
    more.to_csv(tmp_path / "x.csv", index=False)
    assert SAM.read(tmp_path / "x.csv", kinds=KINDS).unit == "t"
    (tmp_path / "x.csv").write_text("row,col,value\ngov,dtax,12%\n")
    with pytest.raises(SourceError, match="row 2, column value: found '12%'"):
        SAM.read(tmp_path / "x.csv", kinds=KINDS)


def test_a_frame_with_totals_is_read_and_held_against_them() -> None:
    table = TABLE.copy()
    table["Total"] = table.sum(axis=1)
    table.loc["Total"] = table.sum()
    same(SAM.from_matrix(table, kinds=KINDS))
    table.loc["Total", "trc"] = 99.0
    with pytest.raises(SAMError, match=r"found Total 99 of the column 'trc', expected 6"):
        SAM.from_matrix(table, kinds=KINDS)
    table = table.drop(index="Total")
    table.loc["trc", "Total"] = 1.0
    with pytest.raises(SAMError, match=r"found Total 1 of the row 'trc', expected 6"):
        SAM.from_matrix(table, kinds=KINDS)


def test_blanks_within_names_of_a_frame_do_not_matter() -> None:
    table = TABLE.rename(index={"trc": "trade  costs "}, columns={"trc": "trade costs"})
    table.loc["Total"] = table.sum()
    kinds = {**KINDS, "trade costs": "margin"}
    del kinds["trc"]
    assert (
        SAM.from_matrix(table, kinds=kinds).gdp().loc[("production", "GDP"), "Home"]
        == published.GDP
    )


def test_a_frame_whose_sides_differ_is_refused() -> None:
    with pytest.raises(SAMError, match="in the columns only: trc"):
        SAM.from_matrix(TABLE.drop(index="trc"), kinds=KINDS)
    with pytest.raises(SAMError, match="listed twice in the rows: trc"):
        SAM.from_matrix(pd.concat([TABLE, TABLE.loc[["trc"]]]), kinds=KINDS)


def decorated(rows: Rows, rng: random.Random) -> Rows:
    """The table among other things that do not belong to it."""
    accounts = rows[0][1:]
    across = rng.sample(range(1, len(rows[0])), len(rows[0]) - 1)
    rows = [[row[0], *(row[j] for j in across)] for row in rows]
    rows[1:] = rng.sample(rows[1:], len(rows) - 1)
    total = rng.choice(["Total", "TOTAL", "合计", "Sum"])
    if rng.random() < 0.5:  # a line of totals below
        sums = [sum(row[j] or 0.0 for row in rows[1:]) for j in range(1, len(rows[0]))]
        rows.append([total, *sums])
    if rng.random() < 0.5:  # a column of totals to the right
        rows[0].append(total)
        for row in rows[1:]:
            row.append(sum(value or 0.0 for value in row[1 : len(accounts) + 1]))
    if rng.random() < 0.5:  # descriptions below and beside the names, or numbers
        texts = rng.choice([lambda k: f"account {k} of 2015", lambda k: k])
        first, *others = rows
        described = [first[0], None, *first[1:]]
        second = [None, None, *(texts(k) for k in range(1, len(accounts) + 1))]
        rows = [described, second]
        rows += [[row[0], texts(k), *row[1:]] for k, row in enumerate(others, 1)]
    if rng.random() < 0.5:
        blank = rng.randrange(1, len(rows) + 1)
        rows = [*rows[:blank], [], *rows[blank:]]
    if rng.random() < 0.5:  # a blank column
        rows = [[*row[:1], None, *row[1:]] for row in rows]
    if rng.random() < 0.5:  # remarks to the right and below
        width = max(map(len, rows))
        rows = [[*row, *[None] * (width - len(row)), None] for row in rows]
        rows[min(3, len(rows) - 1)][-1] = "from the survey of 2014"
        rows += [[], ["Source: the author, 2015"], ["Note: 1 means nothing"]]
    if rng.random() < 0.5:  # titles above
        rows = [["SAM of Atlantis, 2015"], [None, "Expenditures"], [], *rows]
    if rng.random() < 0.5:  # everything further to the right
        rows = [[None, None, *row] for row in rows]
    return rows


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_order_and_what_stands_around_changes_nothing(seed: int) -> None:
    name = "x.xlsx" if seed % 4 == 0 else "x.csv"
    with tempfile.TemporaryDirectory() as folder:
        same(read(Path(folder) / name, decorated(rows_of(), random.Random(seed))))


@pytest.mark.parametrize(
    ("words", "unit"), [("unit: million", "million"), ("2015（亿元）", "亿元")]
)
def test_a_title_or_the_corner_tells_the_unit(tmp_path: Path, words: str, unit: str) -> None:
    assert read(tmp_path / "x.csv", [[words], *rows_of()]).unit == unit
    rows = rows_of()
    rows[0][0] = words
    assert read(tmp_path / "x.csv", rows).unit == unit


def test_codes_are_taken_where_descriptions_agree_as_well(tmp_path: Path) -> None:
    rows = rows_of()
    text = {name: f"description of {name}" for name in TABLE.index}
    rows = [
        [None, None, *text.values()],
        [None, *rows[0]],
        *([text[str(row[0])], *row] for row in rows[1:]),
    ]
    same(read(tmp_path / "x.csv", rows))
    same(read(tmp_path / "x.xlsx", rows))


@pytest.mark.parametrize("words", ["ROW TAX TRADE FACTOR household", "row tax trade factor gov"])
def test_words_for_kinds_may_be_names(tmp_path: Path, words: str) -> None:
    names = words.split()
    table = pd.DataFrame(0.0, names, names)
    for receiver, payer in zip(names, [*names[1:], names[0]], strict=True):
        table.loc[receiver, payer] = 5.0
    kinds = dict(zip(names, ["row", "tax", "commodity", "factor", "household"], strict=True))
    sam = SAM.read(written(tmp_path / "x.csv", rows_of(table)), kinds=kinds)
    assert sorted(sam.accounts["account"]) == sorted(names)
    with pytest.raises(KindsMissing):
        SAM.read(tmp_path / "x.csv", region="X")


def test_the_printed_macro_sam_is_a_table_of_names(tmp_path: Path) -> None:
    SOUND.macro().to_csv(tmp_path / "macro.csv")
    sam = SAM.read(tmp_path / "macro.csv", kinds=lambda name: name)
    pd.testing.assert_frame_equal(sam.macro(), SOUND.macro())


@pytest.mark.parametrize("text", ["1,234.5", "1 234.5", "１２３４.5", "1234.5*"])
def test_numbers_as_printed_are_read(tmp_path: Path, text: str) -> None:
    rows: Rows = [[None, "a", "b"], ["a", None, text], ["b", "−1,234.5", "-"]]
    path = written(tmp_path / "x.csv", rows)
    sam = SAM.read(path, kinds={"a": "household", "b": "factor"}, strict=False)
    assert sam.flow("household", "factor").to_numpy().item() == 1234.5
    assert sam.flow("factor", "household").to_numpy().item() == -1234.5


def put(row: int, column: int, value: object) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        rows[row][column] = value

    return change


def drop_row(rows: Rows) -> None:
    del rows[5]


def drop_column(rows: Rows) -> None:
    for row in rows:
        del row[5]


def with_totals(value: float) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        sums = [sum(row[j] or 0.0 for row in rows[1:]) for j in range(1, len(rows[0]))]
        rows.append(["Total", *sums])
        rows[-1][3] = value

    return change


def nameless_total(rows: Rows) -> None:
    with_totals(132.0)(rows)
    rows[-1][0] = None


DAMAGE = (
    (put(3, 2, "12%"), r"row 4, column C: found '12%'.*percentage"),
    (put(3, 2, "(12)"), r"row 4, column C: found '\(12\)'.*parentheses"),
    (put(3, 2, "1,5"), r"row 4, column C: found '1,5'.*groups of three"),
    (put(3, 2, "#REF!"), r"row 4, column C: found '#REF!'"),
    (put(3, 2, "n.a."), r"row 4, column C: found 'n.a.'"),
    (put(3, 2, "2015-01-01"), r"row 4, column C: found '2015-01-01'"),
    (put(3, 2, "nan"), r"row 4, column C: found 'nan'"),
    (put(3, 2, "inf"), r"row 4, column C: found 'inf'"),
    (put(5, 0, None), r"row 6: found 'payments without account', expected the account's name, or"),
    (put(0, 5, None), r"column F: found 'payments without account'"),
    (put(5, 0, "Trc"), r"row 6: found 'Trc', .*without a row stand the columns 'trc'"),
    (put(0, 5, "other"), r"row 6: found 'trc', expected an account that has a column"),
    (put(5, 0, "flab-u"), r"row 7: found 'flab-u', expected each account once"),
    (put(0, 5, "flab-u"), r"column G: found 'flab-u', expected each account once"),
    (drop_row, r"column F: found 'trc', expected an account that has a row"),
    (drop_column, r"row 6: found 'trc', expected an account that has a column"),
    (with_totals(131.0 + 99), r"row 20, column D: found .*230.*, expected 132, the sum"),
    (lambda rows: [nameless_total(rows), put(-1, 3, 9.0)(rows)], "row 20: found 'payments without"),
)


@pytest.mark.parametrize(("damage", "message"), DAMAGE)
@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_what_is_wrong_is_named_with_its_place(
    tmp_path: Path, name: str, damage: Callable[[Rows], object], message: str
) -> None:
    rows = rows_of()
    damage(rows)
    with pytest.raises(SourceError, match=message) as found:
        read(tmp_path / name, rows)
    assert str(found.value).startswith(f"{name}, sheet ")


def test_a_nameless_line_that_states_the_sums_is_a_total(tmp_path: Path) -> None:
    rows = rows_of()
    nameless_total(rows)
    same(read(tmp_path / "x.csv", rows))


def test_a_nameless_line_that_states_differences_is_no_account(tmp_path: Path) -> None:
    rows = rows_of()
    add_totals(rows, "Total")
    for row in rows[1:-1]:
        row.append(0.0)
    same(read(tmp_path / "x.csv", rows))
    rows[4][-1] = 50.0
    with pytest.raises(SourceError, match=r"column U: found 'payments without account'.*or Total"):
        read(tmp_path / "x.csv", rows)


def test_a_rounded_total_and_a_formula_without_result_state_nothing_else(tmp_path: Path) -> None:
    rows = rows_of()
    with_totals(134.0)(rows)  # ten rounded payments make up to five
    same(read(tmp_path / "x.csv", rows))
    rows[-1][3] = "=SUM(D2:D19)"
    same(read(tmp_path / "x.xlsx", rows))


def test_differences_of_totals_are_no_account(tmp_path: Path) -> None:
    rows = rows_of()
    rows[0].append("Check")
    for row in rows[1:]:
        row.append(0.0)
    same(read(tmp_path / "x.csv", rows))
    rows.append(["Check", *[0.0] * 19])  # on both sides
    same(read(tmp_path / "x.csv", rows))
    rows[4][-1] = 50.0
    with pytest.raises(
        SourceError, match=r"row 5, column T: found 'Check 50', expected 0, the difference"
    ):
        read(tmp_path / "x.csv", rows)


def test_totals_are_ignored_where_asked_at_every_door(tmp_path: Path) -> None:
    rows = rows_of()
    with_totals(99.0)(rows)
    path = written(tmp_path / "x.csv", rows)
    with pytest.raises(SourceError, match=r"row 20, column D: .*ignore_totals=True") as refused:
        SAM.read(path, kinds=KINDS)
    assert "--ignore-totals" in str(refused.value)
    same(SAM.read(path, kinds=KINDS, ignore_totals=True))
    same(SAM.from_csv(path, kinds=KINDS, ignore_totals=True))
    same(SAM.from_excel(written(tmp_path / "x.xlsx", rows), kinds=KINDS, ignore_totals=True))
    with pytest.raises(SourceError, match="ignore_totals=True"):
        suggest_kinds(path)
    assert suggest_kinds(path, ignore_totals=True)["gov"] == "government"
    frame = TABLE.copy()
    frame.loc["Total"] = 99.0
    with pytest.raises(SAMError, match="ignore_totals=True"):
        SAM.from_matrix(frame, kinds=KINDS)
    same(SAM.from_matrix(frame, kinds=KINDS, ignore_totals=True))
    assert suggest_kinds(frame, ignore_totals=True)["gov"] == "government"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_subtotals_are_sums_of_their_neighbours_or_named(tmp_path: Path, suffix: str) -> None:
    rows = rows_of()
    first = [sum(row[j] or 0.0 for row in rows[1:5]) for j in range(1, len(rows[0]))]
    rows.insert(5, ["Sub-total", *first])
    for k, row in enumerate(rows):  # the columns beside it as well
        row.insert(3, "小计" if k == 0 else sum(x or 0.0 for x in row[1:3]))
    same(read(tmp_path / f"x{suffix}", rows))
    rows[5][1] = 1.0
    with pytest.raises(SourceError, match=r"row 6, column B: found 'Sub-total 1', expected 50"):
        read(tmp_path / f"x{suffix}", rows)


def test_totals_by_an_unknown_name_are_told_by_their_numbers(tmp_path: Path) -> None:
    """As an account they would double the table without unbalancing it."""
    rows = rows_of()
    add_totals(rows, "Everything")
    path = written(tmp_path / "x.csv", rows)
    kinds = {**KINDS, "Everything": "row"}
    told = r"row 20: found 'Everything, whose entries are the sums.*name them Total; ignore_totals="
    with pytest.raises(SourceError, match=told):
        SAM.read(path, kinds=kinds)
    assert len(SAM.read(path, kinds=kinds, ignore_totals=True).accounts) == 19
    rows[0][-1] = rows[-1][0] = "Total"
    same(read(path, rows))
    frame = TABLE.copy()
    frame["Everything"] = frame.sum(axis=1)
    frame.loc["Everything"] = frame.sum()
    with pytest.raises(SAMError, match="account 'Everything', whose entries are the sums of all"):
        SAM.from_matrix(frame, kinds=kinds)
    assert len(SAM.from_matrix(frame, kinds=kinds, ignore_totals=True).accounts) == 19
    same(SAM.from_matrix(frame.rename(index=str.lower).iloc[:-1, :-1], kinds=KINDS))


def test_a_row_cut_short_is_named(tmp_path: Path) -> None:
    rows = rows_of()
    full = list(rows[3])
    rows[3] = rows[3][:8]
    with pytest.raises(SourceError, match=r"row 4, .*found '8 cells, receipts of .*zeros as 0"):
        read(tmp_path / "x.csv", rows)
    rows[3] = [cell or 0 for cell in full]
    same(read(tmp_path / "x.csv", rows))


def test_a_table_in_which_rows_pay_is_turned_before_kinds_are_given(tmp_path: Path) -> None:
    """A sector is parted by who pays whom."""
    sectors = published.matrix(published.HOSOE, makes=False)
    kinds = {"BRD": "sector", "MLK": "sector", "LAB": "factor", "CAP": "factor", "IDT": "tax"}
    kinds |= {"TRF": "product_tax", "DTX": "tax", "HOH": "household", "GOV": "government"}
    kinds |= {"INV": "investment", "EXT": "row"}
    path = written(tmp_path / "x.csv", rows_of(sectors.T))
    expected = SAM.from_matrix(sectors, kinds=kinds)
    same(SAM.read(path, kinds=kinds, transposed=True), expected)
    same(SAM.from_csv(path, kinds=kinds, transposed=True), expected)
    assert dict(suggest_kinds(path, transposed=True)) == dict(suggest_kinds(sectors))
    with pytest.raises(KindsMissing, match="transposed=True"):
        SAM.read(path)


def test_merged_payments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="of the merged cell"):
        read(tmp_path / "x.xlsx", rows_of(), "D2:D3")


def test_an_account_that_never_pays_has_a_blank_column(tmp_path: Path) -> None:
    rows: Rows = [[None, "a", "b"], ["a", 1.0, None], ["b", 2.0, None]]
    sam = SAM.read(written(tmp_path / "x.csv", rows), kinds={"a": "factor", "b": "household"})
    assert sam.balance().set_index("account").loc["b", ["row_total", "column_total"]].tolist() == [
        2.0,
        0.0,
    ]


@pytest.mark.parametrize("sign", [";", "\t"])
def test_other_signs_between_fields_are_named(tmp_path: Path, sign: str) -> None:
    text = pd.DataFrame(rows_of()).to_csv(index=False, header=False, sep=sign)
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(SourceError, match="save it with commas"):
        SAM.read(tmp_path / "x.csv", kinds=KINDS)


def test_semicolons_beside_decimal_commas_and_totals_are_named(tmp_path: Path) -> None:
    table = TABLE.assign(Total=TABLE.sum(axis=1))
    table.loc["Total"] = table.sum(axis=0)
    table.to_csv(tmp_path / "x.csv", sep=";", decimal=",")
    with pytest.raises(SourceError, match="parted by semicolons"):
        SAM.read(tmp_path / "x.csv", kinds=KINDS)


@pytest.mark.parametrize("name", ["Márgenes de comercio", "Impuestos a la producción", "Ménages"])
def test_accents_in_another_encoding_are_not_read_as_chinese(tmp_path: Path, name: str) -> None:
    called = {TABLE.index[0]: name}
    text = TABLE.rename(index=called, columns=called).to_csv()
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SourceError, match="save it as UTF-8"):
        SAM.read(path, kinds=KINDS)
    path.write_text(text, encoding="utf-8")
    kinds = {called.get(account, account): kind for account, kind in KINDS.items()}
    assert name in set(SAM.read(path, kinds=kinds).accounts["account"])


def test_where_a_row_and_a_column_miss_their_totals_the_cell_is_named(tmp_path: Path) -> None:
    table = TABLE.assign(Total=TABLE.sum(axis=1))
    table.loc["Total"] = table.sum(axis=0)
    i, j = next((i, j) for i in range(len(TABLE)) for j in range(i) if TABLE.iat[i, j])
    table.iat[i, j] += 540.0
    table.to_csv(tmp_path / "x.csv")
    words = f"{TABLE.index[i]} and column {TABLE.columns[j]} both differ from their totals by 540"
    with pytest.raises(SourceError, match=f"{words}.*may be wrong.*--ignore-totals"):
        SAM.read(tmp_path / "x.csv", kinds=KINDS)


def test_a_sheet_without_common_names_is_none() -> None:
    sums = ((None, "Total", "Sum"), ("Total", 1.0, 2.0), ("Sum", 3.0, 4.0))
    assert name_headings(Sheet("x", "x", sums)) is None
    cells = ((None, "a", "b"), ("c", 1.0, 2.0), ("d", 3.0, 4.0))
    assert name_headings(Sheet("x", "x", cells)) is None
    square = ((None, "a", "b"), ("b", 1.0, 2.0), ("a", 3.0, 4.0))
    sheet = Sheet("x", "x", square)
    assert name_headings(sheet) == (0, 0)
    frame, unit = read_named(sheet, 0, 0)
    assert (len(frame), unit) == (4, None)
