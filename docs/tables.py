"""Write the tables of the pages from the embedded dataset: ``python docs/tables.py``.

A page holds a table between the lines ``<!-- table: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from calibration import (
    load_abatement,
    load_claims,
    load_facts,
    load_fleet,
    load_lines,
    load_plants,
    load_potentials,
)
from calibration.abatement import OPTIONS
from calibration.plants import Plants
from calibration.potentials import RESOURCES
from catalogues.economy import closures_table, economy, levers_table, variables_table
from catalogues.markdown import framed
from cge.cli.totals import number, percent
from sam import Dataset, load_dataset
from sam.accounts import ACTIVITY, COMMODITY, REST_OF_WORLD, TECHNOLOGIES
from sam.comparison import EXPORTS, IMPORTS, Comparison, compare
from sam.dataset import QUALITIES
from sam.energy import implied_prices
from sam.input_output import compare_with_report, footprint
from sam.input_output.pull import END_USE
from sam.ranking import worst
from sam.report import control_totals

DOCS = Path(__file__).parent
_MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_STEP, _MOVED, _BESIDE = "co2: ", "co2 moved: ", "compare: "
_WHO_BURNT = r"co2 moved: (?P<fuel>\S+) of (?P<user>\w+), taken by (?P<taker>\w+)"
_TABLE_HAS = "the official table has "

_NAMES = {
    "intermediate": "intermediate flows",
    "RUR": "rural consumption",
    "URB": "urban consumption",
    "GOV": "government consumption",
    "FIX": "fixed capital formation",
    "STK": "changes in stocks",
    EXPORTS: "exports",
    IMPORTS: "imports",
    "LAB": "compensation of employees",
    "NTX": "net production tax",
    "CAP": "depreciation and surplus",
}
"""Blocks of a national table in words."""

# Version 3 of the dataset, which had the structure of 2007, beside the same table:
# ``cge data compare FOLDER --table FILE`` with the dataset of commit 83cdc53.
_ERROR_OF_3 = {
    "intermediate": 0.4058,
    "RUR": 0.2478,
    "URB": 0.2808,
    "GOV": 0.1968,
    "FIX": 0.4226,
    "STK": 0.9568,
    EXPORTS: 0.4638,
    IMPORTS: 0.3749,
    "LAB": 0.2298,
    "NTX": 0.5122,
    "CAP": 0.2428,
}
"""Weighted error by block."""

_SECTORS_OF_3 = {
    "SCI": (0.475, 0.661),
    "GDT": (0.645, 0.329),
    "ELE": (0.658, 0.663),
    "INF": (0.669, 0.608),
    "WOD": (0.687, 0.474),
    "TEX": (0.698, 0.431),
    "OIL": (0.720, 0.974),
    "MMO": (0.730, 0.424),
    "BUS": (0.760, 0.576),
    "TRN": (0.789, 0.430),
    "CON": (0.839, 0.393),
    "NFM": (1.185, 0.300),
    "FER": (1.234, 0.596),
    "TRE": (1.237, 0.384),
    "ICE": (1.249, 0.312),
    "ENV": (1.254, 0.509),
    "COK": (1.717, 1.518),
}
"""Output over that of the table, and weighted error of purchases, by sector."""

_CELLS_OF_3 = {
    ("CON", "FIX"): 224409,
    ("INF", "FIX"): 7870,
    ("SCI", "FIX"): 1205,
    ("REA", "FIX"): 32089,
    ("ICE", "ICE"): 65747,
    ("CHM", "CHM"): 51892,
    ("AGR", "FOO"): 38216,
    ("NMM", "CON"): 33561,
    ("FER", "CON"): 28878,
    ("SCI", "CON"): 8090,
    ("NFM", "CON"): 6623,
    ("TRE", "TRE"): 38652,
    ("ELE", "ELE"): 2842,
    ("INF", "INF"): 5700,
    ("CHM", "HEA"): 8708,
    ("BUS", "TRD"): 7887,
    ("REA", "TRD"): 3404,
    ("COL", "ELE"): 11914,
    ("COL", "COK"): 5456,
    ("COK", "FER"): 8454,
    ("REF", "TRN"): 12785,
    ("ELE", "CHM"): 5390,
    ("ELE", "NFM"): 4259,
    ("REA", "URB"): 29578,
    ("GDT", "URB"): 1291,
    ("HEA", "GOV"): 24162,
    ("ICE", EXPORTS): 50539,
    ("TRD", EXPORTS): 7666,
    ("TRE", EXPORTS): 20821,
    ("ICE", IMPORTS): 25539,
    ("LAB", "AGR"): 65199,
    ("NTX", "HEA"): 780,
}
"""Cells that economists look at first, 1e8 CNY."""

_SHARE_OF_ROW, _LARGE = 0.005, 1000.0
"""Users who pay less than this share of an energy, and activities with less output (1e8 CNY), are
not named as extremes."""


def page_with_tables(text: str) -> str:
    """A page whose marked tables are those of the embedded dataset."""
    return _MARKED.sub(lambda mark: f"{mark[1]}\n{TABLES[mark[2]]()}\n\n{mark[3]}", text)


@cache
def _dataset() -> Dataset:
    return load_dataset("yrd2020")


def _totals() -> str:
    """Every control total: target, achieved, deviation, quality and source."""
    table = control_totals(_dataset())
    source = table["source"] + table["note"].map(lambda note: f" ({note})" if note else "")
    shown = pd.DataFrame(
        {
            "item": table["item"],
            "region": table["region"],
            "unit": table["unit"],
            "target": table["target"].map(number),
            "achieved": table["achieved"].map(number),
            "deviation": table["deviation"].map(percent),
            "quality": table["quality"],
            "source": source,
        }
    )
    return framed(shown, right=("target", "achieved", "deviation"))


def _summary() -> str:
    """How near the totals of each quality came."""
    table = control_totals(_dataset())
    rows = []
    for quality in QUALITIES:
        part = table[table["quality"] == quality]
        line = part.iloc[worst(part["deviation"])]
        place = f"{percent(line['deviation'])} ({line['item']}, {line['region']})"
        rows.append((quality, len(part), place))
    return framed(pd.DataFrame(rows, columns=["quality", "totals", "largest deviation"]))


def _footprints() -> str:
    """Production- and consumption-based emissions and the share that arises elsewhere."""
    result = footprint(_dataset())
    frame = result.frame()
    ends = pd.Series(result.elsewhere_of(END_USE), index=frame.index)
    shown = pd.DataFrame(
        {
            "region": frame.index.map(_dataset().geography.title),
            "production, Mt": frame["production"].map("{:,.0f}".format),
            "consumption, Mt": frame["consumption"].map("{:,.0f}".format),
            "embodied in exports, Mt": frame["exports"].map("{:,.0f}".format),
            "arises elsewhere, all final demand": frame["elsewhere"].map("{:.2f}".format),
            "arises elsewhere, the report's end uses": ends.map("{:.2f}".format),
        }
    )
    return framed(shown, right=shown.columns[1:])


def _report() -> str:
    """The report's footprints beside those of the dataset."""
    table = compare_with_report(_dataset())
    keys = ["item", "region", "partner", "relation", "report"]
    wide = table.pivot_table(index=keys, columns="definition", values="ours", sort=False)
    rows = wide.reset_index()
    limit = rows["relation"].map({"equals": "", "below": "below "})
    rows["report"] = limit + rows["report"].map("{:.2f}".format)
    for column in wide.columns:
        rows[column] = rows[column].map(lambda value: "" if pd.isna(value) else f"{value:.2f}")
    shown = rows.drop(columns="relation")
    return framed(shown, right=shown.columns[3:])


