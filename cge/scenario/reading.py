"""From a YAML file to a scenario that fits its dataset, or to an error that names the line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from calibration.abatement import OPTIONS, Abatement, load_abatement
from calibration.assumptions import TABLES
from calibration.errors import unknown
from cge.scenario.document import Document, read_document
from cge.scenario.errors import Misplaced, ScenarioError, place
from cge.scenario.schema import (
    CapLevels,
    Closures,
    Pool,
    Removal,
    Scenario,
    Strict,
    WrongPart,
    by_importance,
)
from sam import Dataset, DatasetError, load_dataset

EMBEDDED = Path(__file__).parents[1] / "scenarios"

_PARTS: dict[str, type[Strict]] = {
    "": Scenario,
    "pools": Pool,
    "cap": CapLevels,
    "removal": Removal,
    "closure": Closures,
}


def available_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that ship with the package."""
    return tuple(sorted(file.stem for file in EMBEDDED.glob("*.yaml")))


def load_scenario(source: str | Path) -> Scenario:
    """Read a scenario and check it against its dataset.

    Arguments:
        source: one of ``available_scenarios()``, or a YAML file. Paths in the file are relative to
            the folder it is in.

    Raises:
        ScenarioError: the file cannot be read, has an unknown key or a value out of range, or does
            not fit its dataset (unknown region or dataset, years without data) or its assumptions.
        calibration.AssumptionError: the prices of removal cannot be read.
    """
    document = read_document(_find(source))
    try:
        scenario = Scenario.model_validate(_with_folders(document))
        _check(scenario, None)
    except ValidationError as error:
        raise ScenarioError(_explain(document, error)) from None
    except Misplaced as error:
        raise ScenarioError(_located(document, error.keys, str(error))) from None
    return scenario


def check_scenario(
    scenario: Scenario, dataset: Dataset | None = None, removal: Abatement | None = None
) -> None:
    """Check that a scenario fits its dataset and its assumptions.

    Arguments:
        scenario: the scenario.
        dataset: its dataset, where it is loaded already.
        removal: prices of removal and the ceiling; those that the scenario names by default.

    Raises:
        ScenarioError: the dataset is unknown, a region is not in it, it has no data for the years,
            removal is limited where no pool gives it a price, a table of assumptions does not
            exist, or the ceiling of the carbon price is below the cost of removal.
        calibration.AssumptionError: the prices of removal cannot be read.
    """
    try:
        _check(scenario, dataset, removal)
    except Misplaced as error:
        where = f"scenario {scenario.name!r}, {place(error.keys)}"
        raise ScenarioError(f"{where}: {error}") from None


def _check(scenario: Scenario, dataset: Dataset | None, removal: Abatement | None = None) -> None:
    try:
        data = dataset or load_dataset(scenario.dataset)
    except DatasetError as error:
        raise Misplaced(str(error), "dataset") from None
    _check_years(scenario, data)
    for keys, region in _regions(scenario):
        if region not in data.regions:
            text = f"{unknown('region', region, data.regions)} (dataset {data.name})"
            raise Misplaced(text, *keys)
    _check_removal(scenario)
    for name, file in scenario.assumptions.items():
        if not file.is_file():
            raise Misplaced(f"file {file} does not exist; correct the path", "assumptions", name)
    _check_ceiling(scenario, removal)


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


def _check_ceiling(scenario: Scenario, removal: Abatement | None) -> None:
    table = removal or load_abatement(prices=scenario.assumptions.get("removal_prices"))
    try:
        scenario.removal.check(float(table.cost[OPTIONS.index("removal")]), table.ceiling)
    except Misplaced as error:
        raise Misplaced(str(error), "removal", *error.keys) from None


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


def _find(source: str | Path) -> Path:
    embedded = EMBEDDED / f"{source}.yaml"
    if embedded.parent == EMBEDDED and embedded.is_file():
        return embedded
    file = Path(source)
    if file.is_file():
        return file
    names = unknown("scenario", source, available_scenarios())
    raise ScenarioError(f"{names}; a path must be a YAML file")


def _with_folders(document: Document) -> dict[str, Any]:
    """The content, with paths that are relative to the folder of the file resolved."""
    content = dict(document.content)
    folder = document.file.absolute().parent
    dataset, tables = content.get("dataset"), content.get("assumptions")
    if isinstance(dataset, str) and (folder / dataset / "metadata.json").is_file():
        content["dataset"] = str(folder / dataset)
    if isinstance(tables, dict):
        content["assumptions"] = {
            name: str(folder / file) if isinstance(file, str) else file
            for name, file in tables.items()
        }
    return content


def _explain(document: Document, error: ValidationError) -> str:
    """The first error as a sentence with its line, and how many others there are."""
    first, *others = by_importance(error)
    inner = first.get("ctx", {}).get("error")
    keys = tuple(key for key in first["loc"] if key != "[key]")
    if isinstance(inner, WrongPart):
        keys, text = keys + inner.keys, _phrase(inner.details, keys + inner.keys)
    elif isinstance(inner, Misplaced):
        keys, text = keys + inner.keys, str(inner)
    else:
        text = _phrase(first, keys)
    more = f" (and {len(others)} more in this file)" if others else ""
    return _located(document, keys, text) + more


def _located(document: Document, keys: tuple[str | int, ...], text: str) -> str:
    where = f", {place(keys)}" if keys else ""
    return f"scenario {document.file}, line {document.line(keys)}{where}: {text}"


def _phrase(error: ErrorDetails, keys: tuple[str | int, ...]) -> str:
    """What pydantic found, with the remedy."""
    kind, found, limits = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden" and len(keys) == 1 and keys[0] in TABLES:
        return (
            f"{str(keys[0])!r} is a table of assumptions; write 'assumptions: {{{keys[0]}: FILE}}'"
        )
    if kind == "extra_forbidden":
        owner = next((key for key in reversed(keys[:-1]) if isinstance(key, str)), "")
        return unknown("key", keys[-1], _PARTS.get(owner, Scenario).model_fields)
    if kind == "missing":
        return f"key {str(keys[-1])!r} is missing; add it"
    if kind == "int_parsing" and keys[-1] == found:
        return f"{found!r} is no year; give years as whole numbers"
    if kind == "dict_type" and keys[-1] == "cap":
        return f"is {found!r}; give it by year, such as {{2030: {found}}}"
    if kind == "literal_error":
        return f"is {found!r}; choose {limits['expected']}"
    if "cap" in keys and "growth" not in keys and kind in ("greater_than", "finite_number"):
        return f"a cap of {found!r} cannot be met; caps are positive numbers"
    wanted = error["msg"][0].lower() + error["msg"][1:]
    return f"is {found!r}; {wanted}"
