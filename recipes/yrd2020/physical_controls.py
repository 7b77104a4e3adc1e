"""What the physical accounts achieve of every control total, and of totals they do not meet.

Each row is computed from the final tables: energy bought, CO2, process CO2, generation. Published
totals are compared in the units and with the coverage of their publication; where a treatment
departs from a publication on purpose, the note says how.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from recipes.yrd2020 import carbon_controls, energy, energy_controls
from recipes.yrd2020.combustion import Carbon
from recipes.yrd2020.physical_rows import Physical, Row, by_region
from recipes.yrd2020.tables import Tables
from sam.accounts import NATIONAL
from sam.energy import KGCE_PER_KWH
from sam.report import CONTROL, deviation

COMPARISON = "compare: "
"""Prefix of published totals that are shown beside the accounts and not imposed."""


def controls(accounts: Physical, tables: Tables, carbon: Carbon) -> pd.DataFrame:
    """Control totals: target, achieved, deviation, source, quality and note."""
    parts = (energy_controls.rows, carbon_controls.rows)
    table = pd.DataFrame([row for part in parts for row in part(accounts, tables, carbon)])
    table["item"] = CONTROL + table["item"]
    target, achieved = (table[name].to_numpy(float) for name in ("target", "achieved"))
    return table.assign(value=target, deviation=deviation(target, achieved).round(9) + 0.0)


def comparisons(accounts: Physical, tables: Tables, carbon: Carbon) -> pd.DataFrame:
    """Published totals beside the accounts: provinces whose statistics disagree, and supply.

    Returns:
        Columns ``item, region, value, unit, source, quality, note``, the published total as the
        value and what the accounts have in the note.
    """
    parts = (_jiangsu, _coal, _supply)
    rows = [row for part in parts for row in part(accounts, tables, carbon)]
    table = pd.DataFrame(rows).drop(columns="achieved").rename(columns={"target": "value"})
    return table.assign(item=COMPARISON + table["item"])


def _jiangsu(accounts: Physical, tables: Tables, carbon: Carbon) -> Iterator[Row]:
    """Energy consumption of Jiangsu, which its inventory and coal balance exceed."""
    total = energy_controls.primary(accounts, tables).T["JS"]
    bought = float(by_region(accounts.purchases, "mtce", fuel="COL")["JS"])
    injected = float(carbon.injected_coal()[1])
    parts = {
        "coal of its energy balance": bought - injected,
        "coal injected into blast furnaces, which the balance lacks": injected,
        "coke brought in, at the coal it was made of": float(total["coal"]) - bought,
        "oil": float(total["oil"]),
        "gas": float(total["gas"]),
        "electricity from outside and without fuel": float(total["electricity"]),
    }
    counted = ", ".join(f"{name} {amount:.0f}" for name, amount in parts.items())
    beside = float(total["total"] - total["oil"])
    note = (
        f"these accounts: {total['total']:.0f} ({counted}); coal, coke and electricity follow the "
        "balance and published use, oil and gas the inventory. The published total is not imposed: "
        f"without any oil the other parts come to {beside:.0f}"
    )
    number = ("energy_consumption", "JS")
    yield Row(
        "energy",
        "JS",
        tables.inputs.value(*number),
        float(total["total"]),
        "Mtce",
        tables.inputs.source(*number),
        tables.inputs.quality(*number),
        note,
    )


def _coal(accounts: Physical, tables: Tables, carbon: Carbon) -> Iterator[Row]:
    """Coal in tons, whose heat value differs among provinces, where the balance is the control."""
    bought = by_region(accounts.purchases, "mtce", fuel="COL")
    injected = carbon.injected_coal()
    for r, region in enumerate(("JS", "ZJ", "AH"), 1):
        mine = (bought[region] - injected[r]) / energy.standard_coal("raw coal")
        note = f"these accounts: {mine:.0f} Mt at .7143 tce/t, injected coal apart"
        number = ("coal_consumption", region)
        source, quality = tables.inputs.source(*number), tables.inputs.quality(*number)
        target = tables.inputs.value(*number)
        yield Row("coal", region, target, float(mine), "Mt", source, quality, note)


def _supply(accounts: Physical, tables: Tables, _: Carbon) -> Iterator[Row]:
    """Output and imports less exports of the nation, against what it uses."""
    value = tables.inputs.value
    coal = tables.money.value("coal_output")
    made = accounts.generation["twh"].sum()
    lines = (  # fuel, unit, output, model fuel, Mtce per unit, what differs
        (
            "coal",
            "Mt",
            coal,
            "COL",
            energy.standard_coal("raw coal"),
            "washing, stocks and heat values",
        ),
        (
            "crude",
            "Mt",
            value("crude_output"),
            "OIL",
            energy.standard_coal("crude oil"),
            "stocks, own use of fields",
        ),
        (
            "gas",
            "bcm",
            value("gas_output"),
            "GAS",
            energy.standard_coal("natural gas"),
            "heat values, losses and stocks",
        ),
        ("electricity", "TWh", float(made), "ELE", KGCE_PER_KWH, "rounding"),
    )
    bought = accounts.purchases.groupby("fuel")["mtce"].sum()
    for name, unit, output, fuel, factor, reason in lines:
        supply = output + value(f"{name}_imports") - value(f"{name}_exports")
        used = float(bought[fuel]) / factor
        note = (
            f"these accounts use {used:.4g} {unit}; the difference, {(supply - used) / supply:.1%} "
            f"of supply: {reason}, and statistical error"
        )
        source = tables.inputs.cited(f"{name}_imports")
        yield Row(
            f"supply of {name}",
            NATIONAL,
            supply,
            used,
            unit,
            f"output: China Statistical Yearbook 2021; trade: {source}",
            "derived",
            note,
        )
