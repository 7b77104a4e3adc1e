r"""How the Newton step is solved: which unknowns are substituted out, and the block structure left.

Read off the declaration and the blocks of the Jacobian at the benchmark, for any model:

1. *Own pivots.* A condition whose derivative in its own unknown is diagonal gives that unknown
   member by member (fixed factors, export prices); prices are substituted out so where that fills
   in hardly anything.
2. *Composites.* Where an activity is the only source of the only thing it makes (Armington goods,
   generation), zero profit gives the price, and the market gives the level: both are substituted
   out, those that create least fill first, as long as none depends on itself. Then own pivots
   again.
3. *Core.* Activities left over are paired with the commodity they make. Zero profit hardly depends
   on levels, so with prices p and levels y of the pairs the system is nearly block triangular,

   .. math:: \begin{pmatrix} Z_p & Z_y \\ M_p & M_y \end{pmatrix} , \qquad Z_y = 0
             \text{ or diagonal} ,

   and two factorisations of half the size do the work of one of the full size.
4. *Border.* All the rest (factor prices, incomes, permits, auxiliaries, the numeraire) is dense.

A poor plan costs speed, never truth: the solver falls back to the dense route.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cge.equilibrium.axes import Array
from cge.equilibrium.jacobian import NUMERAIRE
from cge.equilibrium.tensors import ROW, Blocks, Tensors, is_diagonal, tensor_axes
from cge.language.model import Model

_PIVOT = 1e-3  # smallest pivot of a substitution relative to its row
_FILL = 30.0  # fill of an own pivot, relative to its size, up to which it is eliminated
_CORE = 12  # smallest family worth a factorisation of its own


@dataclass(frozen=True)
class Plan:
    """The order of the block route.

    Attributes:
        substitutions: pairs (condition, unknown) that are eliminated, in order.
        core: pairs (activity, commodity) of keys.
        border: unknowns solved in the dense border.
        border_rows: conditions of the border, the same keys in another order.
    """

    substitutions: tuple[tuple[str, str], ...]
    core: tuple[tuple[str, str], ...]
    border: tuple[str, ...]
    border_rows: tuple[str, ...]

    @property
    def prices(self) -> list[str]:
        """Price keys of the core."""
        return [price for _, price in self.core]

    @property
    def levels(self) -> list[str]:
        """Activity keys of the core."""
        return [level for level, _ in self.core]


def make_plan(model: Model, blocks: Blocks, dead: Mapping[str, np.ndarray]) -> Plan:
    """Plan the block route from the Jacobian at the benchmark.

    Arguments:
        model: the declared model.
        blocks: Jacobian at the benchmark, as NumPy arrays.
        dead: members without flows, by key.
    """
    barred = _barred(model)
    work = blocks.copy()
    substitutions: list[tuple[str, str]] = []
    for choose in (_next_own, _next_composite, _next_own):
        while (pairs := choose(model, work, dead, barred, substitutions)) is not None:
            for row, column in pairs:
                eliminate(work, row, column, dead[row])
                substitutions.append((row, column))
    core = _core(model, work, dead, barred, substitutions)
    rows_done = {row for row, _ in substitutions} | {k for pair in core for k in pair}
    done = {column for _, column in substitutions} | {k for pair in core for k in pair}
    keys = list(model.families())
    return Plan(
        tuple(substitutions),
        tuple(core),
        tuple(k for k in keys if k not in done),
        tuple(k for k in keys if k not in rows_done),
    )


def _barred(model: Model) -> set[str]:
    """Unknowns and conditions that must stay in the border: kinks, and the dropped market."""
    barred = {f"p:{c.name}" for c in model.commodities.values() if c.zero_scale is not None}
    barred |= {f"y:{a.name}" for a in model.activities.values() if a.latent is not None}
    barred |= {f"a:{name}" for name in model.auxiliaries}
    if model.dropped is not None:
        barred.add(f"p:{model.dropped.name}")
    return barred | {NUMERAIRE}


def _next_composite(
    model: Model,
    blocks: Blocks,
    dead: Mapping[str, np.ndarray],
    barred: set[str],
    done: list[tuple[str, str]],
) -> list[tuple[str, str]] | None:
    """The composite that can be substituted out with least fill: its price, then its level."""
    best, least = None, np.inf
    for level, price in composites(model):
        gone = any({level, price} & set(pair) for pair in done)
        if gone or {level, price} & barred:
            continue
        if (level, level) in blocks.table:
            continue  # its cost depends on its level: the level would enter its own market
        if _is_pivot(blocks, level, price, dead) and _is_pivot(blocks, price, level, dead):
            fill = _fill(blocks, level, price)
            if fill < least:
                best, least = [(level, price), (price, level)], fill
    return best


def composites(model: Model) -> list[tuple[str, str]]:
    """Activities that are the only source of the only commodity they make: (level, price) keys."""
    sources: dict[str, int] = dict.fromkeys(model.commodities, 0)
    for activity in model.activities.values():
        for leaf in activity.makes.leaves:
            sources[leaf.commodity.name] += 1
    for budget in model.budgets.values():
        for endowment in budget.endowments:
            supplied = (endowment.quantity.value > 0).any()
            sources[endowment.reference.family.name] += int(supplied)
    found = []
    for name, activity in model.activities.items():
        leaf = activity.makes.leaves[0]
        alone = len(activity.makes.leaves) == 1 and sources[leaf.commodity.name] == 1
        if alone and leaf.payment is None and leaf.use == activity.letters:
            found.append((f"y:{name}", f"p:{leaf.commodity.name}"))
    return found


def _next_own(
    model: Model,
    blocks: Blocks,
    dead: Mapping[str, np.ndarray],
    barred: set[str],
    done: list[tuple[str, str]],
) -> list[tuple[str, str]] | None:
    """A price that its own market gives, if that fills in hardly anything."""
    best, least = None, np.inf
    taken = {key for pair in done for key in pair}
    waiting = [level for level, price in composites(model) if (level, price) not in done]
    for key in model.families():
        if key[0] != "p" or key in barred or key in taken:
            continue
        if any((level, key) in blocks.table and (key, level) in blocks.table for level in waiting):
            continue  # the cost of a composite would come to depend on its level
        if (key, key) in blocks.table and _is_pivot(blocks, key, key, dead):
            fill = _fill(blocks, key, key)
            if fill < least and fill <= _FILL * model.families()[key].size:
                best, least = [(key, key)], fill
    return best


def _fill(blocks: Blocks, row: str, column: str) -> float:
    """Size of the tensors that eliminating a pair adds under patterns not there yet."""
    own = {c: t for (r, c), t in blocks.table.items() if r == row and c != column}
    total = 0.0
    for r in [r for (r, c) in blocks.table if c == column and r != row]:
        for c, tensors in own.items():
            there = blocks.table.get((r, c), {})
            product = blocks.product(r, row, blocks.table[r, column], tensors)
            total += sum(float(t.size) for p, t in product.items() if p not in there)
    return total


def _is_pivot(blocks: Blocks, row: str, column: str, dead: Mapping[str, np.ndarray]) -> bool:
    tensors = blocks.table.get((row, column))
    return tensors is not None and is_diagonal(tensors) and _is_sound(blocks, row, column, dead)


def _is_sound(blocks: Blocks, row: str, column: str, dead: Mapping[str, np.ndarray]) -> bool:
    """Whether the pivot is clearly away from zero in every live member."""
    (pivot,) = blocks.table[row, column].values()
    largest = np.zeros(pivot.shape)
    rows = ROW[: blocks.ranks[row]]
    for (r, _), tensors in blocks.table.items():
        if r == row:
            for pattern, tensor in tensors.items():
                over = tuple(range(len(rows), len(tensor_axes(pattern, len(rows)))))
                largest = np.maximum(largest, np.abs(tensor).max(axis=over, initial=0.0))
    live = ~dead[row]
    same = dead[row].shape == dead[column].shape and (dead[row] == dead[column]).all()
    return bool(
        same and (np.abs(pivot) >= _PIVOT * largest)[live].all() and (largest > 0)[live].all()
    )


class Substitution(NamedTuple):
    """One eliminated pair: pivot, the condition's other blocks, and where the unknown stood."""

    pivot: Array
    own: dict[str, Tensors]
    above: dict[str, Tensors]