def _carbon_steps() -> str:
    """CO2 by region after each step of the recipe, Mt."""
    table = _dataset().provenance
    rows = table[table["item"].str.startswith(_STEP)]
    names = rows["item"].str.removeprefix(_STEP)
    wide = rows.assign(step=names).pivot_table(
        index="step", columns="region", values="value", sort=False
    )
    (delta,) = _dataset().geography.groups.values()
    rest = wide.drop(columns=list(delta)).sum(axis=1)
    wide["the four"] = wide[list(delta)].sum(axis=1)
    wide["nation"] = wide["the four"] + rest
    shown = wide.map("{:,.1f}".format).reset_index()
    return framed(shown, right=shown.columns[1:])


@cache
def _comparison() -> Comparison:
    """The dataset beside the official table that it ships."""
    return compare(_dataset())


def _blocks() -> str:
    """Weighted error by block of the national table, now and of version 3."""
    table = _comparison().blocks()
    shown = pd.DataFrame(
        {
            "block": table["block"].map(_NAMES),
            "official table": table["official"].map("{:,.0f}".format),
            "dataset": table["dataset"].map("{:,.0f}".format),
            "error, version 3": table["block"].map(_ERROR_OF_3).map(_share),
            "error now": table["error"].map(_fine_share),
        }
    )
    return framed(shown, right=shown.columns[1:])


