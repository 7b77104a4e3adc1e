"""A SAM meets new totals that are asked for by labels, and every account balances."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sam import SAM, BalancingError, SAMError, load_dataset
from sam.balancing import account_constraints, balance
from sam.matrix import COLUMNS, Payments, Total, from_payments, rebalance

VALUE_ADDED = Payments(row_kind=["factor", "tax"], col_kind="activity", col_region="JS")
DUTIES = Payments(row_kind="tax", col_kind="commodity", col_region="JS")


@pytest.fixture(scope="module")
def yrd() -> SAM:
    return load_dataset("yrd2020").sam


@pytest.fixture
def village() -> SAM:
    """Two activities, labour, and households who buy both goods; rice is subsidised."""
    lines = [
        ("A", "activity", "RICE", "A", "commodity", "RICE", 60.0),
        ("A", "activity", "TOOL", "A", "commodity", "TOOL", 40.0),
        ("A", "commodity", "TOOL", "A", "activity", "RICE", 15.0),
        ("A", "commodity", "RICE", "A", "household", "H", 60.0),
        ("A", "commodity", "TOOL", "A", "household", "H", 25.0),
        ("A", "factor", "LAB", "A", "activity", "RICE", 50.0),
        ("A", "factor", "LAB", "A", "activity", "TOOL", 30.0),
        ("A", "tax", "VAT", "A", "activity", "RICE", -5.0),
        ("A", "tax", "VAT", "A", "activity", "TOOL", 10.0),
        ("A", "government", "GOV", "A", "tax", "VAT", 5.0),
        ("A", "household", "H", "A", "government", "GOV", 5.0),
        ("A", "household", "H", "A", "factor", "LAB", 80.0),
    ]
    return SAM(pd.DataFrame(lines, columns=list(COLUMNS)), "t")


def test_a_balanced_sam_without_totals_stays(village: SAM, yrd: SAM) -> None:
    found = village.rebalance()
    np.testing.assert_array_equal(found.sam.frame["value"], village.frame["value"])
    assert found.sam.unit == "t"
    assert found.totals.empty
    again = yrd.rebalance().sam
    np.testing.assert_allclose(again.frame["value"], yrd.frame["value"], rtol=1e-7)
    again.check(1e-12)


def test_gdp_of_a_region_grows_by_one_percent(yrd: SAM) -> None:
    parts = [VALUE_ADDED, DUTIES]
    target = 1.01 * sum(part.sum(yrd) for part in parts)
    found = yrd.rebalance([Total("GDP JS", target, parts=parts)])
    found.sam.check(1e-11)
    before, after = yrd.gdp(), found.sam.gdp()
    for approach in ("production", "income", "expenditure"):
        old, new = (table.loc[(approach, "GDP")] for table in (before, after))
        assert new["JS"] == pytest.approx(1.01 * old["JS"], rel=1e-9)
        others = ["SH", "ZJ", "AH", "RCN"]  # they feel it by trade only
        np.testing.assert_allclose(new[others], old[others], rtol=2e-3)
    pd.testing.assert_frame_equal(found.sam.accounts, yrd.accounts)
    signs = np.sign(yrd.frame["value"])
    np.testing.assert_array_equal(np.sign(found.sam.frame["value"]), signs)


def test_others_stay_where_their_totals_are_given(yrd: SAM) -> None:
    def selected(region: str) -> Payments:
        return Payments(row_kind=["factor", "tax"], col_kind="activity", col_region=region)

    growth = {"JS": 1.01, "SH": 1.0, "ZJ": 1.0, "AH": 1.0, "RCN": 1.0}
    totals = [
        Total(region, factor * selected(region).sum(yrd), parts=[selected(region)])
        for region, factor in growth.items()
    ]
    found = yrd.rebalance(totals)
    for region, factor in growth.items():
        part = selected(region)
        assert part.sum(found.sam) == pytest.approx(factor * part.sum(yrd), rel=1e-10)
    np.testing.assert_allclose(found.totals["after"], found.totals["target"], rtol=1e-10)


@pytest.mark.parametrize("method", ["entropy", "least_squares"])
def test_it_is_the_balancing_of_the_square_table(village: SAM, method: str) -> None:
    table = village.matrix()
    kinds = table.index.get_level_values("kind")
    cell = np.arange(table.size).reshape(table.shape)
    builder = account_constraints(list(table.index))
    rice = cell[np.ix_(kinds == "commodity", kinds == "household")]
    builder.add("food", [(rice, 1.0)], 100.0)
    builder.add("pay", [(cell[np.ix_(kinds == "factor", kinds == "activity")], 1.0)], 85.0, 2.0)
    full = balance(table, builder.build(), method=method, keep_signs=method == "least_squares")
    totals = [
        Total("food", 100.0, row_kind="commodity", col_kind="household"),
        Total("pay", 85.0, 2.0, row_kind="factor", col_kind="activity"),
    ]
    found = rebalance(village, totals, method=method)
    np.testing.assert_allclose(found.sam.matrix().to_numpy(), full.cells, rtol=1e-7, atol=1e-9)
    assert found.sam.frame["value"].lt(0.0).sum() == 1


def test_parts_add_up_with_their_weights(village: SAM) -> None:
    paid = Payments(row_kind="factor", col_kind="activity")
    tools = Payments(row="TOOL", col_kind="activity", weight=-1.0)
    assert tools.sum(village) == -15.0
    found = village.rebalance([Total("net", 70.0, parts=[paid, tools])])
    assert paid.sum(found.sam) + tools.sum(found.sam) == pytest.approx(70.0, rel=1e-10)
    assert found.totals.loc["net", "before"] == 65.0
    assert "A/household/H <- A/factor/LAB" in found.summary()


def test_known_payments_stay(village: SAM) -> None:
    deviations = 0.1 * village.frame["value"].abs().to_numpy()
    deviations[2] = 0.0  # tools for rice
    total = Total("pay", 88.0, row_kind="factor", col_kind="activity")
    found = village.rebalance([total], deviations=deviations)
    assert found.sam.frame["value"][2] == 15.0
    found.sam.check(1e-11)


def test_accounts_that_do_not_balance_are_balanced(village: SAM) -> None:
    lines = village.frame.assign(value=village.frame["value"] * np.linspace(0.9, 1.1, 12))
    off = SAM(lines, "t")
    assert off.imbalance().max() > 0.01
    off.rebalance().sam.check(1e-11)


@pytest.mark.parametrize(
    ("total", "message"),
    [
        (
            {"row_kind": "factory"},
            r"total T: no payment has row_kind \['factory'\]; known: .*factor",
        ),
        ({"row": ["LAB", "CAP"]}, r"no payment has row \['CAP'\]"),
        (
            {"row_kind": "factor", "col_kind": "household"},
            r"total T: nothing is paid with row_kind",
        ),
        ({}, "total T: select payments"),
        ({"row": "LAB", "parts": [VALUE_ADDED]}, "or give parts"),
    ],
)
def test_a_total_of_nothing_is_named(village: SAM, total: dict[str, object], message: str) -> None:
    with pytest.raises(SAMError, match=message):
        village.rebalance([Total("T", 1.0, **total)])  # type: ignore[arg-type]


@pytest.mark.parametrize("totals", [{"V/factor/LAB": 0.0}, ["LAB"], 5.0, "LAB"], ids=str)
def test_what_is_no_total_is_named(village: SAM, totals: object) -> None:
    with pytest.raises(SAMError, match=r"expected a list of sam\.matrix\.Total, such as totals=\["):
        village.rebalance(totals)  # type: ignore[arg-type]
    wages = Payments(row_kind="factor", row="LAB")
    only = Total("LAB", wages.sum(village), row_kind="factor", row="LAB")
    assert village.rebalance([only]).totals.loc["LAB", "after"] == pytest.approx(only.value)
    with pytest.raises(SAMError, match=r"totals are a Total, expected a list"):
        village.rebalance(only)  # type: ignore[arg-type]


def test_totals_that_contradict_each_other_are_named(village: SAM) -> None:
    sales = Total("sales of rice", 60.0, row="RICE", row_kind="commodity")
    food = Total("food", 80.0, row="RICE", col="H")
    with pytest.raises(BalancingError, match=r"80 \(food\) is asked of cells that come to 60") as e:
        village.rebalance([sales, food])
    assert set(e.value.conflict) == {"sales of rice", "food"}
    assert "ask for 20 more than any table" in str(e.value)
    with pytest.raises(BalancingError, match=r"A/commodity/TOOL <- A/activity/RICE"):
        village.rebalance(
            [
                Total("all tools", 40.0, row="TOOL", row_kind="commodity"),
                Total("tools of households", 40.0, row="TOOL", col="H"),
            ]
        )
    with pytest.raises(BalancingError, match="unknown method 'ras'"):
        village.rebalance(method="ras")


LINES = [
    ("activity", "mill", "commodity", "flour", 63.0),
    ("factor", "L", "activity", "mill", 60.0),
    ("tax", "vat", "activity", "mill", 3.0),
    ("household", "h", "factor", "L", 60.0),
    ("commodity", "flour", "household", "h", 60.0),
]


def of_lines(*more: tuple[str, str, str, str, float]) -> SAM:
    """A mill whose tax nobody spends, and further payments."""
    columns = ["row_kind", "row", "col_kind", "col", "value"]
    return SAM.from_frame(pd.DataFrame([*LINES, *more], columns=columns), region="T", unit="m")


@pytest.mark.parametrize("method", ["entropy", "least_squares"])
def test_an_account_that_never_pays_is_not_emptied_unasked(method: str) -> None:
    with pytest.raises(
        BalancingError,
        match=r"^rebalance: .* T/tax/vat \(receives 3, pays 0 m\)\. Add the payments",
    ) as refused:
        of_lines().rebalance(method=method)
    assert refused.value.conflict == ("T/tax/vat",)
    assert str(refused.value).endswith("pass empty=['T/tax/vat']")
    found = of_lines().rebalance(method=method, empty=["T/tax/vat"])  # as the message says,
    assert found.sam.frame.query("row == 'vat'")["value"].item() == 0.0
    assert found.emptied == ["T/tax/vat <- T/activity/mill"]
    assert "Payments set to zero: 1 (T/tax/vat <- T/activity/mill)" in found.summary()
    found.sam.check(1e-10)
    spent = of_lines(("household", "h", "tax", "vat", 3.0)).rebalance(method=method)  # or so
    assert spent.emptied == []
    assert "set to zero" not in spent.summary()
    np.testing.assert_allclose(spent.sam.frame["value"].iloc[2], 3.0, rtol=0.2)


def test_an_account_that_never_receives_is_not_emptied_either() -> None:
    gift = ("household", "h", "row", "abroad", 2.0)
    asked = of_lines(("household", "h", "tax", "vat", 3.0), gift)
    with pytest.raises(BalancingError, match=r"T/row/abroad \(receives 0, pays 2 m\)"):
        asked.rebalance()
    assert len(asked.rebalance(empty="T/row/abroad").emptied) == 1


def test_accounts_that_follow_an_emptied_one_are_named_with_it() -> None:
    """A government that spends on nobody but itself and a tax that ends."""
    chain = of_lines(
        ("government", "g", "household", "h", 4.0), ("tax", "fee", "government", "g", 1.0)
    )
    with pytest.raises(BalancingError, match=r"T/government/g \(receives 4, pays 1 m\)") as refused:
        chain.rebalance()
    assert set(refused.value.conflict) == {"T/tax/vat", "T/tax/fee", "T/government/g"}
    found = chain.rebalance(empty=refused.value.conflict)
    assert len(found.emptied) == 3
    found.sam.check(1e-10)


def test_a_total_of_zero_empties_what_it_names_and_no_account_unasked() -> None:
    asked = of_lines(("household", "h", "tax", "vat", 3.0), ("household", "h", "tax", "fee", 1.0))
    asked = SAM(pd.concat([asked.frame, of_lines().frame.iloc[[2]].assign(row="fee")]), "m")
    nothing = Total("no refund", 0.0, row="h", col="vat")
    with pytest.raises(BalancingError, match=r"T/tax/vat \(receives 3, pays 3 m\)"):
        asked.rebalance([nothing])
    found = asked.rebalance([nothing], empty=["T/tax/vat"])
    assert len(found.emptied) == 2
    both = Total("no tax", 0.0, parts=[Payments(row="vat"), Payments(col="vat")])
    assert len(asked.rebalance([both]).emptied) == 2  # all that goes is named by the total


@pytest.mark.parametrize("method", ["entropy", "least_squares"])
def test_payments_between_circles_that_pay_nothing_back_are_named(method: str) -> None:
    """Two closed circuits and a payment from one to the other, which nothing returns."""
    columns = ["row_kind", "row", "col_kind", "col", "value"]
    lines = [
        ("activity", "a", "commodity", "x", 5.0),
        ("commodity", "x", "activity", "a", 5.0),
        ("activity", "b", "commodity", "y", 5.0),
        ("commodity", "y", "activity", "b", 5.0),
        ("activity", "b", "commodity", "x", 1.0),
    ]
    frame = pd.DataFrame(lines, columns=columns)
    with pytest.raises(
        BalancingError, match=r"^rebalance: .*1 cell \(T/activity/b <- T/commodity/x"
    ):
        SAM.from_frame(frame, region="T", unit="m").rebalance(method=method)
    frame.loc[4, "value"] = 0.0  # as the message says
    SAM.from_frame(frame, region="T", unit="m").rebalance(method=method).sam.check(1e-10)


@pytest.mark.parametrize("name", ["T/tax/duty", "T/household/h"])
def test_only_accounts_that_must_be_emptied_may_be_named(name: str) -> None:
    with pytest.raises(
        SAMError, match=rf"\['{name}'\]; accounts that can only be emptied: \['T/tax/v"
    ):
        of_lines().rebalance(empty=["T/tax/vat", name])


def test_errors_of_payments_are_matched_by_line(village: SAM) -> None:
    spread = 0.1 * village.frame["value"].abs() * np.linspace(0.5, 2.0, 12)
    total = Total("pay", 88.0, row_kind="factor", col_kind="activity")
    plain = village.rebalance([total], deviations=spread.to_numpy())
    turned = village.rebalance([total], deviations=spread.iloc[::-1])
    pd.testing.assert_frame_equal(turned.sam.frame, plain.sam.frame)
    with pytest.raises(BalancingError, match="rebalance: deviations, rows: labels"):
        village.rebalance([total], deviations=spread.iloc[1:])


def test_totals_add_nothing_to_an_empty_sam() -> None:
    assert from_payments([]).rebalance().sam.frame.empty
