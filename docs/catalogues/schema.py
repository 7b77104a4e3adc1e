"""The keys of scenario files and others, from the classes that check them (``cge.scenario``).

Types, units and defaults are those of the annotations, meanings those of the docstrings. Every key
of a scenario has an example that is loaded, and one that is refused, with what the loader says
(``examples.yaml``).
"""

from __future__ import annotations

import re
import tempfile
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import yaml
from pydantic import BaseModel

from catalogues.markdown import attributes, block, code, page, prose, section, table
from cge.ensemble.schema import PARTS as ENSEMBLE
from cge.projects import Project, available_projects
from cge.projects.project import (
    SHIPPED,
    Abatement,
    Claims,
    Operation,
    Parts,
    Range,
    Shares,
    Span,
)
from cge.scenario import Closures, Pool, Removal, Scenario, ScenarioError, Shock, load_scenario
from cge.scenario import values as kinds
from cge.scenario.drivers import MOVES, Driver, Drivers
from cge.scenario.inheritance import EXTENDS
from cge.scenario.schema import HIGHEST_CAP, Cap, CapLevels, Entry, Table
from cge.scenario.shocks import LEVERS
from cge.scenario.technology import PhaseOut, Technology
from closures.catalogue import names

EXAMPLES = Path(__file__).with_name("examples.yaml")

Given = Mapping[str, Any]

_MANY = re.compile(r"(known: (?:\w+, ){7}\w+)(?:, \w+)+")
"""A list of known names that is too long for a table."""

_DELTA: Given = {"name": "Delta", "regions": ["SH", "JS"]}


@dataclass(frozen=True)
class Part:
    """A part of a scenario file.

    Attributes:
        name: what it is called.
        of: the class that checks it.
        within: a whole scenario around what is given of the part.
    """

    name: str
    of: type[BaseModel]
    within: Callable[[Given], Given]


PARTS = (
    Part("scenario", Scenario, lambda given: given),
    Part("pools", Pool, lambda given: {"pools": [{**_DELTA, **given}]}),
    Part("cap as levels", CapLevels, lambda given: {"pools": [{**_DELTA, "cap": given}]}),
    Part("removal", Removal, lambda given: {"pools": [_DELTA], "removal": given}),
    Part("closure", Closures, lambda given: {"pools": [_DELTA], "closure": given}),
    Part("drivers", Drivers, lambda given: {"drivers": given}),
    Part("driver", Driver, lambda given: {"drivers": {"population": given}}),
    Part("technology", Technology, lambda given: {"technology": {"utility_solar": given}}),
    Part("phase out", PhaseOut, lambda given: {"technology": {"coal": {"phase_out": given}}}),
    Part("shocks", Shock, lambda given: {"shocks": [{"lever": "energy_efficiency", **given}]}),
)
"""Parts in the order of the page."""

_WORDS: tuple[tuple[Any, str], ...] = (
    (kinds.Year, "year"),
    (Cap, f"number above 0, {HIGHEST_CAP:g} at most"),
    (kinds.Positive, "number above 0"),
    (kinds.NotNegative, "number of at least 0"),
    (kinds.Number, "number"),
    (kinds.Rate, "number between -1 and 1"),
    (kinds.Truth, "true or false"),
    (kinds.Name, "name"),
    (kinds.Prose, "text"),
    (kinds.Names, "name or list of names"),
    (kinds.Path, "number, or number by year"),
    (Entry, "name or number"),
    (Table, "CSV file, or list of rows"),
    (Path, "folder"),
    (str, "name"),
    (float, "number"),
    (int, "whole number"),
)
"""Words for the types of keys."""


@dataclass(frozen=True)
class Key:
    """A key of a file.

    Attributes:
        name: its name.
        words: what may stand there.
        unit: unit of its numbers.
        default: what holds where it is left out.
        meaning: what it says.
    """

    name: str
    words: str
    unit: str
    default: str
    meaning: str


Titles = Mapping[type[BaseModel], str]
"""Titles of the sections of a page, by the class whose keys they list."""

