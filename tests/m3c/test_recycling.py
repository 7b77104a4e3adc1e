"""What permits are worth goes to households, the government, or lowers production tax."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.equilibrium import Equilibrium, Solver
from cge.scenario import Pool
from tests.m3c.conftest import Small
from tests.m3c.models import declared, setting_of

YEAR = 2020
Ends = tuple[Small, Equilibrium, Equilibrium]


def pools(first: str = "households", second: str = "households") -> list[Pool]:
    return [
        Pool(name="pool 0", regions=["A"], cap={YEAR: 0.8}, revenue=first),
        Pool(name="pool 1", regions=["B"], cap={YEAR: 0.8}, revenue=second),
    ]


def solved(one: Small, *use: str) -> tuple[Small, Equilibrium]:
    """The economy under caps whose revenue is used in some way."""
    setting = setting_of(one.setting.dataset, pools(*use))
    mine = replace(one, setting=setting)
    at = mine.economy.first_year(setting)
    for block in (mine.economy.carbon, mine.economy.recycling):
        new = {p.name: np.asarray(v) for p, v in block.parameters(at).items()}
        at = replace(at, values={**at.values, **new})
    return mine, mine.solve(dict(at.values))


@pytest.fixture(scope="module")
def ends(small: Small) -> Ends:
    """Region A lowers production tax, region B pays its government; and lump sums in both."""
    economy = declared(small.setting, recycled=True)
    one = Small(small.setting, economy, Solver(economy.model))
    mine, used = solved(one, "production_tax", "government")
    _, lump = solved(one)
    return mine, used, lump


def test_production_tax_falls_by_what_permits_are_worth(ends: Ends) -> None:
    mine, used, _ = ends
    change, revenue = (
        mine.report(used, name) for name in ("production_tax_change", "carbon_revenue")
    )
    assert change[0] < -1e-3
    assert change[1] == pytest.approx(0.0, abs=1e-12)
    state, recycling = used.state, mine.economy.recycling
    fund = np.asarray(state.income(recycling.agents.fund))
    assert_allclose(change[0] * np.asarray(recycling.sales(state))[0], -fund[0], rtol=1e-9)
    assert (revenue > 0.0).all()
    worth = mine.report(used, "carbon_price") * mine.report(used, "cap") / 100.0
    assert_allclose(revenue, worth, rtol=1e-8)


def test_all_sectors_pay_as_many_points_less(ends: Ends) -> None:
    mine, used, _ = ends
    tax = mine.economy.production.output_tax
    points = np.asarray(used.state.parameter(tax)) - tax.value
    change = mine.report(used, "production_tax_change")
    assert_allclose(points, np.broadcast_to(change[:, None], points.shape), atol=1e-12)


def test_sales_are_what_production_tax_is_paid_on(small: Small, ends: Ends) -> None:
    mine, _, _ = ends
    base = mine.solve({})
    assert_allclose(
        mine.economy.recycling.sales(base.state), small.benchmark.output.sum(axis=1), rtol=1e-9
    )


def test_who_gets_the_revenue_spends_it(ends: Ends) -> None:
    mine, used, lump = ends
    for name, sign in (("government", 1.0), ("consumption", -1.0)):
        more = mine.report(used, name)[1] - mine.report(lump, name)[1]
        assert sign * more > 0.3 * mine.report(lump, "carbon_revenue")[1], name
    assert abs(used.walras) < 1e-9
    assert_allclose(mine.report(used, "co2_direct"), mine.report(lump, "co2_direct"), rtol=1e-7)


def test_lower_production_tax_costs_less_gdp_than_lump_sums(ends: Ends) -> None:
    """Goods are taxed less against untaxed factors that stay where they are."""
    mine, used, lump = ends
    assert mine.report(used, "gdp_real")[0] > mine.report(lump, "gdp_real")[0] * (1.0 + 1e-6)
