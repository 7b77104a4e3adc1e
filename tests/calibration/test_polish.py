"""Polishing: exact balance by the smallest proportional changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration import calibrate, worst_residual
from calibration.polish import polish
from sam import SAM, SAMError
from sam.dataset import Dataset
from sam.matrix import from_payments
from tests.economies import tiny_dataset

Array = npt.NDArray[np.float64]


def rounded(sam: SAM, digits: int) -> SAM:
    """The SAM as printed with so many digits after the decimal point."""
    return SAM(sam.frame.assign(value=sam.frame["value"].round(digits)), sam.unit)


def imbalance(sam: SAM) -> float:
    """Largest difference between receipts and payments, relative to the largest account."""
    balance = sam.balance()
    return float(balance["difference"].abs().max() / balance["row_total"].abs().max())


def values(sam: SAM) -> Array:
    return sam.frame["value"].to_numpy(dtype=float)


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_rounding_is_polished_away_without_touching_zeros_and_signs(seed: int) -> None:
    exact = tiny_dataset(seed).sam
    printed = rounded(exact, 4)
    polished, change = polish(printed, 1e-4)
    kept = printed.frame["value"] != 0.0
    assert polished.frame.drop(columns="value").equals(
        printed.frame[kept].drop(columns="value").reset_index(drop=True)
    )
    np.testing.assert_array_equal(np.sign(values(polished)), np.sign(values(printed)[kept]))
    assert imbalance(polished) < 1e-15
    assert 0.0 < change.moved < 1e-7
    assert change.change < 1e-3
    assert change.imbalance > 0.0


def test_no_other_balanced_sam_is_nearer(dataset: Dataset) -> None:
    """In the metric of the docstring; the SAM before rounding is one of the others."""
    exact = dataset.sam
    printed = rounded(exact, 3)
    polished, _ = polish(printed, 1e-3)
    start = values(printed)
    undoing, polishing = values(exact) - start, values(polished) - start
    assert (polishing**2 / abs(start)).sum() < (undoing**2 / abs(start)).sum()
    # first-order condition: no circulation of money improves on it
    circulation = undoing - polishing
    slope = (polishing / abs(start)) @ circulation
    size = np.linalg.norm(polishing / abs(start)) * np.linalg.norm(circulation)
    assert abs(slope) < 1e-3 * size


def test_a_balanced_sam_stays_as_it_is(dataset: Dataset) -> None:
    polished, change = polish(dataset.sam)
    np.testing.assert_allclose(values(polished), values(dataset.sam), rtol=1e-10)
    assert change.change < 1e-10
    assert change.account in str(change)


def test_a_dataset_as_stored_calibrates_to_machine_precision(dataset: Dataset) -> None:
    stored = replace(dataset, sam=rounded(dataset.sam, 5))
    assert worst_residual(calibrate(stored, tolerance=1e-5)) <= 1e-12


def test_an_unbalanced_sam_is_refused_with_the_account(dataset: Dataset) -> None:
    frame = dataset.sam.frame
    wages = (frame["row"] == "LAB") & (frame["col"] == "GEM") & (frame["col_region"] == "B")
    wrong = SAM(frame.assign(value=frame["value"] * np.where(wages, 1.05, 1.0)))
    with pytest.raises(SAMError, match=r"do not balance to 1e-06.*B/activity/GEM") as found:
        polish(wrong)
    assert "\n" not in str(found.value)
    assert "SAM.rebalance" in str(found.value)


def test_a_payment_that_would_have_to_run_backwards_is_named() -> None:
    """Money leaves the first household along a chain, hardly any comes back, and what goes to the
    last one directly would have to turn round.
    """
    household = ("A", "household")
    paid = {("1", "0"): 1.0, ("2", "1"): 1.0, ("3", "2"): 1.0, ("3", "0"): 0.01, ("0", "3"): 0.05}
    chain = from_payments([(*household, to, *household, by, x) for (to, by), x in paid.items()])
    with pytest.raises(SAMError, match=r"turn the sign of A/household/3 <- A/household/0 \(0.01\)"):
        polish(chain, tolerance=0.99)
