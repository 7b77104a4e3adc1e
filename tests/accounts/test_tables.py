"""Tables hold all there is, with units, and their numbers are those of the equilibrium."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xarray as xr

from cge.accounts import SUBJECTS
from cge.language import DeclarationError
from tests.accounts.conftest import Pair


def test_every_variable_has_unit_and_meaning(consumers: Pair, free_trade: Pair) -> None:
    for e in (consumers.new, free_trade.new):
        data = e.to_dataset()
        for variable in data.values():
            assert variable.attrs["units"]
            assert variable.attrs["long_name"]
            assert variable.attrs["subject"] in SUBJECTS


def test_units_follow_from_the_declaration(consumers: Pair) -> None:
    data = consumers.new.to_dataset()
    assert data["price.P"].attrs["units"] == "index"
    assert data["price.PC"].attrs["units"] == "USD/t"
    assert data["quantity.Y.PL"].attrs["units"] == "hour"
    assert data["quantity.Y.P"].attrs["units"] == "USD at benchmark prices"
    assert data["value.Y.PL"].attrs["units"] == "USD"
    assert "the first household" in data["income.A"].attrs["long_name"]


def test_numbers_are_those_of_the_equilibrium(consumers: Pair) -> None:
    e = consumers.new
    data = e.to_dataset()
    np.testing.assert_array_equal(data["price.P"], e.price("P"))
    np.testing.assert_array_equal(data["level.Y"], e.level("Y"))
    np.testing.assert_array_equal(data["income.A"], e.income("A"))
    np.testing.assert_array_equal(data["quantity.A.drink"], e.quantity("A", "drink"))


def test_accounts_add_up(consumers: Pair) -> None:
    """Markets clear, zero profit, budgets: in the numbers of the table alone."""
    d = consumers.new.to_dataset()
    np.testing.assert_allclose(d["supply.P"], d["demand.P"], rtol=1e-9)
    cost = d["value.Y.PL"] + d["value.Y.PC"]
    np.testing.assert_allclose(d["value.Y.P"], cost, rtol=1e-9)
    taxes = sum(d[f"tax.{flow}.tax"].sum() for flow in ("A.food", "A.drink", "B.goods", "C.goods"))
    taxes = taxes + d["tax.C.goods.excise"].sum()
    assert taxes.item() == pytest.approx(d["gift.STATE.to.A"].item(), rel=1e-9)
    spent = d["value.A.food"].sum() + d["value.A.drink"].sum()
    earned = d["endowment_value.A.labour"] + taxes
    assert spent.item() == pytest.approx(earned.item(), rel=1e-9)
    assert d["gross_income.A"].item() == pytest.approx(earned.item(), rel=1e-9)


def test_the_long_table_has_a_row_for_each_member(free_trade: Pair) -> None:
    data, table = free_trade.new.to_dataset(), free_trade.new.to_frame()
    assert len(table) == sum(variable.size for variable in data.values())
    row = table[(table["variable"] == "price.PD") & (table["i"] == "MLK")]
    assert row["value"].item() == data["price.PD"].sel(i="MLK").item()
    assert (table.loc[table["variable"] == "price.FX", ["i", "j", "f"]] == "").all(axis=None)


def test_a_dataset_is_kept_as_netcdf(consumers: Pair, tmp_path: Path) -> None:
    data = consumers.new.to_dataset()
    data.to_netcdf(tmp_path / "e.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "e.nc", engine="h5netcdf") as again:
        assert again.load().equals(data)
        assert again["price.PC"].attrs["units"] == "USD/t"


def test_the_workbook_has_a_sheet_for_each_subject(consumers: Pair, tmp_path: Path) -> None:
    path = consumers.new.to_excel(tmp_path / "e.xlsx")
    book = openpyxl.load_workbook(path)
    assert {"about", "prices", "tax revenue", "welfare"} <= set(book.sheetnames)
    sheet = book["prices"]
    assert [cell.value for cell in sheet[1]] == [
        "variable", "i", "value [index]", "value [USD/hour]", "value [USD/t]", "meaning",
    ]  # fmt: skip
    assert sheet.freeze_panes == "C2"
    bread = next(row for row in sheet.values if row[:2] == ("price.P", "bread"))
    assert bread[2] == consumers.new.price("P").sel(i="bread").item()


def test_percentage_changes(consumers: Pair) -> None:
    base, new = consumers.base, consumers.new
    comparison = new.compare(base)
    ratio = (new.price("P") / base.price("P")).values
    np.testing.assert_allclose(comparison.percent["price.P"], 100 * (ratio - 1), rtol=1e-12)
    np.testing.assert_array_equal(
        comparison.change["level.Y"], new.level("Y").values - base.level("Y").values
    )
    assert comparison.percent["price.P"].attrs["units"] == "%"


def test_from_zero_there_is_no_percentage_and_the_table_says_so(consumers: Pair) -> None:
    table = consumers.new.compare(consumers.base).to_frame().set_index("variable")
    permits = table.loc["price.PC"]
    assert permits["note"] == "from zero"
    assert np.isnan(permits["percent"])
    assert permits["change"] == permits["new"] > 0
    back = consumers.base.compare(consumers.new).to_frame().set_index("variable")
    assert back.loc["price.PC", "note"] == "to zero"
    assert back.loc["price.PC", "percent"] == pytest.approx(-100.0)


def test_a_comparison_is_written_too(consumers: Pair, tmp_path: Path) -> None:
    comparison = consumers.new.compare(consumers.base)
    book = openpyxl.load_workbook(comparison.to_excel(tmp_path / "c.xlsx"))
    heads = [cell.value for cell in book["prices"][1]]
    assert heads[2:5] == ["base [index]", "base [USD/hour]", "base [USD/t]"]
    assert heads.count("percent [%]") == 1
    assert heads[-2:] == ["note", "meaning"]


def test_other_numeraires_are_refused(consumers: Pair, free_trade: Pair) -> None:
    with pytest.raises(DeclarationError, match="relative to PF, those of the new equilibrium to P"):
        consumers.new.compare(free_trade.base)


def test_the_largest_changes_come_first(free_trade: Pair) -> None:
    largest = free_trade.new.compare(free_trade.base).largest(5)["percent"].abs()
    assert largest.is_monotonic_decreasing
    assert largest.iloc[0] == 100.0  # the tariff's revenue