OF_SCENARIOS: Titles = {part.of: part.name for part in PARTS}
OF_ENSEMBLES: Titles = {cls: name or "ensemble" for name, cls in ENSEMBLE.items()}
OF_PROJECTS: Titles = {
    Project: "project",
    Range: "range",
    Span: "span of years",
    Parts: "parts",
    Shares: "shares",
    Operation: "operation",
    Abatement: "abatement",
    Claims: "claims",
}


def keys(of: type[BaseModel], titles: Titles) -> Iterator[Key]:
    """The keys that a class checks, in order.

    Arguments:
        of: the class.
        titles: sections to which keys of parts lead.
    """
    said: dict[str, str] = {}
    for cls in of.__mro__:
        said = attributes(cls) | said
    hints = get_type_hints(of, include_extras=True)
    for name, field in of.model_fields.items():
        hint, meaning = hints[name], said[name]
        for other in titles:
            meaning = meaning.replace(code(other.__name__), _link(titles[other], other, titles))
        told = words(hint, titles)
        yield Key(field.alias or name, told, unit(hint) or "-", _default(field), meaning)
        if of is Scenario and name == "description":
            meaning = "another scenario, embedded or a file, whose text holds where none is given"
            yield Key(EXTENDS, "name or file", "-", "none", meaning)


def _link(text: str, of: type[BaseModel], titles: Titles) -> str:
    return f"[{text}](#{titles[of].replace(' ', '-')})"


def words(hint: Any, titles: Titles) -> str:
    """What may stand where an annotation is, in words."""
    for known, text in _WORDS:
        if _is(hint, known):
            return text
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return words(inside[0], titles)
    if origin in (Union, types.UnionType):
        told = (words(each, titles) for each in inside if each is not type(None))
        return " or ".join(dict.fromkeys(told))
    if origin is Literal:
        return " or ".join(map(code, inside))
    if origin is list:
        return f"list of {_several(words(inside[0], titles))}"
    if origin is dict:
        of, each = (words(one, titles) for one in inside)
        return f"{each} by {of}"
    if hint in titles:
        return _link("keys" if hint in OF_SCENARIOS else titles[hint], hint, titles)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return f"keys {', '.join(map(code, hint.model_fields))}"
    raise TypeError(f"no words for {hint!r}; add them to catalogues.schema")


def _is(hint: Any, known: Any) -> bool:
    """Whether an annotation is a known one, or that with further marks."""
    if get_origin(known) is not Annotated or get_origin(hint) is not Annotated:
        return hint is known
    marks = known.__metadata__
    same: bool = hint.__origin__ == known.__origin__ and hint.__metadata__[: len(marks)] == marks
    return same


def _several(noun: str) -> str:
    return f"{noun}s" if noun.isalpha() else noun


def unit(hint: Any) -> str:
    """The unit that an annotation names."""
    marks = hint.__metadata__ if get_origin(hint) is Annotated else ()
    return next((mark.text for mark in marks if isinstance(mark, kinds.Unit)), "")


def _default(field: Any) -> str:
    if field.is_required():
        return "-"
    value = field.get_default(call_default_factory=True)
    plain = value not in (None, "", [], {}) and not isinstance(value, BaseModel)
    return code(_flow(value)) if plain else "none"


# Examples -----------------------------------------------------------------------------------------


@cache
def examples() -> Mapping[str, Mapping[str, Given]]:
    """What keys may say and may not, by part and key."""
    found: Mapping[str, Mapping[str, Given]] = yaml.safe_load(EXAMPLES.read_text("utf-8"))
    return found


def answer(part: Part, key: str, which: Literal["right", "wrong"]) -> str:
    """What the loader says of an example: nothing where it is right."""
    entry = examples()[part.name][key]
    given = {**entry.get("beside", {}), key: entry[which]}
    whole = {"name": "example", "last": 2060, **part.within(given), **entry.get("above", {})}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "example.yaml")
        file.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
        try:
            load_scenario(file)
        except ScenarioError as error:
            said = str(error).replace(f"{folder}/", "")
            return _MANY.sub(r"\1, ...", said.partition(", line ")[2].partition(", ")[2])
    return ""


