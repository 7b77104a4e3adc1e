"""Assembly of the dataset: from a folder of official tables to balanced accounts with sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.agreement import check_capacity, check_series
from recipes.yrd2020.comparisons import comparisons
from recipes.yrd2020.controls import Frame
from recipes.yrd2020.defects import defect_rows, repair_rows, transit_rows, treated_tables
from recipes.yrd2020.departures import (
    Departed,
    depart,
    departure_rows,
    payments,
)
from recipes.yrd2020.drift import drift
from recipes.yrd2020.employment import employment
from recipes.yrd2020.flows import Flows
from recipes.yrd2020.fuels import ENERGY, places_of_makers, purchase_array, route_fuels
from recipes.yrd2020.grid import grid_rows, made_electricity, route_electricity, transfers_of
from recipes.yrd2020.inputs import Inputs, load_splits
from recipes.yrd2020.institutions import Incomes, build_sam, incomes
from recipes.yrd2020.inventory import REGIONS, absent_activities
from recipes.yrd2020.io_tables import ProvincialFlows, provincial_flows
from recipes.yrd2020.nudge import KnownFlow, known_flows, nudge
from recipes.yrd2020.official import Official, read_official
from recipes.yrd2020.physical import PhysicalAccounts, physical_accounts
from recipes.yrd2020.prior import clean, close, grow, prune, value_added
from recipes.yrd2020.provenance import provenance
from recipes.yrd2020.reliability import Reliability, load_reliability
from recipes.yrd2020.sharing import share_out
from recipes.yrd2020.sources import (
    LARGEST_FLOWS,
    TABLE_YEARS,
    check_files,
    known_provinces,
    provincial_tables,
)
from recipes.yrd2020.tables import facts_of_2020
from recipes.yrd2020.totals import Totals, base_year_totals
from recipes.yrd2020.trade import cut_transit, decay_rows, interprovincial, merge_regions
from recipes.yrd2020.update import update
from recipes.yrd2020.years import inputs_of
from sam.accounts import ELECTRICITY, FUELS, HOUSEHOLDS, NATIONAL
from sam.concordance import load_classification, load_sectors
from sam.dataset import TABLES, Dataset
from sam.energy import PJ_PER_MTCE
from sam.labels import Geography, Roles
from sam.readers import ProvincialTable, read_largest_flows
from sam.report import MISSING

Array = npt.NDArray[np.float64]

VERSION, YEAR = "4", 2020
_FAMILY = "yrd"  # name of a dataset, followed by its base year

EDITION = "2017 new"
"""Edition of the largest flows: the tables of 2017 as revised."""

DUTY_FREE = ("OIL", "GAS", "MMO", "ICE")
"""Goods imported without duty: crude oil, natural gas, ores, and electronics (Information
Technology Agreement of the World Trade Organization)."""

_COAL_KNOWN = ("JS", "AH")
_DELTA = "Yangtze River Delta"
_LARGE_PLANTS = ("CHM", "NMM", "FER", "REF", "COK")  # kilns, furnaces, crackers, ovens


@dataclass(frozen=True, eq=False)
class Nation:
    """What the regions add up to.

    Attributes:
        official: the official table, balanced.
        departed: the table of the accounts, and where it departs from the official one.
    """

    official: Official
    departed: Departed

    @property
    def table(self) -> Official:
        """The table of the accounts."""
        return self.departed.table

    @property
    def tariff(self) -> Array:
        """Duty rate on imports (commodity)."""
        return self.departed.tariff


def build(sources: Path, year: int = YEAR) -> Dataset:
    """Build the dataset from a folder of official tables.

    Of 2020 it is complete. Of another year with a national table it is the money alone: quantities
    of energy are known of 2020 and share out payments for it, the tables of energy, emissions,
    generation and drivers are empty, and totals that are missing are named (``years``).

    Arguments:
        sources: folder with the official tables (``io2020``, ``io2007``, ``energy``, ``emissions``,
            ``macro``).
        year: base year.

    Raises:
        sam.errors.SourceError: tables are missing, one is not in its layout, or two contradict
            each other.
        sam.errors.DatasetError: tables and the recipe's own numbers contradict each other.
        sam.errors.BalancingError: control totals contradict each other.
    """
    ground = _read(sources, year)
    inputs, official = ground.inputs, ground.official
    nation = nation_of(official, ground.bought, inputs)
    totals = base_year_totals(sources, year, inputs, nation.table, nation.tariff, REGIONS)
    prior = _prior(ground, nation, totals)
    frame = Frame(prior.numbers(), nation.table, totals, nation.tariff, REGIONS)
    result = update(prior, frame, ground.reliability)
    income = incomes(result.flows, totals.saving_rate, nation.tariff, inputs)
    return Dataset(
        name=f"{_FAMILY}{year}",
        version=VERSION,
        base_year=year,
        regions=REGIONS,
        geography=_geography(),
        sectors=load_sectors(),
        roles=Roles(ELECTRICITY, FUELS, _LARGE_PLANTS),
        sam=build_sam(result.flows, income, nation.tariff, REGIONS, official.sectors),
        provenance=_provenance(ground, nation, totals, result.controls, income),
        national=official.cells.reset_index(),
        departures=nation.departed.departures,
        drift=drift(_tables_of_years(sources, official, year)),
        employment=employment(sources, year, inputs, result.flows, ground.persons),
        **_physical(ground, payments(nation.table)),
    )


@dataclass(frozen=True, eq=False)
class _Ground:
    """What is known before the nation is shared out.

    Attributes:
        year: base year.
        inputs: published totals and assumptions of it.
        reliability: how far totals may be missed.
        official: the official table, balanced.
        tables: provincial tables, treated, by sheet.
        made: year of the provincial tables.
        structure: these tables in model regions and sectors, cleaned.
        repairs: what was repaired, as rows of provenance.
        physical: energy, emissions and drivers, of 2020.
        bought: quantities of energy times price (region, energy, user).
        sent: electricity sent between regions, TWh (origin, destination).
        known: largest flows of 2017, where the provincial tables are older.
    """

    year: int
    inputs: Inputs
    reliability: Reliability
    official: Official
    tables: Mapping[str, ProvincialTable]
    made: int
    structure: Flows
    repairs: pd.DataFrame
    physical: PhysicalAccounts
    bought: Array
    sent: Array
    known: Sequence[KnownFlow]

    @property
    def complete(self) -> bool:
        """Whether quantities are of the base year."""
        return self.year == YEAR

    @property
    def persons(self) -> Array:
        """Persons employed, million (region); before the drivers begin, as when they do."""
        labour = self.physical.drivers[self.physical.drivers["variable"] == "labour"]
        chosen = labour[labour["year"] == max(self.year, int(labour["year"].min()))]
        return chosen.set_index("region")["value"][list(REGIONS)].to_numpy(float)


def _read(sources: Path, year: int) -> _Ground:
    """Read and check a folder of official tables."""
    check_files(sources)
    facts = facts_of_2020(sources)
    check_series(sources, facts)
    check_capacity(sources, facts)
    official, inputs = read_official(sources, year), inputs_of(sources, year)
    tables = treated_tables(sources, inputs.value("transit_floor"))
    provinces = provincial_flows(tables, sources, inputs, load_splits())
    physical = physical_accounts(sources, provinces, payments(official))
    made = provincial_tables(sources).year
    structure, repairs = base_flows(provinces, inputs, made)
    sent = transfers_of(sources, physical.purchases, physical.generation, REGIONS)
    known = known_flows(_largest_flows(sources), REGIONS, official.sectors) if made < 2017 else []
    return _Ground(
        year=year,
        inputs=inputs,
        reliability=load_reliability(inputs, year),
        official=official,
        tables=tables,
        made=made,
        structure=structure,
        repairs=repairs,
        physical=physical,
        bought=purchase_array(physical.purchases, REGIONS, official.sectors),
        sent=sent,
        known=known,
    )


def _tables_of_years(sources: Path, official: Official, year: int) -> dict[int, Official]:
    """The national tables of all years, of which that of the base year is read already."""
    return {
        other: official if other == year else read_official(sources, other) for other in TABLE_YEARS
    }


def _provenance(
    ground: _Ground, nation: Nation, totals: Totals, controls: pd.DataFrame, income: Incomes
) -> pd.DataFrame:
    """Where every number comes from, and what became of control totals."""
    inputs, year = ground.inputs, ground.year
    known = (
        inputs.table,
        ground.physical.provenance if ground.complete else _nothing_physical(year),
        departure_rows(nation.departed),
        comparisons(ground.official, year, totals.farm_services, inputs),
        decay_rows(),
        grid_rows(ground.sent, REGIONS),
        defect_rows(ground.tables, ground.made),
        ground.repairs,
    )
    return provenance(
        known,
        controls,
        incomes=income,
        inputs=inputs,
        reliability=ground.reliability,
        regions=REGIONS,
    )


_PHYSICAL = (
    "combustion",
    "process",
    "indirect",
    "feedstock",
    "energy",
    "generation",
    "drivers",
)
"""Tables of a dataset that are not money."""


def _physical(ground: _Ground, paid: Array) -> dict[str, pd.DataFrame]:
    """Energy, emissions, generation and drivers, empty where quantities are of another year.

    Arguments:
        ground: what is known.
        paid: payments of the nation for energy (energy, user).
    """
    if not ground.complete:
        return {name: pd.DataFrame(columns=list(TABLES[name])) for name in _PHYSICAL}
    physical = ground.physical
    return {
        "combustion": _positive(physical.combustion, "mt_co2"),
        "process": _positive(physical.process, "mt_co2"),
        "indirect": physical.indirect,
        "feedstock": _positive(physical.feedstock, "share"),
        "energy": _energy(physical.purchases, paid),
        "generation": physical.generation,
        "drivers": physical.drivers,
    }


def _nothing_physical(year: int) -> pd.DataFrame:
    """That quantities of a year are missing, as rows of provenance."""
    source = f"{MISSING}{year}: provincial inventories, balances and facts at hand are of 2019-2021"
    rows = [(f"table {name}", NATIONAL, 0.0, "rows", source, "assumed") for name in _PHYSICAL]
    return pd.DataFrame(rows, columns=["item", "region", "value", "unit", "source", "quality"])


def nation_of(official: Official, bought: Array, inputs: Inputs) -> Nation:
    """The official table, what the accounts make of it, and the duties they hold.

    Arguments:
        official: the official table.
        bought: quantities of energy times price (region, energy, user).
        inputs: customs duties of the nation.
    """
    duty = inputs.value("customs_duty")
    departed = depart(official, bought.sum(0), duty, DUTY_FREE)
    return Nation(official, departed)


def base_flows(provinces: ProvincialFlows, inputs: Inputs, year: int) -> tuple[Flows, pd.DataFrame]:
    """Provincial tables in model regions and sectors, cleaned, and provenance of the repairs.

    Arguments:
        provinces: tables of the provinces in model sectors.
        inputs: floors of sales at home and of factor shares, scale of distance.
        year: year of the tables.
    """
    settled = cut_transit(provinces, inputs.value("transit_floor"))
    bilateral = interprovincial(settled, inputs.value("distance_scale"))
    merged = merge_regions(settled, bilateral, REGIONS)
    cleaned = clean(merged, inputs.value("capital_floor"))
    closed = close(cleaned, absent_activities())
    repairs = [transit_rows(provinces, settled, year), repair_rows(merged, cleaned, REGIONS, year)]
    return closed, pd.concat(repairs, ignore_index=True)


def _prior(ground: _Ground, nation: Nation, totals: Totals) -> Flows:
    """The nation shared out over the regions, before it is balanced."""
    table, tariff, sectors = nation.table, nation.tariff, nation.table.sectors
    value, base = ground.inputs.value, ground.structure
    generated = made_electricity(ground.physical.generation, REGIONS)
    mined = {
        REGIONS.index(region): value("coal_output", region) / value("coal_output")
        for region in _COAL_KNOWN
    }
    placed = places_of_makers(base, ground.bought, generated, mined, sectors)
    made = value_added(base, totals, table, placed)
    energy = [sectors.index(code) for code in ENERGY]
    structure = nudge(grow(base, made), ground.known, value("nudge_weight"), energy)
    shared = share_out(structure, base, table, totals, ground.bought, placed, made)
    fuelled = route_fuels(shared, tariff, sectors)
    routed = route_electricity(fuelled, ground.sent, generated, sectors.index(ELECTRICITY))
    return prune(routed)


def _largest_flows(sources: Path) -> pd.DataFrame:
    return read_largest_flows(sources / LARGEST_FLOWS, EDITION, *known_provinces())


def _geography() -> Geography:
    """Names of the regions; the four provinces are the Delta, whose report the caps follow."""
    known = load_classification("regions")
    return Geography({code: known[code] for code in REGIONS}, {_DELTA: REGIONS[:-1]}, "China")


def _positive(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table[table[column] > 0.0].reset_index(drop=True)


def _energy(purchases: pd.DataFrame, paid: Array) -> pd.DataFrame:
    """Energy bought and what becomes of it, PJ and Mtce, at the price of the nation's user.

    Arguments:
        purchases: energy bought by region, user and fuel.
        paid: payments of the nation for energy (energy, user).
    """
    table = purchases[purchases["mtce"] > 0.0]
    keys = ["fuel", "user"]
    money = pd.DataFrame(paid, ENERGY, (*load_sectors()["code"], *HOUSEHOLDS)).stack()
    quantity = table.groupby(keys)["mtce"].transform("sum")
    value = money.reindex(pd.MultiIndex.from_frame(table[keys])).to_numpy(float)
    table = table.assign(pj=table["mtce"] * PJ_PER_MTCE, price=100.0 * value / quantity)
    kept = ["region", "user", "fuel", "pj", "mtce", "price"]
    items = ["burnt", "feedstock", "non_energy", "losses", "own_use"]
    return table[[*kept, *items]].reset_index(drop=True)
