"""The report of a dataset: its control totals, target and achieved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sam import Dataset, DatasetError, load_dataset
from sam.report import COLUMNS, control_totals


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("yrd2020")


def with_rows(dataset: Dataset, **columns: object) -> Dataset:
    """The dataset with other rows of provenance."""
    rows = pd.DataFrame(columns)
    return replace(dataset, provenance=rows.assign(region="SH", unit="t", quality="derived"))


def test_the_deviation_is_a_fraction_of_the_target(dataset: Dataset) -> None:
    some = with_rows(
        dataset,
        item=["control: steel", "rate", "cars", "none", "never"],
        value=[4.0, 1.0, 8.0, 0.0, 0.0],
        source="us",
        target=[4.0, np.nan, 8.0, 0.0, 0.0],
        achieved=[5.0, np.nan, 6.0, 0.0, 1.0],
    )
    table = control_totals(some)
    assert tuple(table.columns) == COLUMNS
    assert table["item"].tolist() == ["steel", "cars", "none", "never"]
    np.testing.assert_allclose(table["deviation"], [0.25, -0.25, 0.0, np.inf])
    assert table["note"].tolist() == [""] * 4


def test_a_dataset_without_control_totals_has_an_empty_report(dataset: Dataset) -> None:
    plain = with_rows(dataset, item=["rate"], value=[1.0], source="us")
    assert control_totals(plain).empty
    assert tuple(control_totals(plain).columns) == COLUMNS


def test_a_target_without_an_achieved_number_is_named(dataset: Dataset) -> None:
    broken = with_rows(
        dataset, item=["steel"], value=[4.0], source="us", target=[4.0], achieved=[np.nan]
    )
    with pytest.raises(DatasetError, match="'steel' of SH has a target but no achieved"):
        control_totals(broken)