def _sectors() -> str:
    """Output of the worst sectors of version 3, and the error of their purchases, then and now."""
    table = _comparison().by_sector().set_index("sector").loc[list(_SECTORS_OF_3)]
    before = pd.DataFrame(_SECTORS_OF_3, index=["ratio", "purchases"]).T
    shown = pd.DataFrame(
        {
            "sector": _with_names(table.index),
            "official output": table["official"].map("{:,.0f}".format),
            "output over it, version 3": before["ratio"].map("{:.2f}".format),
            "now": table["ratio"].map("{:.3f}".format),
            "error of purchases, version 3": before["purchases"].map(_share),
            "error of purchases now": table["purchases"].map(_share),
        }
    )
    return framed(shown, right=shown.columns[1:])


def _cells() -> str:
    """Cells that economists look at first."""
    cells = _comparison().cells.set_index(["row", "column"])
    rows = []
    for (row, column), before in _CELLS_OF_3.items():
        cell = cells.loc[(row, column)]
        values = (f"{value:,.0f}" for value in (cell["official"], before, cell["dataset"]))
        rows.append((f"{row} to {column}", *values, cell["reason"]))
    columns = ["cell", "official table", "version 3", "now", "departure"]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[1:4])


def _departures() -> str:
    """Where the dataset departs from the official table on purpose."""
    table = _comparison().departures()
    shown = pd.DataFrame(
        {
            "reason": table["reason"],
            "cells": table["cells"],
            "size, 1e8 CNY": table["size"].map("{:,.0f}".format),
            "of intermediate flows": table["share"].map(_fine_share),
            "what it is": table["reason"].map(_comparison().reasons),
        }
    )
    return framed(shown, right=shown.columns[1:4])


def _drift() -> str:
    """Groups of coefficients of the official tables of several years."""
    table = _dataset().drift
    wide = table.pivot_table(index=["item", "meaning"], columns="year", values="value", sort=False)
    shown = wide.map("{:.4f}".format).reset_index()
    shown.columns = shown.columns.astype(str)
    years = [str(year) for year in wide.columns]
    return framed(shown[["item", *years, "meaning"]], right=years)


def _beside() -> str:
    """Other published totals of the nation beside the official table."""
    table = _dataset().provenance
    told = table["item"].str.startswith(_BESIDE) & table["note"].astype(str).str.startswith(
        _TABLE_HAS
    )
    rows = table[told]
    shown = pd.DataFrame(
        {
            "total": rows["item"].str.removeprefix(_BESIDE),
            "published": rows["value"].map(number),
            "official table": rows["note"].str.removeprefix(_TABLE_HAS).astype(float).map(number),
            "unit": rows["unit"],
            "quality": rows["quality"],
            "source of the published total": rows["source"],
        }
    )
    return framed(shown, right=shown.columns[1:3])


def _moved() -> str:
    """Emissions without a payment, by fuel and by the user that takes them, Mt."""
    table = _dataset().provenance
    rows = table[table["item"].str.startswith(_MOVED)]
    parts = rows["item"].str.extract(_WHO_BURNT).assign(mt=rows["value"].astype(float))
    lines = []
    for (fuel, taker), part in parts.groupby(["fuel", "taker"], sort=False):
        users = part.groupby("user")["mt"].sum().sort_values(ascending=False, kind="stable")
        named = ", ".join(f"{user} {amount:.2f}" for user, amount in users.head(4).items())
        lines.append((fuel.replace("_", " "), taker, float(users.sum()), named))
    columns = ["inventory fuel", "taken by", "Mt CO2", "burnt by, the largest four"]
    found = pd.DataFrame(lines, columns=columns).sort_values(
        "Mt CO2", ascending=False, kind="stable"
    )
    large = found[found["Mt CO2"] >= 0.05]
    whole = pd.DataFrame([("all", "", float(found["Mt CO2"].sum()), "")], columns=columns)
    shown = pd.concat([large, whole])
    shown["Mt CO2"] = shown["Mt CO2"].map("{:.2f}".format)
    return framed(shown, right=("Mt CO2",))