def _flow(value: object) -> str:
    """A value as it is written in one line."""
    return (
        yaml.safe_dump(
            value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6
        )
        .removesuffix("\n")
        .removesuffix("\n...")
    )


def _examples(part: Part) -> Iterator[tuple[str, str, str]]:
    for key in keys(part.of, OF_SCENARIOS):
        right, wrong = (examples()[part.name][key.name][which] for which in ("right", "wrong"))
        if said := answer(part, key.name, "right"):
            raise ValueError(f"example of {part.name}, {key.name}: {said}; correct {EXAMPLES}")
        if not (said := answer(part, key.name, "wrong")):
            raise ValueError(f"{part.name}, {key.name}: {wrong!r} is accepted; correct {EXAMPLES}")
        yield _line(key.name, right), _line(key.name, wrong), said


def _line(key: str, value: object) -> str:
    return code(f"{key}: {_flow(value)}")


# The page -----------------------------------------------------------------------------------------


def _keys_table(of: type[BaseModel], titles: Titles) -> str:
    rows = [(code(k.name), k.words, k.unit, k.default, k.meaning) for k in keys(of, titles)]
    return table(["key", "may be", "unit", "default", "meaning"], rows)


def _part(part: Part) -> str:
    return section(
        part.name.capitalize(),
        prose(part.of),
        _keys_table(part.of, OF_SCENARIOS),
        table(["such as", "not", "which is answered with"], _examples(part)),
        _CHOICES.get(part.name, lambda: "")(),
    )


def _rules() -> str:
    rows = [(code(name), ", ".join(map(code, rules))) for name, rules in MOVES.items()]
    return table(["driver", "is moved by"], rows)


def _dimensions() -> str:
    rows = [(code(name), ", ".join(dims)) for name, dims in LEVERS.items()]
    told = "What a lever means, its unit and its range: [Levers](levers.md)."
    return f"{table(['lever', 'labels that a shock may name'], rows)}\n\n{told}"


def _closures() -> str:
    rows = [(code(kind), ", ".join(map(code, names(kind)))) for kind in Closures.model_fields]
    told = "The first is the default; who adjusts in each: [Closures](closures.md)."
    return f"{table(['kind', 'names'], rows)}\n\n{told}"


_CHOICES: Mapping[str, Callable[[], str]] = {
    "drivers": _rules,
    "shocks": _dimensions,
    "closure": _closures,
}
"""What may be chosen, by the name of the part."""


def scenario_keys() -> str:
    """The page of keys."""
    return page(
        "Scenario keys",
        "Every key of a scenario file: what may stand there, in which unit, what holds where it is "
        "left out, an example that loads, and one that does not with what the loader answers, "
        "behind the file and the line. [Scenarios](../scenarios.md) explains what they do; "
        "`cge scenario show NAME` prints a scenario with all its keys, "
        "`cge scenario validate FILE` checks one.",
        *map(_part, PARTS),
    )


def _sections(titles: Titles) -> Iterator[str]:
    for of, title in titles.items():
        yield section(title.capitalize(), prose(of), _keys_table(of, titles), level=3)


def file_keys() -> str:
    """The page of keys of the other files."""
    shipped = SHIPPED / f"{available_projects()[0]}.yaml"
    return page(
        "Keys of ensembles and projects",
        "The other files that the program reads are checked in the same way as scenarios: what "
        "does not fit is refused with file, line, key and the nearest name.",
        section(
            "Ensembles",
            "What `cge ensemble FILE` solves; [Ensembles](../ensembles.md) has a whole file.",
            *_sections(OF_ENSEMBLES),
        ),
        section(
            "Projects",
            "What `cge assess FILE` holds against the economy ([Projects](../projects.md)). Money "
            "is in 1e8 CNY at 2020 prices; every number has its source and its quality. Those that "
            f"ship are {', '.join(map(code, available_projects()))}, for example:",
            block(shipped.read_text("utf-8"), "yaml"),
            *_sections(OF_PROJECTS),
        ),
    )
