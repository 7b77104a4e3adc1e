r"""Is M3C on a dataset a general equilibrium model? The checks behind ``cge check``.

At the benchmark every condition must hold. At a shocked equilibrium (a cap, dearer imports, more
labour, less capital) three laws must hold:

- Walras' law: the market that is left unsolved clears;
- homogeneity: with all prices and incomes doubled every condition still holds;
- the numeraire is a mere unit: with another one all quantities and relative prices are the same.

All are relative to market value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import calibrate, load_abatement
from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.offenders import with_walras
from cge.equilibrium.price_level import at_price_level, price_level
from cge.m3c import emitters
from cge.m3c.economy import Economy, declare
from sam import load_dataset

Array = npt.NDArray[np.float64]

BENCHMARK_TOLERANCE = 1e-10
LAW_TOLERANCE = 1e-9


def check(dataset: str | Path) -> dict[str, Any]:
    """Check M3C on a dataset.

    Arguments:
        dataset: name of an embedded dataset, or a folder that holds one.

    Returns:
        ``benchmark_residual``, ``walras``, ``homogeneity``, ``numeraire_swap`` (largest deviation,
        relative to market value) and ``passed``.

    Raises:
        sam.DatasetError: unknown or broken dataset.
        DeclarationError: the benchmark is no equilibrium; names the worst conditions.
        NotSolved: the shocked equilibrium was not found.
    """
    benchmark = calibrate(load_dataset(dataset))
    economy = declare(benchmark, load_abatement().restricted_to(benchmark.sectors), ["all"])
    solver = Solver(economy.model)
    at_benchmark = max(
        float(np.max(np.abs(r), initial=0.0)) for r in solver.benchmark.residual.values()
    )
    values = shock(economy)
    shocked = solver.solve(values)
    swapped = solver.solve({**values, **other_numeraire(economy)}, start=shocked)
    report = {
        "benchmark_residual": max(at_benchmark, abs(float(solver.benchmark.walras))),
        "walras": abs(shocked.walras),
        "homogeneity": homogeneity(shocked),
        "numeraire_swap": numeraire_swap(shocked, swapped),
    }
    passed = report["benchmark_residual"] <= BENCHMARK_TOLERANCE and all(
        report[law] <= LAW_TOLERANCE for law in ("walras", "homogeneity", "numeraire_swap")
    )
    return {**report, "passed": passed}


def shock(economy: Economy) -> dict[str, Any]:
    """Parameters far from the benchmark: a binding cap, dearer imports, other endowments."""
    model, b = economy.model, economy.benchmark
    members = np.ones((len(b.regions), 1))
    grown = np.linspace(1.02, 1.06, len(b.regions))
    return {
        **emitters.needs(economy, members),
        "cap": 0.8 * b.emissions.direct[:, None] * members,
        "tariff": model.parameters["tariff"].value + 0.05,
        "labour_supply": model.parameters["labour_supply"].value * grown[:, None],
        "capital_supply": model.parameters["capital_supply"].value * 0.97,
    }


def other_numeraire(economy: Economy) -> dict[str, Any]:
    """Foreign exchange in the place of the consumption basket."""
    return {
        f"numeraire.{economy.composite.name}": np.zeros(economy.composite.shape),
        f"numeraire.{economy.exchange.name}": np.ones(()),
    }


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
            size = np.maximum(np.abs(one.demand[leaf.commodity]).max(initial=0.0), 1e-300)
            gap = np.abs(np.asarray(quantity) - other.total[leaf]) / size
            largest = max(largest, float(gap.max(initial=0.0)))
    for commodity, price in one.prices.price.items():
        if commodity.zero_scale is None:
            live = ~np.asarray(one.dead[f"p:{commodity.name}"])
            ratio = np.log(np.asarray(two.prices.price[commodity]) / price)[live]
            largest = max(largest, float(np.abs(ratio - level).max(initial=0.0)))
    return largest
