"""The official national table in model sectors: it balances, and is the print added up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from recipes.yrd2020.comparisons import comparisons
from recipes.yrd2020.flows import CAPITAL, LABOUR, TAX
from recipes.yrd2020.inputs import load_inputs
from recipes.yrd2020.official import from_table, read_official
from recipes.yrd2020.sources import TABLE_YEARS, national_table_file
from sam import load_dataset
from sam.comparison import COMPONENTS
from sam.concordance import load_concordance
from sam.errors import SourceError
from sam.readers import NationalTable
from tests.recipes.nations import FARM_SERVICES, SECTORS, nation, regions, table_of

Array = npt.NDArray[np.float64]

PRINTED = {"FU101": "RUR", "FU102": "URB", "FU103": "GOV", "FU201": "FIX", "FU202": "STK"}
"""Final uses as printed and as the accounts call them."""

ADDED = {"VA001": "LAB", "VA002": "NTX", "VA003": "CAP", "VA004": "CAP"}
"""Components of value added as printed and as the accounts call them."""


def test_a_cell_is_told_by_its_row_and_column() -> None:
    cells = {
        ("COL", "ELE"): 3.0,
        ("LAB", "COL"): 2.0,
        ("CAP", "ELE"): -1.0,
        ("COL", "EX"): 1.0,
        ("COL", "IM"): 4.0,
        ("ELE", "URB"): 2.5,
        ("COL", "STK"): -0.5,
    }
    table = table_of(cells)
    assert table.cells.to_dict() == cells
    gap = dict(zip(SECTORS, table.gap, strict=True))
    assert gap["COL"] == 3.0 - 0.5 + 1.0 - 4.0 - 2.0  # uses less imports less costs
    assert gap["ELE"] == 2.5 - (3.0 - 1.0)
    assert table.made.sum() == 1.0


def test_regions_that_balance_make_a_nation_that_does() -> None:
    np.testing.assert_allclose(nation(regions(0)).gap, 0.0, atol=1e-9)


def as_read(rounding: float) -> NationalTable:
    """A table as the reader gives it, whose rows and columns differ by rounding."""
    table, none = nation(regions(1)), np.zeros(len(SECTORS))
    labour, tax, capital = table.value_added
    error = rounding * np.random.default_rng(2).uniform(-1.0, 1.0, len(SECTORS))
    return NationalTable(
        name="made up",
        year=2020,
        codes=SECTORS,
        names=SECTORS,
        english=SECTORS,
        uses=tuple(PRINTED),
        intermediate=table.intermediate,
        final=table.final,
        exports=table.exports,
        imports=table.imports,
        other=none,
        value_added=np.stack([labour, tax, 0.4 * capital, 0.6 * capital + error]),
        output=table.output,
    )


def test_what_rounding_leaves_goes_into_surplus() -> None:
    printed, table = as_read(1e-4), nation(regions(1))
    found = from_table(printed)
    assert np.abs(printed.supply - printed.cost).max() > 1e-5
    np.testing.assert_allclose(found.gap, 0.0, atol=1e-9)
    np.testing.assert_allclose(found.value_added, table.value_added)  # depreciation with surplus
    np.testing.assert_array_equal(found.intermediate, printed.intermediate)
    np.testing.assert_array_equal(found.value_added[LABOUR], printed.value_added[0])
    np.testing.assert_array_equal(found.value_added[TAX], printed.value_added[1])
    with pytest.raises(SourceError, match=r"made up: uses of sectors .* differ from"):
        from_table(replace(printed, imports=printed.imports + 1.0))


def test_the_national_table_of_a_year_is_one_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"table of 2023: found none, expected .*china_io_2023_"):
        national_table_file(tmp_path, 2023)
    folder = tmp_path / "io2023"
    folder.mkdir()
    for name in ("china_io_2023_42_domestic_imports.csv", "china_io_2023_153.csv"):
        (folder / name).write_text("")
    assert national_table_file(tmp_path, 2023).name == "china_io_2023_153.csv"
    (folder / "china_io_2023_42.csv").write_text("")
    with pytest.raises(SourceError, match=r"found .*_153\.csv, .*_42\.csv, expected one file"):
        national_table_file(tmp_path, 2023)


def test_published_totals_stand_beside_what_the_table_has() -> None:
    table = nation(regions(3))
    found = comparisons(table, 2020, FARM_SERVICES, load_inputs()).set_index("item")
    assert found.index.str.startswith("compare: ").all()
    assert (found["region"] == "CN").all()
    has = found["note"].str.removeprefix("the official table has ").astype(float)
    parts = has[[f"compare: gdp_{name}" for name in ("primary", "secondary", "tertiary")]]
    assert parts.sum() == pytest.approx(has["compare: gdp"], rel=1e-5)
    farms = table.made[0]
    assert has["compare: gdp_primary"] == pytest.approx((1.0 - FARM_SERVICES) * farms, rel=1e-5)
    assert has["compare: gdp"] == pytest.approx(table.value_added.sum(), rel=1e-5)
    for side in ("exports", "imports"):
        both = has[f"compare: goods_{side}"] + has[f"compare: services_{side}"]
        assert both == pytest.approx(getattr(table, side).sum(), rel=1e-5)
    finance = table.value_added[:, SECTORS.index("FIN")].sum()
    assert has["compare: industry_FIN"] == pytest.approx(finance, rel=1e-5)
    other = comparisons(table, 2018, FARM_SERVICES, load_inputs())
    assert "compare: gdp_primary" not in set(other["item"])  # published of 2020 only


@pytest.mark.parametrize("year", TABLE_YEARS)
def test_tables_of_all_years_balance_in_model_sectors(sources: Path, year: int) -> None:
    table = read_official(sources, year)
    assert table.sectors == SECTORS
    np.testing.assert_allclose(table.gap / table.output, 0.0, atol=1e-12)
    assert (table.intermediate >= 0.0).all()
    assert (table.value_added[[LABOUR, CAPITAL]] > 0.0).all()
    demand = table.final.sum() + table.exports.sum() - table.imports.sum()
    assert table.made.sum() == pytest.approx(demand)


def added_up(sources: Path) -> pd.Series:
    """The printed table of 153 sectors in model sectors, oil and gas together, 1e8 CNY."""
    file = sources / "io2020" / "china_io_2020_153.csv.gz"
    table = pd.read_csv(file, dtype={"Code": str}).set_index("Code")
    way = load_concordance("nbs153_to_model").table
    target = dict(zip(way["source"], way["target"], strict=True)) | {"007": "OIL+GAS"}
    rows, columns = {**target, **ADDED}, {**target, **PRINTED, "EX": "EX", "IM": "IM"}
    cells = table.loc[list(rows), list(columns)].astype(float) / 1e4
    summed = cells.rename(index=rows, columns=columns).groupby(level=0).sum()
    both: pd.Series = summed.T.groupby(level=0).sum().T.stack()
    return both


def test_the_shipped_table_is_the_official_print_added_up(sources: Path) -> None:
    printed = added_up(sources)
    shipped = load_dataset("yrd2020").national.replace({"OIL": "OIL+GAS", "GAS": "OIL+GAS"})
    found = shipped.groupby(["row", "column"])["value"].sum().reindex(printed.index).fillna(0.0)
    assert found.sum() == pytest.approx(shipped["value"].sum())  # no cell is elsewhere
    row, column = (printed.index.get_level_values(k) for k in (0, 1))
    cost = printed.groupby(level=1).sum()  # of activities: their output
    surplus = row == "CAP"  # takes what rounding leaves of output
    scale = printed.abs().where(~surplus, cost.reindex(column).to_numpy())
    assert ((found - printed).abs() <= 1e-6 * scale + 1e-9).all()


def test_the_shipped_table_has_the_published_aggregates() -> None:
    # National Bureau of Statistics, input-output table of 2020, 1e8 CNY
    shipped = load_dataset("yrd2020").national
    inner = shipped["row"].isin(SECTORS) & shipped["column"].isin(SECTORS)
    assert shipped.loc[inner, "value"].sum() == pytest.approx(1_682_606, rel=1e-6)
    columns, rows = (shipped.groupby(side)["value"].sum() for side in ("column", "row"))
    published = {"RUR": 81_664, "URB": 302_344, "GOV": 173_625, "FIX": 424_370, "STK": 9_151}
    published |= {"EX": 187_926, "IM": 162_659}
    for name, value in published.items():
        assert columns[name] == pytest.approx(value, abs=0.51)
    added = {"LAB": 529_566, "NTX": 89_580, "CAP": 150_582 + 246_694}
    for name, value in added.items():
        assert rows[name] == pytest.approx(value, abs=0.7)
    assert rows[list(COMPONENTS)].sum() == pytest.approx(1_016_422, abs=0.51)
