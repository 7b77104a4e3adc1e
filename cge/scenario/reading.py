"""From a YAML file to a scenario that fits its dataset, or to an error that names the line."""

from __future__ import annotations

import os
import re
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from calibration import Assumptions, CalibrationError, fitted
from calibration.abatement import OPTIONS
from calibration.assumptions import TABLES
from calibration.errors import unknown
from calibration.potentials import RESOURCES
from cge.scenario.document import Document, read_document
from cge.scenario.drivers import MOVES, Driver, Drivers, driven
from cge.scenario.errors import Misplaced, ScenarioError, place
from cge.scenario.inheritance import EXTENDS, extended
from cge.scenario.schema import (
    FORMS,
    HOUSEHOLDS,
    CapLevels,
    Closures,
    Languages,
    Pool,
    Removal,
    Scenario,
)
from cge.scenario.shocks import LEVERS, Shock
from cge.scenario.tables import assumptions_of, name_of
from cge.scenario.technology import ALL, PhaseOut, Technology
from cge.scenario.values import EARLIEST, LONGEST_NAME, Strict, WrongPart, by_importance
from sam import Dataset, DatasetError, load_dataset
from sam.dataset import dataset_hash
from sam.paths import why_unreadable

EMBEDDED = Path(__file__).parents[1] / "scenarios"

_PARTS: dict[str, type[Strict]] = {
    "": Scenario,
    "description": Languages,
    "pools": Pool,
    "cap": CapLevels,
    "intensity": CapLevels,
    "removal": Removal,
    "closure": Closures,
    "shocks": Shock,
    "drivers": Drivers,
    **dict.fromkeys(MOVES, Driver),
    "technology": Technology,
    "phase_out": PhaseOut,
}


KEPT = 8
"""Datasets that are kept; the one used longest ago goes first."""


