"""A new technology, report, stock, lever and closure, each in one place of this file.

Hydrogen from electrolysis takes the place of gas, up to a limit that grows with what has been
built; wages pegged abroad take the place of full employment. Nothing else in the project names
them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from calibration import Benchmark
from cge.blocks import Block, Lever, Report, Stock, Values, Year
from cge.coupling import Session
from cge.language import Activity, Parameter, leontief, scale
from cge.m3c import Economy
from cge.m3c.closures import Closure, forget, register
from cge.path import Pathway, run
from cge.results import headline, summary, write_results
from cge.scenario import Closures, Pool, Scenario
from closures import Fixed, Freed, Swap
from closures.catalogue import offer, withdraw
from tests.economies import tiny_dataset, write_dataset
from tests.m3c.models import declared, tiny_setting

FIRST_BUILD, GROWTH = 5.0, 1.5


@dataclass(frozen=True, eq=False)
class Hydrogen(Block):
    """Gas from electricity and capital; idle until it pays."""

    economy: Economy
    electrolysis: Activity
    limit: Parameter
    cost: Parameter

    @classmethod
    def declare(cls, economy: Economy, b: Benchmark) -> Hydrogen:
        m, k = economy.model, economy.markets
        gas, power = (np.eye(len(b.sectors))[b.position(code)] for code in ("GAS", b.electricity))
        limit, cost = (
            m.parameter("hydrogen_limit", "r", 0.0),
            m.parameter("hydrogen_cost", "r", 0.9),
        )
        electrolysis = m.activity(
            "H2",
            "r",
            makes=k.composite["r i"](("i", gas), name="gas"),
            uses=leontief(
                k.composite["r i"](("i", 0.1 * power), name="electricity"),
                k.capital_of("e")(cost, name="capital"),
            ),
            latent=10.0,
            capacity=limit,
            owner=economy.agents.fund["r"],
        )
        return cls(economy, electrolysis, limit, cost)

    def made(self, at: Year) -> Any:
        return at.state.level(self.electrolysis)

    def parameters(self, at: Year) -> Values:
        return {self.limit: FIRST_BUILD + GROWTH * at.stocks["electrolysers"]}

    def reports(self) -> Sequence[Report]:
        return (
            Report("hydrogen", "region", "1e8 CNY", "hydrogen made at 2020 prices of gas",
                   self.made, iamc="Production|Hydrogen", total="sum"),
            Report("wage_abroad", "region", "index", "wage in foreign exchange, 2020 = 1",
                   lambda at: wage_abroad(self.economy, at.state)),
        )  # fmt: skip

    def stocks(self) -> Sequence[Stock]:
        return (
            Stock("electrolysers", "region", "1e8 CNY",
                  lambda setting: np.zeros(len(setting.benchmark.regions)),
                  lambda at: np.maximum(at.stocks["electrolysers"], self.made(at))),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        return (
            Lever("hydrogen_capital", "region", "ratio", "capital per unit of hydrogen",
                  lambda at: at.parameter(self.cost), lambda at, value: {self.cost: value},
                  least=1e-3),
        )  # fmt: skip


def wage_abroad(economy: Economy, state: Any) -> Any:
    """The wage relative to the price of foreign exchange (region)."""
    return state.price(economy.markets.labour) / state.price(economy.markets.exchange)


def pegged_wage(economy: Economy) -> tuple[Swap, ...]:
    """The wage in foreign exchange has a floor, and employment adjusts."""
    jobs = Freed("jobs", "r", {economy.households.labour_supply: scale}, upper=0.0)
    peg = Fixed("peg", "r", lambda state: wage_abroad(economy, state), falls=True)
    return (Swap(jobs, peg),)


@pytest.fixture(scope="module")
def closure() -> Iterator[Closure]:
    named = offer("labour", "pegged_wage", "the wage in foreign exchange has a floor")
    reports = lambda economy: (  # noqa: E731
        Report("jobs", "region", "fraction", "employment relative to the labour force",
               lambda at: np.exp(at.state.variable("jobs"))),
    )  # fmt: skip
    closure = register(Closure(named, pegged_wage, {"peg": "wage_abroad"}, reports))
    yield closure
    forget(closure)
    withdraw(named)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory, closure: Closure) -> Scenario:
    folder = write_dataset(tiny_dataset(), tmp_path_factory.mktemp("extension") / "economy")
    pool = Pool(name="all", regions=["A", "B"], cap={2020: 1.0, 2022: 0.7})
    chosen = Closures(labour=closure.named.name)
    return Scenario(name="hydrogen", dataset=folder, last=2022, pools=[pool], closure=chosen)


@pytest.fixture(scope="module")
def paths(scenario: Scenario) -> list[Pathway]:
    baseline = run(scenario.baseline(), extensions=[Hydrogen.declare])
    return [baseline, run(scenario, baseline=baseline, extensions=[Hydrogen.declare])]


def test_it_runs_and_the_economy_stays_in_balance(paths: list[Pathway]) -> None:
    for path in paths:
        assert path.solves["worst"].max() < 1e-9
        assert path.solves["walras"].abs().max() < 1e-9


def test_the_stock_sets_the_limit_of_the_next_year(paths: list[Pathway]) -> None:
    made = paths[1].data["hydrogen"].transpose("year", "region").to_numpy()
    assert made[0].max() <= FIRST_BUILD * (1.0 + 1e-9)
    most = FIRST_BUILD + GROWTH * np.maximum.accumulate(made, axis=0)[:-1]
    assert np.all(made[1:] <= most * (1.0 + 1e-9))
    assert made[-1].max() > FIRST_BUILD  # it pays, so the limit binds and grows


def test_results_hold_the_report_and_what_adjusts(paths: list[Pathway], tmp_path: Path) -> None:
    write_results(tmp_path, paths, plots=False)
    with xr.open_dataset(tmp_path / "results.nc", engine="h5netcdf") as data:
        assert data["hydrogen"].attrs["unit"] == "1e8 CNY"
        assert data["hydrogen"].attrs["long_name"] == "hydrogen made at 2020 prices of gas"
        jobs = data["jobs"].sel(scenario="hydrogen")
        assert float(jobs.max()) <= 1.0 + 1e-9
        assert float(jobs.min()) < 1.0
    table = summary(paths)
    assert "Production|Hydrogen" in set(table["variable"])
    part = headline(paths[1])["hydrogen"]
    whole = part.sel(region=paths[1].geography.nation)
    assert_allclose(whole, part.sel(region=["A", "B"]).sum("region"), rtol=1e-12)


def test_a_session_reads_it_and_sets_the_lever(scenario: Scenario, paths: list[Pathway]) -> None:
    session = Session(scenario, baseline=paths[0], limits=0, extensions=[Hydrogen.declare])
    listed = session.catalogue.set_index("item")["direction"]
    assert (listed["hydrogen"], listed["jobs"], listed["hydrogen_capital"]) == ("out", "out", "in")
    session.advance()
    before = session.snapshot()
    session.solve_year()
    assert float(session.get("hydrogen").max()) > 0.0
    session.set("hydrogen_capital", {"A": 50.0, "B": 50.0}, unit="ratio")
    session.solve_year()
    assert_allclose(session.get("hydrogen"), 0.0, atol=1e-9)
    session.advance()
    idle = before.progress.stocks["electrolysers"]
    stocks = session.snapshot().progress.stocks["electrolysers"]
    assert_allclose(stocks, idle, atol=1e-9)  # none was added
    session.restore(before)
    session.solve_year()
    assert float(session.get("hydrogen").max()) > 0.0


def test_the_documentation_lists_it(repository: Path) -> None:
    spec = importlib.util.spec_from_file_location("tables", repository / "docs" / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    extended = declared(tiny_setting(), extensions=(Hydrogen.declare,))
    assert "| `hydrogen` |" in tables.variables_table(extended.reports)
    assert "| `hydrogen_capital` |" in tables.levers_table(extended.levers)