def _energy_prices() -> str:
    """What users of the nation pay for a ton of coal equivalent, makers' own purchases apart."""
    paid = implied_prices(_dataset()).groupby(["fuel", "user"])[["value", "mtce"]].sum()
    rows = []
    for fuel, part in paid.groupby(level="fuel"):
        own = part.droplevel("fuel").drop(index=[fuel], errors="ignore")
        price = 100.0 * own["value"] / own["mtce"]
        large = price[(own["value"] > _SHARE_OF_ROW * own["value"].sum()) & (own["mtce"] > 0.0)]
        ends = large.sort_values(kind="stable").iloc[[0, -1]]
        sums = own.sum()
        low, high = (f"{user} {value:,.0f}" for user, value in ends.items())
        mean = 100.0 * sums["value"] / sums["mtce"]
        rows.append(
            (fuel, f"{sums['value']:,.0f}", f"{sums['mtce']:,.0f}", f"{mean:,.0f}", low, high)
        )
    columns = ["energy", "paid, 1e8 CNY", "Mtce", "CNY per tce", "lowest", "highest"]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[1:4])


def _regions() -> str:
    """How far regions are from the nation, and what they trade."""
    frame = _dataset().sam.frame
    gdp = _dataset().sam.gdp().loc[("production", "GDP")]
    sold = frame[(frame["row_kind"] == ACTIVITY) & (frame["col_kind"] == COMMODITY)]
    sent = sold[sold["row_region"] != sold["col_region"]]
    inflow, outflow = _sums(sent, "col_region"), _sums(sent, "row_region")
    abroad = frame[(frame["row_kind"] == REST_OF_WORLD) & (frame["col_kind"] == COMMODITY)]
    use = _sums(frame[frame["row_kind"] == COMMODITY], "row_region")
    output = _sums(frame[frame["col_kind"] == ACTIVITY], "col_region")
    shares = {
        "coefficients apart from the nation's": _coefficients_apart(frame),
        "bought from other regions, of use": inflow / use,
        "sold to other regions, of output": outflow / output,
        "net purchases from them, of GDP": (inflow - outflow) / gdp,
        "imports, of GDP": _sums(abroad, "col_region") / gdp,
    }
    regions = list(_dataset().regions)
    shown = pd.DataFrame({"region": [_dataset().geography.title(region) for region in regions]})
    for name, share in shares.items():
        shown[name] = share[regions].map(_share).tolist()
    shown["value added of output farthest from the nation's"] = _far_value_added(frame)
    return framed(shown, right=list(shares))


def _coefficients_apart(frame: pd.DataFrame) -> pd.Series:
    """Absolute difference of purchases from the nation's coefficients over purchases (region)."""
    bought = frame[(frame["row_kind"] == COMMODITY) & (frame["col_kind"] == ACTIVITY)]
    cells = _sums(bought, "row", "col", "col_region").unstack(fill_value=0.0)  # cell, region
    cost = _sums(frame[frame["col_kind"] == ACTIVITY], "col", "col_region").unstack(fill_value=0.0)
    size = cost.div(cost.sum(axis=1), axis=0).loc[cells.index.get_level_values("col")]
    expected = size.to_numpy() * cells.sum(axis=1).to_numpy()[:, None]
    return (cells - expected).abs().sum() / cells.sum()


def _far_value_added(frame: pd.DataFrame) -> list[str]:
    """Activities of some size whose value added over output is lowest and highest, by region."""
    paid = frame[frame["col_kind"] == ACTIVITY]
    cost = _sums(paid, "col_region", "col").unstack(fill_value=0.0)  # region, activity
    made = _sums(paid[paid["row_kind"] != COMMODITY], "col_region", "col").unstack(fill_value=0.0)
    usual = made.sum() / cost.sum()
    named = []
    for region in _dataset().regions:
        large = cost.columns[cost.loc[region] > _LARGE]
        share = made.loc[region, large] / cost.loc[region, large]
        ratio = share / usual[large]
        ends = (ratio.idxmin(), ratio.idxmax())
        named.append(", ".join(f"{name} {share[name]:.2f} ({usual[name]:.2f})" for name in ends))
    return named


