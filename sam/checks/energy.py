r"""Checks of energy in physical units against the money paid for it and the carbon it holds.

Price and emission factor of a user of a fuel,

.. math:: p = 100\, V / Q , \qquad e = \frac{E}{Q\,(1 - s)} ,

with V in 1e8 CNY, Q in Mtce, E in Mt CO2 and s the share of the fuel that is not burnt; p is in CNY
per tce, e in t CO2 per tce.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from sam.accounts import ACTIVITY, COMMODITY, HOUSEHOLD
from sam.checks.finding import Finding, Severity, amount, lines
from sam.dataset import Dataset
from sam.energy.prices import FACTOR, KEYS, hybrid_consistency, purchases
from sam.energy.units import PJ_PER_MTCE
from sam.ranking import worst_first
from sam.ratios import ratio

_EDGE = 1e-9  # a factor at its limit, but for rounding, is within


def check_energy_prices(
    dataset: Dataset, *, factor: float = FACTOR, severity: Severity = "warning"
) -> list[Finding]:
    """What users pay for a fuel is near the median of all that buy it.

    Arguments:
        dataset: SAM and the table ``energy``.
        factor: largest believable ratio of a price to the median, either way.
        severity: of the findings.

    Returns:
        Users whose implied price is beyond the factor, the farthest first; sizes are CNY per tce.
        Fuel that is taken without payment has price zero, fuel paid for and not taken an infinite
        one.
    """
    table = hybrid_consistency(dataset, factor)
    return [
        Finding(
            "energy_prices",
            severity,
            str(line.region),
            (
                f"{line.region}/{COMMODITY}/{line.fuel}",
                user_account(dataset, line.region, line.user),
            ),
            float(line.price),
            "CNY per tce",
            f"{line.region}: {line.user} pays {amount(line.value, 4)} {dataset.sam.unit} for "
            f"{line.mtce:.4g} Mtce of {line.fuel}, {amount(line.price, 4)} CNY per tce against "
            f"a median of {amount(line.median, 4)}",
            "check quantity and payment, or split the user where it buys another quality of fuel",
        )
        for line in lines(table[table["outlier"]])
    ]


def check_emission_factors(
    dataset: Dataset,
    *,
    ranges: pd.DataFrame | None = None,
    severity: Severity = "warning",
) -> list[Finding]:
    """A ton of coal equivalent that is burnt emits what its carbon allows.

    Arguments:
        dataset: tables ``combustion``, ``energy`` and ``feedstock``.
        ranges: by fuel the columns ``low`` and ``high``, t CO2 per tce; default:
            ``emission_factor_ranges()``. Fuels without a range are not checked.
        severity: of the findings.

    Returns:
        Region, user and fuel beyond the range, the most CO2 beyond it first; sizes are t CO2 per
        tce, infinite where fuel emits that is not taken or not burnt.
    """
    limits = emission_factor_ranges() if ranges is None else ranges
    table = burnt_fuel(dataset)
    table = table[table["fuel"].isin(limits.index)]
    table = table.join(limits[["low", "high"]], on="fuel")
    mass, burnt = table["mt_co2"].to_numpy(float), table["burnt"].to_numpy(float)
    table["factor"] = ratio(mass, burnt, np.inf)
    low, high = table["low"].to_numpy(float) * burnt, table["high"].to_numpy(float) * burnt
    beyond = np.maximum(mass - high, low - mass)
    table["beyond"] = np.where(beyond > _EDGE * mass, beyond, 0.0)
    offenders = table[table["beyond"] > 0.0]
    return [
        Finding(
            "emission_factors",
            severity,
            str(line.region),
            (user_account(dataset, line.region, line.user),),
            float(line.factor),
            "t CO2 per tce",
            f"{line.region}: {line.user} emits {line.mt_co2:.4g} Mt from {line.burnt:.4g} Mtce of "
            f"{line.fuel} burnt, {line.factor:.3g} t CO2 per tce; physically possible are "
            f"{line.low:.3g} to {line.high:.3g}",
            "check quantity, emission and the share that is feedstock",
        )
        for line in lines(offenders.iloc[worst_first(offenders["beyond"])])
    ]


@cache
def emission_factor_ranges() -> pd.DataFrame:
    """Physically possible emission factors by fuel, t CO2 per tce.

    From the 95 % intervals of carbon contents (IPCC 2006 Guidelines for National Greenhouse Gas
    Inventories, volume 2, table 2.2) of all fuels that a model fuel stands for, and the lowest
    oxidation in use.

    Returns:
        Index ``fuel``, columns ``low`` and ``high`` (t CO2 per tce), ``includes`` and ``source``.
    """
    table = pd.read_csv(Path(__file__).parent / "emission_factors.csv").set_index("fuel")
    per_tce = PJ_PER_MTCE / 1000.0  # kg per GJ to t per tce
    low, high = table["low"] * table["oxidation"] * per_tce, table["high"] * per_tce
    return table[["includes", "source"]].assign(low=low, high=high)


def burnt_fuel(dataset: Dataset) -> pd.DataFrame:
    """Combustion by region, user and fuel with what is paid, taken and burnt of the fuel.

    Returns:
        Columns ``region, user, fuel, mt_co2``, ``value`` (1e8 CNY), ``mtce``, ``share`` (not
        burnt) and ``burnt`` (Mtce), zeros where a table has no such line.
    """
    mass = dataset.combustion.groupby(KEYS, sort=False)["mt_co2"].sum()
    columns = {
        "mt_co2": mass,
        "mtce": dataset.energy.groupby(KEYS)["mtce"].sum(),
        "share": dataset.feedstock.groupby(KEYS)["share"].sum(),
        "value": purchases(dataset, sorted(set(dataset.combustion["fuel"]))),
    }
    table = pd.concat({name: c.reindex(mass.index) for name, c in columns.items()}, axis=1)
    table = table.fillna(0.0).reset_index()
    return table.assign(burnt=table["mtce"] * (1.0 - table["share"]))


def user_account(dataset: Dataset, region: object, user: object) -> str:
    """The account of a user of energy, a sector or a household."""
    kind = HOUSEHOLD if user in dataset.sam.names(HOUSEHOLD) else ACTIVITY
    return f"{region}/{kind}/{user}"
