"""The shipped scenarios give the economy that they gave before the model was turned."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.reference import FILE, TOLERANCE, differences, solved


@pytest.mark.slow
def test_aggregates_of_the_shipped_scenarios_are_unchanged() -> None:
    worst = differences(pd.read_csv(FILE), solved())
    assert worst.iloc[0] <= TOLERANCE, worst.head(5)
