"""The keys of scenario files, from the classes that check them (``cge.scenario.schema``).

Types, units and defaults are those of the annotations, meanings those of the docstrings. Every key
has an example that is loaded, and one that is refused, with what the loader says
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
from pydantic_core import PydanticUndefined

from catalogues.markdown import attributes, code, page, prose, section, table
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

_DELTA = {"name": "Delta", "regions": ["SH", "JS"]}


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
    Part("pools", Pool, lambda given: {"pools": [_DELTA | given]}),
    Part("cap as levels", CapLevels, lambda given: {"pools": [_DELTA | {"cap": given}]}),
    Part("removal", Removal, lambda given: {"pools": [_DELTA], "removal": given}),
    Part("closure", Closures, lambda given: {"pools": [_DELTA], "closure": given}),
    Part("drivers", Drivers, lambda given: {"drivers": given}),
    Part("driver", Driver, lambda given: {"drivers": {"population": given}}),
    Part("technology", Technology, lambda given: {"technology": {"utility_solar": given}}),
    Part("phase out", PhaseOut, lambda given: {"technology": {"coal": {"phase_out": given}}}),
    Part("shocks", Shock, lambda given: {"shocks": [{"lever": "energy_efficiency"} | given]}),
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
    (type(None), "none"),
)
"""Words for the types of keys."""


@dataclass(frozen=True)
class Key:
    """A key of a scenario file.

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


def keys(part: Part) -> Iterator[Key]:
    """The keys of a part, in order."""
    said = attributes(part.of)
    for cls in part.of.__mro__:
        if issubclass(cls, BaseModel):
            said = attributes(cls) | said
    hints = get_type_hints(part.of, include_extras=True)
    for name, field in part.of.model_fields.items():
        hint, meaning = hints[name], said[name]
        for other in PARTS:
            meaning = meaning.replace(code(other.of.__name__), _link(other.name, other))
        yield Key(name, words(hint), unit(hint) or "-", _default(field), meaning)
        if part.of is Scenario and name == "description":
            meaning = "another scenario, embedded or a file, whose text holds where none is given"
            yield Key(EXTENDS, "name or file", "-", "none", meaning)


def _link(text: str, part: Part) -> str:
    return f"[{text}](#{part.name.replace(' ', '-')})"


def words(hint: Any) -> str:
    """What may stand where an annotation is, in words."""
    for known, text in _WORDS:
        if _is(hint, known):
            return text
    part = next((part for part in PARTS if part.of is hint), None)
    if part is not None:
        return _link("keys", part)
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return words(inside[0])
    if origin in (Union, types.UnionType):
        return " or ".join(words(each) for each in inside if each is not type(None))
    if origin is Literal:
        return " or ".join(map(code, inside))
    if origin is list:
        return f"list of {_several(words(inside[0]))}"
    if origin is dict:
        of, each = (words(one) for one in inside)
        return f"{each} by {of}"
    raise TypeError(f"no words for {hint!r}; add them to catalogues.schema")


def _is(hint: Any, known: Any) -> bool:
    """Whether an annotation is a known one, or that with further marks."""
    if get_origin(known) is not Annotated or get_origin(hint) is not Annotated:
        return hint is known
    marks = known.__metadata__
    return hint.__origin__ == known.__origin__ and hint.__metadata__[: len(marks)] == marks


def _several(noun: str) -> str:
    return f"{noun}s" if noun.isalpha() else noun


def unit(hint: Any) -> str:
    """The unit that an annotation names."""
    marks = hint.__metadata__ if get_origin(hint) is Annotated else ()
    return next((mark.text for mark in marks if isinstance(mark, kinds.Unit)), "")


def _default(field: Any) -> str:
    if field.is_required():
        return "-"
    value = field.default
    if value is PydanticUndefined:
        value = field.default_factory()
        return "none" if not value or isinstance(value, BaseModel) else code(_flow(value))
    return "none" if value in (None, "") else code(_flow(value))


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
    for key in keys(part):
        right, wrong = (examples()[part.name][key.name][which] for which in ("right", "wrong"))
        if said := answer(part, key.name, "right"):
            raise ValueError(f"example of {part.name}, {key.name}: {said}; correct {EXAMPLES}")
        if not (said := answer(part, key.name, "wrong")):
            raise ValueError(f"{part.name}, {key.name}: {wrong!r} is accepted; correct {EXAMPLES}")
        yield _line(key.name, right), _line(key.name, wrong), said


def _line(key: str, value: object) -> str:
    return code(f"{key}: {_flow(value)}")


# The page -----------------------------------------------------------------------------------------


def _part(part: Part) -> str:
    rows = [(code(k.name), k.words, k.unit, k.default, k.meaning) for k in keys(part)]
    return section(
        part.name.capitalize(),
        prose(part.of),
        table(["key", "may be", "unit", "default", "meaning"], rows),
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
