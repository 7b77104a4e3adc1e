"""Assembly of the dataset: from a folder of official tables to balanced accounts with sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020 import controls
from recipes.yrd2020.agreement import check_capacity, check_series
from recipes.yrd2020.controls import Layout
from recipes.yrd2020.defects import defect_rows, repair_rows, transit_rows, treated_tables
from recipes.yrd2020.flows import Flows
from recipes.yrd2020.fuels import ENERGY, Content, energy_output, impose_energy, purchase_array
from recipes.yrd2020.grid import (
    grid_rows,
    made_electricity,
    route_electricity,
    transfers_of,
)
from recipes.yrd2020.inputs import Inputs, load_inputs, load_splits
from recipes.yrd2020.institutions import build_sam, incomes
from recipes.yrd2020.inventory import REGIONS
from recipes.yrd2020.io_tables import ProvincialFlows, provincial_flows
from recipes.yrd2020.nudge import KnownFlow, known_flows, nudge
from recipes.yrd2020.physical import PhysicalAccounts, physical_accounts
from recipes.yrd2020.prior import (
    clean,
    fit_demand,
    fit_industry,
    grow,
    prune,
    scale_trade,
    shift_shares,
)
from recipes.yrd2020.provenance import provenance
from recipes.yrd2020.reliability import load_reliability
from recipes.yrd2020.sources import LARGEST_FLOWS, check_files, known_provinces
from recipes.yrd2020.tables import facts_of_2020
from recipes.yrd2020.totals import GROUPS, Totals, totals_of_2020
from recipes.yrd2020.trade import cut_transit, decay_rows, interprovincial, merge_regions
from recipes.yrd2020.update import Update, update
from sam.accounts import ELECTRICITY, FUELS
from sam.concordance import load_classification, load_sectors
from sam.dataset import Dataset
from sam.energy import PJ_PER_MTCE
from sam.labels import Geography, Roles
from sam.readers import read_largest_flows

Array = npt.NDArray[np.float64]

NAME, VERSION, YEAR = "yrd2020", "3", 2020

EDITION = "2017 new"
"""Edition of the largest flows: the tables of 2017 as revised."""

_LAST_GOOD = "GDT"
_DUTY_FREE = ("OIL", "GAS", "MMO")
_COAL_KNOWN = ("JS", "AH")
_DELTA = "Yangtze River Delta"
_LARGE_PLANTS = ("CHM", "NMM", "FER", "REF", "COK")  # kilns, furnaces, crackers, ovens


def build(sources: Path) -> Dataset:
    """Build the dataset from a folder of official tables.

    Arguments:
        sources: folder with the official tables (``io2007``, ``energy``, ``emissions``, ``macro``).

    Raises:
        sam.errors.SourceError: tables are missing, one is not in its layout, or two contradict
            each other.
        sam.errors.DatasetError: tables and the recipe's own numbers contradict each other.
        sam.errors.BalancingError: control totals contradict each other.
    """
    check_files(sources)
    facts = facts_of_2020(sources)
    check_series(sources, facts)
    check_capacity(sources, facts)
    inputs, layout = load_inputs(), _layout()
    reliability = load_reliability(inputs)
    totals = totals_of_2020(sources, inputs, layout.regions)
    tables = treated_tables(sources, inputs.value("transit_floor"))
    provinces = provincial_flows(tables, sources, inputs, load_splits())
    physical = physical_accounts(sources, provinces)
    base, repairs = base_flows(provinces, inputs, layout)
    tariff = _tariff(totals, layout)
    known = known_flows(_largest_flows(sources), layout.regions, layout.sectors)
    sent = transfers_of(sources, physical.purchases, physical.generation, layout.regions)
    result = update_flows(base, totals, physical, sent, known, inputs, layout, tariff)
    income = incomes(result.flows, totals.saving_rate, tariff, inputs)
    return Dataset(
        name=NAME,
        version=VERSION,
        base_year=YEAR,
        regions=layout.regions,
        geography=_geography(),
        sectors=load_sectors(),
        roles=Roles(ELECTRICITY, FUELS, _LARGE_PLANTS),
        sam=build_sam(result.flows, income, tariff, layout.regions, layout.sectors),
        combustion=_positive(physical.combustion, "mt_co2"),
        process=_positive(physical.process, "mt_co2"),
        indirect=physical.indirect,
        feedstock=_positive(physical.feedstock, "share"),
        energy=_energy(physical.purchases),
        generation=physical.generation,
        drivers=physical.drivers,
        provenance=provenance(
            (
                inputs.table,
                physical.provenance,
                decay_rows(),
                grid_rows(sent, layout.regions),
                defect_rows(tables),
                repairs,
            ),
            result.controls,
            incomes=income,
            inputs=inputs,
            reliability=reliability,
            regions=layout.regions,
        ),
    )


def _largest_flows(sources: Path) -> pd.DataFrame:
    return read_largest_flows(sources / LARGEST_FLOWS, EDITION, *known_provinces())


def base_flows(
    provinces: ProvincialFlows, inputs: Inputs, layout: Layout
) -> tuple[Flows, pd.DataFrame]:
    """Flows of 2007 in model regions and sectors, cleaned, and the provenance of the repairs."""
    settled = cut_transit(provinces, inputs.value("transit_floor"))
    bilateral = interprovincial(settled, inputs.value("distance_scale"))
    merged = merge_regions(settled, bilateral, layout.regions)
    cleaned = clean(merged, inputs, layout.sectors.index("AGR"))
    repairs = [
        transit_rows(provinces, settled),
        repair_rows(merged, cleaned, layout.regions),
    ]
    return cleaned, pd.concat(repairs, ignore_index=True)


def update_flows(
    base: Flows,
    totals: Totals,
    physical: PhysicalAccounts,
    sent: Array,
    known: Sequence[KnownFlow],
    inputs: Inputs,
    layout: Layout,
    tariff: Array,
) -> Update:
    """Prior of 2020 and its balancing; ``sent``: electricity between regions, TWh."""
    regions, sectors = layout.regions, layout.sectors
    bought = purchase_array(physical.purchases, regions, sectors)
    generated = made_electricity(physical.generation, regions)
    prior, made = prior_flows(base, totals, bought, generated, sent, known, inputs, layout, tariff)
    numbers = prior.numbers()
    wanted = [
        *controls.value_added_controls(numbers, totals, tariff, layout),
        *controls.trade_controls(numbers, totals, layout),
        *controls.demand_controls(numbers, totals, layout),
        *controls.income_controls(prior, numbers, totals, tariff, layout),
        *controls.industry_controls(prior, numbers, totals, layout),
        *controls.energy_controls(numbers, bought, made, layout),
    ]
    return update(prior, wanted, load_reliability(inputs), tariff, regions, sectors)


def prior_flows(
    base: Flows,
    totals: Totals,
    bought: Array,
    generated: Array,
    sent: Array,
    known: Sequence[KnownFlow],
    inputs: Inputs,
    layout: Layout,
    tariff: Array,
) -> tuple[Flows, Array]:
    """Prior of 2020, and the output of the activities that make energy (region, energy)."""
    regions, sectors, goods = layout.regions, layout.sectors, layout.goods
    energy = [sectors.index(code) for code in ENERGY]
    mined = {
        regions.index(region): inputs.value("coal_output", region) / inputs.value("coal_output")
        for region in _COAL_KNOWN
    }
    grown = grow(base, totals, layout.groups, sectors)
    shared = shift_shares(grown, totals, inputs.value("capital_floor"))
    traded = scale_trade(shared, totals, goods, sectors)
    made = energy_output(traded, bought, generated, mined, sectors, tariff)
    fuelled = impose_energy(traded, bought, made, _content(inputs), sectors)
    routed = route_electricity(fuelled, sent, generated, sectors.index("ELE"))
    fitted = fit_industry(routed, totals, layout.groups, sectors, energy)
    spent = fit_demand(fitted, totals, energy)
    nudged = nudge(spent, known, inputs.value("nudge_weight"), energy)
    settled = scale_trade(nudged, totals, goods, sectors)
    return prune(settled, np.array([code in ENERGY for code in sectors])), made


def _geography() -> Geography:
    """Names of the regions; the four provinces are the Delta, whose report the caps follow."""
    known = load_classification("regions")
    return Geography({code: known[code] for code in REGIONS}, {_DELTA: REGIONS[:-1]}, "China")


def _layout() -> Layout:
    sectors = tuple(load_sectors()["code"])
    building, last_good = sectors.index("CON"), sectors.index(_LAST_GOOD)
    position = np.arange(len(sectors))
    names = np.where(
        position == 0, "primary", np.where(position < building, "industry", "tertiary")
    )
    names = np.where(position == building, "construction", names)
    groups = np.array([GROUPS.index(name) for name in names])
    return Layout(REGIONS, sectors, groups, position <= last_good)


def _tariff(totals: Totals, layout: Layout) -> Array:
    """Duty over imports (commodity): one rate on all goods but ores, crude oil and natural gas."""
    free = np.array([code in _DUTY_FREE for code in layout.sectors])
    taxed = totals.imports.sum() - sum(totals.commodity_imports[code] for code in _DUTY_FREE)
    return np.where(layout.goods & ~free, totals.duty / taxed, 0.0)


def _content(inputs: Inputs) -> dict[str, Content]:
    """Value added in the output of secondary fuels; only refined oil bears consumption tax."""
    tax = inputs.named("tax_share_")
    return {
        name: Content(share, tax.get(name, 0.0))
        for name, share in inputs.named("value_added_").items()
    }


def _positive(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table[table[column] > 0.0].reset_index(drop=True)


def _energy(purchases: pd.DataFrame) -> pd.DataFrame:
    """Energy bought and what becomes of it, PJ and Mtce; its price is that of the prior."""
    table = purchases[purchases["mtce"] > 0.0]
    table = table.assign(pj=table["mtce"] * PJ_PER_MTCE)
    kept = ["region", "user", "fuel", "pj", "mtce", "price"]
    items = ["burnt", "feedstock", "non_energy", "losses", "own_use"]
    return table[[*kept, *items]].reset_index(drop=True)
