r"""Subtotals: what each group of a shock contributes to each change.

W. J. Harrison, J. M. Horridge and K. R. Pearson, "Decomposing Simulation Results with Respect to
Exogenous Shocks", Computational Economics 15 (2000), 227-249. Along a straight line in parameters
the change of any variable R is the sum over groups g of

.. math:: \Delta_g R = \int_0^1 \Big( \frac{\partial R}{\partial u} \frac{du_g}{ds}
          + \frac{\partial R}{\partial \theta} \Delta_g \Big) ds .

Contributions do not depend on the order of the groups, unlike switching shocks on one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import numpy as np
import pandas as pd
import xarray as xr

from cge.accounts.line import INTERVALS, TOLERANCE, Groups, StraightLine, Unfinished, straight_line
from cge.accounts.tables import labelled, largest, long_table
from cge.accounts.variables import Variable, variables
from cge.equilibrium.jitted import Jitted
from cge.equilibrium.result import Equilibrium
from cge.equilibrium.solver import Solver, tangent
from cge.equilibrium.verbs import KEPT
from cge.language.errors import DeclarationError

GROUP = "group"
"""Dimension of the groups."""

LEAST = 1e-9
"""Least size of a variable, relative to the largest of its unit: what a solve accepts."""


@dataclass(frozen=True, eq=False)
class Subtotals:
    """Contributions of the groups of a shock.

    Attributes:
        contributions: contribution of each group to the change of each variable, in its unit.
        total: change of each variable.
        base: variables of the base.
        error: largest difference between a sum of contributions and its total, relative to the
            size of the variable.
    """

    contributions: xr.Dataset
    total: xr.Dataset
    base: xr.Dataset
    error: float

    @property
    def percent(self) -> xr.Dataset:
        """Contributions in per cent of the base's size; not a number where the base is zero."""
        size = abs(self.base)
        made = 100.0 * self.contributions / size.where(size > 0)
        return made.map(lambda v: v.assign_attrs({**self.base[v.name].attrs, "units": "%"}))

    def to_frame(self) -> pd.DataFrame:
        """A long table with a column for each group, and ``total``."""
        columns = {
            str(g): self.contributions.sel({GROUP: g}, drop=True)
            for g in self.contributions[GROUP].values
        }
        return long_table({**columns, "total": self.total})


def subtotals(
    solver: Solver,
    base: Equilibrium,
    new: Equilibrium,
    groups: Groups | None = None,
    *,
    names: Collection[str] | None = None,
    tolerance: float = TOLERANCE,
    intervals: int = INTERVALS,
) -> Subtotals:
    """Part the changes between two equilibria by groups of parameters.

    Arguments:
        solver: solver of the model of both.
        base: equilibrium before.
        new: equilibrium after.
        groups: parameters by group, or shares of their changes (``{"bread": {"tariff": [1, 0]}}``);
            every parameter that changes by default.
        names: variables of ``Equilibrium.to_dataset``, all by default.
        tolerance: error of a contribution, relative to the size of its variable.
        intervals: most intervals of the rule.

    Raises:
        DeclarationError: groups or names do not fit.
        NotSolved: there is no equilibrium somewhere between.
        Unfinished: the contributions do not become exact enough, or lead to another equilibrium.
    """
    line = straight_line(solver, base, new, groups)
    chosen = _chosen(solver, names)
    rate = _rates(solver, tuple(v.name for v in chosen))
    first, second = (_values(chosen, e) for e in (base, new))
    sizes = _sizes(chosen, first, second)
    found, _ = line.integrate(rate, sizes, tolerance, intervals)
    change = {name: second[name] - first[name] for name in first}
    error = max(largest(found[name].sum(axis=0) - change[name]) / sizes[name] for name in change)
    _check(error, tolerance, solver)
    return _labelled(line, chosen, found, change, first, error)


@lru_cache(maxsize=KEPT)
def _rates(solver: Solver, names: tuple[str, ...]) -> Any:
    """Compiled (unknowns, parameters, changes) -> rates of change of variables, groups first.

    What was compiled last is kept.
    """
    chosen = _chosen(solver, names)

    def total(unknowns: Any, values: Any, changes: Any) -> Any:
        def along(change: Any) -> Any:
            moved = tangent(solver, unknowns, values, change)

            def read(u: Any, v: Any) -> Any:
                state = solver.state(u, v)
                return {w.name: w.read(state) for w in chosen}

            return jax.jvp(read, (unknowns, values), (moved, change))[1]

        return jax.vmap(along)(changes)

    return Jitted(total)


def _chosen(solver: Solver, names: Collection[str] | None) -> list[Variable]:
    table = {v.name: v for v in variables(solver.model)}
    unknown = [name for name in names or () if name not in table]
    if unknown:
        raise DeclarationError(
            f"no variable {', '.join(unknown)}; see Equilibrium.to_dataset for the names"
        )
    return list(table.values()) if names is None else [table[name] for name in names]


def _values(chosen: list[Variable], equilibrium: Equilibrium) -> dict[str, Any]:
    return {v.name: np.asarray(v.read(equilibrium.state), float) for v in chosen}


def _sizes(
    chosen: list[Variable], first: Mapping[str, Any], second: Mapping[str, Any]
) -> dict[str, float]:
    """Size of each variable: its largest member, no less than a speck of its unit's."""
    own = {v.name: max(largest(first[v.name]), largest(second[v.name])) for v in chosen}
    whole = {v.unit: max(own[w.name] for w in chosen if w.unit == v.unit) for v in chosen}
    return {v.name: max(own[v.name], LEAST * whole[v.unit]) or 1.0 for v in chosen}


def _check(error: float, tolerance: float, solver: Solver) -> None:
    """Assert that contributions add up to totals."""
    accepted = max(10.0 * tolerance, 1e-7)
    if not error <= accepted:
        raise Unfinished(
            f"{solver.model.name}: contributions add up to the changes to {error:.1e} of the sizes "
            f"only (accepted: {accepted:.1e}); either the new equilibrium is not the one that the "
            "line leads to, or kinks on the way ask for more intervals (intervals=)"
        )


def _labelled(
    line: StraightLine,
    chosen: list[Variable],
    found: dict[str, Any],
    change: dict[str, Any],
    first: dict[str, Any],
    error: float,
) -> Subtotals:
    dims = line.solver.model.dims
    parts = [
        xr.Dataset({v.name: labelled(v, found[v.name][k], dims) for v in chosen})
        for k, _ in enumerate(line.groups)
    ]
    index = pd.Index(line.groups, name=GROUP)
    return Subtotals(
        xr.concat(parts, dim=index, combine_attrs="override", join="exact"),
        xr.Dataset({v.name: labelled(v, change[v.name], dims) for v in chosen}),
        xr.Dataset({v.name: labelled(v, first[v.name], dims) for v in chosen}),
        error,
    )