def available_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that ship with the package."""
    return tuple(sorted(file.stem for file in EMBEDDED.glob("*.yaml")))


def load_scenario(source: str | Path) -> Scenario:
    """Read a scenario and check it against its dataset.

    Arguments:
        source: one of ``available_scenarios()``, or a YAML file. Paths in the file are relative to
            the folder it is in. ``extends`` names another scenario in the same way, whose text
            holds where the file says nothing else (``cge.scenario.inheritance``).

    Raises:
        ScenarioError: the file cannot be read, has an unknown key or a value out of range, or does
            not fit its dataset (unknown region or dataset, years without data) or its assumptions.
        calibration.CalibrationError: a table of assumptions is wrong; names its file and line.
    """
    document = _whole(read_document(_find(source)))
    try:
        scenario = Scenario.model_validate(_with_folders(document))
        _check(scenario, None)
    except ValidationError as error:
        raise ScenarioError(_explain(document, error)) from None
    except Misplaced as error:
        raise ScenarioError(_located(document, error.keys, str(error))) from None
    return scenario


def with_options(
    scenario: Scenario,
    *,
    first: int | None = None,
    last: int | None = None,
    closure: Mapping[str, str] | None = None,
) -> Scenario:
    """A scenario with other years, or other closures by kind.

    Raises:
        ScenarioError: it does not fit them, or its dataset does not.
    """
    given = {"first": first, "last": last, "closure": closure or None}
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        return scenario
    content = scenario.model_dump()
    if closure:
        changes["closure"] = {**content["closure"], **closure}
    try:
        changed = Scenario.model_validate({**content, **changes})
    except ValidationError as error:
        first_error = by_importance(error)[0]
        inner = first_error.get("ctx", {}).get("error")
        keys = (*first_error["loc"], *(inner.keys if isinstance(inner, Misplaced) else ()))
        text = str(inner) if isinstance(inner, Misplaced) else _phrase(first_error, keys)
        raise ScenarioError(f"scenario {scenario.name!r}, {place(keys)}: {text}") from None
    check_scenario(changed)
    return changed


def check_scenario(
    scenario: Scenario, dataset: Dataset | None = None, assumptions: Assumptions | None = None
) -> None:
    """Check that a scenario fits its dataset and its assumptions.

    Arguments:
        scenario: the scenario.
        dataset: its dataset, where it is loaded already.
        assumptions: assumption tables; those that the scenario names by default.

    Raises:
        ScenarioError: the dataset is unknown, a region is not in it, it has no data for the years,
            a pool covers an unknown sector, removal is limited where no pool gives it a price, or a
            table of assumptions does not exist.
        calibration.CalibrationError: a table of assumptions is wrong; names its file and line.
    """
    try:
        _check(scenario, dataset, assumptions)
    except Misplaced as error:
        where = f"scenario {scenario.name!r}, {place(error.keys)}"
        raise ScenarioError(f"{where}: {error}") from None


def dataset_of(scenario: Scenario) -> Dataset:
    """The dataset of a scenario, loaded once for each content that it has had.

    Raises:
        sam.DatasetError: the dataset is unknown or broken.
    """
    return _dataset(scenario.dataset, dataset_hash(scenario.dataset))


@lru_cache(maxsize=KEPT)
def _dataset(name: str | Path, content: str) -> Dataset:
    return load_dataset(name)


def _check(
    scenario: Scenario, dataset: Dataset | None, assumptions: Assumptions | None = None
) -> None:
    try:
        data = dataset or dataset_of(scenario)
    except DatasetError as error:
        raise Misplaced(str(error), "dataset") from None
    _check_years(scenario, data)
    for keys, region in _regions(scenario):
        if region not in data.regions:
            raise Misplaced(f"{_unknown_region(region, data)} (dataset {data.name})", *keys)
    driven(data, scenario.drivers)
    _check_removal(scenario)
    for name, table in scenario.assumptions.items():
        if isinstance(table, Path) and (why := why_unreadable(table)):
            raise Misplaced(f"file {table} {why}", "assumptions", name)
    try:
        tables = assumptions_of(scenario, data, assumptions)
    except CalibrationError as error:
        raise _in_scenario(scenario, error) from None
    _check_technology(scenario, tables, data)
    sets, *_ = fitted(data, tables)
    labels = {
        "region": sets.regions,
        "sector": sets.sectors,
        "household": sets.households,
        "fuel": sets.fuels,
        "technology": sets.technologies,
        "option": OPTIONS,
        "pool": tuple(pool.name for pool in scenario.pools),
        "good": sets.sectors,
    }
    _check_covers(scenario, labels)
    _check_shocks(scenario, labels)


def _in_scenario(scenario: Scenario, error: CalibrationError) -> CalibrationError | Misplaced:
    """An error of tables, with its place where it is one of rows that stand in the scenario."""
    for name in scenario.assumptions:
        if error.place is not None and error.place[0] == name_of(name):
            return Misplaced(str(error), "assumptions", name, error.place[1])
        if str(error).startswith(f"{name_of(name)}:"):
            return Misplaced(str(error), "assumptions", name)
    return error


def _check_technology(scenario: Scenario, tables: Assumptions, data: Dataset) -> None:
    """Technologies, and the resources and regions whose potential changes, are known."""
    for name, changed in scenario.technology.items():
        if name not in tables.plants.names:
            raise Misplaced(unknown("technology", name, tables.plants.names), "technology", name)
        if changed.phase_out and name in tables.plants.storage:
            raise Misplaced(
                f"{name} stores electricity as wind and sun need it, and cannot be phased out; "
                "remove the key",
                *("technology", name, "phase_out"),
            )
        if changed.potential is None:
            continue
        known = [each for each in tables.plants.generation if each in RESOURCES]
        if name not in known:
            raise Misplaced(
                f"{name} has no resource of its own whose potential could change; those that have "
                f"are {', '.join(known)}",
                *("technology", name, "potential"),
            )
        there = [region for region in data.regions if region in tables.potentials.regions]
        for region in changed.potential:
            if region not in (ALL, *there) or not there:
                where = ("technology", name, "potential", region)
                raise Misplaced(unknown("region with potentials", region, there), *where)


def _check_shocks(scenario: Scenario, labels: Mapping[str, Sequence[str]]) -> None:
    """Shocks name labels that there are."""
    for k, shock in enumerate(scenario.shocks):
        if "pool" in LEVERS[shock.lever] and not scenario.pools:
            raise Misplaced(
                f"{shock.lever} is about pools, and the scenario has none; name regions in a pool",
                *("shocks", k, "lever"),
            )
        for dim, named in shock.labels.items():
            for n, name in enumerate(named):
                if name not in labels[dim]:
                    raise Misplaced(unknown(dim, name, labels[dim]), "shocks", k, dim, n)


def _unknown_region(region: str, data: Dataset) -> str:
    """Say that there is no such region; one that is given by its full name has a code."""
    codes = {name.casefold(): code for code, name in data.geography.names.items()}
    code = codes.get(region.casefold())
    if code is None:
        return unknown("region", region, data.regions)
    return f"region {region!r} is known by its code; write {code}"


def _check_removal(scenario: Scenario) -> None:
    """Removal needs a carbon price, which regions outside all pools do not have."""
    members = {region for pool in scenario.pools for region in pool.regions}
    for region in scenario.removal.limit or {}:
        if region not in members:
            raise Misplaced(
                f"region {region!r} is in no pool: without a carbon price nobody pays for removal; "
                "add the region to a pool, or remove its limit",
                *("removal", "limit", region),
            )


def _check_covers(scenario: Scenario, labels: Mapping[str, Sequence[str]]) -> None:
    """Pools cover sectors, households, fuels and processes that there are."""
    users = [*labels["sector"], HOUSEHOLDS, *labels["household"]]
    for p, pool in enumerate(scenario.pools):
        for year, names in (pool.covers or {}).items():
            for k, name in enumerate(names):
                if name not in users:
                    keys = (k,) if year == EARLIEST else (year, k)
                    text = unknown("sector or household", name, users)
                    raise Misplaced(text, "pools", p, "covers", *keys)
        for k, name in enumerate(pool.fuels or ()):
            if name not in labels["fuel"]:
                raise Misplaced(unknown("fuel", name, labels["fuel"]), "pools", p, "fuels", k)
        covered = {name for names in (pool.covers or {0: users}).values() for name in names}
        for k, name in enumerate(pool.processes or ()):
            if name not in labels["sector"]:
                text = unknown("sector", name, labels["sector"])
                raise Misplaced(text, "pools", p, "processes", k)
            if name not in covered:
                raise Misplaced(
                    f"{name} is not covered, so that its processes need no permits; add it to "
                    "covers, or remove it here",
                    *("pools", p, "processes", k),
                )


def _check_years(scenario: Scenario, data: Dataset) -> None:
    if scenario.first != data.base_year:
        raise Misplaced(
            f"first year {scenario.first} is not the base year of dataset {data.name}, from which "
            f"every path starts; set first: {data.base_year}",
            "first",
        )
    end = int(data.driver("labour").index.max())
    if scenario.last > end:
        raise Misplaced(
            f"dataset {data.name} has drivers (labour, productivity) up to {end} only; set last to "
            f"{end} or earlier, or extend drivers.csv",
            "last",
        )


def _regions(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """All regions that a scenario names, with the keys that lead to them."""
    for p, pool in enumerate(scenario.pools):
        for r, region in enumerate(pool.regions):
            yield ("pools", p, "regions", r), region
    for region in scenario.removal.limit or {}:
        yield ("removal", "limit", region), region
    for name, driver in scenario.drivers.given.items():
        for r, region in enumerate(driver.region or ()):
            yield ("drivers", name, "region", r), region


def _whole(document: Document, after: tuple[Path, ...] = ()) -> Document:
    """A document with what it extends.

    Arguments:
        document: what a file says.
        after: the files that lead to it.

    Raises:
        ScenarioError: there is no such scenario, or it extends itself.
    """
    if EXTENDS not in document.content:
        return document
    source, way = document.content[EXTENDS], (*after, document.file.resolve())
    try:
        if not isinstance(source, str):
            raise ScenarioError(f"is {_SHOWN.repr(source)}; name one scenario or a YAML file")
        near = document.file.parent / source
        file = _find(near if os.path.lexists(near) and near.is_file() else source)
        if file.resolve() in way:
            raise ScenarioError(f"{source} extends this scenario itself; name another one")
    except ScenarioError as error:
        raise ScenarioError(_located(document, (EXTENDS,), str(error))) from None
    return extended(document, _whole(read_document(file), way))


def _find(source: str | Path) -> Path:
    if str(source) in available_scenarios():
        return EMBEDDED / f"{source}.yaml"
    file = Path(source)
    if not (why := why_unreadable(file)):
        return file
    if os.path.lexists(file):
        raise ScenarioError(f"scenario {file}: {why}")
    if file.name == str(source) and not file.suffix:  # meant as the name of an embedded one
        names = unknown("scenario", source, available_scenarios())
        raise ScenarioError(f"{names}; a path must be a YAML file")
    raise ScenarioError(f"scenario {str(source)[:200]}: no such file")


def _with_folders(document: Document) -> dict[str, Any]:
    """The content, with paths that are relative to the folder of the file resolved."""
    content = dict(document.content)
    dataset, tables = content.get("dataset"), content.get("assumptions")
    if isinstance(dataset, str):
        folder = _folder(document, "dataset")
        if not why_unreadable(folder / dataset / "metadata.json"):
            content["dataset"] = str(folder / dataset)
    if isinstance(tables, dict):
        content["assumptions"] = {
            name: str(_folder(document, "assumptions", name) / file)
            if isinstance(file, str)
            else file
            for name, file in tables.items()
        }
    return content


def _folder(document: Document, *keys: str) -> Path:
    """The folder of the file that a value stands in."""
    file, _ = document.place(keys)
    return Path(file).absolute().parent


def _explain(document: Document, error: ValidationError) -> str:
    """The first error as a sentence with its line, and how many others there are."""
    first, *others = by_importance(error)
    inner = first.get("ctx", {}).get("error")
    keys = _keys(document, first["loc"], first["type"])
    if isinstance(inner, WrongPart):
        keys = _keys(document, (*keys, *inner.keys), inner.details["type"])
        text = _phrase(inner.details, keys)
    elif isinstance(inner, Misplaced):
        keys, text = keys + inner.keys, str(inner)
    else:
        text = _phrase(first, keys)
    places = {_keys(document, each["loc"], each["type"]) for each in others} - {keys}
    more = f" (and {len(places)} more in this file)" if places else ""
    return _located(document, keys, text) + more


def _keys(document: Document, found: tuple[str | int, ...], kind: str) -> tuple[str | int, ...]:
    """What leads to an error in the document, without pydantic's names of types in between."""
    found = tuple(key for key in found if key not in FORMS)
    keys = document.known(found)
    return (*keys, *found[len(keys) : len(keys) + 1]) if kind == "missing" else keys