def eliminate(blocks: Blocks, row: str, column: str, dead: Array) -> Substitution:
    """Substitute an unknown out of all conditions but its own, in place."""
    pivot = pivot_of(blocks, row, column, dead)
    merge_around(blocks, row, column)
    own = {
        c: blocks.scale(row, tensors, -1.0 / pivot)
        for (r, c), tensors in blocks.table.items()
        if r == row and c != column
    }
    above = {r: t for (r, c), t in blocks.table.items() if c == column and r != row}
    for r, tensors in above.items():
        del blocks.table[r, column]
        for c, mine in own.items():
            for pattern, value in blocks.product(r, row, tensors, mine).items():
                blocks.accumulate(r, c, pattern, value)
    for key in [key for key in blocks.table if key[0] == row]:
        del blocks.table[key]
    return Substitution(pivot, own, above)


def merge_around(blocks: Blocks, row: str, column: str) -> None:
    """Merge the tensors that take part in an elimination, so that it needs fewer products."""
    for r, c in list(blocks.table):
        if (r == row) != (c == column):
            blocks.merge(r, c)


def pivot_of(blocks: Blocks, row: str, column: str, dead: Array) -> Array:
    """Diagonal of a condition in an unknown, minus one for dead members."""
    (pivot,) = blocks.table[row, column].values()
    return blocks.axes.xp.where(dead, -1.0, pivot)


