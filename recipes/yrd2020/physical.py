"""Physical accounts of 2020: energy, CO2, electricity and drivers, each number with its source.

``physical_accounts`` runs the recipe's physical half: inventories to CO2 by region, user and fuel
(``combustion``), purchases and prices (``energy``, ``purchases``), generation and indirect
emissions (``generation``), the drivers of 2020-2060 (``drivers``), and what the accounts achieve of
every control total (``physical_controls``). Assumptions are the CSV tables in ``data``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020 import drivers, energy, generation, inventory
from recipes.yrd2020.combustion import Carbon, combustion
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.inputs import with_rest
from recipes.yrd2020.inventory import DATA, REGIONS
from recipes.yrd2020.io_tables import ProvincialFlows
from recipes.yrd2020.physical_controls import comparisons, controls
from recipes.yrd2020.physical_provenance import provenance
from recipes.yrd2020.physical_rows import Physical
from recipes.yrd2020.purchases import Electricity, Fuel, purchases
from recipes.yrd2020.tables import PROVINCES, Tables, cement_output, paid_by_region, read_tables
from sam.accounts import ELECTRICITY, FUELS, HOUSEHOLDS, TECHNOLOGIES
from sam.energy import process_emissions
from sam.readers import INVENTORY_FUELS

__all__ = ["PROVINCES", "PhysicalAccounts", "physical_accounts"]

Array = npt.NDArray[np.float64]

_SYNTHESIS = {"coal_feedstock": "COL", "gas_feedstock": "GAS"}
"""Feedstock that chemicals make into synthesis gas."""


@dataclass(frozen=True, eq=False)
class PhysicalAccounts:
    """Energy, emissions and drivers of the five regions.

    Attributes:
        purchases: ``region, user, fuel, mtce, price, value, burnt, feedstock, non_energy, losses,
            own_use``: energy bought (Mtce), its price (CNY per tce) and value (1e8 CNY), and what
            becomes of it (Mtce); electricity as fuel ``ELE`` at 0.1229 kgce per kWh.
        combustion: ``region, user, fuel, mt_co2``: CO2 of fuel burnt, Mt.
        process: ``region, sector, mt_co2``: CO2 of industrial processes, Mt.
        indirect: ``region, mt_co2, twh``: electricity drawn from outside the four provinces.
        feedstock: ``region, user, fuel, share``: share of a purchase that is not burnt.
        generation: ``region, technology, twh``.
        drivers: ``region, variable, year, value, unit, source, quality``.
        provenance: ``item, region, value, unit, source, quality``, and for control totals
            ``target, achieved, deviation, note``.
    """

    purchases: pd.DataFrame
    combustion: pd.DataFrame
    process: pd.DataFrame
    indirect: pd.DataFrame
    feedstock: pd.DataFrame
    generation: pd.DataFrame
    drivers: pd.DataFrame
    provenance: pd.DataFrame


def physical_accounts(sources: Path, flows: ProvincialFlows, paid: Array) -> PhysicalAccounts:
    """Build the physical accounts.

    Arguments:
        sources: folder of official tables.
        flows: input-output tables of 2007, whose payments for energy place users.
        paid: payments of the nation for energy by the official table (energy, user), which tell
            users apart where energy statistics do not.

    Raises:
        sam.errors.SourceError: a table is missing or not in its layout.
        sam.errors.DatasetError: tables and assumptions contradict each other.
    """
    tables = read_tables(sources, flows, paid)
    carbon = combustion(tables)
    kept = _feedstock(tables, carbon)
    process = _process(tables, kept)
    made = _generation(tables, carbon)
    use = generation.electricity_use(tables.facts, tables.inputs)
    direct = carbon.fuel.sum((1, 2)) + np.sum(list(process.values()), axis=0)
    draw = generation.outside_draw(use[:-1], made[:-1].sum(1))
    report = tables.inputs.value("report_emissions", "YRD")
    indirect, factor = generation.indirect_emissions(draw, float(direct[:-1].sum()), report)
    accounts = Physical(
        purchases=purchases(_fuel(tables, carbon, kept), _electricity(tables, use, made)),
        combustion=_long(carbon.co2(), (REGIONS, inventory.users(), FUELS), _KEYS),
        process=_long(
            np.stack(list(process.values()), axis=1),
            (REGIONS, tuple(process)),
            ("region", "sector"),
        ),
        indirect=pd.DataFrame({"region": REGIONS[:-1], "mt_co2": indirect, "twh": draw}),
        generation=_long(made, (REGIONS, TECHNOLOGIES), ("region", "technology"), "twh"),
    )
    shown = [make(accounts, tables, carbon) for make in (controls, comparisons)]
    return PhysicalAccounts(
        purchases=accounts.purchases,
        combustion=accounts.combustion,
        process=accounts.process,
        indirect=accounts.indirect,
        feedstock=_feedstock_shares(accounts.purchases),
        generation=accounts.generation,
        drivers=_drivers(tables),
        provenance=provenance(tables, carbon, direct, factor, pd.concat(shown)),
    )


_KEYS = ("region", "user", "fuel")


def _feedstock(tables: Tables, carbon: Carbon) -> Array:
    """Fuel bought and not burnt, Mtce (region, user, model fuel)."""
    assumed = pd.read_csv(DATA / "feedstock.csv")
    kept = energy.feedstock(tables.balance, assumed, tables.inputs)
    supply = inventory.users().index("GDT")
    value = tables.inputs.value
    kept[:, supply, FUELS.index("GAS")] = energy.distributed_gas(
        carbon.burnt()[:, :, FUELS.index("GDT")].sum(1),
        kept[:, supply, FUELS.index("COL")],
        value("gas_supply_loss"),
        value("gas_works_yield"),
    )
    return kept


def _process(tables: Tables, kept: Array) -> dict[str, Array]:
    """Process CO2 of synthesis gas and of cement by sector, Mt (region)."""
    chemicals = inventory.users().index("CHM")
    made = {name: kept[:, chemicals, FUELS.index(fuel)] for name, fuel in _SYNTHESIS.items()}
    return process_emissions({**made, "cement": cement_output(tables)})


def _generation(tables: Tables, carbon: Carbon) -> Array:
    """Generation, TWh (region, technology)."""
    electric = inventory.users().index("ELE")
    gas = carbon.fuel[:, electric, INVENTORY_FUELS.index("Natural_Gas")]
    oil = carbon.co2()[:, electric, FUELS.index("REF")]
    return generation.generation(tables.facts, tables.inputs, gas, oil)


def _fuel(tables: Tables, carbon: Carbon, kept: Array) -> Fuel:
    prices = energy.price_table(pd.read_csv(DATA / "prices.csv"), INVENTORY_FUELS)
    value = energy.burnt_value(carbon.fuel, carbon.factors, carbon.bought_as, prices)
    value = value + energy.feedstock_values(pd.read_csv(DATA / "feedstock_prices.csv"), kept)
    return Fuel(carbon.burnt(), kept, value, tables.inputs.value("gas_supply_loss"))


def _electricity(tables: Tables, use: Array, made: Array) -> Electricity:
    """Electricity by user, and what lines lose."""
    by_line = energy.use_by_group(tables.balance, tables.inputs, use)
    power = tables.paid[ENERGY.index(ELECTRICITY)]
    homes = [power[inventory.users().index(name)] for name in HOUSEHOLDS]
    groups = by_line | energy.homes_by_payment(by_line, np.array(homes))
    table = pd.read_csv(DATA / "electricity_industry.csv")
    sectors = dict(zip(table["sector"], table["value"].astype(float), strict=True))
    own_use = made.sum(1) * tables.inputs.value("plant_own_use")
    paid = paid_by_region(tables, "ELE")[:, :, None]
    present = inventory.move_absent(paid, pd.read_csv(DATA / "absent.csv"))[:, :, 0]
    value = tables.inputs.value
    smelting = value("aluminium_output") * value("aluminium_electricity") / sectors["NFM"]
    placed = energy.with_smelting(present, "NFM", smelting)
    twh = energy.electricity(groups, own_use, sectors, placed)
    return Electricity(twh, groups["losses"], energy.tariffs(DATA / "tariffs.csv"))


def _long(
    values: Array, labels: tuple[tuple[str, ...], ...], names: tuple[str, ...], unit: str = "mt_co2"
) -> pd.DataFrame:
    """Positive cells of an array as a table."""
    rows = [
        (*(labels[axis][k] for axis, k in enumerate(place)), float(values[tuple(place)]))
        for place in np.argwhere(values > 0.0)
    ]
    return pd.DataFrame(rows, columns=[*names, unit])


def _feedstock_shares(bought: pd.DataFrame) -> pd.DataFrame:
    share = 1.0 - bought["burnt"] / bought["mtce"]
    rows = bought[(bought["fuel"] != ELECTRICITY) & (share > 1e-12)]
    return rows[list(_KEYS)].assign(share=share[rows.index]).reset_index(drop=True)


def _drivers(tables: Tables) -> pd.DataFrame:
    gdp = with_rest("gdp", tables.fact("GDP 2020 (revised NBS)"), tables.money.value("gdp"))
    anchors = drivers.load_anchors(DATA / "drivers.csv")
    return drivers.driver_table(tables.sources, anchors, tables.money, gdp)
