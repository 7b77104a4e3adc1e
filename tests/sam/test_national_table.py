"""National input-output tables: read in every form, balanced, told apart by user."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import ConcordanceError, SAMError, SourceError
from sam.concordance import Concordance, load_classification, load_concordance, load_sectors
from sam.national import model_sectors
from sam.readers import NationalTable, Purchases, read_io_table, read_national_table, treat
from sam.readers.io_table.layout import SECTOR_LISTS
from sam.tables import sam_of_table
from sam.user_weights import UserWeights

Array = npt.NDArray[np.float64]
Rows = list[list[object]]

USES = ("FU101", "FU102", "FU103", "FU201", "FU202")
HEADINGS = {
    "TIU": "中间使用合计",
    "FU101": "农村居民消费支出",
    "FU102": "城镇居民消费支出",
    "THC": "居民消费支出小计",
    "FU103": "政府消费支出",
    "TC": "最终消费支出合计",
    "FU201": "固定资本形成总额",
    "FU202": "存货变动",
    "GCF": "资本形成总额合计",
    "EX": "出口",
    "TFU": "最终使用合计",
    "IM": "进口",
    "GO": "总产出",
}
LABELS = {
    "TII": "中间投入合计",
    "VA001": "劳动者报酬",
    "VA002": "生产税净额",
    "VA003": "固定资产折旧",
    "VA004": "营业盈余",
    "TVA": "增加值合计",
    "TI": "总投入",
}
WHOLE = {"THC": ("FU101", "FU102"), "TC": ("THC", "FU103"), "GCF": ("FU201", "FU202")}


@dataclass(frozen=True)
class Nation:
    """A balanced national table in 1e4 CNY, half of whose imports are of every user alike.

    Attributes:
        names: of the sectors.
        inner, final, exports, imports: uses and imports of goods from anywhere.
        added: value added (component, sector).
    """

    names: tuple[str, ...]
    inner: Array
    final: Array
    exports: Array
    imports: Array
    added: Array

    @property
    def columns(self) -> dict[str, Array]:
        """Every column right of the sectors."""
        c = dict(zip(USES, self.final.T, strict=True))
        for whole, parts in WHOLE.items():
            c[whole] = c[parts[0]] + c[parts[1]]
        use = self.inner.sum(1) + self.final.sum(1) + self.exports
        c |= {"TIU": self.inner.sum(1), "EX": self.exports, "TFU": use - self.inner.sum(1)}
        return c | {"IM": self.imports, "GO": use - self.imports}

    @property
    def rows(self) -> dict[str, Array]:
        """Every row below the sectors."""
        bought, added = self.inner.sum(0), self.added.sum(0)
        components = dict(zip(list(LABELS)[1:5], self.added, strict=True))
        return {"TII": bought, **components, "TVA": added, "TI": bought + added}


def nation(names: Sequence[str], seed: int = 0) -> Nation:
    """A random nation, whose surplus closes every column."""
    rng, n = np.random.default_rng(seed), len(names)
    inner = rng.uniform(0.0, 2e9 / n**2, (n, n)) * (rng.random((n, n)) < 0.8)
    final = rng.uniform(0.0, 1e9 / n, (n, 5))
    exports, imports = rng.uniform(0.0, 2e8 / n, (2, n))
    added = rng.uniform(1e7 / n, 1e8 / n, (4, n))  # component, sector
    output = inner.sum(1) + final.sum(1) + exports - imports
    added[3] = output - inner.sum(0) - added[:3].sum(0)
    return Nation(tuple(names), inner, final, exports, imports, added)


def listed(table: Nation, columns: Sequence[str] = tuple(HEADINGS)) -> Rows:
    """Rows in list form: codes, English and Chinese names, numbers."""
    right = np.column_stack([table.columns[name] for name in columns])
    codes = [f"{k + 1:03d}" for k in range(len(table.names))]
    body: Rows = [["Code", "Description", "DescriptionInChinese", *codes, *columns]]
    for k, (code, name) in enumerate(zip(codes, table.names, strict=True)):
        body.append([code, f"Good {k + 1}", name, *table.inner[k].tolist(), *right[k].tolist()])
    for code, values in table.rows.items():
        blank = [""] * len(columns)
        body.append([code, code.title(), LABELS[code], *values.tolist(), *blank])
    return body


ORIGIN_COLUMNS = ("TIU", "TC", "FU201", "FU202", "EX", "TFU")


def by_origin(table: Nation, share: float) -> Rows:
    """Rows in list form with those of imported products, a share of every use, below the others."""
    head, *goods = listed(table, ORIGIN_COLUMNS)
    body: Rows = [[*head[:3], "Origin", *head[3:], "GO"]]
    parts = {"Domestic": 1.0 - share, "Imports": share}
    n = len(table.names)
    sold = table.columns["TIU"] + table.columns["TFU"]
    for origin, part in parts.items():
        for row, total in zip(goods[:n], sold, strict=True):
            body.append([*row[:3], origin, *(part * float(str(x)) for x in row[3:]), part * total])
    return [*body, *([*row[:3], "TOT", *row[3:], ""] for row in goods[n:])]


def imported(table: Nation, share: float) -> Nation:
    """The nation with that share of every use imported."""
    use = table.columns["TIU"] + table.columns["TFU"]
    added = table.added.copy()
    added[3] += (1.0 - share) * use - table.columns["GO"]
    return replace(table, imports=share * use, added=added)


def spread(table: Nation) -> Rows:
    """Cells as the yearbook prints them: title, unit, headings, numbers as codes."""
    n, top = len(table.names), [None, None, None]
    codes = [k + 1 for k in range(n)]
    body = listed(table)[1:]
    for k, row in enumerate(body):
        row[:3] = [None, row[2], codes[k] if k < n else row[0]]
    return [
        ["2022年全国投入产出表"],
        ["按当年生产者价格计算", *[None] * 8, "单位:万元"],
        [*top, *table.names, *HEADINGS.values()],
        [None, None, "代码", *codes, *HEADINGS],
        *body,
        [],
        ["注:本表数据因四舍五入, 合计数与分项之和可能不等。"],
    ]


def write_list(path: Path, rows: Rows) -> Path:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def write_book(path: Path, *sheets: Rows) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for k, rows in enumerate(sheets):
        page = book.create_sheet(f"Sheet{k + 1}")
        for row in rows:
            page.append([None if cell == "" else cell for cell in row])
    book.save(path)
    return path


GOODS = ("粮食", "石油和天然气", "炼油", "机器", "服务")


@pytest.fixture
def table() -> Nation:
    return nation(GOODS)


def check(found: NationalTable, table: Nation) -> None:
    """What was read is the table in 1e8 CNY."""
    pairs = (
        (found.intermediate, table.inner),
        (found.final, table.final),
        (found.exports, table.exports),
        (found.imports, table.imports),
        (found.value_added, table.added),
        (found.output, table.columns["GO"]),
    )
    for read, printed in pairs:
        np.testing.assert_allclose(read, printed / 1e4, rtol=1e-14, atol=1e-9)
    assert not found.other.any()
    assert (found.names, found.uses, found.unit) == (table.names, USES, "1e8 CNY")


@pytest.mark.parametrize("count", [1, 5, 139])
def test_a_list_of_any_number_of_sectors(tmp_path: Path, count: int) -> None:
    table = nation([f"产品{k}" for k in range(count)])
    found = read_national_table(write_list(tmp_path / "china_2012.csv.gz", listed(table)))
    check(found, table)
    assert found.codes == tuple(f"{k + 1:03d}" for k in range(count))
    assert found.english == tuple(f"Good {k + 1}" for k in range(count))
    assert (found.name, found.year, found.imported) == ("china_2012", 2012, None)
    assert [defect.kind for defect in found.defects] == ["unit"]


def test_a_sheet_with_title_unit_and_headings(tmp_path: Path, table: Nation) -> None:
    found = read_national_table(write_book(tmp_path / "book.xlsx", [["目录"]], spread(table)))
    check(found, table)
    assert found.codes == ("1", "2", "3", "4", "5")
    assert (found.year, found.english, found.defects) == (2022, ("",) * 5, ())


def test_rows_and_columns_in_any_order(tmp_path: Path, table: Nation) -> None:
    rows = spread(table)
    straight = read_national_table(write_book(tmp_path / "straight.xlsx", rows))
    for row in rows[2:-2]:
        row[3:8] = row[7:2:-1]
    rows[4:9] = rows[8:3:-1]
    found = read_national_table(write_book(tmp_path / "turned.xlsx", rows))
    assert found.codes == straight.codes[::-1]
    np.testing.assert_array_equal(found.intermediate, straight.intermediate[::-1, ::-1])
    np.testing.assert_array_equal(found.output, straight.output[::-1])


def test_the_imported_part_of_every_use(tmp_path: Path, table: Nation) -> None:
    table = imported(table, 0.25)
    path = write_list(tmp_path / "io.csv.gz", by_origin(table, 0.25))
    found = read_national_table(path)
    assert found.uses == ("TC", "FU201", "FU202")
    assert found.imported is not None
    np.testing.assert_allclose(found.intermediate, table.inner / 1e4)
    np.testing.assert_allclose(found.imported.intermediate, 0.25 * table.inner / 1e4)
    np.testing.assert_allclose(found.imported.final, 0.25 * found.final)
    np.testing.assert_allclose(found.imports, table.imports / 1e4)
    np.testing.assert_allclose(found.output, table.columns["GO"] / 1e4)
    assert {defect.kind for defect in found.defects} <= {"unit", "loss"}
    half = found.balanced().aggregated(HALVES, "XY")
    assert half.imported is not None
    np.testing.assert_allclose(half.imported.total, half.imports)
    np.testing.assert_allclose(half.supply, half.cost)


def test_origins_may_stand_beside_the_first_of_their_rows_only(
    tmp_path: Path, table: Nation
) -> None:
    table = imported(table, 0.25)
    rows, n = by_origin(table, 0.25), len(GOODS)
    straight = read_national_table(write_list(tmp_path / "io.csv.gz", rows))
    for k, row in enumerate(rows[1:]):
        words = {0: "国内产品中间投入", n: "进口产品中间投入"}
        row[3] = words.get(k, "")
    found = read_national_table(write_list(tmp_path / "blocks.csv.gz", rows))
    assert found.imported is not None
    assert straight.imported is not None
    np.testing.assert_array_equal(found.imported.intermediate, straight.imported.intermediate)
    np.testing.assert_array_equal(found.output, straight.output)


def with_discrepancy(table: Nation, size: Array) -> Rows:
    """Cells as the yearbook prints them, output and surplus larger by a discrepancy (sector)."""
    rows, n = spread(table), len(table.names)
    for row in rows[2:-2]:
        row.insert(len(row) - 1, None)
    rows[2][-2], rows[3][-2] = "其他", "ERR"
    for k in range(n):
        goods = rows[4 + k]
        goods[-2], goods[-1] = float(size[k]), float(str(goods[-1])) + float(size[k])
        for row in rows[4 + n : 4 + n + 7]:
            if row[2] in ("VA004", "TVA", "TI"):
                row[3 + k] = float(str(row[3 + k])) + float(size[k])
    return rows


@pytest.mark.parametrize("count", [41, 42, 60])
def test_a_nation_becomes_a_sam_without_other_provinces(tmp_path: Path, count: int) -> None:
    size = 2e5 * np.sin(np.arange(count))  # 1e4 CNY, of both signs
    plain = nation([f"部门{k}" for k in range(count)], seed=3)
    plain.added[3] += 1e8 / count  # no losses, which treat would cover
    plain.inner[:] *= 0.1
    plain.added[3] += plain.columns["GO"] - plain.rows["TI"]
    path = write_book(tmp_path / "2015.xlsx", with_discrepancy(plain, size))
    with pytest.raises(SourceError, match=r"OF and IF.*read_national_table"):
        read_io_table(path)
    table = read_national_table(path)
    assert len(table.codes) == count
    np.testing.assert_allclose(table.other, size / 1e4)
    treated = treat(table.regional())
    moved = {t.account: t.size for t in treated.treatments if "stocks" in t.action}
    np.testing.assert_allclose([moved.get(str(k + 1), 0.0) for k in range(count)], size / 1e4)
    assert not treated.outflow.any()
    assert not treated.inflow.any()
    sam = sam_of_table(treated, "China", sectors=table.codes)
    sam.check(1e-9)
    assert sam.names("trade") == []
    items = sam.gdp()["China"]
    for approach in ("production", "income", "expenditure"):
        assert items[approach, "GDP"] == pytest.approx(table.value_added.sum(), rel=1e-9)
    stocks = table.final[:, 4].sum() + size.sum() / 1e4
    assert items["expenditure", "changes in stocks"] == pytest.approx(stocks, rel=1e-9)


def test_a_national_table_is_turned_into_one_region_before_it_is_treated(table: Nation) -> None:
    found = read_national_table_of(listed(table))
    with pytest.raises(SourceError, match=r"table\.regional\(\)"):
        treat(found)  # type: ignore[arg-type]
    with pytest.raises(SAMError, match=r"treat\(table\.regional\(\)\)"):
        sam_of_table(found)  # type: ignore[arg-type]


def test_shares_divide_consumption_that_is_printed_as_a_sum(table: Nation) -> None:
    shares = {"rural": 0.2, "urban": 0.5, "government": 0.3}
    found = read_national_table_of(by_origin(imported(table, 0.25), 0.25))
    with pytest.raises(SourceError, match=r"give consumption=\{'rural': \.\.\., 'urban'"):
        found.regional()
    region = found.regional(shares)
    np.testing.assert_allclose(region.final[:, :3].sum(1), found.final[:, 0])
    np.testing.assert_allclose(region.final[:, 1], 0.5 * found.final[:, 0])
    np.testing.assert_allclose(region.final[:, 3:], found.final[:, 1:])
    for wrong in ({"rural": 1.0}, {**shares, "government": 0.4}, {**shares, "abroad": 0.0}):
        with pytest.raises(SourceError, match="1 together"):
            found.regional(wrong)
    with pytest.raises(SourceError, match="leave out consumption="):
        read_national_table_of(listed(table)).regional(shares)


def test_shares_of_consumption_may_differ_by_good(table: Nation) -> None:
    found = read_national_table_of(by_origin(imported(table, 0.25), 0.25))
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(3), len(found.codes)).T
    given = dict(zip(("rural", "urban", "government"), shares, strict=True))
    region = found.regional(given)
    np.testing.assert_allclose(region.final[:, :3], shares.T * found.final[:, :1])
    for labels in (found.codes, found.names):
        frame = pd.DataFrame(given, index=list(labels)).iloc[::-1]
        np.testing.assert_array_equal(found.regional(frame).final, region.final)
    one_off = {**given, "rural": given["rural"] + 0.1 * (np.arange(len(found.codes)) == 1)}
    with pytest.raises(SourceError, match="1 together"):
        found.regional(one_off)
    twice = pd.Series(0.5, index=[*found.codes, found.codes[0]])
    for wrong in (given["rural"][1:], "half", pd.Series({"A": 0.5}), twice):
        with pytest.raises(SourceError, match=r"consumption\['rural'\]: expected one share, or"):
            found.regional({**given, "rural": wrong})


def test_capital_formation_without_stocks_is_fixed(tmp_path: Path, table: Nation) -> None:
    columns = ("FU101", "FU102", "FU103", "GCF", "EX", "IM", "GO")
    found = read_national_table_of(listed(table, columns))
    np.testing.assert_allclose(found.regional().final[:, 3], found.final[:, 3])
    assert not found.regional().final[:, 4].any()


def test_sums_stand_for_parts_that_are_not_printed(tmp_path: Path, table: Nation) -> None:
    columns = ("THC", "FU103", "GCF", "EX", "IM", "GO")
    found = read_national_table(write_list(tmp_path / "io.csv.gz", listed(table, columns)))
    assert found.uses == ("THC", "FU103", "GCF")
    np.testing.assert_allclose(found.final.sum(1), table.final.sum(1) / 1e4)


def cell(row: int, column: int, value: object) -> Callable[[Rows], None]:
    def edit(rows: Rows) -> None:
        rows[row][column] = value

    return edit


def dropped(column: str) -> Callable[[Rows], None]:
    def edit(rows: Rows) -> None:
        place = rows[0].index(column)
        for row in rows:
            del row[place]

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (cell(2, 0, "001"), "row 3, column A: found 'row code 1 again'"),
        (cell(5, 0, "006"), "row 6, column A: found 'row code 6', expected a sector that has a"),
        (cell(0, 4, "001"), "row 1, column E: found 'column code 1 again'"),
        (cell(0, 19, "IF"), "read_io_table reads a province's table"),
        (cell(3, 5, "n.a."), r"row 4, column F: found 'n.a.', expected a number \(row code 003"),
        (cell(7, 2, "营业盈余"), "row 8, columns? A-C: found '营业盈余', expected '劳动者报酬'"),
        (cell(9, 0, None), r"no row code \['VA003'\]"),
        (lambda rows: rows[3].__setitem__(slice(1, 3), ["", ""]), "the name of sector 003"),
        (dropped("EX"), "no row of column codes"),
        (dropped("003"), "found 'row code 3', expected a sector that has a column"),
    ],
)
def test_a_broken_list_is_refused(
    tmp_path: Path, table: Nation, edit: Callable[[Rows], None], words: str
) -> None:
    rows = listed(table)
    edit(rows)
    with pytest.raises(SourceError, match=words):
        read_national_table(write_list(tmp_path / "io.csv.gz", rows))


def test_final_use_without_consumption_is_refused(tmp_path: Path, table: Nation) -> None:
    path = write_list(tmp_path / "io.csv.gz", listed(table, ("FU101", "GCF", "EX", "IM", "GO")))
    with pytest.raises(SourceError, match="no column code TC', expected it or its parts THC"):
        read_national_table(path)


def test_names_above_and_beside_and_of_both_origins_agree(tmp_path: Path, table: Nation) -> None:
    rows = spread(table)
    rows[2][3], rows[2][4] = rows[2][4], rows[2][3]
    with pytest.raises(SourceError, match=r"row 1-3, column D: .*'粮食' above column code 1"):
        read_national_table(write_book(tmp_path / "book.xlsx", rows))
    rows = by_origin(table, 0.5)
    rows[7][2] = "煤"
    with pytest.raises(SourceError, match=r"found Label.*'煤'.*as in row 3"):
        read_national_table(write_list(tmp_path / "io.csv.gz", rows))
    with pytest.raises(SourceError, match=r"no row code \['2 imports'\]"):
        read_national_table(write_list(tmp_path / "io.csv.gz", rows[:7] + rows[8:]))


def test_one_sheet_holds_the_table(tmp_path: Path, table: Nation) -> None:
    path = write_book(tmp_path / "two.xlsx", spread(table), spread(table))
    with pytest.raises(SourceError, match=r"\['Sheet1', 'Sheet2'\] hold tables"):
        read_national_table(path)
    check(read_national_table(path, sheet="Sheet2"), table)


def test_a_wrong_unit_is_refused_unless_the_size_is_meant(tmp_path: Path, table: Nation) -> None:
    rows = spread(table)
    rows[1][-1] = "单位:亿元"
    path = write_book(tmp_path / "book.xlsx", rows)
    with pytest.raises(SourceError, match=r"gross output of .* of a nation, read in units of 1e"):
        read_national_table(path)
    with pytest.raises(SourceError, match=r"output_range=\(low, high\)"):
        read_national_table(path)
    large = read_national_table(path, output_range=(0.0, 1e12))
    np.testing.assert_allclose(large.output, table.columns["GO"])
    assert [defect.kind for defect in large.defects][:1] == ["unusual_unit"]


def test_a_year_is_read_only_where_it_is_one(tmp_path: Path, table: Nation) -> None:
    path = write_list(tmp_path / "io_2017_2018.csv.gz", listed(table))
    assert read_national_table(path).year is None
    assert read_national_table(path, year=2017).year == 2017


def rounded(table: Nation, digits: int = 7) -> Nation:
    """Every number to some digits."""

    def cut(values: Array) -> Array:
        texts = [f"{value:.{digits - 1}e}" for value in values.flat]
        return np.array(texts, dtype=float).reshape(values.shape)

    parts = (
        cut(getattr(table, name)) for name in ("inner", "final", "exports", "imports", "added")
    )
    return Nation(table.names, *parts)


def test_roundings_go_into_surplus_and_misprints_are_named(tmp_path: Path) -> None:
    table = rounded(nation([f"产品{k}" for k in range(60)]))
    rows = listed(table)
    found = read_national_table(write_list(tmp_path / "io.csv.gz", rows))
    assert {defect.kind for defect in found.defects} <= {"unit", "rounding", "loss"}
    exact = found.balanced()
    np.testing.assert_allclose(exact.supply, exact.cost, rtol=1e-14)
    np.testing.assert_allclose(exact.output, found.output, rtol=1e-6)
    moved = exact.value_added - found.value_added
    assert not moved[:3].any()
    assert 0.0 < np.abs(moved[3] / exact.output).max() < 1e-6
    place = 3 + int(np.argmax(table.inner[6]))
    rows[7][place] = 2.0 * table.inner[6, place - 3]
    wrong = read_national_table(write_list(tmp_path / "wrong.csv.gz", rows))
    assert {defect.account for defect in wrong.defects if defect.kind == "imbalance"} == {
        "7",
        str(place - 2),
    }
    with pytest.raises(SourceError, match=r"wrong: uses of sectors .*007 产品6") as refused:
        wrong.balanced()
    assert f"{place - 2:03d} 产品" in str(refused.value)
    accepted = wrong.balanced(tolerance=10.0)
    np.testing.assert_allclose(accepted.supply, accepted.cost, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(0, 16), st.sampled_from([-1.0, 0.5, 1.1, 10.0]))
def test_no_misprint_escapes_the_sums(row: int, column: int, factor: float) -> None:
    """Every cell stands in two sums, its row's and its column's, or in a printed total."""
    table = nation(GOODS)
    rows = listed(table)
    row += row >= 6  # TII stands between goods and value added
    column = column % 5 if row > 5 else column
    before = float(str(rows[row][3 + column]))
    rows[row][3 + column] = factor * before
    found = read_national_table_of(rows)
    assert before == 0.0 or "imbalance" in {defect.kind for defect in found.defects}


def read_national_table_of(rows: Rows) -> NationalTable:
    with TemporaryDirectory() as folder:
        return read_national_table(write_list(Path(folder) / "io.csv.gz", rows))


def concordance(*rows: tuple[str, str, float]) -> Concordance:
    return Concordance("test", pd.DataFrame(rows, columns=["source", "target", "weight"]))


def by_user(*rows: tuple[str, str, str, float]) -> UserWeights:
    return UserWeights("test", pd.DataFrame(rows, columns=["source", "user", "target", "weight"]))


HALVES = concordance(
    ("001", "X", 0.5), ("001", "Y", 0.5), *((f"00{k}", "XY"[k % 2], 1.0) for k in range(2, 6))
)
SPLIT = concordance(
    ("001", "AGR", 1.0), ("002", "OIL", 0.7), ("002", "GAS", 0.3), ("003", "REF", 1.0),
    ("004", "IND", 1.0), ("005", "IND", 1.0),
)  # fmt: skip
SECTORS = ("AGR", "OIL", "GAS", "REF", "IND")
OIL = by_user(
    ("002", "003", "OIL", 1.0), ("002", "FU202", "OIL", 1.0), ("002", "EX", "OIL", 0.25),
    ("002", "EX", "GAS", 0.75), ("002", "IM", "OIL", 0.6), ("002", "IM", "GAS", 0.4),
    ("002", "*", "GAS", 1.0),
)  # fmt: skip


def test_oil_is_told_from_gas_by_who_buys_it(tmp_path: Path, table: Nation) -> None:
    path = write_list(tmp_path / "io.csv.gz", listed(table))
    whole = read_national_table(path).balanced()
    found = whole.aggregated(SPLIT, SECTORS, OIL)
    oil, gas, refining = 1, 2, 3
    bought = whole.intermediate[1]  # user
    share = found.output[oil] / whole.output[1]
    own = bought[1] * np.array([share, 1.0 - share])  # oil and gas buy gas of themselves
    np.testing.assert_allclose(found.intermediate[oil], [0.0, 0.0, 0.0, bought[2], 0.0])
    np.testing.assert_allclose(
        found.intermediate[gas], [bought[0], *own, 0.0, bought[3] + bought[4]]
    )
    np.testing.assert_allclose(found.final[oil], [0.0, 0.0, 0.0, 0.0, whole.final[1, 4]])
    assert found.exports[oil] == pytest.approx(0.25 * whole.exports[1])
    assert found.imports[gas] == pytest.approx(0.4 * whole.imports[1])
    assert found.intermediate[0, oil] == pytest.approx(share * whole.intermediate[0, 1])
    np.testing.assert_allclose(found.supply, found.cost)
    np.testing.assert_allclose(found.supply, found.output)
    assert found.intermediate[:, refining].sum() == pytest.approx(whole.intermediate[:, 2].sum())
    assert found.names == SECTORS


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_every_total_survives_in_other_sectors(seed: int) -> None:
    table = nation(GOODS, seed)
    codes = tuple(f"00{k}" for k in range(1, 6))
    whole = NationalTable(
        "any", 2020, codes, GOODS, GOODS, USES, table.inner, table.final, table.exports,
        table.imports, np.zeros(5), table.added, table.columns["GO"],
    )  # fmt: skip
    part = Purchases(0.1 * whole.intermediate, 0.2 * whole.final, 0.3 * whole.exports)
    for before in (whole, replace(whole, imported=part, imports=part.total)):
        after = before.aggregated(HALVES, ("X", "Y"))
        for name in ("intermediate", "exports", "imports", "output"):
            total = getattr(before, name).sum()
            assert getattr(after, name).sum() == pytest.approx(total, rel=1e-12)
        np.testing.assert_allclose(after.final.sum(0), before.final.sum(0))
        np.testing.assert_allclose(after.value_added.sum(1), before.value_added.sum(1))


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ((("002", "FU1", "OIL", 1.0), ("002", "*", "GAS", 1.0)), r"users \['FU1'\], expected sec"),
        ((("002", "*", "COL", 1.0),), "'002' -> 'COL' is not in concordance test"),
        ((("002", "IM", "OIL", 1.0), ("002", "*", "GAS", 1.0)), "002 -> OIL: .* output of -"),
    ],
)
def test_weights_that_do_not_fit_the_table_are_refused(
    tmp_path: Path, table: Nation, rules: tuple[tuple[str, str, str, float], ...], words: str
) -> None:
    whole = read_national_table(write_list(tmp_path / "io.csv.gz", listed(table)))
    with pytest.raises(ConcordanceError, match=words):
        whole.aggregated(SPLIT, SECTORS, by_user(*rules))


@pytest.mark.parametrize("name", SECTOR_LISTS)
def test_a_table_of_every_list_reaches_the_model_sectors(tmp_path: Path, name: str) -> None:
    names = load_classification(name)
    table = nation(names.tolist())
    crude = names.tolist().index("石油和天然气开采产品")
    table = replace(table, imports=np.where(np.arange(len(names)) == crude, 0.0, table.imports))
    path = write_list(tmp_path / "china_2017_2020.csv.gz", listed(table))
    year = 2017 if name == "nbs149" else 2020
    found = model_sectors(read_national_table(path, year=year))
    assert list(found.codes) == load_sectors()["code"].tolist()
    oil, gas = found.codes.index("OIL"), found.codes.index("GAS")
    assert (found.intermediate[oil] > 0.0).sum() <= 2  # refining, and coking where it is one
    assert found.output[oil] + found.output[gas] == pytest.approx(table.columns["GO"][crude] / 1e4)
    assert found.names[oil] == "石油开采产品"
    with pytest.raises(ConcordanceError, match="say year="):
        model_sectors(read_national_table(path))
    with pytest.raises(ConcordanceError, match="no weights of 1999, expected one of 20"):
        model_sectors(read_national_table(path), 1999)


def test_another_list_of_sectors_needs_a_way_of_its_own(tmp_path: Path, table: Nation) -> None:
    found = read_national_table(write_list(tmp_path / "io_2012.csv.gz", listed(table)))
    with pytest.raises(ConcordanceError, match=r"its 5 sectors are not those of nbs153.*粮食"):
        model_sectors(found)


@pytest.fixture(scope="module")
def official() -> dict[str, NationalTable]:
    sources = os.environ.get("M3C_SOURCES")
    if not sources:
        pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
    files = ("2020_153", "2018_153", "2017_149", "2020_42_domestic_imports")
    folder = Path(sources) / "io2020"
    return {file: read_national_table(folder / f"china_io_{file}.csv.gz") for file in files}


def test_official_tables_balance_but_for_roundings(official: dict[str, NationalTable]) -> None:
    sizes = {name: len(table.codes) for name, table in official.items()}
    assert list(sizes.values()) == [153, 153, 149, 42]
    for table in official.values():
        kinds = {defect.kind for defect in table.defects}
        assert kinds <= {"unit", "rounding", "drawdown", "subsidy", "loss"}
        exact = table.balanced(tolerance=1e-6)
        np.testing.assert_allclose(exact.supply, exact.cost, rtol=1e-13)
    # National Bureau of Statistics, input-output table of 2020: value added, 1e8 CNY
    assert official["2020_153"].value_added.sum() == pytest.approx(1_016_422, abs=1)
    assert official["2020_153"].final[:, 2].sum() == pytest.approx(173_625, abs=1)


def test_official_tables_become_sams_whose_gdp_is_the_value_added(
    official: dict[str, NationalTable],
) -> None:
    """Value added of 2020 is 1,016,422, where the national accounts have 1,013,567 (1e8 CNY)."""
    shares = {"rural": 0.146, "urban": 0.542, "government": 0.312}
    for name, table in official.items():
        region = table.regional(shares if "origin" in name or "imports" in name else None)
        sam = sam_of_table(treat(region), "China", sectors=table.codes)
        sam.check(1e-9)
        assert sam.names("trade") == []
        for approach in ("production", "income", "expenditure"):
            found = sam.gdp().loc[(approach, "GDP"), "China"]
            assert found == pytest.approx(table.value_added.sum(), rel=1e-9), name
    assert official["2020_153"].value_added.sum() == pytest.approx(1_016_422, abs=1)


def test_concordances_name_the_official_sectors(official: dict[str, NationalTable]) -> None:
    lists = ("nbs153", "nbs153", "nbs149", "nbs2017")
    for table, name in zip(official.values(), lists, strict=True):
        names = load_classification(name)
        rows = load_concordance(f"{name}_to_model").table
        assert dict(zip(table.codes, table.names, strict=True)) == names.to_dict()
        assert dict(zip(rows["source"], rows["name"], strict=True)) == names.to_dict()


MERGED = {"GAS": "OIL", "COK": "REF", "NFM": "FER"}
"""Model sectors that the 42 sectors do not tell apart, with the first of each pair."""


def test_the_table_of_153_is_that_of_42(official: dict[str, NationalTable]) -> None:
    """Both tables of 2020 are the same to their digits where neither splits a sector."""
    sectors = load_sectors()["code"].tolist()
    whole = [code for code in sectors if code not in MERGED]
    merge = concordance(*((code, MERGED.get(code, code), 1.0) for code in sectors))
    fine, coarse = (
        model_sectors(official[name]).aggregated(merge, whole)
        for name in ("2020_153", "2020_42_domestic_imports")
    )
    consumption = fine.final[:, :3].sum(1, keepdims=True)
    final = np.hstack([consumption, fine.final[:, 3:]])
    for ours, theirs in (
        (fine.intermediate, coarse.intermediate),
        (final, coarse.final),
        (fine.exports, coarse.exports),
        (fine.imports, coarse.imports),
        (fine.value_added, coarse.value_added),
        (fine.output, coarse.output),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-4)


def test_oil_and_gas_of_the_official_tables(official: dict[str, NationalTable]) -> None:
    """Default weights are the output shares that follow from users and customs."""
    for name, classification, source in (
        ("2020_153", "nbs153", "007"),
        ("2017_149", "nbs149", "007"),
    ):
        table = official[name].balanced()
        found = model_sectors(table)
        np.testing.assert_allclose(found.supply, found.cost, rtol=1e-12)
        oil, gas = (found.codes.index(code) for code in ("OIL", "GAS"))
        rows = load_concordance(f"{classification}_to_model").table.set_index(["source", "target"])
        share = found.output[oil] / (found.output[oil] + found.output[gas])
        assert share == pytest.approx(rows["weight"][source, "OIL"], abs=1e-4)
        assert found.intermediate[oil].nonzero()[0].tolist() == [found.codes.index("REF")]
