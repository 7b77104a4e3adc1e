"""The assumption tables of a scenario: the project's, with what it changes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from calibration import Assumptions, Plants, Potentials, Rows, load_assumptions
from calibration.plants import BASE, Item, PlantRow
from cge.scenario.drivers import prospective
from cge.scenario.schema import Scenario
from cge.scenario.technology import Technology
from sam import Dataset

COSTS: tuple[Item, ...] = ("overnight", "energy_overnight")
"""What a new plant costs."""

LAST = 2060
"""Last year of a path of costs, after which it is constant."""


def assumptions_of(
    scenario: Scenario, dataset: Dataset, assumptions: Assumptions | None = None
) -> Assumptions:
    """Assumption tables of a scenario, at its cost of removal.

    Arguments:
        scenario: the scenario.
        dataset: its dataset.
        assumptions: the tables in the place of all that the scenario says of them, but for its cost
            of removal.

    Raises:
        calibration.CalibrationError: a table is wrong; names its file and line, or the row.
    """
    tables = assumptions or _told(scenario, dataset)
    return tables.replace(removal=tables.removal.with_cost(scenario.removal.cost))


def name_of(table: str) -> str:
    """What the rows of a scenario for a table are called."""
    return f"assumptions.{table}"


def _told(scenario: Scenario, dataset: Dataset) -> Assumptions:
    """What the scenario says of the tables."""
    sectors = tuple(str(code) for code in dataset.sectors["code"])
    given = {
        name: table if isinstance(table, Path) else _rows(scenario, name, table)
        for name, table in scenario.assumptions.items()
    }
    tables = load_assumptions(given, sectors=sectors)
    return tables.replace(
        plants=_plants(tables.plants, scenario.technology),
        potentials=_potentials(tables.potentials, scenario.technology),
        prospects=prospective(tables.prospects, scenario.drivers),
    )


def _rows(scenario: Scenario, name: str, rows: list[dict[str, str | int | float]]) -> Rows:
    """Rows of a scenario; where they do not say so, they are its own assumptions."""
    usual = {"source": f"scenario {scenario.name}", "quality": "assumed"}
    return Rows(name_of(name), tuple({**usual, **row} for row in rows))


def _plants(plants: Plants, changed: Mapping[str, Technology]) -> Plants:
    """Costs of new plants times the factors of a scenario."""
    moved = {name: each for name, each in changed.items() if each.cost is not None}
    if not moved:
        return plants
    about = {(name, item) for name in moved for item in COSTS}
    kept = [row for row in plants.rows if (row.technology, row.item) not in about]
    order = list(plants.names)
    rows = [*kept, *(row for name in moved for row in _costs(plants, name, moved[name]))]
    return replace(plants, rows=tuple(sorted(rows, key=lambda row: order.index(row.technology))))


def _costs(plants: Plants, name: str, changed: Technology) -> Iterator[PlantRow]:
    """The path of costs of a technology, a row a year."""
    for item in COSTS:
        told = [row for row in plants.rows if (row.technology, row.item) == (name, item)]
        for year in range(BASE, LAST + 1) if told else ():
            value = plants.value(name, item, year) * changed.cost_factor(year)
            yield told[-1].model_copy(update={"year": year, "value": value, "quality": "derived"})


def _potentials(potentials: Potentials, changed: Mapping[str, Technology]) -> Potentials:
    """Resources times the factors of a scenario."""
    if not any(each.potential for each in changed.values()):
        return potentials
    rows = tuple(
        row.model_copy(
            update={"value": row.value * changed[row.resource].potential_factor(row.region)}
        )
        if row.item == "total" and row.resource in changed
        else row
        for row in potentials.rows
    )
    return replace(potentials, rows=rows)
