r"""Two equilibria side by side: changes in levels and per cent, labelled.

.. math:: \Delta x = x^1 - x^0, \qquad \hat x = 100\, \frac{x^1 - x^0}{|x^0|} .

From nothing there is no percentage: such a change is not a number and its row says "from zero".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from cge.accounts.tables import TAIL, largest, long_table, to_dataset, workbook
from cge.equilibrium.axes import Axes
from cge.equilibrium.result import Equilibrium
from cge.language.errors import DeclarationError

ROUNDING = 1e-12
"""What is smaller, relative to the largest member of its variable, is zero."""

SPECK = 1e-15
"""What is smaller, relative to the largest of all variables in the same unit, is zero."""

FROM_ZERO, TO_ZERO, NEGATIVE, NOTHING = "from zero", "to zero", "base below zero", "not traded"


@dataclass(frozen=True, eq=False)
class Comparison:
    """A new equilibrium against a base.

    Attributes:
        base: variables of the base.
        new: variables of the new equilibrium.
        only_base: names of variables that the base alone has.
        only_new: names of variables that the new equilibrium alone has.
        about: the two equilibria in words, by item.
    """

    base: xr.Dataset
    new: xr.Dataset
    only_base: tuple[str, ...] = ()
    only_new: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def change(self) -> xr.Dataset:
        """New less base, in the units of each variable."""
        made = {
            name: self.base[name].copy(data=self.new[name].to_numpy() - self.base[name].to_numpy())
            for name in map(str, self.base.data_vars)
        }
        return xr.Dataset(made)

    @property
    def percent(self) -> xr.Dataset:
        """Change in per cent of the base's size; not a number where the base is zero."""
        made: dict[str, xr.DataArray] = {}
        for name, base, new in self._cleaned():
            attrs = {**self.base[name].attrs, "units": "%"}
            made[name] = self.base[name].copy(data=percent(base, new)).assign_attrs(attrs)
        return xr.Dataset(made)

    def to_frame(self) -> pd.DataFrame:
        """A long table with columns ``base, new, change, percent, note``.

        The note says why there is no percentage (``from zero``, ``not traded``) or how to read it
        (``to zero``, ``base below zero``); it is empty otherwise.
        """
        parts = {"base": self.base, "new": self.new, "change": self.change}
        table = long_table({**parts, "percent": self.percent})
        table["note"] = np.concatenate([np.zeros(0, str), *self._notes()])
        return table[[c for c in table.columns if c not in TAIL] + list(TAIL)]

    def to_excel(self, path: str | Path) -> Path:
        """Write a workbook with a sheet for each subject; returns the path."""
        columns = ("base", "new", "change", "percent", "note")
        about = {
            **self.about,
            "only in the base": ", ".join(self.only_base) or "none",
            "only in the new equilibrium": ", ".join(self.only_new) or "none",
        }
        return workbook(self.to_frame(), columns, about, path)

    def largest(self, count: int = 20) -> pd.DataFrame:
        """The members that change most in per cent, largest first."""
        table = self.to_frame().dropna(subset="percent")
        order = table["percent"].abs().sort_values(ascending=False, kind="stable").index
        return table.loc[order].head(count).reset_index(drop=True)

    def _cleaned(self) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """Names and values of both equilibria, zero where they are nothing but dust."""
        names = [str(name) for name in self.base.data_vars]
        pairs = {n: np.stack([self.base[n].to_numpy(), self.new[n].to_numpy()]) for n in names}
        sizes = {n: largest(v) for n, v in pairs.items()}
        units = {n: self.base[n].attrs["units"] for n in names}
        for name, values in pairs.items():
            whole = max(sizes[n] for n in names if units[n] == units[name])
            least = max(ROUNDING * sizes[name], SPECK * whole)
            base, new = np.where(np.abs(values) <= least, 0.0, values)
            yield name, base, new

    def _notes(self) -> Iterator[np.ndarray]:
        for _, base, new in self._cleaned():
            none, gone = base == 0.0, new == 0.0
            missing = np.isnan(base) | np.isnan(new)
            conditions = [missing, none & ~gone, gone & ~none, base < 0]
            notes = np.select(conditions, [NOTHING, FROM_ZERO, TO_ZERO, NEGATIVE], "")
            yield notes.ravel()


def percent(base: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Change in per cent of the size of the base: zero from zero to zero, else no number there."""
    none = base == 0.0
    change = 100.0 * (new - base) / np.where(none, 1.0, np.abs(base))
    return np.where(none, np.where(new == 0.0, 0.0, np.nan), change)


def compare(new: Equilibrium, base: Equilibrium) -> Comparison:
    """A new equilibrium against a base.

    Variables that one of them lacks (a swap adds a variable) are named, not compared.

    Raises:
        DeclarationError: labels differ, or prices are relative to different numeraires, so that
            nothing in money can be compared.
    """
    if not isinstance(base, Equilibrium):
        raise DeclarationError(
            f"compare: expected is an equilibrium, as solve returns, found {type(base).__name__}"
        )
    _check_numeraire(new, base)
    first, second = to_dataset(base), to_dataset(new)
    names = [str(name) for name in first.data_vars if name in second.data_vars]
    for name in names:
        _check_labels(name, first[name], second[name])
    return Comparison(
        first[names],
        second[names],
        tuple(str(n) for n in first.data_vars if n not in second.data_vars),
        tuple(str(n) for n in second.data_vars if n not in first.data_vars),
        {
            "base": repr(base),
            "new": repr(new),
            "numeraire": first.attrs["numeraire"],
        },
    )


def _check_labels(name: str, base: xr.DataArray, new: xr.DataArray) -> None:
    same = base.dims == new.dims and all(
        list(base.coords[c].values) == list(new.coords[c].values) for c in base.dims
    )
    if not same:
        raise DeclarationError(
            f"{name}: the two equilibria have other letters or labels "
            f"({dict(base.sizes)} and {dict(new.sizes)}); compare equilibria of one model"
        )


def _check_numeraire(new: Equilibrium, base: Equilibrium) -> None:
    """Assert that prices are relative to the same commodities with the same weights."""
    first, second = (_weights(e) for e in (base, new))
    same = first.keys() == second.keys() and all(
        first[k].shape == second[k].shape and np.allclose(first[k], second[k], rtol=1e-12)
        for k in first
    )
    if not same:
        raise DeclarationError(
            f"prices of the base are relative to {_list(first)}, those of the new equilibrium to "
            f"{_list(second)}, by their weights; give both the same numeraire "
            "(Model.numeraire) to compare values"
        )


def _weights(equilibrium: Equilibrium) -> dict[str, np.ndarray]:
    """Weights of the numeraire by commodity, relative to their sum."""
    model = equilibrium.model
    axes, values = Axes(model.dims, np), equilibrium.state.values
    table = {
        c.name: np.asarray(axes.spread(values[p.name], p.letters, c.letters), float)
        for c, p in model.index.items()
    }
    total = sum(float(w.sum()) for w in table.values()) or 1.0
    return {name: weight / total for name, weight in table.items()}


def _list(weights: dict[str, np.ndarray]) -> str:
    return ", ".join(weights) or "nothing"
