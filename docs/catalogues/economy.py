"""What M3C reports, what may be set of it, who may adjust, and what its labels are called."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache

import numpy as np

from calibration import calibrate, load_assumptions
from catalogues.markdown import block, code, page, section, subject, table
from cge.blocks import Block, Lever, Report
from cge.coupling import catalogue as items
from cge.m3c import Economy, declare
from cge.m3c.check import setting_of
from cge.m3c.closures import chosen
from cge.results.iamc import sets
from cge.results.names import LANGUAGES, Names, names_of
from cge.scenario import Closures, Pool, Scenario, available_scenarios
from cge.scenario.shocks import LEVERS
from cge.setting import Structure
from closures.catalogue import catalogue, names
from sam import load_dataset

DATASET = "yrd2020"

POOL = "pool"
"""The pool of the economy that pages are made of."""

NAMED = (
    "region", "sector", "household", "fuel", "technology", "source", "option", "area", "substitute",
    "switch", "closure", "scenario",
)  # fmt: skip
"""Dimensions whose labels have names."""


@cache
def economy() -> Economy:
    """M3C with everything that it can report: other closures than the default, limits on output."""
    tables = load_assumptions()
    benchmark = calibrate(load_dataset(DATASET), tables)
    structure = Structure.of(benchmark, pools=(POOL,), slots=("limit",), closure=_others())
    return declare(benchmark, tables.removal, structure)


def _others() -> tuple[tuple[str, str], ...]:
    """The last closure of each kind, whose accounts the default has not."""
    return tuple((kind, names(kind)[-1]) for kind in dict.fromkeys(c.kind for c in catalogue()))


def _subjects() -> Iterable[tuple[str, str, Block]]:
    """Blocks of the economy with their subjects and what they are about."""
    for each in economy().blocks:
        title, words = subject(sys.modules[type(each).__module__])
        source = f"`{type(each).__module__.replace('.', '/')}.py`"
        yield title, f"{words} ({source})" if words else f"({source})", each


# Variables ----------------------------------------------------------------------------------------


def variables_table(reports: Iterable[Report]) -> str:
    """What a model reports."""
    rows = [
        (code(r.name), r.dims or "-", r.unit, r.meaning, r.total, _iamc(r.iamc) or "-")
        for r in reports
    ]
    columns = ["variable", "by, beside the year", "unit", "meaning", "total", "IAMC name"]
    return table(columns, rows)


def _iamc(names: str) -> str:
    return names.replace("|", "&#124;")


def variables() -> str:
    """The page of result variables."""
    blocks = [
        section(title, words, variables_table(each.reports()))
        for title, words, each in _subjects()
        if each.reports()
    ]
    checks = [(code(c.name), c.dims or "-", c.meaning) for c in economy().checks]
    return page(
        "Result variables",
        "What a run reports of every year, block by block of the model: the variables of "
        "`results.nc`, the items that partners read, the lines of `summary.csv` where they have a "
        "name of the IAMC. `cge variables WORD` finds one by a word; in Python each is "
        '`path.data["gdp_real"]` (`path` from `cge.run`).',
        "Dimensions stand beside the year. *Total* says what regions together have: their sum, a "
        "weighted mean, the sum of named groups but not of the nation, or none. In an IAMC name "
        "`{dimension}`, or `{dimension:set}`, stands for each name of a set of labels, which are "
        "listed below; a minus takes off. How a year was solved is in `solve_status`, "
        "`solve_rounds`, `solve_worst` and `solve_walras`. Variables of closures are there where "
        "the closure is chosen, and that of limits on output in a session.",
        *blocks,
        section(
            "Balances",
            "What must balance in every solved year; how far it is missed is `imbalance` in "
            "`results.nc`.",
            table(["account", "by", "what must equal what"], checks),
        ),
        section("Sets of labels in IAMC names", table(["set", "names", "labels"], _sets())),
    )


def _sets() -> Iterable[tuple[str, str, str]]:
    for name, (dimension, members) in sets().items():
        for text, labels in members.items():
            told = ", ".join("all others" if label == "*" else label for label in labels)
            yield code(f"{dimension}:{name}" if name != dimension else name), _iamc(text), told


# Levers -------------------------------------------------------------------------------------------


def levers_table(levers: Iterable[Lever]) -> str:
    """What may be set of a model."""
    rows = [(code(v.name), v.dims or "-", v.unit, v.meaning, allowed(v)) for v in levers]
    return table(["lever", "by", "unit", "meaning", "values"], rows)


def allowed(lever: Lever) -> str:
    """Which values a lever takes."""
    least = "any number" if np.isneginf(lever.least) else f"at least {lever.least:g}"
    unlimited = ["infinite: no limit"] if lever.unlimited else []
    return "; ".join([least, *unlimited, *(["not a number: not set"] if lever.open else [])])


def levers() -> str:
    """The page of levers."""
    known = economy().levers
    assert {v.name: tuple(v.dims.split()) for v in known} == LEVERS, "shocks move all levers"
    return page(
        "Levers",
        "What may be set of the economy from outside, in the order in which it takes effect: by a "
        "scenario under `shocks:`, by a partner with `session.set` and `session.update`. A shock "
        "names the lever, `level`, `factor` or `add` by year, and the labels for which it holds, "
        "all where it names none.",
        levers_table(known),
    )


# Coupling -----------------------------------------------------------------------------------------


def exchanged() -> Scenario:
    """A scenario whose session has every item: a pool, other closures than the default."""
    regions = list(load_dataset(DATASET).regions)
    closure = Closures(**dict(_others()))
    return Scenario(name="all items", pools=[Pool(name=POOL, regions=regions)], closure=closure)


_CATALOGUE = """\
from cge import load_scenario
from cge.coupling import catalogue

