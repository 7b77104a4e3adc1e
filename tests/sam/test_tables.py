"""From a table to a SAM: double entry, the table's value added as GDP, who lends to whom."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sam import SAM, SAMError
from sam.checks import check_balance, check_gdp_identity, check_trade_mirror
from sam.concordance import load_concordance
from sam.readers import (
    MultiRegionalTable,
    ProvincialTable,
    read_io_sheet,
    read_multiregional_sheet,
    read_provincial_tables,
    treat,
)
from sam.tables import sam_of_table, sam_of_tables
from tests.sam.official import NAMES, as_sheet, coded_rows, economy
from tests.sam.official_multiregional import multiregional_rows, world

CODES = [f"{k:02d}" for k in range(1, 43)]
PROVINCES = load_concordance("provinces_to_regions").sources


def printed(seed: int = 0) -> ProvincialTable:
    return read_io_sheet(as_sheet(coded_rows(economy(seed))))


def several(seed: int = 0, regions: int = 3, sectors: int = 4) -> MultiRegionalTable:
    return read_multiregional_sheet(
        as_sheet(multiregional_rows(world(seed, regions=regions, sectors=sectors)))
    )


def gdp(sam: SAM, region: str) -> pd.Series:
    """GDP by approach."""
    return sam.gdp()[region].xs("GDP", level="item")


def total(sam: SAM, row_kind: str, col_kind: str, region: str | None = None) -> float:
    return float(sam.flow(row_kind, col_kind, col_region=region).to_numpy().sum())


def paid(sam: SAM, receiver: tuple[str, str], payer: tuple[str, str]) -> float:
    """Payment between accounts named by kind and account, less the payment the other way."""
    frame = sam.frame

    def one(row: tuple[str, str], col: tuple[str, str]) -> float:
        match = (frame["row_kind"] == row[0]) & (frame["row"] == row[1])
        match &= (frame["col_kind"] == col[0]) & (frame["col"] == col[1])
        return float(frame.loc[match, "value"].sum())

    return one(receiver, payer) - one(payer, receiver)


@pytest.mark.parametrize("seed", range(3))
def test_gdp_three_ways_is_the_value_added_of_the_table(seed: int) -> None:
    table = treat(printed(seed))
    sam = sam_of_table(table, "Somewhere", sectors=CODES)
    sam.check(1e-9)
    assert sam.regions == ["Somewhere"]
    assert sam.names("activity") == CODES
    np.testing.assert_allclose(gdp(sam, "Somewhere"), table.value_added.sum(), rtol=1e-12)
    assert check_balance(sam) == check_gdp_identity(sam) == []


def test_a_treatment_does_not_change_the_gdp_of_the_printed_table() -> None:
    sam = sam_of_table(treat(printed()), "A")
    np.testing.assert_allclose(gdp(sam, "A"), economy(0).rows[1:5].sum(), rtol=1e-9)


def test_codes_that_move_a_sector_of_their_list_are_refused() -> None:
    table = treat(printed())
    names = list(table.sectors)
    moved = replace(table, sectors=(*names[:-2], names[-1], names[-2]))
    with pytest.raises(SAMError, match=f"{names[-1]}' '{CODES[-2]}'.*leave out sectors="):
        sam_of_table(moved, "A", sectors=CODES)
    assert sam_of_table(moved, "A").names("activity") == list(moved.sectors)
    in_order = [*CODES[:-2], CODES[-1], CODES[-2]]
    with_codes = sam_of_table(moved, "A", sectors=in_order)
    assert with_codes.names("activity") == in_order
    with pytest.raises(SAMError, match="nbs2017 does not call so"):
        sam_of_table(replace(table, sectors=tuple(NAMES)), "A", sectors=CODES)
    own = replace(table, sectors=tuple(f"Sector {k}" for k in range(len(names))))
    assert sam_of_table(own, "A", sectors=CODES).names("activity") == CODES


def test_uses_and_trade_are_those_of_the_table() -> None:
    table = treat(printed())
    items = sam_of_table(table, "A").gdp()["A"]["expenditure"]
    rural, urban, government, fixed, stocks = table.final.sum(0)
    expected = {
        "household consumption": rural + urban,
        "government consumption": government,
        "fixed investment": fixed,
        "changes in stocks": stocks,
        "exports": table.export.sum(),
        "imports": table.imports.sum(),
        "sales to other regions": table.outflow.sum(),
        "purchases from other regions": table.inflow.sum(),
    }
    for item, value in expected.items():
        assert items[item] == pytest.approx(value, rel=1e-9), item


def test_outside_saving_is_what_trade_lacks() -> None:
    table = treat(printed())
    sam = sam_of_table(table, "A")
    fund = ("investment", "INV")
    foreign = (table.imports - table.export).sum()
    domestic = (table.inflow - table.outflow).sum()
    assert paid(sam, fund, ("row", "ROW")) == pytest.approx(foreign, rel=1e-9)
    assert paid(sam, fund, ("trade", "DOM")) == pytest.approx(domestic, rel=1e-9)
    state = table.value_added[1].sum() - table.final[:, 2].sum()
    assert paid(sam, fund, ("government", "GOV")) == pytest.approx(state, rel=1e-9)


def test_trade_of_one_province_has_no_mirror_in_its_own_sam() -> None:
    sam = sam_of_table(treat(printed()), "A")
    flows = sam.flow("trade", "commodity").to_numpy().sum()
    assert flows > 0.0
    assert check_trade_mirror(sam) == []


def test_households_earn_in_proportion_to_what_they_consume() -> None:
    table = treat(printed())
    sam = sam_of_table(table, "A")
    rural, urban = table.final[:, :2].sum(0)
    for factor in ("LAB", "CAP"):
        incomes = [paid(sam, ("household", name), ("factor", factor)) for name in ("RUR", "URB")]
        assert incomes[0] / incomes[1] == pytest.approx(rural / urban)
    saving = [paid(sam, ("investment", "INV"), ("household", name)) for name in ("RUR", "URB")]
    assert saving[0] / saving[1] == pytest.approx(rural / urban)


def test_given_shares_divide_each_income() -> None:
    table = treat(printed())
    shares = {"RUR": 0.25, "URB": 0.75}
    sam = sam_of_table(table, "A", labour=shares, capital={"URB": 1.0})
    sam.check(1e-9)
    wages = table.value_added[0].sum()
    assert paid(sam, ("household", "RUR"), ("factor", "LAB")) == pytest.approx(0.25 * wages)
    assert paid(sam, ("household", "RUR"), ("factor", "CAP")) == 0.0


@pytest.mark.parametrize("shares", [{"RUR": 0.5}, {"RUR": 2.0, "URB": -1.0}, {"ALL": 1.0}])
def test_shares_that_are_none_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(SAMError, match="are no shares"):
        sam_of_table(treat(printed()), "A", labour=shares)


def test_a_table_as_printed_is_to_be_treated() -> None:
    with pytest.raises(SAMError, match=r"sector \d+ .*discrepancy.*treat the table first"):
        sam_of_table(printed(), "A")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda t: {"output": t.output * 1.001}, "differ from output"),
        (lambda t: {"value_added": t.value_added * 1.001}, "inputs and value added differ"),
        (lambda t: {"export": t.export + t.output, "imports": t.imports + t.output}, "exceed"),
        (lambda t: {"final": t.final - [[t.final.max() + 1, -t.final.max() - 1, 0, 0, 0]]}, "less"),
    ],
)
def test_a_table_that_breaks_an_identity_is_refused(change: object, text: str) -> None:
    table = treat(printed())
    with pytest.raises(SAMError, match=f"{text}.*treat the table"):
        sam_of_table(replace(table, **change(table)), "A")  # type: ignore[operator]


def test_sectors_need_names_of_their_own() -> None:
    with pytest.raises(SAMError, match="a name of its own"):
        sam_of_table(treat(printed()), "A", sectors=["one"] * 42)
    with pytest.raises(SAMError, match="41 names of sectors for 42"):
        sam_of_table(treat(printed()), "A", sectors=CODES[1:])


def test_stocks_that_fall_pay_the_fund() -> None:
    table = treat(printed())
    used = table.final[:, 4] * 2.0
    final = table.final - np.outer(used, np.arange(5) == 4)
    fallen = replace(table, final=final, inflow=np.maximum(table.inflow - used, 0.0))
    gap = table.inflow - fallen.inflow - used  # where inflow could not fall as far
    fallen = replace(fallen, outflow=table.outflow - gap)
    sam = sam_of_table(treat(fallen), "A")
    sam.check(1e-9)
    assert sam.gdp()["A"]["expenditure"]["changes in stocks"] < 0.0


@pytest.mark.parametrize("seed", range(3))
def test_gdp_of_every_region_is_its_value_added(seed: int) -> None:
    table = several(seed)
    sam = sam_of_tables(table)
    sam.check(1e-9)
    assert sam.regions == list(table.regions)
    for r, region in enumerate(table.regions):
        np.testing.assert_allclose(gdp(sam, region), table.value_added[:, r].sum(), rtol=1e-9)
    assert check_balance(sam) == check_gdp_identity(sam) == []


def test_regions_buy_what_the_table_says() -> None:
    table = several(1)
    sam = sam_of_tables(table)
    trade = table.intermediate.sum(3) + table.final.sum(3)  # origin, good, destination
    origin, destination = table.regions[:2]
    flow = sam.flow("activity", "commodity", row_region=origin, col_region=destination)
    sold = np.diag(flow[[(destination, name) for name in table.sectors]])
    np.testing.assert_allclose(sold, trade[0, :, 1], rtol=1e-12)
    imports = table.imports[0].sum() + table.imports_final[0].sum()
    assert total(sam, "row", "commodity", origin) == pytest.approx(imports)
    assert sam.gdp()[origin]["expenditure"]["imports"] == pytest.approx(imports)
    assert sam.gdp()[origin]["expenditure"]["exports"] == pytest.approx(table.export[0].sum())


def test_errors_of_the_table_are_changes_in_stocks_where_goods_are_made() -> None:
    table = several(2)
    items = sam_of_tables(table).gdp().loc["expenditure"]
    stocks = table.final[..., 4].sum((0, 1)) + table.imports_final[:, 4] + table.other.sum(1)
    np.testing.assert_allclose(items.loc["changes in stocks", list(table.regions)], stocks)


def test_capital_between_regions_sums_to_nothing() -> None:
    sam = sam_of_tables(several(0))
    table = sam.balance()
    account = table[table["account"] == "ICA"].squeeze()
    assert account["row_total"] == pytest.approx(account["column_total"])
    assert account["row_total"] > 0.0


def test_a_multi_regional_table_that_does_not_balance_is_refused() -> None:
    table = several(0)
    table.output[1, 2] *= 1.01
    with pytest.raises(SAMError, match=r"sector 3 .*differ from output.*tolerance="):
        sam_of_tables(table)
    sam_of_tables(table, tolerance=0.02).check(1e-9)


def sources_2007() -> Path:
    sources = os.environ.get("M3C_SOURCES")
    if not sources:
        pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
    return Path(sources) / "io2007" / "china_provincial_io_2007.xls"


def test_every_province_of_2007_becomes_a_sam() -> None:
    """Treated tables balance; value added is that of the printed components."""
    for province, table in read_provincial_tables(sources_2007(), PROVINCES, NAMES).items():
        sam = sam_of_table(treat(table), province)
        sam.check(1e-9)
        misprints = [t for t in treat(table).treatments if t.kind == "negative_use" and t.size]
        expected = table.value_added.sum()
        np.testing.assert_allclose(
            gdp(sam, province), expected, rtol=1e-12 if not misprints else 1e-5, err_msg=province
        )
