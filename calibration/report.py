r"""Readable totals of a benchmark: GDP three ways, emissions, a summary.

.. math:: GDP_r = \underbrace{\sum_j VA_{rj} + T_{rj} + \sum_i \tau_{ri} M_{ri}}_{\text{production}}
          = \underbrace{C_r + G_r + I_r + X_r - M_r + \sum_q (T_{rq} - T_{qr})}_{\text{expenditure}}
          = \underbrace{W_r + \Pi_r + \text{taxes}_r}_{\text{income}}
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from calibration.benchmark import Benchmark
from calibration.replication import replication_report


def gdp(benchmark: Benchmark) -> pd.DataFrame:
    """GDP at market prices by region (rows) and approach (columns), 1e8 CNY."""
    b = benchmark
    taxes = (b.production.output_tax * b.output + b.trade.imports * b.trade.tariff).sum(axis=1)
    rents = b.production.resource + b.production.labour + b.production.capital
    technologies = b.power.labour + b.power.capital + b.power.fixed
    public = b.demand.government.sum(axis=1)
    demand = b.demand.consumption.sum(axis=(1, 2)) + public + b.demand.formation.sum(axis=1)
    abroad = b.production.export.sum(axis=1) - b.trade.imports.sum(axis=1)
    earned = b.institutions
    regional = b.trade.inflow.sum(axis=(1, 2)) - b.trade.inflow.sum(axis=(0, 2))
    return pd.DataFrame(
        {
            "production": rents.sum(axis=1) + technologies.sum(axis=1) + taxes,
            "expenditure": demand + abroad + regional,
            "income": earned.labour_income.sum(axis=1) + earned.capital_income + taxes,
        },
        index=pd.Index(b.regions, name="region"),
    )


def emissions(benchmark: Benchmark) -> pd.DataFrame:
    """Direct CO2 by region (rows) and kind (columns), Mt."""
    b = benchmark
    table = pd.DataFrame(
        {
            "activities": b.emissions.fuel.sum(axis=(1, 2)),
            "electricity": b.emissions.technology.sum(axis=(1, 2)),
            "households": b.emissions.household.sum(axis=(1, 2)),
            "process": b.emissions.process.sum(axis=1),
        },
        index=pd.Index(b.regions, name="region"),
    )
    table["total"] = table.sum(axis=1)
    return table


def emission_factors(benchmark: Benchmark) -> pd.DataFrame:
    """CO2 per unit of fuel burnt by region, fuel and user, t per 10,000 CNY, where fuel is burnt.

    Returns:
        Columns ``region, user, fuel, mt_co2, money, factor``; users are activities, technologies
        and households (whose purchases are taken as burnt).
    """
    b = benchmark
    at_home = b.demand.consumption[:, :, b.fuel_places].transpose(0, 2, 1)
    money = np.concatenate([b.production.fuel, b.power.fuel, at_home], axis=2)
    mass = np.concatenate(
        [b.emissions.fuel, b.emissions.technology, b.emissions.household.transpose(0, 2, 1)], axis=2
    )
    users = [*b.sectors, *b.technologies, *b.households]
    index = pd.MultiIndex.from_product(
        [b.regions, b.fuels, users], names=["region", "fuel", "user"]
    )
    table = pd.DataFrame({"mt_co2": mass.ravel(), "money": money.ravel()}, index=index)
    table = table[table["money"] > 0.0].reset_index()
    table["factor"] = 100.0 * table["mt_co2"] / table["money"]
    return table[["region", "user", "fuel", "mt_co2", "money", "factor"]]


def generation_shares(benchmark: Benchmark) -> pd.DataFrame:
    """Value share of each technology in generation by region (rows: region)."""
    value = pd.DataFrame(
        benchmark.power.output,
        index=pd.Index(benchmark.regions, name="region"),
        columns=pd.Index(benchmark.technologies, name="technology"),
    )
    return value.div(value.sum(axis=1).replace(0.0, 1.0), axis=0)


def _owners(b: Benchmark) -> list[str]:
    """Sectors that own a natural resource."""
    owners = np.flatnonzero(b.production.resource.any(axis=0))
    return [b.sectors[place] for place in owners]


def describe(benchmark: Benchmark) -> str:
    """A readable summary of a benchmark: sizes, macroeconomic totals, emissions, exactness."""
    b = benchmark
    report = replication_report(b)
    worst = report.iloc[0]
    totals = gdp(b)[["expenditure"]].rename(columns={"expenditure": "GDP"})
    totals["output"] = b.output.sum(axis=1)
    totals["consumption"] = b.demand.consumption.sum(axis=(1, 2))
    totals["exports"] = b.production.export.sum(axis=1)
    totals["imports"] = b.trade.imports.sum(axis=1)
    totals["generation TWh"] = b.power.twh.sum(axis=1)
    totals["CO2 Mt"] = emissions(b)["total"]
    totals.loc["total"] = totals.sum()
    return "\n".join(
        [
            f"Benchmark {b.name} {b.base_year} (version {b.version})",
            f"{len(b.regions)} regions, {len(b.sectors)} sectors, {len(b.households)} households, "
            f"{len(b.fuels)} fuels, {len(b.technologies)} technologies, natural resources in "
            f"{', '.join(_owners(b)) or 'no sector'}",
            "Flows in 1e8 CNY at base-year prices:",
            totals.round(1).to_string(),
            f"Polish: {b.polish}",
            f"Replication: {len(report)} identities, worst relative residual "
            f"{worst['relative']:.1e} ({worst['identity']} {worst['region']} {worst['account']})",
        ]
    )
