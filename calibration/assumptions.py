"""Assumptions: all tables beside the base year on which results depend, as one object.

A table is named after its file in ``data``. Any of them may be exchanged; equal tables have equal
hashes, so that a result can say which assumptions it rests on and carry them along as text.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, TypedDict

import pandas as pd

from calibration.abatement import Abatement, load_abatement
from calibration.drift import Drift, load_drift
from calibration.elasticities import Elasticities, load_elasticities
from calibration.errors import AssumptionError, CalibrationError, unknown
from calibration.facts import Facts, load_facts
from calibration.fleet import Fleet, load_fleet
from calibration.investment import Investment, load_investment
from calibration.lines import Lines, load_lines
from calibration.plants import Plants, load_plants
from calibration.potentials import Potentials, load_potentials
from calibration.prospects import Prospects, load_prospects
from calibration.resources import Resources, load_resources
from calibration.substitutes import Substitutes, load_substitutes
from calibration.tables import Row, Table, table_frame, table_text
from calibration.technologies import Technologies, load_technologies

TABLES: Final = (
    "elasticities",
    "technologies",
    "technology_fuels",
    "resources",
    "removal",
    "removal_costs",
    "storage",
    "prospects",
    "plants",
    "fleet",
    "potentials",
    "supply_curves",
    "lines",
    "facts",
    "investment",
    "drift",
    "substitutes",
    "energy_use",
)
"""Tables by name."""

KEPT = 8
"""Sets of sectors whose tables are kept; the one used longest ago goes first."""


@dataclass(frozen=True)
class Assumptions:
    """All assumptions of a run.

    Attributes:
        elasticities: responses to prices and incomes.
        technologies: cost structure of generation (tables ``technologies, technology_fuels``).
        resources: share of natural resources in capital income.
        removal: capture and removal of CO2, and storage (tables ``removal, removal_costs,
            storage``).
        prospects: growth of world demand, resources, capture and saving.
        plants: cost and properties of generation and storage over the years.
        fleet: plants of the base year by age.
        potentials: what there is of wind, sun, water, fuel and storage of CO2, and how dear the
            next unit is (tables ``potentials, supply_curves``).
        lines: electricity lines between regions.
        facts: statistics of the years that have passed.
        investment: how investment follows rates of return.
        drift: what users need of goods as the economy grows.
        substitutes: what can take the place of fuels (tables ``substitutes, energy_use``).
    """

    elasticities: Elasticities
    technologies: Technologies
    resources: Resources
    removal: Abatement
    prospects: Prospects
    plants: Plants
    fleet: Fleet
    potentials: Potentials
    lines: Lines
    facts: Facts
    investment: Investment
    drift: Drift
    substitutes: Substitutes

    def tables(self) -> dict[str, tuple[Row, ...]]:
        """Rows by the names of ``TABLES``."""
        rows: tuple[tuple[Row, ...], ...] = (
            self.elasticities.rows,
            self.technologies.rows,
            self.technologies.fuel_rows,
            self.resources.rows,
            self.removal.rows,
            self.removal.costs,
            self.removal.storage,
            self.prospects.rows,
            self.plants.rows,
            self.fleet.rows,
            self.potentials.rows,
            self.potentials.curves,
            self.lines.rows,
            self.facts.rows,
            self.investment.rows,
            self.drift.rows,
            self.substitutes.rows,
            self.substitutes.uses,
        )
        return dict(zip(TABLES, rows, strict=True))

    @cached_property
    def hash(self) -> str:
        """First twelve digits of the SHA-256 of all labels and numbers.

        It depends neither on files and the order of their lines, where that has no meaning, nor on
        the wording of sources.
        """
        content = {
            name: [row.content for row in type(rows[0]).in_order(rows)]
            for name, rows in self.tables().items()
        }
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]

    def replace(
        self,
        *,
        elasticities: Elasticities | None = None,
        technologies: Technologies | None = None,
        resources: Resources | None = None,
        removal: Abatement | None = None,
        prospects: Prospects | None = None,
        plants: Plants | None = None,
        fleet: Fleet | None = None,
        potentials: Potentials | None = None,
        lines: Lines | None = None,
        facts: Facts | None = None,
        investment: Investment | None = None,
        drift: Drift | None = None,
        substitutes: Substitutes | None = None,
    ) -> Assumptions:
        """The same with other tables in place of those given, for sensitivity analysis.

        For example ``a.replace(elasticities=a.elasticities.replace("foreign", 3.0))``.
        """
        given = {
            "elasticities": elasticities,
            "technologies": technologies,
            "resources": resources,
            "removal": removal,
            "prospects": prospects,
            "plants": plants,
            "fleet": fleet,
            "potentials": potentials,
            "lines": lines,
            "facts": facts,
            "investment": investment,
            "drift": drift,
            "substitutes": substitutes,
        }
        new: dict[str, Any] = {
            name: table
            for name, table in given.items()
            if table is not None and table is not getattr(self, name)
        }
        if not new:
            return self  # whose hash is known
        changed = replace(self, **new)
        removing = replace(changed.removal, potentials=changed.potentials)
        return replace(changed, removal=removing) if {"removal", "potentials"} & {*new} else changed

    def to_frames(self) -> dict[str, pd.DataFrame]:
        """Every table with one line per value, its source and quality, by the name of the table."""
        return {name: table_frame(rows) for name, rows in self.tables().items()}

    def to_csv(self) -> dict[str, str]:
        """Every table as the text of a CSV file, by its name; ``read_assumptions`` reads them."""
        return {name: table_text(rows) for name, rows in self.tables().items()}

    def with_rows(
        self, rows: Mapping[str, Sequence[Row]], *, sectors: Iterable[str] = ()
    ) -> Assumptions:
        """The same with other rows in whole tables, checked as if they had been read from files.

        Arguments:
            rows: all rows of a table, by its name.
            sectors: sector codes of a dataset beyond the 40 of this project.

        Raises:
            CalibrationError: a row or a table is wrong; names table, line and entry.
        """
        texts = {name: table_text(given) for name, given in rows.items()}
        return read_assumptions({**self.to_csv(), **texts}, sectors=sectors)


def read_assumptions(texts: Mapping[str, str], *, sectors: Iterable[str] = ()) -> Assumptions:
    """Assumptions from whole tables as ``Assumptions.to_csv`` writes them.

    Arguments:
        texts: CSV texts by the name of a table of ``TABLES``.
        sectors: sector codes of a dataset beyond the 40 of this project.

    Raises:
        CalibrationError: a table is wrong; names it, the line and the entry.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, f"{name}.csv") for name in texts}
        for name, file in files.items():
            file.write_text(texts[name], encoding="utf-8", newline="")
        try:
            return load_assumptions(files, sectors=sectors, whole=True)
        except CalibrationError as error:
            told = str(error).replace(f"{folder}{os.sep}", "table ")
            raise type(error)(told) from None


