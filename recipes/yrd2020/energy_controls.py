"""Control totals of energy: consumption, coal, transformation, electricity used and made."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020 import energy, gas, generation
from recipes.yrd2020.combustion import Carbon
from recipes.yrd2020.physical_rows import FOUR, Physical, Row, by_region, fact_source
from recipes.yrd2020.tables import Tables
from sam.accounts import NATIONAL
from sam.energy import KGCE_PER_KWH, primary_consumption
from sam.readers import INVENTORY_FUELS

Array = npt.NDArray[np.float64]

_BALANCE = (
    "China Energy Statistical Yearbook 2022, provincial energy balances 2021; heat and power by "
    "thermal generation of 2020"
)
_INJECTED = "without coal injected into blast furnaces ({:.3g} Mtce), which the balances lack"
_THERMAL = ("coal", "gas", "oil", "biomass")
_METHOD_FITS = ("SH", "ZJ", "AH")
"""Provinces whose published consumption of energy agrees with their inventory. Jiangsu's inventory
and balance burn more than its total allows (``physical_controls.comparisons``)."""


def rows(accounts: Physical, tables: Tables, carbon: Carbon) -> Iterator[Row]:
    """Control totals of energy."""
    yield from _national_energy(accounts, tables)
    yield from _gas_by_use(accounts, tables)
    yield from _provincial_energy(accounts, tables)
    yield from _provincial_coal(accounts, tables, carbon)
    yield from _transformation(accounts, tables, carbon)
    yield from _electricity_use(accounts, tables)
    yield from _generation(accounts, tables)


def primary(accounts: Physical, tables: Tables) -> pd.DataFrame:
    """Primary energy by region and source as statistics count it, Mtce."""
    value = tables.inputs.value
    yields = {"COK": value("coking_yield"), "REF": value("refining_yield")}
    equivalent = value("coal_equivalent")
    return primary_consumption(accounts.purchases, accounts.generation, yields, equivalent)


def _national_energy(accounts: Physical, tables: Tables) -> Iterator[Row]:
    value, source = tables.inputs.value, tables.inputs.source
    nation = primary(accounts, tables).sum()
    total = value("energy_consumption")
    notes = {
        "coal": "coal bought by all users, coking coal and injected coal included",
        "oil": "refined oil bought, crude burnt and refining losses",
        "gas": "natural gas bought by users and by gas supply",
        "electricity": "hydro, nuclear, wind, solar and biomass power at coal equivalent",
    }
    coal = accounts.purchases[accounts.purchases["fuel"] == "COL"]["mtce"].sum()
    other = accounts.generation[~accounts.generation["technology"].isin(("coal", "gas", "oil"))]
    achieved = {
        "coal": float(coal),
        "oil": float(nation["oil"]),
        "gas": float(nation["gas"]),
        "electricity": float(other["twh"].sum()) * value("coal_equivalent"),
    }
    for name, note in notes.items():
        share = f"energy_share_{name}"
        quality = "derived" if name == "electricity" else tables.inputs.quality(share)
        target = value(share) * total
        yield Row(
            f"energy {name}", NATIONAL, target, achieved[name], "Mtce", source(share), quality, note
        )
    note = "coal, oil, gas and electricity as above"
    citation, mark = source("energy_consumption"), tables.inputs.quality("energy_consumption")
    yield Row("energy", NATIONAL, total, sum(achieved.values()), "Mtce", citation, mark, note)


def _gas_by_use(accounts: Physical, tables: Tables) -> Iterator[Row]:
    """Natural gas of the nation by kind of use, with what pipes lose and gas made of coal."""
    value, source = tables.inputs.value, tables.inputs.source
    bought = accounts.purchases
    own = bought[(bought["fuel"] == "GAS") & (bought["user"] != "GDT")]
    supply = bought[(bought["fuel"] == "GAS") & (bought["user"] == "GDT")]
    piped = bought[bought["fuel"] == "GDT"]
    taken = pd.concat(
        [
            own.set_index("user")["mtce"],
            supply.set_index("user")["burnt"],
            piped.set_index("user")["mtce"] / (1.0 - value("gas_supply_loss")),
        ]
    )
    used = taken.groupby(taken.index.map(gas.kind_of_use())).sum()
    works = bought[(bought["user"] == "GDT") & (bought["fuel"] == "COL")]["feedstock"].sum()
    total = value("energy_share_gas") * value("energy_consumption")
    total += float(works) * value("gas_works_yield")
    note = f"of {total:.4g} Mtce, gas made of coal and losses of gas supply included"
    for kind in gas.KINDS:
        share = f"gas_share_{kind}"
        target, quality = value(share) * total, tables.inputs.quality(share)
        yield Row(
            f"gas {kind}", NATIONAL, target, float(used[kind]), "Mtce", source(share), quality, note
        )


def _provincial_energy(accounts: Physical, tables: Tables) -> Iterator[Row]:
    table = primary(accounts, tables)
    note = (
        "consumption of energy as published, electricity from outside and without fuel at coal "
        "equivalent; coal, oil and gas are those of the inventories; as assumed feedstock was "
        "lowered to come within 3 %, no independent check"
    )
    for region in _METHOD_FITS:
        yield Row(
            "energy",
            region,
            tables.inputs.value("energy_consumption", region),
            float(table["total"][region]),
            "Mtce",
            tables.inputs.cited("energy_consumption", region),
            "derived",
            note,
        )


def _provincial_coal(accounts: Physical, tables: Tables, carbon: Carbon) -> Iterator[Row]:
    """Coal by the balance of 2021 with power as in 2020; Shanghai as published, in tons."""
    bought = by_region(accounts.purchases, "mtce", fuel="COL")
    injected, balance = carbon.injected_coal(), _balance_coal(tables)
    for r, region in enumerate(FOUR):
        if np.isfinite(balance[r]):
            target, achieved = float(balance[r]), bought[region] - float(injected[r])
            source, note = _BALANCE, _INJECTED.format(injected[r])
        else:
            tons = tables.inputs.value("coal_consumption", region)
            target, achieved = tons * energy.standard_coal("raw coal"), bought[region]
            source = tables.inputs.cited("coal_consumption", region)
            note = f"{tons:g} Mt at .7143 tce/t"
        yield Row("energy coal", region, target, achieved, "Mtce", source, "derived", note)


def _balance_coal(tables: Tables) -> Array:
    """Coal of 2020 by the balance, Mtce (province): heat and power by generation, all else 2021."""
    lines = ("Coking", "Gas Works", "Agriculture", "Industry", "Construction")
    homes = "Residential consumption"
    rest = [
        np.abs(energy.balance_line(tables.balance, "Total Coal", line)) for line in (*lines, homes)
    ]
    power = energy.power_coal(tables.balance, tables.fact("Thermal generation"))
    return np.asarray(power + np.nan_to_num(rest).sum(0))


def _transformation(accounts: Physical, tables: Tables, carbon: Carbon) -> Iterator[Row]:
    """Crude oil processed, coke made and coke burnt in the nation, Mt."""
    value, source, quality = tables.inputs.value, tables.inputs.source, tables.inputs.quality
    made = {
        "crude oil processed": ("REF", "OIL", "refinery_throughput", "crude oil"),
        "coke made": ("COK", "COL", "coke_output", None),
    }
    for item, (user, fuel, name, ton) in made.items():
        charged = by_region(accounts.purchases, "feedstock", user=user, fuel=fuel).sum()
        per_ton = energy.standard_coal(ton) if ton else value("coking_coal_per_coke")
        yield Row(
            item,
            NATIONAL,
            value(name),
            float(charged) / per_ton,
            "Mt",
            source(name),
            quality(name),
        )
    coke = INVENTORY_FUELS.index("Coke")
    burnt = carbon.fuel[:, :, coke].sum() / carbon.factors[coke] / energy.standard_coal("coke")
    used = value("coke_output") + value("coke_imports") - value("coke_exports")
    note = "output and imports less exports; changes in stocks are left out"
    citation = tables.inputs.cited("coke_output")
    yield Row("coke used", NATIONAL, used, float(burnt), "Mt", citation, "derived", note)


def _electricity_use(accounts: Physical, tables: Tables) -> Iterator[Row]:
    use = by_region(accounts.purchases, "mtce", fuel="ELE") / KGCE_PER_KWH
    known = tables.fact("Power consumption 2020")
    source = fact_source("Power consumption 2020")
    for region, target in zip(FOUR, known, strict=True):
        yield Row("electricity use", region, float(target), use[region], "TWh", source, "published")
    name, inputs = "electricity_use", tables.inputs
    total, citation, mark = inputs.value(name), inputs.source(name), inputs.quality(name)
    note = "losses and own use of power plants included; the Electricity Council counts 7511 TWh"
    yield Row("electricity use", NATIONAL, total, float(use.sum()), "TWh", citation, mark, note)


def _generation(accounts: Physical, tables: Tables) -> Iterator[Row]:
    """Generation by technology: thermal, nuclear and hydro by province, all of the nation."""
    table = accounts.generation.pivot_table(
        index="region", columns="technology", values="twh", aggfunc="sum"
    ).fillna(0.0)
    table["thermal"] = table[list(_THERMAL)].sum(axis=1)
    for name, item in generation.FACTS.items():
        for region, target in zip(FOUR, tables.fact(item), strict=True):
            if target > 0.0:
                achieved = float(table[name][region])
                yield Row(
                    f"generation {name}",
                    region,
                    float(target),
                    achieved,
                    "TWh",
                    fact_source(item),
                    "published",
                )
    for name in (*generation.FACTS, "wind", "solar", "gas", "biomass"):
        target, source = tables.inputs.value(name), tables.inputs.source(name)
        quality = tables.inputs.quality(name)
        quality = "derived" if quality == "assumed" else quality
        achieved = float(table[name].sum())
        yield Row(f"generation {name}", NATIONAL, target, achieved, "TWh", source, quality)
