"""Sets and data beside a text: letters of sets, and arrays over them."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from cge.language.dimensions import Alias, Dimensions, Subset
from cge.language.parameters import as_values
from cge.language.spelling import near
from cge.mpsge.errors import MPSGEError
from cge.mpsge.expressions import Lettered

Sets = Mapping[str, Sequence[str] | Alias | Subset]
"""Labels of each set, or ``alias("i")``, ``subset("i", [...])`` of another one."""


@dataclass(frozen=True, eq=False)
class Domain:
    """The sets of a text as letters of a model.

    Attributes:
        letters: letter of each set, by its name in lower case.
        declared: what a ``Model`` is declared over, by letter.
    """

    letters: Mapping[str, str]
    declared: Mapping[str, Any]

    @classmethod
    def of(cls, sets: Sets) -> Domain:
        """A letter for every set: its own name where that is one, else a free one."""
        names = list(lower("sets", sets))
        free = [c for c in string.ascii_lowercase if c not in names]
        letters: dict[str, str] = {}
        for name in names:
            own = [c for c in name if c in free] or free
            if len(name) > 1 and not own:
                raise MPSGEError(f"no letter is left for the set {name!r}: 26 are the most")
            letters[name] = name if len(name) == 1 else own[0]
            free = [c for c in free if c != letters[name]]
        declared = {letters[name.lower()]: _renamed(what, letters) for name, what in sets.items()}
        return cls(letters, declared)

    def array(self, name: str, value: Any, dims: Dimensions) -> Lettered:
        """Data as an array over letters.

        Raises:
            DeclarationError: labels or sizes do not fit, or it is not said which sets it is over.
        """
        where = f"data {name!r}"
        base = "".join(c for c in dims if dims[c].base == c and dims[c].positions is None)
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
            said = "".join(self._letter(word, where) for word in value[0].replace(",", " ").split())
            return Lettered(*as_values((said, value[1]), said, dims, where))
        value = self._with_letters(value)
        bare = not hasattr(value, "index") and not hasattr(value, "dims")
        if bare and not isinstance(value, Mapping) and np.ndim(value) > 0:
            fitting = [c for c in base if (dims[c].size,) == np.shape(value)]
            if len(fitting) != 1:
                raise MPSGEError(
                    f"{where}: say over which sets the array is, such as ('i j', array), or hand "
                    "over a labelled Series, DataFrame or DataArray"
                )
            return Lettered(*as_values((fitting[0], value), fitting[0], dims, where))
        return Lettered(*as_values(value, base, dims, where))

    def _letter(self, name: str, where: str) -> str:
        if name.lower() not in self.letters:
            raise MPSGEError(f"{where}: unknown set {name!r}; {near(name, self.letters)}")
        return self.letters[name.lower()]

    def _with_letters(self, value: Any) -> Any:
        """A labelled value whose axes have letters for names, where they had those of sets."""

        def letter(name: Any) -> Any:
            return self.letters.get(str(name).lower(), name)

        if isinstance(value, xr.DataArray):
            return value.rename({d: letter(d) for d in value.dims})
        if isinstance(value, pd.Series):
            return value.rename_axis(index=[letter(n) for n in value.index.names])
        if isinstance(value, pd.DataFrame):
            index = [letter(n) for n in value.index.names]
            return value.rename_axis(index=index, columns=[letter(n) for n in value.columns.names])
        return value


def lower(what: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Things by name in lower case, since GAMS does not tell cases apart.

    Raises:
        MPSGEError: two names are one.
    """
    found = {name.lower(): value for name, value in given.items()}
    if len(found) < len(given):
        twice = sorted(n for n in given if sum(n.lower() == k.lower() for k in given) > 1)
        raise MPSGEError(f"{what}: {' and '.join(twice)} are one name, whatever their case")
    return found


def _renamed(what: Any, letters: Mapping[str, str]) -> Any:
    """An alias or subset of the letter of its set."""
    if isinstance(what, Alias | Subset):
        if what.of.lower() not in letters:
            raise MPSGEError(f"an alias or subset of {what.of!r}, which is no set that was given")
        return replace(what, of=letters[what.of.lower()])
    return what