class _Reading(TypedDict):
    """How files are read."""

    sectors: tuple[str, ...]
    whole: bool


def load_assumptions(
    files: Mapping[str, Table] | None = None,
    *,
    sectors: Iterable[str] = (),
    whole: bool = False,
) -> Assumptions:
    """Read all assumptions: the tables of the project, and what files change of them.

    A file may hold single rows. Each takes the place of the project's rows that say the same thing:
    of an elasticity with its labels, or any labels where it has none; an item of a technology; the
    fuel mix of a technology; a sector's resource; the path of an item and label over the years;
    what a part of the cost of removal buys; the path of an item of a plant, the ages of a fleet, a
    supply curve, the path of a line; a number of the rule of investment; the drift of a good and
    user; a number of a substitute.

    Arguments:
        files: CSV files, or rows, by the name of a table of ``TABLES``, with the columns of that
            table in ``calibration/data``.
        sectors: sector codes of a dataset beyond the 40 of this project.
        whole: each file is the whole table, as ``Assumptions.to_csv`` writes it, and nothing of the
            project's remains.

    Raises:
        AssumptionError: there is no such table, or a table is wrong; names file, line, entry, what
            was found and what to do.
        ElasticityError: the same in the table of elasticities.
    """
    given = files or {}
    for name in given:
        if name not in TABLES:
            raise AssumptionError(unknown("table of assumptions", name, TABLES))
    how: _Reading = {"sectors": tuple(sectors), "whole": whole}
    return _read(given, how) if given else _own(how["sectors"])


@lru_cache(maxsize=KEPT)
def _own(sectors: tuple[str, ...]) -> Assumptions:
    """The tables of the project, for the sectors of a dataset."""
    return _read({}, {"sectors": sectors, "whole": False})


def _read(given: Mapping[str, Table], how: _Reading) -> Assumptions:
    """All tables, with files, or rows, by name."""
    whole = how["whole"]
    plants = load_plants(given.get("plants"), whole=whole)
    potentials = load_potentials(given.get("potentials"), given.get("supply_curves"), whole=whole)
    read = Assumptions(
        elasticities=load_elasticities(given.get("elasticities"), **how),
        technologies=load_technologies(
            given.get("technologies"), given.get("technology_fuels"), **how
        ),
        resources=load_resources(given.get("resources"), **how),
        removal=load_abatement(
            given.get("removal"),
            given.get("removal_costs"),
            given.get("storage"),
            potentials=potentials,
            **how,
        ),
        prospects=load_prospects(given.get("prospects"), **how),
        plants=plants,
        fleet=load_fleet(given.get("fleet"), plants=plants, whole=whole),
        potentials=potentials,
        lines=load_lines(given.get("lines"), whole=whole),
        facts=load_facts(given.get("facts"), whole=whole),
        investment=load_investment(given.get("investment"), whole=whole),
        drift=load_drift(given.get("drift"), **how),
        substitutes=load_substitutes(given.get("substitutes"), given.get("energy_use"), **how),
    )
    if not whole:
        read.prospects.check_begin(load_prospects())
    return read
