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

_LEAST_OWN = 1e-9
"""Smallest derivative of a zero profit in its own level by which the level is eliminated: a
direction that is wrong by so little still leads there."""

_LEAST_PIVOT = 1e-15
"""Smallest pivot relative to the largest: smaller ones are rounding, where an unknown is not
determined, such as the price of what nobody trades any more; it then stays about where it is."""


class LU(NamedTuple):
    """A factorised matrix, with its row exchanges as one permutation.

    Attributes:
        columns: both triangles, transposed: LAPACK reads matrices by columns, and would copy them.
        permutation: the row of the matrix in each row of the triangles.
    """

    columns: Traced
    permutation: Traced


def lu(matrix: Traced) -> LU:
    """Factorise a matrix once for many right-hand sides."""
    factors, _, permutation = jax.lax.linalg.lu(matrix)
    pivots = jnp.diagonal(factors)
    least = _LEAST_PIVOT * jnp.max(jnp.abs(pivots), initial=0.0)
    small = jnp.abs(pivots) < least
    pivots = jnp.where(small, jnp.where(pivots < 0.0, -least, least), pivots)
    at = np.arange(len(pivots))
    return LU(factors.T.at[at, at].set(pivots), permutation)


def lu_solve(matrix: LU, right: Traced) -> Traced:
    """Solve with a factorised matrix, for one right-hand side or several columns of them."""
    columns = right[:, None] if right.ndim == 1 else right
    solution = columns[matrix.permutation]
    for lower in (True, False):
        solution = jax.lax.linalg.triangular_solve(
            matrix.columns.T, solution, left_side=True, lower=lower, unit_diagonal=lower
        )
    return solution.reshape(right.shape)


class Apart(NamedTuple):
    """A core whose zero profits do not depend on levels: prices first, then levels, then border.

    Attributes:
        market: derivatives of markets in levels.
        profit: derivatives of zero profits in prices.
        market_price: derivatives of markets in prices.
        price_border: prices that the unknowns of the border lead to.
        level_border: levels that they lead to.
        border_price: derivatives of the border's conditions in prices.
        border_level: their derivatives in levels.
        border: the border without the core.
    """

    market: LU
    profit: LU
    market_price: Traced
    price_border: Traced
    level_border: Traced
    border_price: Traced
    border_level: Traced
    border: LU


class Joint(NamedTuple):
    """A core where some levels follow from their own zero profit; the rest is one matrix.

    Attributes:
        pivot: derivatives of these zero profits in their own levels.
        cost: their derivatives in prices and the border.
        pull: derivatives of markets and border in these levels, over the pivots.
        rest: markets, border and the other zero profits, in prices, border and the other levels.
    """

    pivot: Traced
    cost: Traced
    pull: Traced
    rest: LU


