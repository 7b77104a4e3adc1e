r"""Replication: does the benchmark satisfy every condition of the model at base-year prices?

With all prices one, each condition is an identity between two sums of flows; the report lists both
sides and

.. math:: \text{relative residual} = \frac{|\text{left} - \text{right}|}{\sum |\text{terms}| / 2} .
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.benchmark import Benchmark
from calibration.production import ELECTRICITY
from sam.ranking import worst_first
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

Identity = tuple[str, Sequence[Sequence[str]], Sequence[Array], Sequence[Array]]
"""Name, labels of each axis, terms on the left and terms on the right, all of one shape."""


def replication_report(benchmark: Benchmark) -> pd.DataFrame:
    """Every identity of the benchmark with both sides and its residual.

    Returns:
        Columns ``identity, region, account, left, right, difference, relative``, worst first; money
        in 1e8 CNY. ``relative`` is the difference over half the sum of absolute terms.
    """
    parts = [_table(*identity) for identity in _identities(benchmark)]
    report = pd.concat(parts, ignore_index=True)
    return report.iloc[worst_first(report["relative"])].reset_index(drop=True)


def worst_residual(benchmark: Benchmark) -> float:
    """Largest relative residual of all identities."""
    return float(replication_report(benchmark)["relative"].max())


def _table(
    name: str, axes: Sequence[Sequence[str]], left: Sequence[Array], right: Sequence[Array]
) -> pd.DataFrame:
    ends = [np.sum(np.stack(side), axis=0).ravel() for side in (left, right)]
    size = np.sum(np.abs(np.stack([*left, *right])), axis=0).ravel() / 2.0
    difference = ends[0] - ends[1]
    relative = ratio(np.abs(difference), size)
    labels = pd.MultiIndex.from_product([list(axis) for axis in axes]).to_frame(index=False)
    account = labels[1] if len(axes) > 1 else ""
    frame = {"identity": name, "region": labels[0], "account": account}
    sides = {"left": ends[0], "right": ends[1], "difference": difference, "relative": relative}
    return pd.DataFrame({**frame, **sides})


def _identities(b: Benchmark) -> Iterator[Identity]:
    yield from _production_identities(b)
    yield from _market_identities(b)
    yield from _income_identities(b)
    yield from _national_identities(b)
    yield from _demand_identities(b)


def _production_identities(b: Benchmark) -> Iterator[Identity]:
    inputs = [
        b.material.sum(axis=1),
        b.fuel.sum(axis=1),
        b.electricity,
        b.labour,
        b.capital,
        b.resource.sum(axis=1),
        b.generation,
    ]
    revenue = [b.output_domestic, b.output_export, -b.output_tax * b.output]
    yield "zero profit of activities", (b.regions, b.sectors), revenue, inputs
    costs = [
        b.technology_material.sum(axis=1),
        b.technology_fuel.sum(axis=1),
        b.technology_labour,
        b.technology_capital,
        b.technology_fixed,
    ]
    yield "zero profit of technologies", (b.regions, b.technologies), [b.technology_output], costs
    yield (
        "generation",
        (b.regions,),
        [b.generation.sum(axis=1)],
        [b.technology_output.sum(axis=1)],
    )


def _market_identities(b: Benchmark) -> Iterator[Identity]:
    demand = [
        b.material.sum(axis=2),
        b.technology_material.sum(axis=2),
        _energy_demand(b),
        b.consumption.sum(axis=1),
        b.government,
        b.investment,
    ]
    supply = [
        b.armington_import,
        b.armington_import * b.tariff,
        b.armington_local,
        b.armington_inflow.sum(axis=0),
    ]
    yield "market of composites", (b.regions, b.sectors), supply, demand
    sales = [b.armington_local, b.armington_inflow.sum(axis=1)]
    yield "market of domestic output", (b.regions, b.sectors), [b.output_domestic], sales
    used = [b.labour.sum(axis=1), b.technology_labour.sum(axis=1)]
    yield "market of labour", (b.regions,), [b.labour_income.sum(axis=1)], used
    rents = [
        b.capital.sum(axis=1),
        b.technology_capital.sum(axis=1),
        b.technology_fixed.sum(axis=1),
        b.resource.sum(axis=(1, 2)),
    ]
    yield "market of capital and rents", (b.regions,), [b.capital_income], rents


def _energy_demand(b: Benchmark) -> Array:
    """Purchases of fuel to burn and of electricity (region, commodity)."""
    demand = np.zeros((len(b.regions), len(b.sectors)))
    burnt = b.fuel.sum(axis=2) + b.technology_fuel.sum(axis=2)  # region, fuel
    demand[:, [b.sectors.index(fuel) for fuel in b.fuels]] = burnt
    if b.electricity.any():
        demand[:, b.position(ELECTRICITY)] = b.electricity.sum(axis=1)
    return demand


def _income_identities(b: Benchmark) -> Iterator[Identity]:
    yield (
        "budget of households",
        (b.regions, b.households),
        [b.labour_income, b.enterprise_to_household],
        [b.consumption.sum(axis=2), b.income_tax, b.household_saving],
    )
    yield (
        "budget of enterprises",
        (b.regions,),
        [b.capital_income],
        [b.enterprise_to_household.sum(axis=1), b.enterprise_tax, b.enterprise_saving],
    )
    tax = (b.output_tax * b.output).sum(axis=1)
    local = (1.0 - b.production_tax_central_share) * tax
    yield (
        "budget of provincial government",
        (b.regions,),
        [local, b.enterprise_tax, b.income_tax.sum(axis=1), b.central_transfer],
        [b.government.sum(axis=1), b.government_saving],
    )
    yield (
        "saving and investment",
        (b.regions,),
        [b.investment.sum(axis=1)],
        [
            b.enterprise_saving,
            b.household_saving.sum(axis=1),
            b.government_saving,
            b.foreign_saving,
            b.interregional_saving,
        ],
    )


def _demand_identities(b: Benchmark) -> Iterator[Identity]:
    households = (b.regions, b.households)
    spent = b.consumption.sum(axis=2)
    weighted = (b.elasticities["income"] * b.consumption).sum(axis=2)
    yield "Engel aggregation", households, [weighted], [spent]
    discretionary = [-spent / b.elasticities["frisch"]]
    yield "subsistence", households, [spent], [b.subsistence.sum(axis=2), *discretionary]


def _national_identities(b: Benchmark) -> Iterator[Identity]:
    nation = (("CN",),)
    central = b.production_tax_central_share * (b.output_tax * b.output).sum(axis=1)
    duties = (b.armington_import * b.tariff).sum(axis=1)
    yield (
        "budget of central government",
        nation,
        [*_terms(central), *_terms(duties)],
        _terms(b.central_transfer),
    )
    yield (
        "balance of payments",
        nation,
        _terms(b.armington_import.sum(axis=1)),
        [*_terms(b.output_export.sum(axis=1)), *_terms(b.foreign_saving)],
    )
    yield "interregional capital", nation, _terms(b.interregional_saving), [np.zeros(1)]


def _terms(values: Array) -> list[Array]:
    return [np.array([value]) for value in values]
