"""Assembly of the dataset: from a folder of official tables to balanced accounts with sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import NATIONAL
from sam.concordance import load_sectors
from sam.dataset import Dataset
from sam.readers import read_largest_flows
from sam.recipes.yrd2020.flows import Flows
from sam.recipes.yrd2020.fuels import ENERGY, Content, energy_output, impose_energy, purchase_array
from sam.recipes.yrd2020.inputs import Inputs, load_inputs, load_splits
from sam.recipes.yrd2020.institutions import Incomes, build_sam, incomes
from sam.recipes.yrd2020.io_tables import provincial_flows
from sam.recipes.yrd2020.nudge import KnownFlow, known_flows, nudge
from sam.recipes.yrd2020.physical import PhysicalAccounts, physical_accounts
from sam.recipes.yrd2020.prior import (
    clean,
    fit_industry,
    grow,
    prune,
    scale_trade,
    shift_shares,
)
from sam.recipes.yrd2020.totals import GROUPS, Totals, control_totals
from sam.recipes.yrd2020.trade import cut_transit, interprovincial, merge_regions
from sam.recipes.yrd2020.update import (
    Update,
    energy_controls,
    industry_controls,
    national_controls,
    regional_controls,
    update,
)

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int_]

NAME, VERSION, YEAR = "yrd2020", "1", 2020
REGIONS = ("SH", "JS", "ZJ", "AH", "ROC")
PJ_PER_MTCE = 29.3076
"""Standard coal equivalent: 29.3076 GJ/t (GB/T 2589-2020)."""

EDITION = "2017 new"
"""Edition of the largest flows: the tables of 2017 as revised."""

_LAST_GOOD = "GDT"
_DUTY_FREE = ("OIL", "GAS", "MMO")
_COAL_KNOWN = ("JS", "AH")


@dataclass(frozen=True, eq=False)
class Layout:
    """Labels and groups of the accounts.

    Attributes:
        regions: model regions, the rest of China last.
        sectors: sector codes.
        groups: position in ``GROUPS`` of each activity.
        goods: which commodities are goods (the others are services).
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    groups: Positions
    goods: Mask


def build(sources: Path) -> Dataset:
    """Build the dataset from a folder of official tables.

    Arguments:
        sources: folder with the official tables (``io2007``, ``energy``, ``emissions``, ``macro``).

    Raises:
        sam.errors.SourceError: a table is missing or not in its layout.
        sam.errors.BalancingError: control totals contradict each other.
    """
    inputs, layout = load_inputs(), _layout()
    totals = control_totals(sources, inputs, layout.regions)
    physical = physical_accounts(sources)
    base = base_flows(sources, inputs, layout)
    tariff = _tariff(totals, layout)
    known = known_flows(_largest_flows(sources), layout.regions, layout.sectors)
    result = update_flows(base, totals, physical, known, inputs, layout, tariff)
    income = incomes(result.flows, totals.saving_rate, tariff, inputs)
    return Dataset(
        name=NAME,
        version=VERSION,
        base_year=YEAR,
        regions=layout.regions,
        sectors=load_sectors(),
        sam=build_sam(result.flows, income, tariff, layout.regions, layout.sectors),
        combustion=_positive(physical.combustion, "mt_co2"),
        process=_positive(physical.process, "mt_co2"),
        indirect=physical.indirect,
        feedstock=_positive(physical.feedstock, "share"),
        energy=_energy(physical.purchases),
        generation=physical.generation,
        drivers=physical.drivers,
        provenance=provenance(inputs, totals, physical, result, income, layout),
    )


def _largest_flows(sources: Path) -> pd.DataFrame:
    return read_largest_flows(sources / "io2007" / "provincial_flows_2017_top88.csv", EDITION)


def base_flows(sources: Path, inputs: Inputs, layout: Layout) -> Flows:
    """Flows of 2007 in model regions and sectors, cleaned."""
    provinces = provincial_flows(sources, inputs, load_splits())
    settled = cut_transit(provinces, inputs.value("transit_floor"))
    bilateral = interprovincial(settled, inputs.value("distance_exponent"))
    merged = merge_regions(settled, bilateral, layout.regions)
    return clean(merged, inputs, layout.sectors.index("AGR"))


def update_flows(
    base: Flows,
    totals: Totals,
    physical: PhysicalAccounts,
    known: Sequence[KnownFlow],
    inputs: Inputs,
    layout: Layout,
    tariff: Array,
) -> Update:
    """Prior of 2020 and its balancing."""
    regions, sectors = layout.regions, layout.sectors
    bought = purchase_array(physical.purchases, regions, sectors)
    prior, made = prior_flows(base, totals, bought, physical.generation, known, inputs, layout)
    numbers = prior.numbers()
    controls = [
        *regional_controls(numbers, totals, tariff, layout.groups, layout.goods, regions),
        *national_controls(numbers, totals, layout.goods),
        *industry_controls(prior, numbers, totals, regions, sectors),
        *energy_controls(numbers, bought, made, regions, sectors),
    ]
    return update(prior, controls, tariff, regions, sectors)


