r"""Checks of emissions against output and against the purchases that cause them.

The emission intensity of a sector is

.. math:: \epsilon_{rj} = 100\, E_{rj} / X_{rj} ,

with E its direct CO2 from fuel and processes in Mt and X its output in 1e8 CNY, in t per 10,000
CNY. An emission without money to be bound to would be lost by any model.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sam.accounts import ACTIVITY, COMMODITY, TAX
from sam.checks.energy import burnt_fuel, user_account
from sam.checks.finding import Finding, Severity, amount, lines
from sam.dataset import Dataset
from sam.ranking import worst_first
from sam.ratios import ratio

INTENSITY_FACTOR = 5.0
"""Largest ratio of a region's emission intensity in a sector to the nation's that is let pass, our
own judgement: products, fuels and age of plants explain some of it (cement ground from bought
clinker against clinker burnt at home); beyond it, inventory and table mostly book different things
under one name."""

SMALL = 0.1
"""Emissions of a sector in a region, Mt, that no intensity check looks at: a thousandth of what a
small province emits, and of the order of the rounding of inventories."""

_EDGE = 1e-9


def check_emission_intensities(
    dataset: Dataset,
    *,
    factor: float = INTENSITY_FACTOR,
    at_least: float = SMALL,
    severity: Severity = "warning",
) -> list[Finding]:
    """A sector emits per unit of output about what it emits in the nation.

    Arguments:
        dataset: SAM and the tables ``combustion`` and ``process``.
        factor: largest believable ratio of a region's intensity to the nation's, either way.
        at_least: emissions, Mt, below which, both as booked and at the nation's intensity, a
            sector is passed over.
        severity: of the findings.

    Returns:
        Region and sector beyond the factor, the most CO2 beyond it first; sizes are t CO2 per
        10,000 CNY.
    """
    table = _sector_emissions(dataset)
    nation = table.groupby("sector")[["mt_co2", "output"]].sum()
    mean = (nation["mt_co2"] / nation["output"]).reindex(table["sector"]).to_numpy(float)
    mass, output = table["mt_co2"].to_numpy(float), table["output"].to_numpy(float)
    usual = mean * output  # Mt at the nation's intensity
    beyond = np.maximum(mass - factor * usual, usual / factor - mass)
    beyond[np.maximum(mass, usual) < at_least] = 0.0
    table = table.assign(
        intensity=100.0 * ratio(mass, output),
        nation=100.0 * mean,
        beyond=beyond,
    )
    offenders = table[(table["beyond"] > _EDGE * mass) & (table["output"] > 0.0)]
    return [
        Finding(
            "emission_intensities",
            severity,
            str(line.region),
            (f"{line.region}/{ACTIVITY}/{line.sector}",),
            float(line.intensity),
            "t CO2 per 1e4 CNY",
            f"{line.region}: {line.sector} emits {line.mt_co2:.4g} Mt on an output of "
            f"{amount(line.output, 4)} {dataset.sam.unit}, {line.intensity:.3g} t per 10,000 CNY "
            f"against {line.nation:.3g} in the nation",
            "check inventory and output of the sector, and what it makes in this region",
        )
        for line in lines(offenders.iloc[worst_first(offenders["beyond"])])
    ]


def check_unpaid_emissions(dataset: Dataset, *, severity: Severity = "error") -> list[Finding]:
    """Every emission has money to be bound to: fuel that is bought and burnt, or output.

    Arguments:
        dataset: SAM and the tables ``combustion``, ``feedstock`` and ``process``.
        severity: of the findings.

    Returns:
        Emissions that no purchase or no output carries, the largest first; sizes in Mt CO2.
    """
    found = [*_unpaid_combustion(dataset, severity), *_idle_processes(dataset, severity)]
    return [found[k] for k in worst_first([finding.size for finding in found])]


def _unpaid_combustion(dataset: Dataset, severity: Severity) -> Iterator[Finding]:
    fuel = burnt_fuel(dataset)
    unpaid = fuel[(fuel["value"] * (1.0 - fuel["share"]) <= 0.0) & (fuel["mt_co2"] > 0.0)]
    for line in lines(unpaid):
        user = user_account(dataset, line.region, line.user)
        lacks = "burns nothing" if float(line.value) > 0.0 else "buys nothing"
        yield Finding(
            "unpaid_emissions",
            severity,
            str(line.region),
            (f"{line.region}/{COMMODITY}/{line.fuel}", user),
            float(line.mt_co2),
            "Mt CO2",
            f"{user} emits {line.mt_co2:.4g} Mt from {line.fuel}, of which it {lacks}",
            "book the purchase, or move the emission to the fuel or the user that has one",
        )


def _idle_processes(dataset: Dataset, severity: Severity) -> Iterator[Finding]:
    mass = dataset.process.groupby(["region", "sector"])["mt_co2"].sum()
    process = _with_output(dataset, mass)
    idle = process[(process["output"] <= 0.0) & (process["mt_co2"] > 0.0)]
    for line in lines(idle):
        sector = f"{line.region}/{ACTIVITY}/{line.sector}"
        yield Finding(
            "unpaid_emissions",
            severity,
            str(line.region),
            (sector,),
            float(line.mt_co2),
            "Mt CO2",
            f"{sector} has {line.mt_co2:.4g} Mt of process emissions and no output",
            "book the output, or move the emission to the sector that has one",
        )


def _sector_emissions(dataset: Dataset) -> pd.DataFrame:
    """Direct CO2 and output of every sector of every region."""
    burnt = dataset.combustion.rename(columns={"user": "sector"})
    burnt = burnt[burnt["sector"].isin(dataset.sectors["code"])]
    keys, columns = ["region", "sector"], ["region", "sector", "mt_co2"]
    mass = pd.concat([burnt[columns], dataset.process[columns]]).groupby(keys)["mt_co2"].sum()
    return _with_output(dataset, mass)


def _with_output(dataset: Dataset, mass: pd.Series) -> pd.DataFrame:
    """Emissions by region and sector with the output of all activities, 1e8 CNY."""
    frame = dataset.sam.frame
    sold = frame[frame["row_kind"].eq(ACTIVITY) & frame["col_kind"].ne(TAX)]  # subsidies aside
    made = sold.groupby(["row_region", "row"])["value"].sum()
    output = made.rename_axis(["region", "sector"])
    table = pd.concat({"mt_co2": mass, "output": output}, axis=1).fillna(0.0)
    return table.reset_index()