def _located(document: Document, keys: tuple[str | int, ...], text: str) -> str:
    where = f", {place(keys)}" if keys else ""
    file, line = document.place(keys)
    return f"scenario {file}, line {line}{where}: {text}"


_WANTED = {
    "int_type": "give a year as a whole number, such as 2030",
    "bool_type": "write true or false",
    "string_type": "give words; put quotes around a number that is a name",
    "list_type": "give a list, such as [SH, JS]",
    "dict_type": "give keys with their values, such as {2030: 0.8}",
    "path_type": "give rows, or the path of a CSV file",
    "too_short": "give at least one entry",
    "string_too_long": f"give a name of at most {LONGEST_NAME} letters",
}
"""Remedy by the kind of the error."""


def _phrase(error: ErrorDetails, keys: tuple[str | int, ...]) -> str:
    """What pydantic found, with the remedy."""
    kind, limits = error["type"], error.get("ctx", {})
    last, found = keys[-1] if keys else "", _SHOWN.repr(error["input"])
    if kind == "extra_forbidden" and len(keys) == 1 and last in TABLES:
        return f"{str(last)!r} is a table of assumptions; write 'assumptions: {{{last}: FILE}}'"
    if kind == "invalid_key":
        return unknown("key", error["input"], _keys_of(_part(keys)))
    if kind == "extra_forbidden":
        return unknown("key", last, _keys_of(_part(keys[:-1])))
    if kind == "missing":
        return f"key {str(last)!r} is missing; add it"
    if error["loc"][-1] == "[key]" and kind != "value_error":
        return f"{found} is no year from 1900 to 2200; give years as whole numbers, such as 2030"
    if kind == "model_type":
        return f"is {found}; give keys with their values: {', '.join(_part(keys).model_fields)}"
    if last == "ceiling":
        return f"is {found}; give yuan per ton as a positive number, or none for no ceiling"
    if kind == "dict_type" and last in ("cap", "intensity", "price"):
        return f"is {found}; give it by year, such as {{2030: {found}}}"
    if kind == "literal_error":
        return f"is {found}; choose {limits['expected']}"
    if "cap" in keys and "growth" not in keys and kind in ("greater_than", "finite_number"):
        return f"a cap of {found} cannot be met; caps are positive numbers"
    if kind == "float_type":
        return f"is {found}; {_number(error['input'], 'cap' in keys)}"
    wanted = _WANTED.get(kind, error["msg"][0].lower() + error["msg"][1:])
    return f"is {found}; {wanted}"