def _sums(frame: pd.DataFrame, *keys: str) -> pd.Series:
    return frame.groupby(list(keys))["value"].sum()


def _share(value: float) -> str:
    return f"{100.0 * value:.1f} %"


def _fine_share(value: float) -> str:
    return f"{100.0 * value:.2f} %"


def _with_names(codes: Iterable[str]) -> list[str]:
    """Names of sectors with their codes."""
    names_ = _dataset().sectors.set_index("code")["name"]
    return [f"{names_[code]} ({code})" for code in codes]


def _variables() -> str:
    return variables_table(economy().reports)


def _levers() -> str:
    return levers_table(economy().levers)


_YEARS = (2020, 2025, 2030, 2040, 2050, 2060)
_RATE = 0.06
"""Years and rate of interest of the costs of plants."""


def _by_year(names: Sequence[str], cell: Callable[[str, int], str]) -> str:
    """A line by technology, a column by year."""
    columns = {str(year): [cell(name, year) for name in names] for year in _YEARS}
    table = pd.DataFrame({"technology": [name.replace("_", " ") for name in names]} | columns)
    return framed(table, right=list(columns))


def _levelised_costs() -> str:
    """Cost of a kWh by technology and year, yuan of 2020."""
    plants = load_plants()

    def cell(name: str, year: int) -> str:
        return f"{plants.levelised_cost(name, year, _RATE):.3f}"

    return _by_year(plants.generation, cell)


def _abatement() -> str:
    """Cost of a ton by option and year, and the electricity that it takes."""
    table, years = load_abatement(), (2025, 2030, 2040, 2050, 2060)
    costs = np.array([table.cost(year) for year in years])  # year, option
    power = table.electricity(2040)
    rows = [
        (option.replace("_", " "), *(f"{cost:,.0f}" for cost in costs[:, n]), f"{power[n]:.2f}")
        for n, option in enumerate(OPTIONS)
    ]
    columns = ["option", *map(str, years), "MWh in 2040"]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[1:])


def _overnight_costs() -> str:
    """Cost of a kW by technology and year, yuan of 2020; of storage, with four hours."""
    plants = load_plants()

    def cell(name: str, year: int) -> str:
        cost = plants.value(name, "overnight", year)
        if name in plants.storage:
            cost += 4.0 * plants.value(name, "energy_overnight", year)
        return f"{cost:,.0f}"

    return _by_year(plants.names, cell)


def _running(plants: Plants, name: str) -> tuple[str, ...]:
    """Hours of the base year, most hours and CO2 captured, empty for storage."""
    if name in plants.storage:
        return ("", "", "")
    hours, bound = (plants.value(name, item, 2020) for item in ("hours", "bound"))
    captured = plants.captured(name, 2040)
    return (f"{hours:.0f}", f"{hours * bound:.0f}", f"{captured:.2f}" if captured else "")


def _plant_properties() -> str:
    """What else a technology is, in 2020."""
    plants = load_plants()
    rows = [
        (
            name.replace("_", " "),
            f"{plants.value(name, 'fixed_om', 2020):.0f}",
            f"{plants.value(name, 'variable_om', 2020):.4f}",
            f"{plants.value(name, 'efficiency', 2020):.3g}",
            f"{plants.value(name, 'lifetime', 2020):.0f}",
            *_running(plants, name),
            f"{plants.value(name, 'credit', 2020):.2f}",
        )
        for name in plants.names
    ]
    columns = ["technology", "fixed", "variable", "efficiency", "life", "hours", "most hours"]
    columns += ["captured", "firm"]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[1:])


def _potentials() -> str:
    """What regions have of each resource."""
    potentials = load_potentials()
    regions = potentials.regions
    totals = {name: potentials.total(name, regions) for name in RESOURCES}
    table = pd.DataFrame(
        [
            (name.replace("_", " "), unit, *(f"{v:,.0f}" for v in totals[name]))
            for name, unit in RESOURCES.items()
        ],
        columns=["resource", "unit", *regions],
    )
    return framed(table, right=regions)


