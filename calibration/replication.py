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
from sam.accounts import NATIONAL
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
    yield from _grid_identities(b)


def _production_identities(b: Benchmark) -> Iterator[Identity]:
    made = b.production
    inputs = [
        made.material.sum(axis=1),
        made.fuel.sum(axis=1),
        made.electricity,
        made.labour,
        made.capital,
        made.resource,
        made.generation,
    ]
    revenue = [made.domestic, made.export, -made.output_tax * made.output]
    yield "zero profit of activities", (b.regions, b.sectors), revenue, inputs
    power = b.power
    costs = [
        power.material.sum(axis=1),
        power.fuel.sum(axis=1),
        power.labour,
        power.capital,
        power.fixed,
    ]
    yield "zero profit of technologies", (b.regions, b.technologies), [power.output], costs
    bought = [made.generation.sum(axis=1)]
    yield "generation", (b.regions,), bought, [power.output.sum(axis=1)]


def _market_identities(b: Benchmark) -> Iterator[Identity]:
    demand = [
        b.production.material.sum(axis=2),
        b.power.material.sum(axis=2),
        _energy_demand(b),
        b.demand.consumption.sum(axis=1),
        b.demand.government,
        b.demand.investment,
    ]
    supply = [
        b.trade.imports,
        b.trade.imports * b.trade.tariff,
        b.trade.local,
        b.trade.inflow.sum(axis=0),
        b.demand.drawdown,
    ]
    yield "market of composites", (b.regions, b.sectors), supply, demand
    sales = [b.trade.local, b.trade.inflow.sum(axis=1)]
    yield "market of domestic output", (b.regions, b.sectors), [b.production.domestic], sales
    used = [b.production.labour.sum(axis=1), b.power.labour.sum(axis=1)]
    yield "market of labour", (b.regions,), [b.institutions.labour_income.sum(axis=1)], used
    rents = [
        b.production.capital.sum(axis=1),
        b.power.capital.sum(axis=1),
        b.power.fixed.sum(axis=1),
        b.production.resource.sum(axis=1),
    ]
    yield "market of capital and rents", (b.regions,), [b.institutions.capital_income], rents


def _energy_demand(b: Benchmark) -> Array:
    """Purchases of fuel to burn and of electricity (region, commodity)."""
    demand = np.zeros((len(b.regions), len(b.sectors)))
    demand[:, b.fuel_places] = b.production.fuel.sum(axis=2) + b.power.fuel.sum(axis=2)
    if b.makes_electricity:
        demand[:, b.electricity_place] = b.production.electricity.sum(axis=1)
    return demand


def _income_identities(b: Benchmark) -> Iterator[Identity]:
    paid, demand = b.institutions, b.demand
    yield (
        "budget of households",
        (b.regions, b.households),
        [paid.labour_income, paid.enterprise_to_household],
        [demand.consumption.sum(axis=2), paid.income_tax, paid.household_saving],
    )
    yield (
        "budget of enterprises",
        (b.regions,),
        [paid.capital_income],
        [paid.enterprise_to_household.sum(axis=1), paid.enterprise_tax, paid.enterprise_saving],
    )
    tax = (b.production.output_tax * b.output).sum(axis=1)
    local = (1.0 - paid.production_tax_central_share) * tax
    yield (
        "budget of provincial government",
        (b.regions,),
        [local, paid.enterprise_tax, paid.income_tax.sum(axis=1), paid.central_transfer],
        [demand.government.sum(axis=1), paid.government_saving],
    )
    yield (
        "saving and investment",
        (b.regions,),
        [demand.investment.sum(axis=1), -demand.drawdown.sum(axis=1)],
        [
            paid.enterprise_saving,
            paid.household_saving.sum(axis=1),
            paid.government_saving,
            paid.foreign_saving,
            paid.interregional_saving,
        ],
    )


def _demand_identities(b: Benchmark) -> Iterator[Identity]:
    households = (b.regions, b.households)
    spent = b.demand.consumption.sum(axis=2)
    weighted = (b.elasticities["income"] * b.demand.consumption).sum(axis=2)
    yield "Engel aggregation", households, [weighted], [spent]
    discretionary = [-spent / b.elasticities["frisch"]]
    yield "subsistence", households, [spent], [b.demand.subsistence.sum(axis=2), *discretionary]


def _national_identities(b: Benchmark) -> Iterator[Identity]:
    nation, paid = ((NATIONAL,),), b.institutions
    tax = (b.production.output_tax * b.output).sum(axis=1)
    central = paid.production_tax_central_share * tax
    duties = (b.trade.imports * b.trade.tariff).sum(axis=1)
    yield (
        "budget of central government",
        nation,
        [*_terms(central), *_terms(duties)],
        _terms(paid.central_transfer),
    )
    yield (
        "balance of payments",
        nation,
        _terms(b.trade.imports.sum(axis=1)),
        [*_terms(b.production.export.sum(axis=1)), *_terms(paid.foreign_saving)],
    )
    yield "interregional capital", nation, _terms(paid.interregional_saving), [np.zeros(1)]


def _grid_identities(b: Benchmark) -> Iterator[Identity]:
    """TWh add up, and what some pay beyond a price others pay less."""
    grid, flow = b.grid, b.grid.flow
    made = [b.power.twh.sum(axis=1), flow.sum(axis=0), grid.imports]
    used = [grid.total_use, flow.sum(axis=1), grid.exports]
    yield "electricity in TWh", (b.regions,), made, used
    paid = [*((1.0 + grid.wedge) * grid.use).T, *((1.0 + grid.home_wedge) * grid.home_use).T]
    yield "prices of electricity to users", (b.regions,), paid, [grid.total_use]
    paid = list(((1.0 + grid.flow_wedge) * flow).T)
    yield "prices of electricity at its origin", (b.regions,), paid, list(flow.T)


def _terms(values: Array) -> list[Array]:
    return [np.array([value]) for value in values]
