r"""Is M3C on a dataset a general equilibrium model? The checks behind ``cge check``.

At the benchmark every condition must hold. At a shocked equilibrium (a cap, dearer imports, more
labour, less capital) three laws must hold:

- Walras' law: the market that is left unsolved clears;
- homogeneity: with all prices and incomes doubled every condition still holds;
- the numeraire is a mere unit: with another one all quantities, relative prices and reports are the
  same.

All are relative to market value; reports to the largest entry in their unit.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import calibrate
from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.offenders import with_walras
from cge.equilibrium.price_level import at_price_level, price_level
from cge.m3c.carbon import claims, membership
from cge.m3c.model import Economy, declare
from cge.reports import reported_data
from cge.scenario import Pool, Scenario
from cge.scenario.tables import assumptions_of
from cge.setting import Setting
from sam import load_dataset

Array = npt.NDArray[np.float64]

BENCHMARK_TOLERANCE = 1e-10
LAW_TOLERANCE = 1e-9

LAWS = ("walras", "homogeneity", "numeraire_swap", "numeraire_swap_reports")
"""What must hold at a shocked equilibrium."""


def check(dataset: str | Path) -> dict[str, Any]:
    """Check M3C on a dataset.

    Arguments:
        dataset: name of an embedded dataset, or a folder that holds one.

    Returns:
        ``benchmark_residual``, ``walras``, ``homogeneity``, ``numeraire_swap``,
        ``numeraire_swap_reports`` (largest deviations) and ``passed``.

    Raises:
        sam.DatasetError: unknown or broken dataset.
        DeclarationError: the benchmark is no equilibrium; names the worst conditions.
        NotSolved: the shocked equilibrium was not found.
    """
    setting = setting_of(dataset)
    structure = replace(setting.structure(("limit",)), closure=())
    economy = declare(setting.benchmark, setting.assumptions.removal, structure)
    solver = Solver(economy.model)
    at_benchmark = max(
        float(np.max(np.abs(r), initial=0.0)) for r in solver.benchmark.residual.values()
    )
    values = shock(economy, setting)
    shocked = solver.solve(values)
    swapped = solver.solve({**values, **other_numeraire(economy)}, start=shocked)
    report = {
        "benchmark_residual": max(at_benchmark, abs(float(solver.benchmark.walras))),
        "walras": abs(shocked.walras),
        "homogeneity": homogeneity(shocked),
        "numeraire_swap": numeraire_swap(shocked, swapped),
        "numeraire_swap_reports": reports_swap(
            economy, with_benchmark(economy, setting, solver), shocked, swapped
        ),
    }
    passed = report["benchmark_residual"] <= BENCHMARK_TOLERANCE and all(
        report[law] <= LAW_TOLERANCE for law in LAWS
    )
    return {**report, "passed": passed}


def setting_of(dataset: str | Path) -> Setting:
    """A setting of one year in which a cap of four fifths holds for all regions together."""
    data = load_dataset(dataset)
    year = data.base_year
    pool = Pool(name="all", regions=list(data.regions), cap={year: 0.8})
    scenario = Scenario(name="check", dataset=dataset, first=year, last=year, pools=[pool])
    tables = assumptions_of(scenario, data)
    return Setting(scenario, data, tables, calibrate(data, tables))


def shock(economy: Economy, setting: Setting) -> dict[str, Any]:
    """Parameters far from the benchmark: a binding cap, dearer imports, other endowments."""
    parameters, carbon = economy.model.parameters, economy.carbon
    members, owned = claims(
        setting.benchmark.emissions.direct[:, None], membership(setting), np.array([0.8])
    )
    labour, capital = economy.households.labour_supply, economy.capital.supply
    grown = np.linspace(1.02, 1.06, len(labour.value))
    return {
        carbon.permits.members.name: members,
        carbon.cap.name: owned,
        "tariff": parameters["tariff"].value + 0.05,
        labour.name: labour.value * grown[:, None],
        capital.name: capital.value * 0.97,
    }


def other_numeraire(economy: Economy) -> dict[str, Any]:
    """Foreign exchange in the place of the consumption basket."""
    composite, exchange = economy.markets.composite, economy.markets.exchange
    return {
        f"numeraire.{composite.name}": np.zeros(composite.shape),
        f"numeraire.{exchange.name}": np.ones(()),
    }


def with_benchmark(economy: Economy, setting: Setting, solver: Solver) -> Setting:
    """The setting with the benchmark as its baseline, against which welfare is reckoned."""
    at = economy.first_year(setting, solved=solver.benchmark)
    record = {report.name: np.asarray(report.of(at), float) for report in economy.reports}
    data = reported_data(economy.reports, setting.labels, {at.year: record})
    return replace(setting, baseline=data)


def reports_of(economy: Economy, setting: Setting, equilibrium: Equilibrium) -> dict[str, Array]:
    """What the economy reports of an equilibrium in the base year."""
    at = economy.first_year(setting, equilibrium.values, equilibrium.state)
    return {report.name: np.asarray(report.of(at), float) for report in economy.reports}


def reports_swap(
    economy: Economy, setting: Setting, first: Equilibrium, second: Equilibrium
) -> float:
    """Largest difference between the reports of two numeraires.

    Relative to the largest entry of any report in the same unit: what is idle is zero to rounding,
    and rounding is relative to what runs.
    """
    one, two = (reports_of(economy, setting, e) for e in (first, second))
    sizes: dict[str, float] = {}
    for report in economy.reports:
        largest = float(np.max(np.abs(np.nan_to_num(one[report.name])), initial=0.0))
        sizes[report.unit] = max(largest, sizes.get(report.unit, 1e-300))
    return max(
        _apart(one[report.name], two[report.name]) / sizes[report.unit]
        for report in economy.reports
    )


def _apart(first: Array, second: Array) -> float:
    """Largest difference where both are numbers, infinite where only one is."""
    gap = np.where(np.isnan(first) & np.isnan(second), 0.0, np.abs(first - second))
    return float(np.max(np.where(np.isnan(gap), np.inf, gap), initial=0.0))


def homogeneity(equilibrium: Equilibrium, factor: float = 2.0) -> float:
    """Largest condition with all prices and incomes multiplied by a factor, the numeraire apart."""
    residual = with_walras(at_price_level(equilibrium, factor))
    return max(float(np.max(np.abs(r), initial=0.0)) for r in residual.values())


def numeraire_swap(first: Equilibrium, second: Equilibrium) -> float:
    """Largest difference between two numeraires: of flows relative to the largest market of their
    commodity, and of relative prices of goods that are traded.
    """
    one, two = first.state, second.state
    largest, level = 0.0, np.log(price_level(first, second))
    for flow, other in zip(one.flows, two.flows, strict=True):
        for leaf, quantity in flow.total.items():
            size = np.maximum(np.abs(one.demands[leaf.commodity]).max(initial=0.0), 1e-300)
            gap = np.abs(np.asarray(quantity) - other.total[leaf]) / size
            largest = max(largest, float(gap.max(initial=0.0)))
    for commodity, price in one.prices.price.items():
        if commodity.zero_scale is None:
            live = ~np.asarray(one.dead[f"p:{commodity.name}"])
            ratio = np.log(np.asarray(two.prices.price[commodity]) / price)[live]
            largest = max(largest, float(np.abs(ratio - level).max(initial=0.0)))
    return largest
