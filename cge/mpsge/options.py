"""What a GAMS file says about a model outside its text: levels, bounds, who may be idle or free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cge.language.spelling import near
from cge.mpsge.errors import MPSGEError
from cge.mpsge.text import Declared, Text


@dataclass(frozen=True)
class Options:
    """What is said outside the text, by name in lower case; see ``translate``.

    Attributes:
        start: ``.L`` of prices, levels and auxiliary variables.
        lower: ``.LO`` of auxiliary variables, None for none.
        latent: sectors that may shut down.
        free: commodities whose price may be zero.
        numeraire: the commodity whose price is one.
        balanced: whether the text is an equilibrium as it stands.
    """

    start: Mapping[str, Any]
    lower: Mapping[str, float | None]
    latent: frozenset[str]
    free: frozenset[str]
    numeraire: str
    balanced: bool

    @classmethod
    def of(
        cls,
        text: Text,
        *,
        start: Mapping[str, Any],
        lower: Mapping[str, float | None],
        latent: Sequence[str],
        free: Sequence[str],
        numeraire: str,
        balanced: bool,
    ) -> Options:
        """What is said about the names that a text declares.

        Raises:
            MPSGEError: the text has no commodities, or a name is not declared, or as another kind.
        """
        if not text.commodities:
            raise MPSGEError("the text declares no commodities")
        sectors, goods = _named("sector", text.sectors), _named("commodity", text.commodities)
        variables = _named("auxiliary variable", text.auxiliaries)
        _check("start", start, {**sectors, **goods, **variables}, text)
        _check("lower", lower, variables, text)
        _check("latent", _listed("latent", latent), sectors, text)
        _check("free", _listed("free", free), goods, text)
        _check("numeraire", [numeraire] if numeraire else [], goods, text)
        return cls(
            {name.lower(): value for name, value in start.items()},
            {name.lower(): value for name, value in lower.items()},
            frozenset(name.lower() for name in latent),
            frozenset(name.lower() for name in free),
            numeraire.lower() or next(iter(goods)),
            balanced,
        )


Kinds = Mapping[str, tuple[str, str]]
"""Kind and name as it is written, by name in lower case."""


def _named(kind: str, declared: Iterable[Declared]) -> dict[str, tuple[str, str]]:
    return {d.name.lower(): (kind, d.name) for d in declared}


def _listed(option: str, names: Sequence[str]) -> Sequence[str]:
    """Names as a list of them; one string would be read letter by letter."""
    if isinstance(names, str):
        raise MPSGEError(f"{option}= is a list of names; write {option}=[{names!r}]")
    return names


def _check(option: str, names: Iterable[str], known: Kinds, text: Text) -> None:
    """Assert that an option is said of what the text declares, of the right kind."""
    every = _named("sector", text.sectors) | _named("commodity", text.commodities)
    every |= _named("consumer", text.consumers) | _named("auxiliary variable", text.auxiliaries)
    for name in names:
        if name.lower() in known:
            continue
        wanted = " or ".join(dict.fromkeys(kind for kind, _ in known.values())) or "variable"
        other = every.get(name.lower())
        hint = f"it is a {other[0]}" if other else near(name, [n for _, n in known.values()])
        raise MPSGEError(f"{option}=: the text declares no {wanted} {name!r}; {hint}")
