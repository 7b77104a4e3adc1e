"""What a run asserts of its own years, and what it says where accounts do not balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from cge.blocks import Block, Check, Year
from cge.checks import TOLERANCE
from cge.path import Pathway, Unbalanced, assert_balanced, largest_imbalances, run
from cge.results import combine
from cge.setting import Extension
from tests.path.conftest import LAST, Build

ACCOUNTS = {"electricity", "energy", "co2", "storage", "capacity", "stocks"}
BROKEN = 2021


@dataclass(frozen=True, eq=False)
class Leak(Block):
    """An account that does not balance in one year and region."""

    missed: float

    def checks(self) -> Sequence[Check]:
        return (Check("steam", "region", "steam made, and steam used", self._gap),)

    def _gap(self, at: Year) -> np.ndarray:
        return np.array([0.0, self.missed if at.year == BROKEN else 0.0])


def leaking(missed: float) -> Extension:
    return lambda economy, benchmark: Leak(missed)


@pytest.fixture(scope="module")
def policy(scenario: Build, baseline: Pathway) -> Pathway:
    return run(scenario("policy", {2020: 1.0, LAST: 0.85}), baseline=baseline)


def test_all_accounts_of_all_years_balance(baseline: Pathway, policy: Pathway) -> None:
    largest = largest_imbalances([baseline, policy])
    assert set(largest) == ACCOUNTS
    assert max(largest.values()) <= TOLERANCE
    assert_balanced([baseline, policy])
    for path in (baseline, policy):
        years = path.balances.groupby("check")["year"].agg(list)
        assert all(known == list(range(2020, LAST + 1)) for known in years)


def test_results_hold_the_imbalances(baseline: Pathway, policy: Pathway) -> None:
    found = combine([baseline, policy])["imbalance"]
    assert set(found["check"].to_numpy()) == ACCOUNTS
    assert float(found.max()) == max(largest_imbalances([baseline, policy]).values())


@pytest.mark.parametrize("missed", [3e-7, np.nan])
def test_what_does_not_balance_is_named_and_kept(missed: float, scenario: Build) -> None:
    path = run(scenario("baseline", None, BROKEN), extensions=[leaking(missed)])
    assert list(path.data["year"].to_numpy()) == [2020, BROKEN]
    with pytest.raises(Unbalanced) as caught:
        assert_balanced([path])
    said = str(caught.value)
    assert "steam of scenario 'baseline', 2021: steam made, and steam used in B" in said
    assert "electricity" not in said
