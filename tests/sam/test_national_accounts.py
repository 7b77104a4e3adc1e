"""GDP three ways: a textbook economy by hand, random economies, the embedded dataset."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import SAM, SAMError, load_dataset
from sam.matrix import from_payments
from sam.matrix.national_accounts import DIFFERENCE, EXPENDITURE, GDP, INCOME, NATION, PRODUCTION
from tests.economies import tiny_dataset

Payment = tuple[str, str, str, str, str, str, float]


def pay(receiver: str, payer: str, value: float) -> Payment:
    """A payment within one region, accounts written as kind/name."""
    row_kind, row = receiver.split("/")
    col_kind, col = payer.split("/")
    return "R", row_kind, row, "R", col_kind, col, value


TEXTBOOK = [
    # activities: inputs, labour, capital, tax on production
    pay("commodity/M", "activity/F", 20.0),
    pay("factor/LAB", "activity/F", 40.0),
    pay("factor/CAP", "activity/F", 18.0),
    pay("tax/OTX", "activity/F", 2.0),
    pay("commodity/F", "activity/M", 30.0),
    pay("factor/LAB", "activity/M", 60.0),
    pay("factor/CAP", "activity/M", 30.0),
    pay("tax/OTX", "activity/M", 10.0),
    # commodities: own output, imports with duty, value added tax, domestic trade
    pay("activity/F", "commodity/F", 80.0),
    pay("row/ROW", "commodity/F", 10.0),
    pay("tax/TAR", "commodity/F", 2.0),
    pay("trade/DOM", "commodity/F", 3.0),
    pay("activity/M", "commodity/M", 130.0),
    pay("row/ROW", "commodity/M", 25.0),
    pay("tax/TAR", "commodity/M", 3.0),
    pay("tax/VAT", "commodity/M", 6.0),
    pay("trade/DOM", "commodity/M", 8.0),
    # final demand; stocks of manufactures fall
    pay("commodity/F", "household/HH", 50.0),
    pay("commodity/M", "household/HH", 60.0),
    pay("commodity/M", "government/GOV", 25.0),
    pay("commodity/M", "investment/INV", 30.0),
    pay("commodity/F", "inventory/STK", 5.0),
    pay("commodity/M", "inventory/STK", -3.0),
    pay("commodity/M", "row/ROW", 40.0),
    pay("commodity/F", "trade/DOM", 10.0),
    # incomes and saving
    pay("household/HH", "factor/LAB", 100.0),
    pay("household/HH", "factor/CAP", 48.0),
    pay("government/GOV", "tax/OTX", 12.0),
    pay("government/GOV", "tax/TAR", 5.0),
    pay("government/GOV", "tax/VAT", 6.0),
    pay("investment/INV", "household/HH", 38.0),
    pay("investment/INV", "government/GOV", -2.0),
    pay("investment/INV", "row/ROW", -5.0),
    pay("investment/INV", "trade/DOM", 1.0),
    pay("inventory/STK", "investment/INV", 2.0),
]
"""A closed set of accounts of one region: trade with abroad and with the rest of the country."""

BY_HAND = {
    (PRODUCTION, "output"): 210.0,
    (PRODUCTION, "intermediate consumption"): 50.0,
    (PRODUCTION, "taxes on products"): 11.0,
    (PRODUCTION, GDP): 171.0,
    (INCOME, "LAB"): 100.0,
    (INCOME, "CAP"): 48.0,
    (INCOME, "other incomes"): 0.0,
    (INCOME, "taxes on production"): 12.0,
    (INCOME, "taxes on products"): 11.0,
    (INCOME, GDP): 171.0,
    (EXPENDITURE, "household consumption"): 110.0,
    (EXPENDITURE, "government consumption"): 25.0,
    (EXPENDITURE, "fixed investment"): 30.0,
    (EXPENDITURE, "changes in stocks"): 2.0,
    (EXPENDITURE, "exports"): 40.0,
    (EXPENDITURE, "sales to other regions"): 10.0,
    (EXPENDITURE, "imports"): 35.0,
    (EXPENDITURE, "purchases from other regions"): 11.0,
    (EXPENDITURE, GDP): 171.0,
    (DIFFERENCE, "income less production"): 0.0,
    (DIFFERENCE, "expenditure less production"): 0.0,
}


def test_the_textbook_economy_has_the_gdp_worked_out_by_hand() -> None:
    sam = from_payments(TEXTBOOK)
    sam.check(0.0)
    table = sam.gdp()
    assert table["R"].to_dict() == BY_HAND
    assert table[NATION].to_dict() == BY_HAND
    assert table.attrs["unit"] == sam.unit


HOSOE = {  # payer: receivers
    "activity/BRD": {
        "commodity/BRD": 21, "commodity/MLK": 17, "factor/CAP": 20, "factor/LAB": 15, "tax/IDT": 5,
    },
    "activity/MLK": {
        "commodity/BRD": 8, "commodity/MLK": 9, "factor/CAP": 30, "factor/LAB": 25, "tax/IDT": 4,
    },
    "commodity/BRD": {"activity/BRD": 78, "tax/TRF": 1, "row/EXT": 13},
    "commodity/MLK": {"activity/MLK": 76, "tax/TRF": 2, "row/EXT": 11},
    "factor/CAP": {"household/HOH": 50},
    "factor/LAB": {"household/HOH": 40},
    "tax/IDT": {"government/GOV": 9},
    "tax/TRF": {"government/GOV": 3},
    "household/HOH": {
        "commodity/BRD": 20, "commodity/MLK": 30, "government/GOV": 23, "investment/INV": 17,
    },
    "government/GOV": {"commodity/BRD": 19, "commodity/MLK": 14, "investment/INV": 2},
    "investment/INV": {"commodity/BRD": 16, "commodity/MLK": 15},
    "row/EXT": {"commodity/BRD": 8, "commodity/MLK": 4, "investment/INV": 12},
}  # fmt: skip
"""SAM of the standard model of Hosoe, Gasawa and Hashimoto (2010), Textbook of Computable General
Equilibrium Modelling, chapter 6, with goods apart from the industries that make them."""


def test_a_published_sam_has_its_gdp() -> None:
    """102 = 90 of factors + 9 indirect tax + 3 tariff = C 50 + G 33 + I 31 + E 12 - M 24."""
    sam = from_payments(
        [pay(receiver, payer, v) for payer, row in HOSOE.items() for receiver, v in row.items()]
    )
    sam.check(0.0)
    table = sam.gdp()["R"]
    assert table.xs(GDP, level="item").tolist() == [102.0] * 3
    assert table[INCOME, "taxes on production"] == 9.0
    assert table[PRODUCTION, "taxes on products"] == 3.0
    assert table[EXPENDITURE, "government consumption"] == 33.0
    assert table[EXPENDITURE, "exports"] - table[EXPENDITURE, "imports"] == -12.0


def test_an_inventory_draw_written_as_opposite_payment_is_the_same_gdp() -> None:
    opposite = [line for line in TEXTBOOK if line[-1] != -3.0]
    opposite.append(pay("inventory/STK", "commodity/M", 3.0))
    assert from_payments(opposite).gdp()["R"].to_dict() == BY_HAND


def test_a_sam_without_factor_accounts_and_with_home_consumption() -> None:
    """Incomes paid straight to households, food eaten on the farm, a subsidy paid out."""
    village = from_payments(
        [
            pay("household/HH", "activity/F", 12.0),
            pay("activity/F", "household/HH", 7.0),
            pay("activity/F", "row/ROW", 3.0),
            pay("activity/F", "tax/SUB", 2.0),
            pay("tax/SUB", "government/GOV", 2.0),
            pay("government/GOV", "household/HH", 2.0),
            pay("investment/INV", "household/HH", 3.0),
            pay("row/ROW", "investment/INV", 3.0),
        ]
    )
    village.check(0.0)
    table = village.gdp()["R"]
    assert table[(INCOME, "other incomes")] == 12.0
    assert table[(INCOME, "taxes on production")] == -2.0
    assert table[(EXPENDITURE, "household consumption")] == 7.0
    assert {table[(approach, GDP)] for approach in (PRODUCTION, INCOME, EXPENDITURE)} == {10.0}


def test_the_three_agree_on_the_embedded_dataset() -> None:
    sam = load_dataset("yrd2020").sam
    table = sam.gdp()
    totals = table.xs(GDP, level="item")
    for approach in (INCOME, EXPENDITURE):
        np.testing.assert_allclose(totals.loc[approach], totals.loc[PRODUCTION], rtol=1e-9)
    assert list(table.columns) == [*sam.regions, NATION]
    added = sam.flow("factor", "activity").to_numpy().sum()
    taxes = sum(sam.flow("tax", kind).to_numpy().sum() for kind in ("activity", "commodity"))
    assert totals.loc[INCOME, NATION] == pytest.approx(added + taxes, rel=1e-12)
    trade = table.loc[EXPENDITURE]
    net = trade.loc["sales to other regions"] - trade.loc["purchases from other regions"]
    assert abs(net[NATION]) < 1e-9 * totals.loc[PRODUCTION, NATION]  # trade within the nation


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.data())
def test_what_the_three_disagree_by_is_what_the_accounts_of_production_lack(
    seed: int, data: st.DataObject
) -> None:
    """Any payment changed by any amount, in a balanced economy."""
    sam = tiny_dataset(seed, ("A", "B", "C")).sam
    place = data.draw(st.integers(0, len(sam.frame) - 1))
    frame = sam.frame.copy()
    frame.loc[place, "value"] *= data.draw(st.floats(0.1, 3.0))
    broken = SAM(frame)
    table, balance = broken.gdp(), broken.balance()
    size = table.loc[(PRODUCTION, GDP), NATION]
    for region in "ABC":
        lacks = {
            kind: balance.loc[
                (balance["region"] == region) & (balance["kind"] == kind), "difference"
            ].sum()
            for kind in ("activity", "commodity")
        }
        gap = table[region].loc[DIFFERENCE]
        assert gap["income less production"] == pytest.approx(-lacks["activity"], abs=1e-9 * size)
        assert gap["expenditure less production"] == pytest.approx(
            lacks["commodity"], abs=1e-9 * size
        )


def test_gdp_needs_producers() -> None:
    with pytest.raises(SAMError, match="GDP needs activities"):
        from_payments([pay("household/H", "government/G", 1.0)]).gdp()
