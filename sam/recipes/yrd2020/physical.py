"""Physical accounts of 2020: energy, CO2, electricity and drivers, each number with its source.

``physical_accounts`` runs the recipe's physical half: inventories to CO2 by region, user and fuel
(``inventory``), purchases and prices (``energy``), generation and indirect emissions
(``generation``), and the drivers of 2020-2060 (``drivers``). Assumptions are the CSV tables in
``data``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import FUELS, HOUSEHOLDS, TECHNOLOGIES
from sam.concordance import load_concordance, load_sectors
from sam.readers import INVENTORY_FUELS, read_balance_extract, read_facts
from sam.recipes.yrd2020 import drivers, energy, generation, inventory
from sam.recipes.yrd2020.inputs import Inputs, load_inputs, load_splits
from sam.recipes.yrd2020.inventory import DATA, REGIONS
from sam.recipes.yrd2020.io_tables import FINAL_USES, ProvincialFlows, provincial_flows

Array = npt.NDArray[np.float64]

PROVINCES = {"SH": "Shanghai", "JS": "Jiangsu", "ZJ": "Zhejiang", "AH": "Anhui"}
"""Names of the four provinces in the compiled tables."""

_SHARED_ROWS = {
    "Wholesale, Retail Trade and Catering Services": energy.GROUPS["trade"],
    "Others": energy.GROUPS["services"],
}


_SYNTHESIS = ("COL", "GAS")  # feedstock that chemicals make into synthesis gas


@dataclass(frozen=True, eq=False)
class PhysicalAccounts:
    """Energy, emissions and drivers of the five regions.

    Attributes:
        purchases: ``region, user, fuel, mtce, price, value, burnt``: energy bought (Mtce), its
            price (CNY per tce) and value (1e8 CNY), and the share that is burnt; electricity as
            fuel ``ELE`` at 0.1229 kgce per kWh.
        combustion: ``region, user, fuel, mt_co2``: CO2 of fuel burnt, Mt.
        process: ``region, sector, mt_co2``: CO2 of industrial processes, Mt.
        indirect: ``region, mt_co2, twh``: electricity drawn from outside the four provinces.
        feedstock: ``region, user, fuel, share``: share of a purchase that is not burnt.
        generation: ``region, technology, twh``.
        drivers: ``region, variable, year, value, unit, source, quality``.
        provenance: ``item, region, value, unit, source, quality``: control totals and assumptions.
    """

    purchases: pd.DataFrame
    combustion: pd.DataFrame
    process: pd.DataFrame
    indirect: pd.DataFrame
    feedstock: pd.DataFrame
    generation: pd.DataFrame
    drivers: pd.DataFrame
    provenance: pd.DataFrame


@dataclass(frozen=True, eq=False)
class _Tables:
    """What is read once and used by several steps."""

    sources: Path
    inputs: Inputs  # physical totals and assumptions
    money: Inputs  # totals of the money half
    facts: pd.DataFrame  # item by region of the four provinces
    fact_notes: pd.DataFrame  # item by unit and source
    balance: pd.DataFrame  # (fuel, process) by region of the four provinces, Mtce
    flows: ProvincialFlows


def physical_accounts(sources: Path) -> PhysicalAccounts:
    """Build the physical accounts.

    Arguments:
        sources: folder of official tables.

    Raises:
        sam.errors.SourceError: a table is missing or not in its layout.
        sam.errors.DatasetError: tables and assumptions contradict each other.
    """
    tables = _read(sources)
    carbon, steps = _co2(tables)
    co2 = np.einsum("rui,uif->ruf", carbon.fuel, carbon.bought_as)  # region, user, model fuel
    kept = _feedstock(tables, carbon)
    process = _process(tables, kept)
    made = _generation(tables, carbon.fuel, co2)
    use = generation.electricity_use(tables.facts, tables.inputs)
    draw = generation.outside_draw(use[:-1], made[:-1].sum(1))
    direct = co2.sum((1, 2)) + process.groupby("region")["mt_co2"].sum()[list(REGIONS)].to_numpy()
    report = tables.inputs.value("report_emissions", "YRD")
    indirect, factor = generation.indirect_emissions(draw, float(direct[:-1].sum()), report)
    purchases = _purchases(tables, carbon, kept, _electricity(tables, use, made))
    return PhysicalAccounts(
        purchases=purchases,
        combustion=_long(co2, (REGIONS, inventory.users(), FUELS), ("region", "user", "fuel")),
        process=process,
        indirect=pd.DataFrame({"region": REGIONS[:-1], "mt_co2": indirect, "twh": draw}),
        feedstock=_feedstock_shares(purchases),
        generation=_long(made, (REGIONS, TECHNOLOGIES), ("region", "technology"), "twh"),
        drivers=_drivers(tables),
        provenance=_provenance(tables, {**steps, "direct 2020": direct}, factor),
    )


def _read(sources: Path) -> _Tables:
    codes = {name: code for code, name in PROVINCES.items()}
    facts = read_facts(sources / "macro" / "yrd_facts_2020.csv", list(codes))
    path = sources / "energy" / "energy_balance_2021_yrd_extract.csv"
    balance = read_balance_extract(path, list(codes))
    return _Tables(
        sources=sources,
        inputs=load_inputs(DATA / "physical.csv"),
        money=load_inputs(),
        facts=facts[list(codes)].rename(columns=codes).astype(float),
        fact_notes=facts[["unit", "source"]],
        balance=balance.rename(columns=codes),
        flows=provincial_flows(sources, load_inputs(), load_splits()),
    )


@dataclass(frozen=True, eq=False)
class _Carbon:
    """CO2 of 2020 and how it is bought."""

    fuel: Array  # region, user, inventory fuel; Mt
    bought_as: Array  # user, inventory fuel, model fuel; 0 or 1
    factors: Array  # inventory fuel; t CO2 per tce


def _co2(tables: _Tables) -> tuple[_Carbon, dict[str, Array]]:
    """CO2 of combustion in 2020, and its total after each step from the inventory, Mt (region)."""
    concordance = load_concordance("ceads_fuels_to_model")
    factors, bought_as = inventory.carbon_factors(concordance), inventory.model_fuels(concordance)
    printed = inventory.read_inventory(tables.sources, _weights(tables.flows)).fuel
    growth = pd.read_csv(DATA / "growth_2020.csv")
    grown = printed * inventory.growth_factors(growth, inventory.users())
    coal = float(factors[INVENTORY_FUELS.index("Raw_Coal")])
    power, industry, minerals = _coal_controls(tables)
    placed = inventory.place_coal(grown, power * coal, industry * coal, minerals * coal)
    once = inventory.count_once(placed, tables.inputs.value("by_product_gas_share"))
    present = inventory.move_absent(once, pd.read_csv(DATA / "absent.csv"))
    stages = {
        "combustion 2019 as inventoried": printed,
        "combustion 2020 by growth": grown,
        "combustion 2020 with coal by the energy balance": placed,
        "combustion 2020 with by-product gas counted once": once,
    }
    fuel = inventory.without_dust(present, bought_as)
    totals = {name: values.sum((1, 2)) for name, values in stages.items()}
    return _Carbon(fuel, bought_as, factors), totals


def _feedstock(tables: _Tables, carbon: _Carbon) -> Array:
    """Fuel bought and not burnt, Mtce (region, user, model fuel)."""
    burnt = energy.burnt(carbon.fuel, carbon.factors, carbon.bought_as)
    distributed = burnt[:, :, FUELS.index("GDT")].sum(1)
    assumed = pd.read_csv(DATA / "feedstock.csv")
    return energy.feedstock(tables.balance, assumed, tables.inputs, distributed)


def _process(tables: _Tables, kept: Array) -> pd.DataFrame:
    """Process CO2 of cement and of synthesis gas."""
    cement = inventory.process_emissions(_cement(tables), tables.inputs.value("process_factor"))
    value = tables.inputs.value
    made = kept[:, inventory.users().index("CHM")][:, [FUELS.index(name) for name in _SYNTHESIS]]
    content = np.array([value(f"feedstock_carbon_{name}") for name in _SYNTHESIS])
    released = np.array([value(f"feedstock_released_{name}") for name in _SYNTHESIS])
    gas = inventory.synthesis_emissions(made, content, released)
    return _long(np.stack([gas, cement], axis=1), (REGIONS, ("CHM", "NMM")), ("region", "sector"))


def _generation(tables: _Tables, fuel: Array, co2: Array) -> Array:
    """Generation, TWh (region, technology)."""
    electric = inventory.users().index("ELE")
    gas = fuel[:, electric, INVENTORY_FUELS.index("Natural_Gas")]
    oil = co2[:, electric, FUELS.index("REF")]
    return generation.generation(tables.facts, tables.inputs, gas, oil)


def _weights(flows: ProvincialFlows) -> dict[str, Array]:
    """Inventory rows shared by several users: by their purchases of refined oil in 2007."""
    paid = _paid(flows, "REF")
    weights = {}
    for row, members in _SHARED_ROWS.items():
        places = [inventory.users().index(member) for member in members]
        share = np.zeros_like(paid)
        share[:, places] = paid[:, places] / paid[:, places].sum(1, keepdims=True)
        weights[row] = share  # region, user
    return weights


def _paid(flows: ProvincialFlows, commodity: str) -> Array:
    """What users paid for a commodity in 2007, 1e8 CNY (region, user)."""
    place = load_sectors()["code"].tolist().index(commodity)
    households = [FINAL_USES.index(name) for name in HOUSEHOLDS]
    bought = np.concatenate(
        [flows.intermediate[:, place, :], flows.final[:, place, households]], axis=1
    )  # province, user
    owner = load_concordance("provinces_to_regions").table["target"]
    member = np.array([[float(name == region) for name in owner] for region in REGIONS])
    return np.asarray(member @ np.maximum(bought, 0.0))


def _coal_controls(tables: _Tables) -> tuple[Array, Array, Array]:
    """Coal of heat and power, of industry, and of minerals, Mtce (region).

    Heat and power follow thermal generation from the balance of 2021 back to 2020; industry keeps
    its level of 2021. Where there is no balance, minerals burn a stated amount per ton of cement.
    """
    line = energy.balance_line
    thermal = generation.fact(tables.facts, "Thermal generation") * energy.KGCE_PER_KWH
    back = thermal / line(tables.balance, "Electricity", "Thermal Power")
    burnt = [line(tables.balance, "Total Coal", use) for use in ("Thermal Power", "Heating Supply")]
    power = np.abs(burnt[0] + burnt[1]) * back
    feedstock = line(tables.balance, "Total Coal", "Industry - NonEnergy Use")
    industry = line(tables.balance, "Total Coal", "Industry") - feedstock
    cement = generation.fact(tables.facts, "Cement output 2020")
    stated = cement * tables.inputs.value("mineral_coal", "SH")
    minerals = np.where(np.isfinite(power), np.nan, stated)
    return np.append(power, np.nan), np.append(industry, np.nan), np.append(minerals, np.nan)


def _cement(tables: _Tables) -> Array:
    """Cement output, Mt (region)."""
    own = generation.fact(tables.facts, "Cement output 2020")
    return np.array([*own, tables.inputs.value("cement_output") - own.sum()])


def _purchases(tables: _Tables, carbon: _Carbon, kept: Array, twh: Array) -> pd.DataFrame:
    prices = energy.price_table(pd.read_csv(DATA / "prices.csv"), INVENTORY_FUELS)
    burnt = energy.burnt(carbon.fuel, carbon.factors, carbon.bought_as)
    value = energy.burnt_value(carbon.fuel, carbon.factors, carbon.bought_as, prices)
    value = value + energy.feedstock_values(pd.read_csv(DATA / "feedstock_prices.csv"), kept)
    return energy.purchases(burnt + kept, value, burnt, twh, energy.tariffs(DATA / "tariffs.csv"))


def _electricity(tables: _Tables, use: Array, made: Array) -> Array:
    """Electricity by user, TWh (region, user)."""
    groups = energy.use_by_group(tables.balance, tables.inputs, use)
    table = pd.read_csv(DATA / "electricity_industry.csv")
    sectors = dict(zip(table["sector"], table["value"].astype(float), strict=True))
    own_use = made.sum(1) * tables.inputs.value("plant_own_use")
    paid = _paid(tables.flows, "ELE")[:, :, None]
    present = inventory.move_absent(paid, pd.read_csv(DATA / "absent.csv"))[:, :, 0]
    value = tables.inputs.value
    smelting = value("aluminium_output") * value("aluminium_electricity") / sectors["NFM"]
    placed = energy.with_smelting(present, "NFM", smelting)
    return energy.electricity(groups, own_use, sectors, placed)


def _long(
    values: Array, labels: tuple[tuple[str, ...], ...], names: tuple[str, ...], unit: str = "mt_co2"
) -> pd.DataFrame:
    """Positive cells of an array as a table."""
    rows = [
        (*(labels[axis][k] for axis, k in enumerate(place)), float(values[tuple(place)]))
        for place in np.argwhere(values > 0.0)
    ]
    return pd.DataFrame(rows, columns=[*names, unit])


def _feedstock_shares(purchases: pd.DataFrame) -> pd.DataFrame:
    rows = purchases[(purchases["fuel"] != energy.ELECTRICITY) & (purchases["burnt"] < 1.0 - 1e-12)]
    share = 1.0 - rows["burnt"]
    return rows[["region", "user", "fuel"]].assign(share=share).reset_index(drop=True)


def _drivers(tables: _Tables) -> pd.DataFrame:
    gdp = np.append(generation.fact(tables.facts, "GDP 2020 (revised NBS)"), 0.0)
    gdp[-1] = tables.money.value("gdp") - gdp.sum()
    anchors = drivers.load_anchors(DATA / "drivers.csv")
    return drivers.driver_table(tables.sources, anchors, tables.money, gdp)


def _provenance(tables: _Tables, steps: dict[str, Array], factor: float) -> pd.DataFrame:
    """Every control total and assumption of the physical half, and the way from the inventory."""
    parts = [tables.inputs.table[PROVENANCE], _facts_used(tables), _balance_used(tables)]
    way = "CEADs inventories 2019 and the recipe's step of this name"
    rows = [
        (f"co2: {name}", region, float(value), "Mt CO2", way, "derived")
        for name, values in steps.items()
        for region, value in zip(REGIONS, values, strict=True)
    ]
    parts.append(pd.DataFrame(rows, columns=PROVENANCE))
    parts += [_assumption(*table) for table in _ASSUMPTIONS]
    implied = "what makes direct and indirect emissions meet the report's total"
    row = ("grid_factor", "YRD", factor, "t CO2 per MWh", implied, "derived")
    parts.append(pd.DataFrame([row], columns=PROVENANCE))
    return pd.concat(parts, ignore_index=True)


PROVENANCE = ["item", "region", "value", "unit", "source", "quality"]
"""Columns of the provenance table."""

_FACTS_USED = (
    *generation.FACTS.values(),
    "Power consumption 2020",
    "Wind capacity",
    "Solar capacity",
    "Cement output 2020",
    "GDP 2020 (revised NBS)",
)

_BALANCE = "China Energy Statistical Yearbook, provincial balances 2021 (extract)"

_ASSUMPTIONS = (  # file, item, columns that name the row, unit where the file has none
    ("prices.csv", "price", ("fuel", "user"), "CNY per tce"),
    ("feedstock_prices.csv", "feedstock_price", ("fuel", "user"), "CNY per tce"),
    ("feedstock.csv", "feedstock", ("fuel", "user"), "Mtce"),
    ("tariffs.csv", "tariff", ("user",), "CNY per kWh"),
    ("electricity_industry.csv", "electricity", ("sector",), "TWh"),
    ("growth_2020.csv", "co2_2020_over_2019", ("fuel", "user"), "ratio"),
    ("drivers.csv", "driver", ("variable", "year"), ""),
)


def _facts_used(tables: _Tables) -> pd.DataFrame:
    rows = []
    for item in _FACTS_USED:
        unit, source = tables.fact_notes.loc[[item]].to_numpy()[0]
        values = tables.facts.loc[[item]].to_numpy(float)[0]
        for region, value in zip(tables.facts.columns, values, strict=True):
            if np.isfinite(value):
                rows.append((item, region, float(value), unit, source, "published"))
    return pd.DataFrame(rows, columns=PROVENANCE)


def _balance_used(tables: _Tables) -> pd.DataFrame:
    rows = []
    for (fuel, process), values in zip(
        tables.balance.index, tables.balance.to_numpy(float), strict=True
    ):
        for region, value in zip(tables.balance.columns, values, strict=True):
            if np.isfinite(value):
                item = f"balance 2021: {fuel}, {process}"
                rows.append((item, region, float(value), "Mtce", _BALANCE, "published"))
    return pd.DataFrame(rows, columns=PROVENANCE)


def _assumption(file: str, item: str, keys: tuple[str, ...], unit: str) -> pd.DataFrame:
    """Rows of an assumption table; rows for all users or regions keep their ``*``."""
    table = pd.read_csv(DATA / file)
    names = table[list(keys)].astype(str).agg(" ".join, axis=1)
    table["item"] = item + " " + names
    defaults = {"region": "*", "unit": unit}
    for column, value in defaults.items():
        if column not in table.columns:
            table[column] = value
    return table[PROVENANCE]
