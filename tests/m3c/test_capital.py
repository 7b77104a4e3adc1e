"""Capital that is somewhere: specific within the year, or mobile by name; who earns from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.equilibrium import Equilibrium, Solver
from cge.m3c import Economy
from cge.m3c.cohorts import worth
from tests.m3c.conftest import Small, shock
from tests.m3c.models import at_equilibrium, declared, report, tiny_setting


@pytest.fixture(scope="module")
def mobile() -> tuple[Economy, Equilibrium]:
    """The small economy with mobile capital, under the shock of ``shocked``."""
    economy = declared(tiny_setting(), mobile=True)
    small = Small(tiny_setting(), economy, Solver(economy.model))
    return economy, small.solve(shock(small))


def spread(economy: Economy, equilibrium: Equilibrium) -> np.ndarray:
    """Largest rental of a sector over the smallest (region)."""
    at = at_equilibrium(economy, tiny_setting(), equilibrium)
    rental = report(economy, at, "rental_by_sector")
    return np.asarray(np.nanmax(rental, axis=1) / np.nanmin(rental, axis=1))


def test_specific_capital_earns_differently_and_mobile_the_same(
    small: Small, shocked: Equilibrium, mobile: tuple[Economy, Equilibrium]
) -> None:
    assert (spread(small.economy, shocked) > 1.05).all()
    assert_allclose(spread(*mobile), 1.0, rtol=1e-12)
    assert abs(mobile[1].walras) <= 1e-9


def test_a_cap_costs_no_less_where_capital_cannot_move(
    small: Small, shocked: Equilibrium, mobile: tuple[Economy, Equilibrium]
) -> None:
    price, other = shocked.price("PC").to_numpy(), mobile[1].price("PC").to_numpy()
    assert (price > other * (1.0 - 1e-9)).all()


def test_in_the_base_year_all_capital_earns_the_same(small: Small) -> None:
    at = small.economy.first_year(small.setting, solved=small.solver.benchmark)
    rental = report(small.economy, at, "rental_by_sector")
    assert_allclose(rental[np.isfinite(rental)], 1.0, rtol=1e-12)
    b = small.benchmark
    everything = report(small.economy, at, "capital") + worth(small.setting)  # with that of plants
    assert_allclose(everything, small.setting.driver("capital_stock", b.base_year))
    earned = b.production.capital.sum(axis=1)
    assert_allclose(report(small.economy, at, "capital_income"), earned)


def test_stranded_capital_is_not_renewed(small: Small, shocked: Equilibrium) -> None:
    """What earns least grows least, and all of investment is somewhere."""
    economy, at = small.economy, small.at(shocked)
    rental = report(economy, at, "rental_by_sector")
    invested = report(economy, at, "investment_by_sector")
    stock = report(economy, at, "capital_by_sector")
    total = invested.sum(axis=1) + economy.plants.spent(at)
    assert_allclose(total, report(economy, at, "investment"), rtol=1e-12)
    growth = np.where(stock > 0.0, invested / np.where(stock > 0.0, stock, 1.0), np.nan)
    for r in range(2):
        assert np.nanargmin(rental[r]) == np.nanargmin(growth[r])
        assert np.nanargmax(rental[r]) == np.nanargmax(growth[r])


def test_the_net_return_is_what_is_earned_on_what_capital_is_worth(
    small: Small, shocked: Equilibrium
) -> None:
    read = {
        name: report(small.economy, small.at(shocked), name)
        for name in ("net_return", "capital_income", "capital", "investment_price")
    }
    gross = read["capital_income"] / (read["investment_price"] * read["capital"])
    decay = small.setting.driver("depreciation", 2020)
    assert_allclose(read["net_return"], gross - decay, rtol=1e-12)


def test_what_other_blocks_invest_is_not_left_for_sectors(
    small: Small, shocked: Equilibrium
) -> None:
    others = np.array([3.0, 5.0])
    capital = small.economy.capital.less(lambda at: others)
    at = small.at(shocked)
    left = capital.by_sector(at).sum(axis=1) + small.economy.plants.spent(at)
    assert_allclose(left, np.asarray(capital.investment(at.state)) - others, rtol=1e-12)


def test_every_rent_has_an_owner(small: Small, shocked: Equilibrium) -> None:
    at = small.at(shocked)
    rents, to_people, saved = (
        report(small.economy, at, name) for name in ("rents", "rents_distributed", "rents_retained")
    )
    tax = small.benchmark.institutions.enterprise_tax / small.benchmark.institutions.capital_income
    assert_allclose(to_people + saved + tax * rents, rents, rtol=1e-12)
    assert (rents > report(small.economy, at, "capital_income")).all()  # land and sites beside it


def test_less_saving_is_more_consumption_and_no_money_is_lost(small: Small) -> None:
    economy, setting = small.economy, small.setting
    table = setting.assumptions.prospects
    half = replace(
        table,
        rows=(
            *(row for row in table.rows if row.item != "saving"),
            next(row for row in table.rows if row.item == "saving").model_copy(
                update={"value": 0.5}
            ),
        ),
    )
    thriftless = replace(setting, assumptions=setting.assumptions.replace(prospects=half))
    at = economy.first_year(thriftless)
    values = {
        parameter if isinstance(parameter, str) else parameter.name: value
        for block in (economy.households, economy.institutions)
        for parameter, value in block.parameters(at).items()
    }
    given = values["distributed_share"].sum(axis=1) + values["retained_share"]
    b = setting.benchmark.institutions
    assert_allclose(given + b.enterprise_tax / b.capital_income, 1.0, rtol=1e-12)
    known = economy.model.parameters
    result = small.solve({name: known.fit(known[name], value) for name, value in values.items()})
    assert abs(result.walras) <= 1e-9
    base = economy.first_year(setting, solved=small.solver.benchmark)
    for name, sign in (("investment", -1.0), ("consumption", 1.0)):
        change = small.report(result, name) - report(economy, base, name)
        assert (sign * change > 0.0).all()


def test_what_projects_buy_is_demand_of_their_basket(small: Small) -> None:
    """Investors owe the goods: of their own basket they buy as much less as saving is worth."""
    capital, goods = small.economy.capital, np.zeros_like(small.benchmark.demand.investment)
    goods[0, [0, 5]] = 20.0, 30.0
    before = small.solve()
    after = small.solve({capital.owed.name: -goods})
    bought = [
        np.asarray(at.state.quantity(capital.investor.flow("goods"))) for at in (before, after)
    ]
    formed = [np.asarray(capital.investment(at.state)) for at in (before, after)]
    assert_allclose(formed[1], (bought[1] + goods).sum(axis=1) - _drawn(small), rtol=1e-12)
    assert abs(formed[1] - formed[0])[0] < 0.02 * goods.sum()
    same = bought[1][0] / np.where(bought[0][0] > 0.0, bought[0][0], 1.0)
    assert np.ptp(same[bought[0][0] > 0.0]) < 1e-9  # the rest in its own proportions


def _drawn(small: Small) -> np.ndarray:
    return small.benchmark.demand.drawdown.sum(axis=1)