def _supply_curves() -> str:
    """Cost of the next unit by share used."""
    potentials, shares = load_potentials(), (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
    rows = [
        (name.replace("_", " "), *(f"{cost:.2f}" for cost in potentials.multiplier(name, shares)))
        for name in RESOURCES
    ]
    columns = [f"{share:.0%}" for share in shares]
    return framed(pd.DataFrame(rows, columns=["resource", *columns]), right=columns)


def _base_fleet() -> str:
    """GW at the end of 2020 and what is left of them."""
    fleet, plants = load_fleet(), load_plants()
    names = [row.technology for row in fleet.rows]
    names = [name for name in plants.names if name in names]
    gw = fleet.capacity(fleet.regions, names)
    lives = [plants.value(name, "lifetime", 2020) for name in names]
    left = fleet.surviving(fleet.regions, names, [2030, 2040, 2060], lives).sum(axis=0)
    rows = [
        (name.replace("_", " "), *(f"{v:,.2f}" for v in gw[:, t]), *(f"{v:,.0f}" for v in left[t]))
        for t, name in enumerate(names)
    ]
    columns = [*fleet.regions, "all, 2030", "2040", "2060"]
    return framed(pd.DataFrame(rows, columns=["technology", *columns]), right=columns)


def _base_hours() -> str:
    """Generation, capacity and hours of the base year in the nation."""
    facts, fleet = load_facts(), load_fleet()
    made = _dataset().generation.groupby("technology")["twh"].sum()
    rows = []
    for name in TECHNOLOGIES:
        stands = float(fleet.counted(fleet.regions, [name]).sum())
        before = facts.series("capacity", "CN", name).get(2019, stands)
        hours = (1e3 * made[name] / gw for gw in (stands, (stands + before) / 2.0))
        rows.append((name, f"{made[name]:,.1f}", f"{stands:,.2f}", *(f"{h:,.0f}" for h in hours)))
    columns = ["TWh", "GW, end of 2020", "hours", "over the mean of 2019 and 2020"]
    return framed(pd.DataFrame(rows, columns=["technology", *columns]), right=columns)


def _line_capacities() -> str:
    """GW by direction in 2020 and 2025, and what is lost."""
    frame = load_lines().to_frame()
    regions = load_lines().regions
    gw, lost = load_lines().capacity(regions, [2020, 2025]), load_lines().loss(regions, [2020])
    pairs = dict.fromkeys(zip(frame["origin"], frame["destination"], strict=True))
    rows = []
    for origin, destination in pairs:
        o, d = regions.index(origin), regions.index(destination)
        shown = (f"{gw[o, d, 0]:g}", f"{gw[o, d, 1]:g}", f"{lost[o, d, 0]:.1%}")
        rows.append((origin, destination, *shown))
    columns = ["from", "to", "2020", "2025", "lost"]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[2:])


def _technology_qualities() -> str:
    """How many numbers of each table have which quality."""
    potentials = load_potentials()
    tables = {
        "plants": load_plants().rows,
        "fleet": load_fleet().rows,
        "potentials": potentials.rows,
        "supply_curves": potentials.curves,
        "lines": load_lines().rows,
        "facts": load_facts().rows,
        "claims": load_claims().rows,
    }
    counted = {
        name: [sum(row.quality == quality for row in rows) for quality in QUALITIES]
        for name, rows in tables.items()
    }
    rows = [(f"`{name}`", *map(str, counts)) for name, counts in counted.items()]
    return framed(pd.DataFrame(rows, columns=["table", *QUALITIES]), right=QUALITIES)


TABLES: dict[str, Callable[[], str]] = {
    "abatement": _abatement,
    "base_fleet": _base_fleet,
    "base_hours": _base_hours,
    "carbon_moved": _moved,
    "carbon_steps": _carbon_steps,
    "closures": closures_table,
    "comparison_blocks": _blocks,
    "comparison_cells": _cells,
    "comparison_sectors": _sectors,
    "control_totals": _totals,
    "departures": _departures,
    "drift": _drift,
    "energy_prices": _energy_prices,
    "levelised_costs": _levelised_costs,
    "levers": _levers,
    "line_capacities": _line_capacities,
    "overnight_costs": _overnight_costs,
    "plant_properties": _plant_properties,
    "potentials": _potentials,
    "published_beside": _beside,
    "regions_beside_nation": _regions,
    "result_variables": _variables,
    "supply_curves": _supply_curves,
    "summary_of_totals": _summary,
    "technology_qualities": _technology_qualities,
    "footprints": _footprints,
    "report_footprints": _report,
}


if __name__ == "__main__":
    for path in sorted(DOCS.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        path.write_text(page_with_tables(page), encoding="utf-8")