def _core(
    model: Model,
    blocks: Blocks,
    dead: Mapping[str, np.ndarray],
    barred: set[str],
    substitutions: list[tuple[str, str]],
) -> list[tuple[str, str]]:
    """Pairs of activity and the commodity it makes, if the factorisations are well conditioned."""
    rows_done = {row for row, _ in substitutions}
    done = {column for _, column in substitutions}
    pairs: list[tuple[str, str]] = []
    for name, activity in model.activities.items():
        level = f"y:{name}"
        made = [leaf.commodity for leaf in activity.makes.leaves if leaf.payment is None]
        for commodity in sorted(made, key=lambda c: -c.size):
            price = f"p:{commodity.name}"
            free = {level, price}.isdisjoint(rows_done | done | barred)
            unused = all(price != p for _, p in pairs)
            if free and unused and activity.size >= _CORE and commodity.size == activity.size:
                pairs.append((level, price))
                break
    while pairs and not _is_regular(model, blocks, dead, pairs):
        pairs.pop()
    return pairs


def _is_regular(
    model: Model, blocks: Blocks, dead: Mapping[str, np.ndarray], pairs: list[tuple[str, str]]
) -> bool:
    """Whether both factorisations of the core are well conditioned at the benchmark."""
    shapes = {key: family.shape for key, family in model.families().items()}
    levels, prices = [y for y, _ in pairs], [p for _, p in pairs]
    ends = np.concatenate([dead[k].ravel() for k in levels])
    idle = np.concatenate([dead[k].ravel() for k in prices])
    market = blocks.matrix(prices, levels, shapes) - np.diag(idle.astype(float))
    profit = blocks.matrix(levels, prices, shapes) - np.diag(ends.astype(float))
    if not all(np.isfinite(a).all() for a in (market, profit)):
        return False
    return bool(np.linalg.cond(market) < 1e8 and np.linalg.cond(profit) < 1e8)
