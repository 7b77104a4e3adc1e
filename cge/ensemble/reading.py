"""From a YAML file to an ensemble that fits its scenarios, or to an error that names the line."""

from __future__ import annotations

import reprlib
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from calibration.errors import unknown
from cge.ensemble.errors import EnsembleError
from cge.ensemble.plan import Plan, plan
from cge.ensemble.schema import PARTS, Ensemble
from cge.scenario import ScenarioError, available_scenarios
from cge.scenario.document import Document, read_document
from cge.scenario.errors import Misplaced, place
from cge.scenario.values import Strict, by_importance

Keys = tuple[str | int, ...]

LAWS = ("uniform", "triangular", "normal", "lognormal")


def load_ensemble(file: str | Path) -> Plan:
    """Read an ensemble and check it against its scenarios, their dataset and assumptions.

    Arguments:
        file: YAML file; scenarios that it names by file are relative to the folder it is in.

    Raises:
        EnsembleError: the file cannot be read, has an unknown key or a value out of range, or names
            a table, label, region, year or closure that there is not; with file, line and key.
        ScenarioError: one of its scenarios is wrong.
    """
    try:
        document = read_document(Path(file))
    except ScenarioError as error:
        raise EnsembleError(f"ensemble {str(error).removeprefix('scenario ')}") from None
    try:
        ensemble = Ensemble.model_validate(document.content)
    except ValidationError as error:
        raise EnsembleError(_explained(document, error)) from None
    folder = document.file.absolute().parent
    named = [
        name if name in available_scenarios() else str(folder / name) for name in ensemble.scenarios
    ]
    try:
        return plan(ensemble.model_copy(update={"scenarios": named}))
    except Misplaced as error:
        raise EnsembleError(_located(document, error.keys, str(error))) from None


def _explained(document: Document, error: ValidationError) -> str:
    """The first error as a sentence with its line, and how many others there are."""
    first, *others = by_importance(error)
    inner = first.get("ctx", {}).get("error")
    keys = _without_law(first["loc"])
    if isinstance(inner, Misplaced):
        keys, text = (*keys, *inner.keys), str(inner)
    else:
        text = _phrase(first, keys)
    more = f" (and {len(others)} more in this file)" if others else ""
    return _located(document, keys, text) + more


def _without_law(found: Keys) -> Keys:
    """What leads to an error, without the law that pydantic puts behind a distribution."""
    return tuple(
        key
        for k, key in enumerate(found)
        if not (k and found[k - 1] == "distribution" and key in LAWS)
    )


def _located(document: Document, keys: Keys, text: str) -> str:
    where = f", {place(keys)}" if keys else ""
    file, line = document.place(keys)
    return f"ensemble {file}, line {line}{where}: {text}"


def _phrase(error: ErrorDetails, keys: Keys) -> str:
    """What pydantic found, with the remedy."""
    kind, last, found = error["type"], keys[-1], reprlib.repr(error["input"])
    if kind == "extra_forbidden":
        fields = _part(error["loc"][:-1]).model_fields
        return unknown("key", last, [field.alias or name for name, field in fields.items()])
    if kind == "missing":
        return f"key {str(last)!r} is missing; add it"
    if kind == "union_tag_not_found":
        return f"key 'law' is missing; add it, one of {', '.join(LAWS)}"
    if kind == "union_tag_invalid":
        tag = error["input"].get("law") if isinstance(error["input"], dict) else found
        return unknown("law", tag, LAWS)
    if kind == "literal_error":
        return f"is {found}; choose {error['ctx']['expected']}"
    return f"is {found}; {error['msg'][0].lower()}{error['msg'][1:]}"


def _part(keys: Keys) -> type[Strict]:
    """The part of an ensemble that stands under keys."""
    named = [key for key in keys if isinstance(key, str) and key in PARTS]
    return PARTS[named[-1]] if named else Ensemble
