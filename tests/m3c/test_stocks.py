"""Goods out of stocks in the model: a supply of the base year that fades, and less formation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration import calibrate, gdp
from cge.blocks import Year
from cge.equilibrium import Solver
from cge.equilibrium.benchmark import check_benchmark
from cge.m3c import check
from cge.m3c.check import LAWS
from cge.path import Pathway, run
from cge.scenario import Pool, Scenario
from sam import load_dataset
from tests.drawdowns import drawn_from_stocks
from tests.economies import tiny_dataset, write_dataset
from tests.m3c.models import at_equilibrium, declared, report, setting_of

LAST = 2023


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(drawn_from_stocks(tiny_dataset()), tmp_path_factory.mktemp("stocks") / "e")


@pytest.fixture(scope="module")
def baseline(folder: Path) -> Pathway:
    return run(Scenario(name="baseline", dataset=folder, last=LAST))


@pytest.fixture(scope="module")
def policy(folder: Path, baseline: Pathway) -> Pathway:
    pool = Pool(name="all", regions=["A", "B"], cap={2020: 1.0, LAST: 0.8})
    return run(Scenario(name="policy", dataset=folder, last=LAST, pools=[pool]), baseline=baseline)


def test_an_economy_whose_stocks_fall_is_an_equilibrium(folder: Path) -> None:
    found = check(folder)
    assert found["benchmark_residual"] <= 1e-10
    assert max(found[law] for law in LAWS) <= 1e-9


def test_formation_is_reported_net_of_what_is_drawn() -> None:
    setting = setting_of(drawn_from_stocks(tiny_dataset()))
    economy, b = declared(setting), setting.benchmark
    at = economy.first_year(setting, solved=check_benchmark(economy.model))
    bought, sold = b.demand.investment.sum(axis=1), b.demand.drawdown.sum(axis=1)
    assert (sold > 0.0).all()
    assert_allclose(report(economy, at, "investment"), bought - sold, rtol=1e-12)
    assert_allclose(report(economy, at, "gdp_real"), gdp(b)["income"], rtol=1e-10)


def test_what_stocks_give_no_more_is_dearer_and_supplied_anew() -> None:
    setting = setting_of(drawn_from_stocks(tiny_dataset()))
    economy, drawn = declared(setting), setting.benchmark.demand.drawdown
    solver, prices = Solver(economy.model), economy.prices
    after = solver.solve({economy.capital.drawdown.name: np.zeros_like(drawn)})
    assert abs(after.walras) <= 1e-9
    price = prices.relative(at_equilibrium(economy, setting, after), economy.markets.composite)
    assert (price[drawn > 0.0] > 1.0).all()
    supplied = after.state.quantity(economy.trade.armington.flow("composite"))
    assert (supplied > setting.benchmark.absorption)[drawn > 0.0].all()


def test_what_is_drawn_fades_with_the_capital_of_the_base_year() -> None:
    setting = setting_of(drawn_from_stocks(tiny_dataset()))
    capital, drawn = declared(setting).capital, setting.benchmark.demand.drawdown
    stocks = {"capital_by_sector": np.ones((2, 8))}
    decay = setting.driver("depreciation", 2020)[:, None]
    for year, left in ((2020, 1.0), (2021, 1.0 - decay), (2023, (1.0 - decay) ** 3)):
        of_year = capital.parameters(Year(setting, year, stocks, {}, {}))
        assert_allclose(of_year[capital.drawdown], drawn * left, rtol=1e-12)


def test_years_and_a_cap_are_solved(baseline: Pathway, policy: Pathway) -> None:
    for path in (baseline, policy):
        assert (path.solves["worst"] <= 1e-9).all()
        assert (path.solves["walras"].abs() <= 1e-9).all()
    assert (policy.data["carbon_price"].sel(year=LAST) > 0.0).all()


def test_capital_grows_by_formation_net_of_what_is_drawn(
    folder: Path, baseline: Pathway, policy: Pathway
) -> None:
    decay = load_dataset(folder).driver("depreciation").loc[2020 : LAST - 1].to_numpy()
    for path in (baseline, policy):
        stock = path.data["capital"].transpose("year", "region").to_numpy()
        added = path.data["investment_by_sector"].sum("sector").transpose("year", "region")
        kept = (1.0 - decay) * stock[:-1]
        assert_allclose(stock[1:], kept + added.to_numpy()[:-1], rtol=1e-12)
    formed = baseline.data["investment"].sel(year=2020)
    assert_allclose(formed, calibrate(load_dataset(folder)).demand.formation.sum(axis=1))
