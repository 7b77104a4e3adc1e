"""Caps that cannot be met are named with what is missing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cge.blocks import Year
from cge.m3c.feasibility import InfeasibleCap, check, lower_bound
from tests.m3c.conftest import Small, base


def without_ceiling(small: Small, ratios: Any) -> Year:
    """The base year with caps, without removal and ceiling."""
    e = small.economy
    values = {
        **small.capped(ratios),
        e.abatement.limit.name: np.zeros(e.abatement.limit.value.shape),
        e.carbon.ceiling_limit.name: np.zeros(2),
    }
    return e.first_year(small.setting, values)


def with_cap(small: Small, factor: float) -> tuple[Year, float]:
    """A cap of the first region as a multiple of what its subsistence needs, and that need."""
    at = without_ceiling(small, [1.0, 1.0])
    need = float(lower_bound(small.economy, at)[0])
    cap = np.array(at.values["cap"])
    cap[0] = [factor * need, 0.0]
    return replace(at, values={**at.values, "cap": cap}), need


def test_a_cap_below_subsistence_is_named(small: Small) -> None:
    at, need = with_cap(small, 0.5)
    with pytest.raises(InfeasibleCap, match=r"pool 'pool 0': households' subsistence") as caught:
        check(small.economy, small.solver, at)
    assert f"{need:.4g} Mt" in str(caught.value)


def test_a_cap_that_nobody_can_pay_for_is_named_with_the_gap(small: Small) -> None:
    at, need = with_cap(small, 1.2)
    with pytest.raises(InfeasibleCap, match=r"pool 'pool 0': cap .* even at .* too many") as caught:
        check(small.economy, small.solver, at)
    text = str(caught.value).replace("pool 0", "")
    cap, emitted, price, gap = (
        float(n.replace(",", "")) for n in re.findall(r"[\d,.]*\d", text)[:4]
    )
    assert cap == pytest.approx(1.2 * need, rel=1e-3)
    assert emitted - cap == pytest.approx(gap, rel=1e-2)
    assert price > 4000


def test_a_cap_in_reach_passes(small: Small) -> None:
    at = without_ceiling(small, [0.7, 0.8])
    check(small.economy, small.solver, at)
    result = small.solve(dict(at.values))
    assert small.permits(result)[0] == pytest.approx(0.7 * base(small)[0], rel=1e-8)
