"""Payments of the SAM as flows of the model: all of them, or an error that names the payment."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from calibration import calibrate, worst_residual
from calibration.payments import Payments, read_payments
from sam import SAM, SAMError
from sam.accounts import HOUSEHOLDS
from sam.dataset import Dataset
from sam.matrix import COLUMNS
from tests.drawdowns import Account, circulate
from tests.economies import SECTORS

RURAL, URBAN = ("A", "household", "RUR"), ("A", "household", "URB")
STATE, CENTRE = ("A", "government", "GOV"), ("CN", "government", "CGOV")
COMPANY, INVESTOR = ("A", "enterprise", "ENT"), ("A", "investment", "INV")
POWER, STEEL = ("A", "commodity", "ELE"), ("A", "activity", "FER")


def arranged(dataset: Dataset, sam: SAM | None = None) -> Payments:
    return read_payments(sam or dataset.sam, dataset.regions, SECTORS, HOUSEHOLDS)


def test_no_money_is_lost(dataset: Dataset) -> None:
    """What the arrays hold is what the SAM holds, but for payments that are shown net."""
    frame, a = dataset.sam.frame, arranged(dataset)
    to_markets = frame["row_kind"].isin(["activity", "commodity", "factor", "tax"])
    names = (
        "intermediate labour capital production_tax local inflow exports tariffs "
        "consumption government fixed_investment"
    )
    held = sum(float(a[name].sum()) for name in names.split())
    assert held == pytest.approx(frame.loc[to_markets, "value"].sum(), rel=1e-12)


def test_payments_that_run_either_way_are_net(dataset: Dataset) -> None:
    before = arranged(dataset)
    after = arranged(dataset, circulate(dataset.sam, 7.0, STATE, COMPANY))  # subsidy and tax
    np.testing.assert_allclose(after["enterprise_tax"], before["enterprise_tax"], rtol=1e-12)
    lent = circulate(dataset.sam, 5.0, INVESTOR, URBAN, STATE)  # households spend their wealth
    shifted = arranged(dataset, lent)
    np.testing.assert_allclose(
        shifted["household_saving"] - before["household_saving"],
        [[0.0, -5.0], [0.0, 0.0], [0.0, 0.0]],
        atol=1e-9,
    )
    assert shifted["income_tax"][0, 1] == pytest.approx(before["income_tax"][0, 1] + 5.0)
    assert shifted["government_saving"][0] == pytest.approx(before["government_saving"][0] + 5.0)


def test_a_household_that_dissaves_still_calibrates(dataset: Dataset) -> None:
    large = 2.0 * float(arranged(dataset)["household_saving"][0, 0])
    sam = circulate(dataset.sam, large, INVESTOR, RURAL, STATE)
    benchmark = calibrate(replace(dataset, sam=sam))
    assert benchmark.institutions.household_saving[0, 0] < 0.0
    assert worst_residual(benchmark) <= 1e-12


@pytest.mark.parametrize(
    ("money", "payment"),
    [
        ((URBAN, RURAL), "A/household/RUR <- A/household/URB = 10"),
        ((POWER, STEEL), "A/activity/FER <- A/commodity/ELE = 10"),
        ((("B", "household", "URB"), STATE), "A/government/GOV <- B/household/URB = 10"),
        ((("ROW", "row", "ROW"), RURAL, INVESTOR), "A/household/RUR <- ROW/row/ROW = 10"),
    ],
)
def test_a_payment_without_a_place_is_named(
    dataset: Dataset, money: tuple[Account, ...], payment: str
) -> None:
    with pytest.raises(SAMError, match="payments have no place in the model") as found:
        calibrate(replace(dataset, sam=circulate(dataset.sam, 10.0, *money)))
    message = str(found.value)
    assert re.search(payment, message)
    assert "calibration.payments" in message
    assert "\n" not in message


def test_a_duty_without_imports_is_named(dataset: Dataset) -> None:
    """Nobody imports electricity, so no rate could reproduce this duty."""
    sam = circulate(dataset.sam, 3.0, POWER, ("A", "tax", "TAR"), CENTRE, STATE)
    with pytest.raises(SAMError, match=r"A ELE has duty without imports \(3; 1 such in all\); rem"):
        calibrate(replace(dataset, sam=sam))


def test_a_tax_on_nothing_is_named(dataset: Dataset) -> None:
    """The last region has no mines: a tax that machinery pays for them has no base."""
    mine, tax = ("C", "activity", "COL"), ("C", "tax", "OTX")
    labour = ("C", "factor", "LAB")
    frame = dataset.sam.frame
    lines = [(*tax, *mine, -4.0), (*labour, *mine, 4.0)]  # a subsidy that pays workers
    more = [("C", "household", "RUR", *labour, 4.0), ("C", "government", "GOV", *tax, -4.0)]
    rest = [("C", "government", "GOV", "C", "household", "RUR", 4.0)]
    added = pd.DataFrame([*lines, *more, *rest], columns=list(COLUMNS))
    both = pd.concat([frame, added]).groupby(list(COLUMNS[:-1]), sort=False)[["value"]].sum()
    with pytest.raises(SAMError, match="C COL has production tax without output"):
        calibrate(replace(dataset, sam=SAM(both.reset_index())))
