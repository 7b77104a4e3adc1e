"""Stocks: what is added to them is bought, what is drawn is sold, and both are formation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from calibration import Benchmark, CalibrationError, calibrate, gdp, worst_residual
from calibration.payments import Payments, read_payments
from calibration.sets import sets_of
from calibration.stocks import drawdown
from sam import SAM, Dataset
from tests.drawdowns import DRAWN, bought_and_sold, drawn_from_stocks


def stocks_apart(sam: SAM, share: float) -> SAM:
    """A share of every purchase of the investors booked as changes in stocks."""
    frame = sam.frame
    bought = (frame["row_kind"] == "commodity") & (frame["col_kind"] == "investment")
    part = frame[bought].assign(col_kind="inventory", col="STK")
    part["value"] *= share
    rest = frame.assign(value=frame["value"].where(~bought, (1.0 - share) * frame["value"]))
    totals = part.groupby("col_region", as_index=False)["value"].sum()
    region = totals["col_region"]
    paid = {"row_region": region, "row_kind": "inventory", "row": "STK"}
    payer = {"col_region": region, "col_kind": "investment", "col": "INV"}
    financed = pd.DataFrame({**paid, **payer, "value": totals["value"]})
    return SAM(pd.concat([rest, part, financed], ignore_index=True))


def assert_same(one: Benchmark, other: Benchmark) -> None:
    for name in Benchmark.quantities():
        np.testing.assert_allclose(
            other.array(name), one.array(name), rtol=1e-10, atol=1e-12, err_msg=name
        )


def listed(benchmark: Benchmark, name: str) -> dict[tuple[str, ...], float]:
    """Entries of an array other than zeros, by label."""
    series = benchmark.to_series(name)
    return series[series != 0.0].to_dict()


def test_additions_to_stocks_are_bought_like_capital_goods(
    dataset: Dataset, benchmark: Benchmark
) -> None:
    """Whether stocks are booked apart or not, it is the same economy."""
    apart = stocks_apart(dataset.sam, 0.25)
    apart.check()
    assert_same(benchmark, calibrate(replace(dataset, sam=apart)))


def test_goods_out_of_stocks_are_sold_by_the_investor(
    dataset: Dataset, benchmark: Benchmark
) -> None:
    """In place of imports: less formation, less foreign saving, and the same use of all goods."""
    drawing = calibrate(drawn_from_stocks(dataset))
    assert worst_residual(drawing) <= 1e-12
    sold = {place: value for place, value in DRAWN.items() if value > 0.0}
    assert listed(drawing, "demand.drawdown") == pytest.approx(sold)
    bought = drawing.demand.investment - benchmark.demand.investment
    assert bought[1, drawing.position("GEM")] == pytest.approx(-DRAWN["B", "GEM"])
    assert bought.sum() == pytest.approx(-DRAWN["B", "GEM"])  # steel is not netted
    net = [sum(v for (region, _), v in DRAWN.items() if region == r) for r in drawing.regions]
    for before, after in (
        (benchmark.demand.formation.sum(axis=1), drawing.demand.formation.sum(axis=1)),
        (benchmark.institutions.foreign_saving, drawing.institutions.foreign_saving),
        (benchmark.trade.imports.sum(axis=1), drawing.trade.imports.sum(axis=1)),
    ):
        np.testing.assert_allclose(before - after, net, atol=1e-8)
    use = drawing.absorption + drawing.demand.drawdown - drawing.demand.investment
    before_use = benchmark.absorption - benchmark.demand.investment
    np.testing.assert_allclose(use, before_use, rtol=1e-10, atol=1e-9)


def test_gdp_is_the_same_three_ways_where_stocks_fall(
    dataset: Dataset, benchmark: Benchmark
) -> None:
    """And that of the economy that imports the goods: nobody produces what is in stock."""
    three = gdp(calibrate(drawn_from_stocks(dataset)))
    for approach in ("production", "expenditure", "income"):
        np.testing.assert_allclose(three[approach], gdp(benchmark)["income"], rtol=1e-10)


def test_a_fall_is_a_negative_cell_or_the_opposite_payment(dataset: Dataset) -> None:
    drawing = drawn_from_stocks(dataset)
    frame = drawing.sam.frame
    fall = frame["col_kind"].eq("inventory") & (frame["value"] < 0.0)
    sides = {f"{a}{key}": f"{b}{key}" for a, b in (("row", "col"), ("col", "row"))
             for key in ("", "_kind", "_region")}  # fmt: skip
    turned = frame[fall].rename(columns=sides).assign(value=lambda t: -t["value"])
    opposite = SAM(pd.concat([frame[~fall], turned[list(frame.columns)]], ignore_index=True))
    assert_same(calibrate(drawing), calibrate(replace(drawing, sam=opposite)))


@pytest.mark.parametrize(
    ("good", "value", "why"),
    [
        ("ELE", 5.0, "electricity is not stored"),
        ("COL", 1e4, "output, imports and inflow supply less of it"),
    ],
)
def test_stocks_that_cannot_fall_are_named(
    dataset: Dataset, good: str, value: float, why: str
) -> None:
    with pytest.raises(CalibrationError) as found:
        calibrate(bought_and_sold(dataset, "A", good, value))
    message = str(found.value)
    assert f"stocks of {good} in A fall by {value:g}, but {why}" in message
    assert "(1 such in all); book the fall as output or imports" in message


def test_stocks_that_nobody_owns_are_named(dataset: Dataset) -> None:
    drawing = drawn_from_stocks(dataset)
    sets = sets_of(drawing, ())
    payments = read_payments(drawing.sam, sets.regions, sets.sectors, sets.households)
    fixed = payments["fixed_investment"].copy()
    fixed[0] = 0.0
    idle = Payments({**payments.flows, "fixed_investment": fixed})
    with pytest.raises(CalibrationError, match=r"COL in A fall by 8, but nobody there .*\(2 such"):
        drawdown(idle, sets)
