"""Caps that cannot be met are named with what is missing."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from cge.m3c.feasibility import InfeasibleCap, check, lower_bound
from tests.m3c.conftest import Small, base, capped

POOLS = ["first", "second"]


def without_ceiling(small: Small, ratios: Any) -> dict[str, Any]:
    return {
        **capped(small.economy, ratios),
        "removal_limit": np.zeros((2, 2)),
        "ceiling_limit": np.zeros(2),
    }


def test_a_cap_below_subsistence_is_named(small: Small) -> None:
    values = without_ceiling(small, [1.0, 1.0])
    need = lower_bound(values)[0]
    values["cap"][0] = [0.5 * need, 0.0]
    with pytest.raises(InfeasibleCap, match=r"pool 'first': households' subsistence") as caught:
        check(small.solver, small.economy, values, POOLS)
    assert f"{need:.4g} Mt" in str(caught.value)


def test_a_cap_that_nobody_can_pay_for_is_named_with_the_gap(small: Small) -> None:
    values = without_ceiling(small, [1.0, 1.0])
    values["cap"][0] = [1.2 * lower_bound(values)[0], 0.0]
    with pytest.raises(InfeasibleCap, match=r"pool 'first': cap .* even at .* too many") as caught:
        check(small.solver, small.economy, values, POOLS)
    numbers = [float(n.replace(",", "")) for n in re.findall(r"[\d,.]*\d", str(caught.value))]
    cap, emitted, price, gap = numbers[:4]
    assert cap == pytest.approx(values["cap"].sum(axis=0)[0], rel=1e-3)
    assert emitted - cap == pytest.approx(gap, rel=1e-2)
    assert price > 4000


def test_a_cap_in_reach_passes(small: Small) -> None:
    values = without_ceiling(small, [0.7, 0.8])
    check(small.solver, small.economy, values, POOLS)
    result = small.solve(values)
    assert small.emissions(result)[0] == pytest.approx(0.7 * base(small)[0], rel=1e-8)