class Factors(NamedTuple):
    """What depends on the Jacobian only."""

    substitutions: tuple[Substitution, ...]
    core: Apart | Joint | None
    border: LU | None


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
        self.plan = plan or Plan((), (), everything, everything, ())
        size = sum(size_of(self.shapes[key]) for key in self.plan.levels)
        self.own = np.array(self.plan.coupled, int)
        self.other = np.setdiff1d(np.arange(size), self.own)
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
        if self.plan.core:
            return Factors(steps, self._core(blocks, dead), None)
        border = self._border_matrix(blocks, dead, list(self.plan.border))
        return Factors(steps, None, lu(border))

    def _border_matrix(
        self, blocks: Blocks, dead: Mapping[str, Traced], columns: list[str]
    ) -> Traced:
        """Rows of the border, with the numeraire in the place of the dropped market."""
        rows = list(self.plan.border_rows)
        matrix: Traced = blocks.matrix(rows, columns, self.shapes)
        if set(columns) & set(rows):
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

    def _core(self, blocks: Blocks, dead: Mapping[str, Traced]) -> Apart | Joint:
        prices, levels, shapes = self.plan.prices, self.plan.levels, self.shapes
        ends = jnp.concatenate([dead[k].ravel() for k in levels]).astype(float)
        idle = jnp.concatenate([dead[k].ravel() for k in prices]).astype(float)
        market_level = blocks.matrix(prices, levels, shapes) - jnp.diag(idle)
        profit_price = blocks.matrix(levels, prices, shapes) - jnp.diag(ends)
        coupling = self._coupling(blocks)
        if coupling is None:
            return self._apart(blocks, dead, market_level, profit_price)
        return self._joint(blocks, dead, market_level, profit_price, coupling)

    def _apart(
        self,
        blocks: Blocks,
        dead: Mapping[str, Traced],
        market_level: Traced,
        profit_price: Traced,
    ) -> Apart:
        """Factorise zero profits, markets, and the border without them."""
        prices, levels, rest = self.plan.prices, self.plan.levels, list(self.plan.border)
        market, profit = lu(market_level), lu(profit_price)
        market_price = blocks.matrix(prices, prices, self.shapes)
        price_border = lu_solve(profit, blocks.matrix(levels, rest, self.shapes))
        pull = blocks.matrix(prices, rest, self.shapes) - market_price @ price_border
        level_border = lu_solve(market, pull)
        border_price = self._border_matrix(blocks, dead, prices)
        border_level = self._border_matrix(blocks, dead, levels)
        border = self._border_matrix(blocks, dead, rest)
        schur = border - border_price @ price_border - border_level @ level_border
        sides = price_border, level_border, border_price, border_level
        return Apart(market, profit, market_price, *sides, lu(schur))

    def _joint(
        self,
        blocks: Blocks,
        dead: Mapping[str, Traced],
        market_level: Traced,
        profit_price: Traced,
        coupling: Traced,
    ) -> Joint:
        """Eliminate the levels that their own zero profit gives, and factorise the rest."""
        own, other, shapes = self.own, self.other, self.shapes
        prices, levels, border = self.plan.prices, self.plan.levels, list(self.plan.border)
        pivot = jnp.diagonal(coupling)[own] if coupling.ndim == 2 else coupling[own]
        pivot = jnp.where(jnp.abs(pivot) < _LEAST_OWN, jnp.copysign(_LEAST_OWN, pivot), pivot)
        ends = jnp.concatenate([dead[k].ravel() for k in levels])
        pivot = jnp.where(ends[own], -1.0, pivot)
        among = coupling[np.ix_(other, other)] if coupling.ndim == 2 else jnp.diag(coupling[other])
        columns = [*prices, *border]
        balance = jnp.concatenate(
            [blocks.matrix(prices, columns, shapes), self._border_matrix(blocks, dead, columns)]
        )
        side = jnp.concatenate([market_level, self._border_matrix(blocks, dead, levels)])
        profit = jnp.concatenate([profit_price, blocks.matrix(levels, border, shapes)], axis=1)
        cost, pull = profit[own], side[:, own] / pivot
        rest = jnp.block([[balance - pull @ cost, side[:, other]], [profit[other], among]])
        return Joint(pivot, cost, pull, lu(rest))

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

    def direction(self, factors: Factors, residual: Traced) -> Traced:
        """The direction d with J d = -f, all families one after the other."""
        return self.join(self.apply(factors, self.split(residual)))

    def split(self, vector: Traced) -> Unknowns:
        """Arrays by family of a vector of all unknowns, or conditions."""
        return self._split(vector, self.keys)

    def join(self, parts: Unknowns) -> Traced:
        """A vector of all families."""
        return _flatten(parts, self.keys)

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
        core, sides = factors.core, (flat["levels"], flat["prices"], flat["border"])
        if core is None:
            assert factors.border is not None
            return self._split(-lu_solve(factors.border, flat["border"]), self.plan.border)
        if isinstance(core, Apart):
            price, level, rest = _solve_apart(core, *sides)
        else:
            price, level, rest = self._solve_joint(core, *sides)
        return {
            **self._split(-price, self.plan.prices),
            **self._split(-level, self.plan.levels),
            **self._split(-rest, self.plan.border),
        }

    def _solve_joint(
        self, core: Joint, profit: Traced, market: Traced, border: Traced
    ) -> tuple[Traced, Traced, Traced]:
        """Prices, levels and border that right-hand sides of the conditions give."""
        mine, count = profit[self.own], market.size + border.size
        balance = jnp.concatenate([market, border]) - core.pull @ mine
        solution = lu_solve(core.rest, jnp.concatenate([balance, profit[self.other]]))
        level = (mine - core.cost @ solution[:count]) / core.pivot
        order = np.argsort(np.concatenate([self.own, self.other]))
        levels = jnp.concatenate([level, solution[count:]])[order]
        return solution[: market.size], levels, solution[market.size : count]

    def _split(self, vector: Traced, keys: Any) -> Unknowns:
        parts, at = {}, 0
        for key in keys:
            n = size_of(self.shapes[key])
            parts[key] = vector[at : at + n].reshape(self.shapes[key])
            at += n
        return parts


def _solve_apart(
    core: Apart, profit: Traced, market: Traced, border: Traced
) -> tuple[Traced, Traced, Traced]:
    """Prices, levels and border that right-hand sides of the conditions give."""
    price = lu_solve(core.profit, profit)
    level = lu_solve(core.market, market - core.market_price @ price)
    right = border - core.border_price @ price - core.border_level @ level
    rest = lu_solve(core.border, right)
    return price - core.price_border @ rest, level - core.level_border @ rest, rest


def _flatten(parts: Unknowns, keys: Any) -> Traced:
    if not keys:
        return jnp.zeros(0)
    return jnp.concatenate([parts[key].ravel() for key in keys])


def solve_transposed(route: Route, factors: Factors, right: Unknowns) -> Unknowns:
    """The vector with (J transposed) v = -right, from the same factorisation."""
    transpose = jax.linear_transpose(lambda f: route.apply(factors, f), right)
    (result,) = transpose(right)
    return result
