r"""Consumption of primary energy, as statistics of energy count it.

A region consumes what it burns and transforms of coal, oil and gas, with the coke and refined oil
it buys beyond what it makes, and electricity that is not made of fuel, its own or drawn in,

.. math:: E^{coal}_r &= Q_{r,COL} + Q_{r,COK} - \eta_{cok} S_{r,COL} \\
          E^{oil}_r &= Q_{r,OIL} + Q_{r,REF} - \eta_{ref} S_{r,OIL} \\
          E^{gas}_r &= Q_{r,GAS} \\
          E^{ele}_r &= k \, (U_r - G^{fossil}_r) ,

with Q purchases and S feedstock in Mtce, U electricity used and G generated in TWh, and k what a
kilowatt-hour counts for: its heat (.1229 kgce), or the coal that thermal plants burn for it (about
.3 kgce), as Chinese totals of energy consumption do. Piped gas is made where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sam.energy.units import KGCE_PER_KWH

FOSSIL = ("coal", "gas", "oil", "coal_capture", "gas_capture")
"""Technologies that burn fuels of the accounts, those that capture CO2 too."""

SOURCES = {"coal": ("COL", "COK"), "oil": ("OIL", "REF"), "gas": ("GAS",)}
"""Fuels that a primary source is bought as."""

MADE_OF = {"COK": "COL", "REF": "OIL"}
"""Feedstock of the sectors that transform a fuel of a source into another one."""


def primary_consumption(
    uses: pd.DataFrame,
    generation: pd.DataFrame,
    yields: Mapping[str, float],
    coal_equivalent: float = KGCE_PER_KWH,
) -> pd.DataFrame:
    """Primary energy consumed by region and source.

    Arguments:
        uses: purchases of energy (columns ``region, user, fuel, mtce, feedstock``), Mtce.
        generation: electricity made (columns ``region, technology, twh``), TWh.
        yields: what coking (``COK``) and refining (``REF``) make of a tce of feedstock, tce.
        coal_equivalent: what a kWh that is not made of fuel counts for, kgce.

    Returns:
        Regions by ``coal, oil, gas, electricity, total``, Mtce.
    """
    bought = uses.pivot_table(index="region", columns="fuel", values="mtce", aggfunc="sum")
    fuels = [fuel for group in SOURCES.values() for fuel in group]
    bought = bought.reindex(index=uses["region"].unique(), columns=[*fuels, "ELE"]).fillna(0.0)
    table = pd.DataFrame({name: bought[list(group)].sum(axis=1) for name, group in SOURCES.items()})
    for product, fuel in MADE_OF.items():
        (source,) = (name for name, group in SOURCES.items() if product in group)
        charged = uses[(uses["user"] == product) & (uses["fuel"] == fuel)]
        made = charged.groupby("region")["feedstock"].sum() * yields[product]
        table[source] -= made.reindex(table.index).fillna(0.0)
    thermal = generation[generation["technology"].isin(FOSSIL)].groupby("region")["twh"].sum()
    other = bought["ELE"] / KGCE_PER_KWH - thermal.reindex(table.index).fillna(0.0)
    table["electricity"] = coal_equivalent * other
    return table.assign(total=table.sum(axis=1))
