"""Permits at a price ceiling: what they cost is bought, and all accounts still balance."""

from __future__ import annotations

import numpy as np

from cge.m3c.carbon import national_basket
from tests.m3c.conftest import Small

CEILING = 0.8
"""Price of a permit at the ceiling, 100 yuan per ton."""


def test_accounts_balance_where_permits_are_bought_at_the_ceiling(small: Small) -> None:
    basket = national_basket(small.benchmark)
    changes = {"ceiling_limit": np.full(2, 1e4), "SV.basket.quantity": CEILING * basket}
    found = small.solve({**small.capped([0.6, 0.6]), **changes})
    assert (small.report(found, "offsets") > 1.0).any()
    at = small.at(found)
    for check in small.economy.checks:
        assert np.nanmax(np.abs(check.of(at)), initial=0.0) < 1e-9, (check.name, check.meaning)
