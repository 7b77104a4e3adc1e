"""What permits are worth goes to households, the government, or lowers a tax."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.equilibrium import Equilibrium, Solver
from cge.scenario import Pool
from cge.scenario.schema import LABOUR_TAX, TAXES
from cge.testing import assert_homogeneous
from tests.m3c.conftest import Small
from tests.m3c.models import declared, setting_of
from tests.m3c.test_abatement import limits

YEAR = 2020
LOW, HIGH = 0.5, 1.05
"""Floors of the real wage: at which all are employed, and at which they never are."""

HIRING = {"Y": "j", "T": "t", "RM": "n"}
"""Activities that hire labour, with their own letter beside the region."""

Ends = tuple[Small, Equilibrium, Equilibrium]


def pools(first: str = "households", second: str = "households") -> list[Pool]:
    return [
        Pool(name="pool 0", regions=["A"], cap={YEAR: 0.8}, revenue=first),
        Pool(name="pool 1", regions=["B"], cap={YEAR: 0.8}, revenue=second),
    ]


def solved(one: Small, *use: str, **changes: Any) -> tuple[Small, Equilibrium]:
    """The economy under caps whose revenue is used in some way, with further changes."""
    setting = setting_of(one.setting.dataset, pools(*use))
    mine = replace(one, setting=setting)
    at = mine.economy.first_year(setting)
    for block in (mine.economy.carbon, mine.economy.recycling):
        new = {p.name: np.asarray(v) for p, v in block.parameters(at).items()}
        at = replace(at, values={**at.values, **new})
    return mine, mine.solve({**at.values, "real_wage_target": LOW, **changes})


@pytest.fixture(scope="module")
def one(small: Small) -> Small:
    """The economy with taxes that revenue may lower, and a floor of the real wage that is low."""
    economy = declared(small.setting, recycled=TAXES, closure=(("labour", "fixed_real_wage"),))
    return Small(small.setting, economy, Solver(economy.model))


@pytest.fixture(scope="module")
def ends(one: Small) -> Ends:
    """Region A lowers production tax, region B pays its government; and lump sums in both."""
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
    sales = np.asarray(mine.economy.production.sales(state))
    assert_allclose(change[0] * sales[0], -fund[0], rtol=1e-9)
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
        mine.economy.production.sales(base.state), small.benchmark.output.sum(axis=1), rtol=1e-9
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


@pytest.fixture(scope="module")
def hired(one: Small) -> Ends:
    """Region A lowers the tax on labour; lump sums by what households earn by work there.

    Capture is so cheap that it hires labour too.
    """
    bill = ("RM.labour.quantity", "RM.material.quantity", "co2_carriage")
    known = one.economy.model.parameters
    cheap = {**limits(steel=1.0), **{name: 0.1 * known[name].value for name in bill}}
    mine, used = solved(one, LABOUR_TAX, **cheap)
    earned = one.benchmark.institutions.labour_income
    shares = np.array(used.values["revenue_share"])
    shares[0] = earned[0] / earned[0].sum()
    _, lump = solved(one, revenue_share=shares, **cheap)
    return mine, used, lump


def test_labour_tax_falls_by_what_permits_are_worth(hired: Ends) -> None:
    mine, used, _ = hired
    change, state = mine.report(used, "labour_tax_change"), used.state
    fund = mine.economy.agents.fund
    assert change[0] < -1e-3
    assert change[1] == pytest.approx(0.0, abs=1e-12)
    wages = sum(used.quantity(owner, "labour").sum(dim).to_numpy() for owner, dim in HIRING.items())
    assert_allclose(used.revenue("labour_tax")[0], -np.asarray(state.income(fund))[0], rtol=1e-9)
    assert_allclose(change[0] * wages[0] * used.price("PL")[0], used.revenue("labour_tax")[0])


def test_government_budgets_are_as_with_lump_sums(hired: Ends) -> None:
    """The tax office has what it would have had, and nothing else of the government moves."""
    _, used, lump = hired
    for agent in ("TAX", "GOV", "CGOV"):
        assert_allclose(used.income(agent), lump.income(agent), rtol=1e-8)


def test_all_who_hire_labour_pay_the_tax(one: Small) -> None:
    labour = one.economy.markets.labour
    rates = {
        name: [tax.rate for tax in leaf.taxes]
        for name, activity in one.economy.model.activities.items()
        for leaf in activity.uses.leaves
        if leaf.commodity is labour
    }
    assert rates == {name: [one.economy.recycling.taxes[1].rate] for name in HIRING}


def test_a_subsidy_on_wages_is_a_lump_sum_to_who_works_where_all_are_employed(hired: Ends) -> None:
    """Labour in fixed supply: employers pay the same, wages rise by what the rate falls."""
    mine, used, lump = hired
    change = mine.report(used, "labour_tax_change")
    assert_allclose(used.price("PL"), lump.price("PL") / (1.0 + change), rtol=1e-8)
    assert used.level("RM").sum() > 0.1
    for owner in HIRING:
        paid = [end.user_price(owner, "labour") for end in (used, lump)]
        assert_allclose(*paid, rtol=1e-8)
    for name in ("gdp_real", "consumption", "government", "investment", "output", "carbon_price"):
        assert_allclose(mine.report(used, name), mine.report(lump, name), rtol=1e-7)
    assert abs(used.walras) < 1e-9
    assert_homogeneous(used)


def test_lower_labour_tax_employs_people_where_wages_do_not_fall(one: Small) -> None:
    """What it costs to employ somebody falls, and people work whom lump sums leave without."""
    mine, used = solved(one, LABOUR_TAX, real_wage_target=HIGH)
    _, lump = solved(one, real_wage_target=HIGH)
    more, fewer = (mine.report(end, "employment") for end in (used, lump))
    assert fewer[0] * (1.0 + 1e-3) < more[0] < 1.0
    assert mine.report(used, "gdp_real")[0] > mine.report(lump, "gdp_real")[0] * (1.0 + 1e-3)
    for end in (used, lump):
        assert_allclose(mine.report(end, "wage"), HIGH, rtol=1e-8)
    assert used.user_price("Y", "labour")[0, 0] < lump.user_price("Y", "labour")[0, 0]


def test_without_revenue_no_tax_changes(one: Small) -> None:
    """Caps that do not bind: permits are worth nothing."""
    mine = replace(one, setting=setting_of(one.setting.dataset, []))
    idle = one.solve({})
    for tax in TAXES:
        assert_allclose(mine.report(idle, f"{tax}_change"), 0.0, atol=1e-12)


def test_taxes_are_declared_where_a_pool_lowers_them(small: Small) -> None:
    def asked(*use: str) -> tuple[str, ...]:
        return setting_of(small.setting.dataset, pools(*use)).structure().recycled

    assert asked() == ()
    assert asked(LABOUR_TAX, "government") == (LABOUR_TAX,)
    assert asked(*reversed(TAXES)) == TAXES
    assert not small.economy.production.activity.flow("labour").taxes
