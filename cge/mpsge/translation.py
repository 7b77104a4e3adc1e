"""MPSGE text as a model of the language."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cge.language.model import Model
from cge.language.spelling import near
from cge.language.words import some
from cge.mpsge.data import Domain, Sets
from cge.mpsge.declaration import Declaration, Formula
from cge.mpsge.errors import MPSGEError, MPSGEWarning
from cge.mpsge.expressions import Lettered
from cge.mpsge.options import Options
from cge.mpsge.text import read

_EXACT = 1e-6
"""Relative miss of an equality that is no rounding."""


@dataclass(frozen=True, eq=False)
class Translation:
    """A text as a model, and what becomes of its data.

    Attributes:
        model: the model in the language.
        data: what was handed over, by name in lower case.
        notes: what was left out of the text, and sets and data that it does not read.
    """

    model: Model
    data: Mapping[str, Lettered]
    notes: tuple[str, ...]
    _domain: Domain
    _formulas: Mapping[str, Formula]
    _reads: Mapping[str, frozenset[str]]
    _equalities: Mapping[str, Callable[[Any], Any]]

    def changes(self, **data: Any) -> dict[str, Any]:
        """Parameters of the model that follow from new data, for ``Model.solve``.

        As in GAMS, where an assignment takes effect when the model is generated anew, every
        expression that reads the data is evaluated again.

        Raises:
            MPSGEError: there are no such data, or no number of the text reads them.
        """
        for name in data:
            if name.lower() not in self.data:
                raise MPSGEError(f"no data called {name!r}; {near(name, self.data)}")
            if name.lower() in self._unread:
                raise MPSGEError(
                    f"no number of the text reads {name!r}: a new value changes nothing"
                )
        new = {
            name.lower(): self._domain.array(name, value, self.model.dims)
            for name, value in data.items()
        }
        table = {**self.data, **new}
        moved = [name for name, reads in self._reads.items() if not reads.isdisjoint(new)]
        return {name: self._formulas[name](table) for name in moved}

    def __repr__(self) -> str:
        left_out = f", {len(self.notes)} notes" if self.notes else ""
        return f"Translation({self.model!r}, data {some(list(self.data), 10) or 'none'}{left_out})"

    @property
    def _unread(self) -> set[str]:
        """Data that no expression reads."""
        return self.data.keys() - set().union(*self._reads.values())

    def solve(self, **data: Any) -> Any:
        """The equilibrium at new data, from the benchmark; see ``Model.solve``.

        All else that ``Model.solve`` takes goes with ``changes``, as in
        ``t.model.solve(t.changes(TX=0.2), fix={"X": 1.0})``.

        Warns:
            MPSGEWarning: an equality does not hold, since its variable is at its lower bound.
        """
        found = self.model.solve(self.changes(**data))
        missed = [n for n, gap in self._equalities.items() if _misses(gap(found.state))]
        if missed:
            warnings.warn(
                f"{self.model.name}: the equality of {', '.join(missed)} does not hold, since the "
                "variable is at its lower bound; write the side that rises with it first, or take "
                f"the bound away, lower={{{missed[0]!r}: None}}",
                MPSGEWarning,
                stacklevel=2,
            )
        return found


def _misses(gap: Any) -> bool:
    """Whether an equality misses by more than a solution may."""
    return bool((np.abs(np.asarray(gap)) > _EXACT).any())


def translate(
    text: str,
    *,
    sets: Sets | None = None,
    data: Mapping[str, Any] | None = None,
    start: Mapping[str, Any] | None = None,
    lower: Mapping[str, float | None] | None = None,
    latent: Sequence[str] = (),
    free: Sequence[str] = (),
    numeraire: str = "",
    balanced: bool = True,
) -> Translation:
    """Declare the model of an MPSGE text in the language.

    Arguments:
        text: a GAMS file or the part between ``$MODEL`` and ``$OFFTEXT``, which alone is read.
        sets: labels of the sets that the text uses, aliases and subsets as in ``cge.language``.
        data: scalars and arrays that it uses: labelled, or with their sets, ``("i j", array)``.
        start: what GAMS assigns to ``.L``: benchmark prices, levels and auxiliary variables; one
            by default, zero for auxiliary variables, ``latent`` sectors and ``free`` prices.
        lower: what it assigns to ``.LO`` of auxiliary variables; zero by default, as in MPSGE,
            None for none.
        latent: sectors that may shut down.
        free: commodities whose price may be zero.
        numeraire: the commodity whose price is one; the first one by default.
        balanced: whether the text is an equilibrium as it stands, as texts of the literature are,
            or only where solves start (``Model(..., balanced=False)``).

    Raises:
        MPSGEError: the text cannot be read, reads what was not handed over, or says what cannot
            be translated; an argument names what the text does not declare as such.
        DeclarationError: the model does not hold together.
    """
    source, domain = read(text), Domain.of(sets or {})
    options = Options.of(
        source,
        start=start or {},
        lower=lower or {},
        latent=latent,
        free=free,
        numeraire=numeraire,
        balanced=balanced,
    )
    first = Declaration(source, domain, data or {}, options, {})
    scales = first.scales()
    final = Declaration(source, domain, data or {}, options, scales) if scales else first
    notes = (*source.ignored, *final.unread())
    return Translation(
        final.model, final.data, notes, domain, final.formulas, final.reads, final.equalities
    )
