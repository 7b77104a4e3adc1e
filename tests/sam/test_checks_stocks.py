"""The check of stocks that fall, and what falling stocks mean to other checks."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from sam import SAM
from sam.checks import check_empty_accounts, check_stocks, check_unpaid_emissions, run_checks
from sam.matrix import COLUMNS
from tests.drawdowns import DRAWN, bought_and_sold, drawn_from_stocks
from tests.economies import tiny_dataset


def test_goods_that_are_made_may_come_out_of_stocks() -> None:
    """The account of stocks then pays on what it earns, and is not empty."""
    dataset = drawn_from_stocks(tiny_dataset())
    assert check_stocks(dataset) == []
    assert check_empty_accounts(dataset) == []


def test_stocks_that_cannot_fall_are_named() -> None:
    dataset = bought_and_sold(tiny_dataset(), "A", "ELE", 5.0)
    dataset = bought_and_sold(dataset, "B", "COL", 1e5)
    coal, power = check_stocks(dataset)
    assert coal.accounts == ("B/commodity/COL",)
    assert coal.size == pytest.approx(1e5)
    assert "stocks fall by 100,000 1e8 CNY, but only" in coal.message
    assert power.accounts == ("A/commodity/ELE",)
    assert "electricity is not stored" in power.message
    assert [f.accounts for f in check_stocks(dataset.sam)] == [coal.accounts]  # no roles, no power


def test_stocks_that_nobody_owns_are_named() -> None:
    dataset = drawn_from_stocks(tiny_dataset())
    frame = dataset.sam.frame
    fixed = frame["row_kind"].eq("commodity") & frame["col"].eq("INV") & frame["row_region"].eq("A")
    found = check_stocks(SAM(frame[~fixed]))
    places = [(f.region, f.accounts[0].rpartition("/")[2]) for f in found]
    assert places == [("A", "COL"), ("A", "REF")]
    assert [f.size for f in found] == [DRAWN[place] for place in places]
    assert "nobody there invests" in found[0].message


def test_process_emissions_are_checked_where_nothing_is_burnt() -> None:
    dataset = tiny_dataset()
    process = dataset.process.iloc[[0]].assign(region="B", sector="COL", mt_co2=1.0)
    clean = replace(dataset, process=process, combustion=dataset.combustion.iloc[:0])
    (finding,) = check_unpaid_emissions(clean)
    assert finding.accounts == ("B/activity/COL",)
    assert run_checks(clean, only=["unpaid_emissions"]).errors == [finding]


def test_a_subsidy_is_no_output() -> None:
    """Paid by the tax account to mines that sell nothing."""
    dataset = tiny_dataset()
    payment = ("B", "activity", "COL", "B", "tax", "OTX", 4.0)
    lines = [*dataset.sam.frame.itertuples(index=False, name=None), payment]
    subsidised = SAM(pd.DataFrame(lines, columns=list(COLUMNS)))
    process = dataset.process.iloc[[0]].assign(region="B", sector="COL", mt_co2=1.0)
    found = check_unpaid_emissions(replace(dataset, sam=subsidised, process=process))
    assert [f.accounts for f in found] == [("B/activity/COL",)]
