r"""What the transition rests on: a family of assumptions changed, baseline and policy solved anew.

``python -m benchmarks.variations`` solves ``enhanced_carbon_neutrality`` with one family changed at
a time and writes ``docs/variations.csv`` row by row, so that a call that was cut goes on where it
ended; ``--anew`` begins from nothing, ``--only WORD`` takes the rows whose name has the word.
A row takes about a minute once its model is compiled. ``--elasticities`` adds a tenth more and less
of each family, of which ``docs/confrontation.py`` makes the largest elasticities of the carbon
price, with all that stocks carry from year to year (``benchmarks.within`` has those within it).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

from calibration import Assumptions, load_assumptions
from cge.m3c.adequacy import Adequacy
from cge.path import Interrupted, Pathway, run
from cge.scenario import Scenario, load_scenario

FILE = Path(__file__).parents[1] / "docs" / "variations.csv"
SCENARIO = "enhanced_carbon_neutrality"
REGION, DELTA = "RCN", ("SH", "JS", "ZJ", "AH")
PRICES = (2035, 2040, 2050, 2060)
MORE, LESS = "×1.1", "×0.9"
COLUMNS = (
    "family", "change", *(f"price_{year}" for year in PRICES), "price_delta_2060", "gdp_2050",
    "gdp_2060", "electricity_2060", "co2_baseline_2060", "rounds", "most_rounds", "failed",
)  # fmt: skip

Change = Callable[[Assumptions], Assumptions]
Rows = tuple[Any, ...]

COSTS = ("overnight", "energy_overnight", "fixed_om")
RENEWABLE = ("onshore_wind", "offshore_wind", "utility_solar", "distributed_solar")
CAPTURING = ("coal_capture", "gas_capture", "bioenergy_capture")


@dataclass(frozen=True)
class Variation:
    """One family of assumptions, changed.

    Attributes:
        family: the family, in words.
        change: how it is changed, in words.
        tables: the changed assumptions.
        scenario: the changed scenario.
        around: what holds while it is solved.
    """

    family: str
    change: str
    tables: Change = lambda tables: tables
    scenario: Callable[[Scenario], Scenario] = lambda scenario: scenario
    around: Callable[[], AbstractContextManager[Any]] = nullcontext


def scaled(rows: Rows, factor: float, most: float = np.inf, **where: Sequence[str]) -> Rows:
    """Rows of a table, those with given labels times a factor.

    Arguments:
        rows: rows of a table.
        factor: what values are multiplied with.
        most: the most that a value may be.
        where: labels that a row has to have, by its field.
    """
    return _changed(rows, lambda value: min(value * factor, most), **where)


def _changed(rows: Rows, how: Callable[[float], float], **where: Sequence[str]) -> Rows:
    def told(row: Any) -> bool:
        return all(getattr(row, name) in labels for name, labels in where.items())

    return tuple(
        row.model_copy(update={"value": how(row.value)}) if told(row) else row for row in rows
    )


def _of(table: str, part: str, how: Callable[[Rows], Rows]) -> Change:
    """A change of the rows in one part of a table."""

    def change(tables: Assumptions) -> Assumptions:
        old = getattr(tables, table)
        return replace(tables, **{table: replace(old, **{part: how(getattr(old, part))})})

    return change


def _scale(
    table: str, part: str = "rows", most: float = np.inf, **where: Sequence[str]
) -> Callable[[float], Change]:
    """A family of rows that is multiplied."""
    return lambda factor: _of(table, part, lambda rows: scaled(rows, factor, most, **where))


def _power(table: str, **where: Sequence[str]) -> Callable[[float], Change]:
    """Paths relative to the base year, as far as they go times a factor in logarithms."""
    return lambda factor: _of(
        table, "rows", lambda rows: _changed(rows, lambda v: v**factor, **where)
    )


def _potentials(factor: float) -> Change:
    """Potentials of substitutes, which together take over no more than a fuel does."""

    def how(rows: Rows) -> Rows:
        largest: dict[tuple[str, str], dict[str, float]] = {}
        for row in rows:
            if row.item == "potential":
                mine = largest.setdefault((row.user, row.fuel), {})
                mine[row.substitute] = max(mine.get(row.substitute, 0.0), row.value)
        for (user, fuel), each in largest.items():
            room = max(1.0, 1.0 / max(sum(each.values()), 1e-9))
            where = {"item": ("potential",), "user": (user,), "fuel": (fuel,)}
            rows = scaled(rows, min(factor, room), **where)
        return rows

    return _of("substitutes", "rows", how)


def _frozen(rows: Rows) -> Rows:
    """Paths of costs and properties of plants that stay where they begin."""
    begin = {(r.technology, r.item): r.year for r in reversed(rows)}
    return tuple(row for row in rows if row.year == begin[row.technology, row.item])


def _integration(factor: float) -> Callable[[], AbstractContextManager[Any]]:
    """Storage, reserve and balancing at a multiple of their cost."""
    cost = Adequacy.cost
    return lambda: mock.patch.object(
        Adequacy, "cost", lambda self, at, made: factor * cost(self, at, made)
    )


def _both(*changes: Change) -> Change:
    def change(tables: Assumptions) -> Assumptions:
        for one in changes:
            tables = one(tables)
        return tables

    return change


def _mobile(scenario: Scenario) -> Scenario:
    closure = scenario.closure.model_copy(update={"capital": "mobile"})
    return scenario.model_copy(update={"closure": closure})


FAMILIES: dict[str, Callable[[float], Change]] = {
    "substitution in generation": _scale("elasticities", name=("generation",)),
    "elasticity of energy against capital and labour": _scale("elasticities", name=("kle",)),
    "elasticity among energies": _scale("elasticities", name=("energy", "fossil")),
    "elasticity of capital against labour": _scale("elasticities", name=("value_added",)),
    "elasticities of trade": _scale("elasticities", name=("foreign",)),
    "potentials of wind and sun": _scale(
        "potentials", resource=RENEWABLE, item=("total",)
    ),
    "potential of nuclear power": _scale("potentials", resource=("nuclear",), item=("total",)),
    "residues": _scale("potentials", resource=("biomass",), item=("total",)),
    "room for CO2": _scale("potentials", resource=("co2_injection",)),
    "entry of plants": _scale("plants", most=1.0, item=("entry", "entry_most")),
    "cost of wind and sun": _scale("plants", item=COSTS, technology=RENEWABLE),
    "cost of nuclear power": _scale("plants", item=COSTS, technology=("nuclear",)),
    "cost of plants with capture": _scale("plants", item=COSTS, technology=CAPTURING),
    "cost of direct air capture": _scale(
        "removal", "costs", option=("direct_air",), item=("investment", "consumables")
    ),
    "energy of direct air capture": _scale(
        "removal", "costs", option=("direct_air",), item=("electricity", "heat")
    ),
    "limit of direct air capture": _scale(
        "removal", "costs", option=("direct_air",), item=("limit",)
    ),
    "cost of capture": _scale(
        "removal", "costs", option=("cement", "steel", "chemicals"), item=("investment",)
    ),
    "plants fitted with capture": _scale("removal", "costs", most=1.0, item=("fitted",)),
    "potential of substitutes": _potentials,
    "cost of devices": _scale("substitutes", item=("device",)),
    "choice of devices (logit)": _scale("substitutes", "uses", item=("logit",)),
    "drift of structure": _power("drift", item=("material", "investment", "government")),
    "fall of saving": _power("prospects", item=("saving",)),
    "world demand": _power("prospects", item=("world",)),
    "slope of investment": _scale("investment", item=("slope",)),
}  # fmt: skip
"""Families of assumptions that a factor moves, by name."""


def variations() -> Iterator[Variation]:
    """The rows of the table of the page."""
    yield Variation("reference", "")
    for family in (
        "substitution in generation", "potentials of wind and sun", "entry of plants",
        "drift of structure", "fall of saving",
    ):  # fmt: skip
        for factor in (0.5, 2.0):
            yield Variation(family, f"×{factor:g}", FAMILIES[family](factor))
    for factor in (0.5, 2.0):
        yield Variation("integration of wind and sun", f"×{factor:g}", around=_integration(factor))
    yield Variation("fall of saving", "none: saving of 2020", FAMILIES["fall of saving"](0.0))
    yield Variation("drift of structure", "none", FAMILIES["drift of structure"](0.0))
    yield Variation("potential of substitutes", "none", FAMILIES["potential of substitutes"](0.0))
    no_plants = _scale("plants", item=("entry",), technology=CAPTURING)(0.0)
    no_sources = FAMILIES["plants fitted with capture"](0.0)
    yield Variation("capture", "none at plants and sources", _both(no_plants, no_sources))
    yield Variation("direct air capture", "none", FAMILIES["limit of direct air capture"](0.0))
    none = _scale("plants", item=("entry",), technology=("bioenergy_capture",))(0.0)
    yield Variation("bioenergy with capture", "none", none)
    yield Variation("paths of plants", "as in 2020", _of("plants", "rows", _frozen))
    yield Variation("capital", "mobile between sectors", scenario=_mobile)


def tenths() -> Iterator[Variation]:
    """A tenth more and less of each family."""
    for family, change in FAMILIES.items():
        for mark, factor in ((LESS, 0.9), (MORE, 1.1)):
            yield Variation(family, mark, change(factor))
    for mark, factor in ((LESS, 0.9), (MORE, 1.1)):
        yield Variation("integration of wind and sun", mark, around=_integration(factor))


def row(variation: Variation, tables: Assumptions) -> dict[str, Any]:
    """Baseline and policy under a variation, in the columns of the table."""
    scenario = variation.scenario(load_scenario(SCENARIO))
    changed = variation.tables(tables)
    found: dict[str, Any] = {"family": variation.family, "change": variation.change}
    with variation.around():
        baseline, failed = _solved(scenario.baseline(), changed)
        if failed:
            return {**found, "failed": f"baseline {failed}"}
        path, failed = _solved(scenario, changed, baseline)
    return {**found, **_aggregates(baseline, path), "failed": failed}


def _solved(
    scenario: Scenario, tables: Assumptions, baseline: Pathway | None = None
) -> tuple[Pathway, str]:
    """A path as far as it goes, and the year that has no equilibrium."""
    try:
        return run(scenario, assumptions=tables, baseline=baseline), ""
    except Interrupted as error:
        return error.path, str(error.year)


def _aggregates(baseline: Pathway, path: Pathway) -> dict[str, float]:
    years = set(path.data["year"].to_numpy().tolist())

    def price(year: int, region: str = REGION) -> float:
        if year not in years:
            return np.nan
        return float(path.data["carbon_price"].sel(year=year, region=region))

    def nation(of: Pathway, name: str, year: int) -> float:
        return float(of.data[name].sel(year=year).sum()) if year in years else np.nan

    def lost(year: int) -> float:
        return nation(path, "gdp_real", year) / nation(baseline, "gdp_real", year) - 1.0

    rounds = path.solves["rounds"]
    return {
        **{f"price_{year}": price(year) for year in PRICES},
        "price_delta_2060": price(2060, DELTA[0]),
        "gdp_2050": lost(2050),
        "gdp_2060": lost(2060),
        "electricity_2060": nation(path, "generation_twh", 2060) / 1e3,
        "co2_baseline_2060": float(baseline.data["co2_direct"].sel(year=2060).sum()) / 1e3,
        "rounds": float(rounds.mean()),
        "most_rounds": float(rounds.max()),
    }


def read() -> pd.DataFrame:
    """The table as it is, empty where there is none."""
    if not FILE.exists():
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.read_csv(FILE, keep_default_na=False, na_values=["nan"], dtype={"failed": str})


def write(rows: Sequence[dict[str, Any]]) -> None:
    """The table, in order."""
    table = pd.DataFrame(list(rows), columns=list(COLUMNS))
    table.to_csv(FILE, index=False, float_format="%.6g", na_rep="nan", lineterminator="\n")


def main(arguments: Sequence[str]) -> int:
    """See the module."""
    only = arguments[arguments.index("--only") + 1] if "--only" in arguments else ""
    wanted = [*variations(), *(tenths() if "--elasticities" in arguments else ())]
    known = [] if "--anew" in arguments else read().to_dict("records")
    done = {(one["family"], one["change"]) for one in known}
    tables = load_assumptions()
    for variation in wanted:
        key = variation.family, variation.change
        if key in done or only not in " ".join(key):
            continue
        known.append(row(variation, tables))
        write(known)
        last = {name: known[-1].get(name) for name in ("price_2060", "gdp_2060", "failed")}
        print(*key, last, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