def _number(found: object, ratio: bool) -> str:
    """How to write a number that was given otherwise, perhaps in per cent where it is a ratio."""
    told = _DECIMAL.fullmatch(found.strip()) if isinstance(found, str) else None
    if told is None or (told["per_cent"] and not ratio) or _THOUSANDS.match(told["number"]):
        return "give a number in plain decimals, such as 0.98"
    if "," not in told["number"] and not told["per_cent"]:
        return "give a number, without quotes"
    number = Decimal(told["number"].replace(",", "."))
    return f"write {number / (100 if told['per_cent'] else 1):f}"


def _keys_of(part: type[Strict]) -> Iterator[str]:
    """Keys that a part of a file may have."""
    yield from part.model_fields
    if part is Scenario:
        yield EXTENDS


def _part(keys: tuple[str | int, ...]) -> type[Strict]:
    """The part of a scenario that stands under keys."""
    named = [key for key in keys if isinstance(key, str) and key in _PARTS]
    return _PARTS[named[-1]] if named else Scenario


_DECIMAL = re.compile(r"(?P<number>[-+]?[0-9]{1,15}(?:[.,][0-9]{1,15})?)\s*(?P<per_cent>[%％]?)")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}$")


def _short() -> reprlib.Repr:
    """How values are shown in messages: as in Python, but not longer than a line."""
    shown = reprlib.Repr()
    shown.maxstring = shown.maxother = 80
    return shown


_SHOWN = _short()
