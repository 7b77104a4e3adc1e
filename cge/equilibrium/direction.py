r"""The Newton direction, by the block route or the dense one.

A *factorisation* holds all that depends on the Jacobian; applying it to a residual f solves
:math:`J d = -f`. The same factorisation serves several right-hand sides: chord steps, tangents,
and (transposed) gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from cge.equilibrium.axes import Traced
from cge.equilibrium.jacobian import NUMERAIRE
from cge.equilibrium.plan import Plan, Substitution, eliminate
from cge.equilibrium.state import Unknowns
from cge.equilibrium.tensors import Blocks, is_diagonal, size_of
from cge.language.model import Model

_LEAST_PIVOT = 1e-15
"""Smallest pivot relative to the largest: smaller ones are rounding, where an unknown is not
determined, such as the price of what nobody trades any more; it then stays about where it is."""


class LU(NamedTuple):
    """A factorised matrix, with its row exchanges as one permutation."""

    factors: Traced
    permutation: Traced


def lu(matrix: Traced) -> LU:
    """Factorise a matrix once for many right-hand sides."""
    factors, _, permutation = jax.lax.linalg.lu(matrix)
    pivots = jnp.diagonal(factors)
    least = _LEAST_PIVOT * jnp.max(jnp.abs(pivots), initial=0.0)
    missing = jnp.where(jnp.abs(pivots) < least, jnp.where(pivots < 0.0, -least, least) - pivots, 0)
    return LU(factors + jnp.diag(missing), permutation)


def lu_solve(matrix: LU, right: Traced) -> Traced:
    """Solve with a factorised matrix, for one right-hand side or several columns of them."""
    columns = right[:, None] if right.ndim == 1 else right
    lower = jax.lax.linalg.triangular_solve(
        matrix.factors,
        columns[matrix.permutation],
        left_side=True,
        lower=True,
        unit_diagonal=True,
    )
    solution = jax.lax.linalg.triangular_solve(matrix.factors, lower, left_side=True, lower=False)
    return solution.reshape(right.shape)


class Core(NamedTuple):
    """Factorised core and border of the block route (see ``plan``)."""

    market: Any
    profit: Any
    coupling: Traced | None
    spill: Traced | None
    market_price: Traced
    price_border: Traced
    level_border: Traced
    border_price: Traced
    border_level: Traced
    border: Any


class Factors(NamedTuple):
    """What depends on the Jacobian only."""

    substitutions: tuple[Substitution, ...]
    core: Core | None
    border: Any


class Route:
    """Linear algebra of one model.

    Arguments:
        model: the declared model.
        plan: order of elimination; None for the dense route.
        blocks: an empty set of blocks with the model's ranks.
    """

    def __init__(self, model: Model, plan: Plan | None, blocks: Blocks) -> None:
        self.shapes = {**{k: f.shape for k, f in model.families().items()}, NUMERAIRE: ()}
        self.keys = list(model.families())
        self.algebra = blocks
        everything = tuple(self.keys)
        self.plan = plan or Plan((), (), everything, everything)
        dropped = model.dropped
        self.dropped = None if dropped is None else f"p:{dropped.name}"
        self.dropped_row = None if dropped is None else self._row_of_dropped()

    def _row_of_dropped(self) -> int:
        row = 0
        for key in self.plan.border_rows:
            if key == self.dropped:
                return row
            row += size_of(self.shapes[key])
        raise AssertionError("the dropped market is always in the border")

    # ------------------------------------------------------------------ factorise

    def factorise(self, blocks: Blocks, dead: Mapping[str, Traced]) -> Factors:
        """Eliminate, assemble and factorise."""
        blocks = blocks.copy()
        steps = tuple(
            eliminate(blocks, row, column, dead[row]) for row, column in self.plan.substitutions
        )
        border = self._border_matrix(blocks, dead, list(self.plan.border))
        if not self.plan.core:
            return Factors(steps, None, lu(border))
        return Factors(steps, self._core(blocks, dead, border), None)

    def _border_matrix(
        self, blocks: Blocks, dead: Mapping[str, Traced], columns: list[str]
    ) -> Traced:
        """Rows of the border, with the numeraire in the place of the dropped market."""
        rows = list(self.plan.border_rows)
        matrix: Traced = blocks.matrix(rows, columns, self.shapes)
        if columns == list(self.plan.border):
            matrix = matrix + self._identity(dead, rows, columns)
        if self.dropped_row is not None:
            numeraire = blocks.matrix([NUMERAIRE], columns, self.shapes)[0]
            matrix = matrix.at[self.dropped_row].set(numeraire)
        return matrix

    def _identity(self, dead: Mapping[str, Traced], rows: list[str], columns: list[str]) -> Traced:
        """Ones for the dead members of the border: their unknowns stay where they are."""
        size = sum(size_of(self.shapes[k]) for k in rows)
        starts = np.cumsum([0] + [size_of(self.shapes[k]) for k in columns])
        place = dict(zip(columns, starts, strict=False))
        total = jnp.zeros((size, int(starts[-1])))
        row = 0
        for key in rows:
            n = size_of(self.shapes[key])
            if key in place:
                at = jnp.arange(n)
                total = total.at[row + at, place[key] + at].set(dead[key].ravel().astype(float))
            row += n
        return total

    def _core(self, blocks: Blocks, dead: Mapping[str, Traced], border: Traced) -> Core:
        prices, levels, rest = self.plan.prices, self.plan.levels, list(self.plan.border)
        shapes = self.shapes
        ends = jnp.concatenate([dead[k].ravel() for k in levels]).astype(float)
        idle = jnp.concatenate([dead[k].ravel() for k in prices]).astype(float)
        market_level = blocks.matrix(prices, levels, shapes) - jnp.diag(idle)
        market_price = blocks.matrix(prices, prices, shapes)
        profit_price = blocks.matrix(levels, prices, shapes) - jnp.diag(ends)
        market = lu(market_level)
        coupling = self._coupling(blocks)
        spill = None
        if coupling is not None:
            spill = lu_solve(market, market_price)
            profit_price = profit_price - _couple(coupling, spill)
        profit = lu(profit_price)
        partial = Core(
            market,
            profit,
            coupling,
            spill,
            market_price,
            jnp.zeros(()),
            jnp.zeros(()),
            self._border_matrix(blocks, dead, prices),
            self._border_matrix(blocks, dead, levels),
            None,
        )
        price_border, level_border = _solve_core(
            partial,
            blocks.matrix(levels, rest, shapes),
            blocks.matrix(prices, rest, shapes),
        )
        schur = border - partial.border_price @ price_border - partial.border_level @ level_border
        return partial._replace(
            price_border=price_border, level_border=level_border, border=lu(schur)
        )

    def _coupling(self, blocks: Blocks) -> Traced | None:
        """Zero profit's dependence on levels: none, a diagonal (1-d) or a matrix."""
        parts = {
            k: t
            for k, t in blocks.table.items()
            if k[0] in self.plan.levels and k[1] in self.plan.levels
        }
        if not parts:
            return None
        if all(r == c and is_diagonal(t) for (r, c), t in parts.items()):
            zero = {k: {"": jnp.zeros(self.shapes[k])} for k in self.plan.levels}
            tables = [parts.get((k, k), zero[k]) for k in self.plan.levels]
            return jnp.concatenate([t.ravel() for table in tables for t in table.values()])
        return blocks.matrix(self.plan.levels, self.plan.levels, self.shapes)

    # ------------------------------------------------------------------ apply

    def apply(self, factors: Factors, residual: Unknowns) -> Unknowns:
        """The direction d with J d = -f, linear in the residual f."""
        f = dict(residual)
        blocks = self.algebra
        for (row, _), step in zip(self.plan.substitutions, factors.substitutions, strict=True):
            f[row] = -f[row] / step.pivot
            for r, tensors in step.above.items():
                self._carry(f, r, blocks.apply(r, tensors, f[row]))
        solution = self._solve(factors, f)
        pairs = list(zip(self.plan.substitutions, factors.substitutions, strict=True))
        for (row, column), step in reversed(pairs):
            value = f[row]
            for c, tensors in step.own.items():
                value = value + blocks.apply(row, tensors, solution[c])
            solution[column] = value
        return {key: solution[key] for key in self.keys}

    def _carry(self, f: Unknowns, row: str, change: Traced) -> None:
        """Add to a condition; the first member of the dropped market is the numeraire's."""
        if self.dropped is None or row not in (NUMERAIRE, self.dropped):
            f[row] = f[row] + change
            return
        first = (0,) * len(self.shapes[self.dropped])
        if row == NUMERAIRE:
            held: Traced = f[self.dropped]
            f[self.dropped] = held.at[first].add(change)
        else:
            f[row] = f[row] + change.at[first].set(0.0)

    def _solve(self, factors: Factors, f: Unknowns) -> Unknowns:
        flat = {
            group: _flatten(f, keys)
            for group, keys in (
                ("border", self.plan.border_rows),
                ("prices", self.plan.prices),
                ("levels", self.plan.levels),
            )
        }
        core = factors.core
        if core is None:
            rest = -lu_solve(factors.border, flat["border"])
            return self._split(rest, self.plan.border)
        price, level = _solve_core(core, flat["levels"], flat["prices"])
        right = flat["border"] - core.border_price @ price - core.border_level @ level
        rest = -lu_solve(core.border, right)
        price = -price - core.price_border @ rest
        level = -level - core.level_border @ rest
        return {
            **self._split(price, self.plan.prices),
            **self._split(level, self.plan.levels),
            **self._split(rest, self.plan.border),
        }

    def _split(self, vector: Traced, keys: Any) -> Unknowns:
        parts, at = {}, 0
        for key in keys:
            n = size_of(self.shapes[key])
            parts[key] = vector[at : at + n].reshape(self.shapes[key])
            at += n
        return parts


def _couple(coupling: Traced, matrix: Traced) -> Traced:
    if coupling.ndim == 2:
        return coupling @ matrix
    return coupling[:, None] * matrix if matrix.ndim == 2 else coupling * matrix


def _solve_core(core: Core, profit: Traced, market: Traced) -> tuple[Traced, Traced]:
    """Prices and levels x of the core with K x = (profit, market)."""
    if core.coupling is None:
        price = lu_solve(core.profit, profit)
        return price, lu_solve(core.market, market - core.market_price @ price)
    level = lu_solve(core.market, market)
    price = lu_solve(core.profit, profit - _couple(core.coupling, level))
    return price, level - core.spill @ price


def _flatten(parts: Unknowns, keys: Any) -> Traced:
    if not keys:
        return jnp.zeros(0)
    return jnp.concatenate([parts[key].ravel() for key in keys])


def solve_transposed(route: Route, factors: Factors, right: Unknowns) -> Unknowns:
    """The vector with (J transposed) v = -right, from the same factorisation."""
    transpose = jax.linear_transpose(lambda f: route.apply(factors, f), right)
    (result,) = transpose(right)
    return result