def prior_flows(
    base: Flows,
    totals: Totals,
    bought: Array,
    generation: pd.DataFrame,
    known: Sequence[KnownFlow],
    inputs: Inputs,
    layout: Layout,
) -> tuple[Flows, Array]:
    """Prior of 2020, and the output of the activities that make energy (region, energy)."""
    regions, sectors, goods = layout.regions, layout.sectors, layout.goods
    energy = [sectors.index(code) for code in ENERGY]
    generated = generation.groupby("region")["twh"].sum()[list(regions)].to_numpy(float)
    mined = {
        regions.index(region): inputs.value("coal_output", region) / inputs.value("coal_output")
        for region in _COAL_KNOWN
    }
    grown = grow(base, totals, layout.groups, sectors, inputs)
    shared = shift_shares(grown, totals, inputs.value("capital_floor"))
    traded = scale_trade(shared, totals, goods, sectors)
    made = energy_output(traded, bought, generated, mined, sectors)
    fuelled = impose_energy(traded, bought, made, _content(inputs), sectors)
    fitted = fit_industry(fuelled, totals, layout.groups, sectors, energy)
    nudged = nudge(fitted, known, inputs.value("nudge_weight"), energy)
    settled = scale_trade(nudged, totals, goods, sectors)
    return prune(settled, np.array([code in ENERGY for code in sectors])), made


def provenance(
    inputs: Inputs,
    totals: Totals,
    physical: PhysicalAccounts,
    result: Update,
    income: Incomes,
    layout: Layout,
) -> pd.DataFrame:
    """Every published total, assumption and control total, with what the balanced SAM achieves."""
    known = physical.provenance.dropna(subset=["value"])
    parts = [
        inputs.table,
        _gdp_rows(totals, layout),
        _split_rows(),
        known,
        _control_rows(result.controls),
        _income_rows(income, layout),
    ]
    return pd.concat(parts, ignore_index=True)


def _control_rows(controls: pd.DataFrame) -> pd.DataFrame:
    """Control totals with what the balanced accounts achieve; energy cells summed over users."""
    table = controls.copy()
    energy = table["item"].str.startswith("energy_")
    table["item"] = table["item"].where(~energy, table["item"].str.rsplit("_", n=1).str[0])
    sums = {"target": "sum", "achieved": "sum", "softness": "first"}
    table = table.groupby(["item", "region"], sort=False, as_index=False).agg(sums)
    energy = table["item"].str.startswith("energy_")
    source = np.where(energy, "physical purchases times price", "items of the same name")
    rule = "soft, " + table["softness"].map("{:g}".format)
    return pd.DataFrame(
        {
            "item": "control: " + table["item"],
            "region": table["region"],
            "value": table["target"],
            "unit": "1e8 CNY",
            "source": source,
            "quality": "derived",
            "target": table["target"],
            "achieved": table["achieved"],
            "deviation": (table["achieved"] / table["target"] - 1.0).round(9) + 0.0,
            "note": rule.where(table["softness"] > 0.0, "met exactly"),
        }
    )


def _split_rows() -> pd.DataFrame:
    """Rules that split 2007 sectors."""
    table = load_splits().table
    return pd.DataFrame(
        {
            "item": "split: " + table["first"] + " " + table["kind"] + " " + table["user"],
            "region": NATIONAL,
            "value": table["share"],
            "unit": "share",
            "source": table["reason"],
            "quality": "assumed",
        }
    )


def _gdp_rows(totals: Totals, layout: Layout) -> pd.DataFrame:
    source = "National Bureau of Statistics, revised regional GDP of 2020; the rest is what is left"
    return pd.DataFrame(
        {
            "item": "gdp",
            "region": layout.regions,
            "value": totals.gdp,
            "unit": "1e8 CNY",
            "source": source,
            "quality": ["published"] * (len(layout.regions) - 1) + ["derived"],
        }
    )


def _income_rows(income: Incomes, layout: Layout) -> pd.DataFrame:
    """Transfers and saving that follow from stated assumptions."""
    items = ("company_tax", "retained", "transfer", "government_saving", "foreign", "interregional")
    rows = [
        (f"income: {item}", region, float(getattr(income, item)[r]))
        for item in items
        for r, region in enumerate(layout.regions)
    ]
    table = pd.DataFrame(rows, columns=["item", "region", "value"])
    source = "closed by identity from stated assumptions (see the README of the recipe)"
    return table.assign(unit="1e8 CNY", source=source, quality="assumed")


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
    table = purchases[purchases["mtce"] > 0.0]
    table = table.assign(pj=table["mtce"] * PJ_PER_MTCE)
    return table[["region", "user", "fuel", "pj", "mtce", "price"]].reset_index(drop=True)