items = catalogue(load_scenario("enhanced_carbon_neutrality")).set_index("item")
assert items.loc["energy_efficiency", "direction"] == "in"
"""


def coupling() -> str:
    """The page of items of coupling."""
    found = items(exchanged())
    parts = {
        "in": "What a partner sets; what is in force may be read, too. The order in which they "
        "take effect, and which values they take: [Levers](levers.md).",
        "out": "What a partner reads of a solved year.",
    }
    columns = ["item", "by", "unit", "meaning"]
    tables = []
    for way, words in parts.items():
        rows = [
            (code(row.item), row.dims or "-", row.unit, row.meaning)
            for row in found[found["direction"] == way].itertuples()
        ]
        title = {"in": "Set and read", "out": "Read"}[way]
        tables.append(section(title, words, table(columns, rows)))
    return page(
        "Items of coupling",
        "What a model of another kind exchanges with the economy, year by year: every report is an "
        "item that is read, every lever one that is set. `cge.coupling.catalogue(scenario)` gives "
        "this table for a scenario, before anything is solved; closures, pools and the limits of "
        "the session decide which items it has.",
        "Values are labelled arrays over the dimensions, in the unit.",
        block(_CATALOGUE, "python"),
        *tables,
    )


# Closures -----------------------------------------------------------------------------------------


def closures_table() -> str:
    """Named closures."""
    rows = [(c.kind, code(c.name), c.meaning) for c in catalogue()]
    return table(["kind", "closure", "who adjusts"], rows)


def _swapped() -> Iterable[tuple[str, ...]]:
    """What each closure frees and fixes, of those that swap something."""
    for named in catalogue():
        for swap in chosen([(named.kind, named.name)])[0].swaps(economy()):
            moved = ", ".join(code(parameter.name) for parameter in swap.freed.moves)
            yield code(named.name), moved, swap.freed.meaning, code(swap.fixed.name)


def closures() -> str:
    """The page of closures."""
    kinds = list(dict.fromkeys(c.kind for c in catalogue()))
    defaults = ", ".join(f"{kind}: {names(kind)[0]}" for kind in kinds)
    return page(
        "Named closures",
        "A model has more quantities than equations: a closure says which are given and which "
        "adjust. One is chosen of each kind, in a scenario under `closure:` or with "
        f"`cge run --closure KIND=NAME`; by default they are `{{{defaults}}}`. `cge closures` "
        "prints this table.",
        closures_table(),
        section(
            "Swaps",
            "What is not the default frees a parameter and fixes a quantity, which follows the "
            "baseline's path of the same year. Where capital is, the declaration of the model "
            "says. `closures.impose` makes a closure of one's own in the same way.",
            table(["closure", "frees", "which becomes", "fixes"], _swapped()),
        ),
    )


# Names --------------------------------------------------------------------------------------------


_NAMES = f"""\
from cge.results.names import names_of
from sam import load_dataset

names = names_of(load_dataset("{DATASET}").geography, "{DATASET}")
assert names.every("technology", ["hydro", "onshore_wind"], "zh") == ["水电", "陆上风电"]
"""


def label_names() -> str:
    """The page of names of labels."""
    known = names_of(load_dataset(DATASET).geography, DATASET)
    parts = [
        section(
            dimension.capitalize(),
            table(["label", "English", "中文"], _rows(known, dimension, labels)),
        )
        for dimension, labels in labels_by_dimension().items()
    ]
    return page(
        "Names of labels",
        "Labels stand in scenario files, results and tables; reports, workbooks and figures call "
        f"them by these names. The sectors and regions are those of the dataset `{DATASET}`; "
        "`cge.results.names` gives a name in Python. Goods have the names of the sectors that make "
        "them, users those of sectors and households, carriers those of fuels.",
        block(_NAMES, "python"),
        *parts,
    )


def labels_by_dimension() -> dict[str, list[str]]:
    """Labels of the dimensions that have names."""
    setting = setting_of(DATASET)
    geography = setting.dataset.geography
    known = {
        **{name: list(labels) for name, labels in setting.labels.items()},
        "substitute": sorted({other for _, other in setting.switches}),
        "closure": [c.name for c in catalogue()],
        "scenario": list(available_scenarios()),
    }
    known["region"] += [*geography.groups, geography.nation]
    known["fuel"] = list(setting.labels["carrier"])
    return {dimension: known[dimension] for dimension in NAMED}


def _rows(known: Names, dimension: str, labels: Iterable[str]) -> Iterable[tuple[str, ...]]:
    for label in labels:
        yield code(label), *(known.of(dimension, label, language) for language in LANGUAGES)
