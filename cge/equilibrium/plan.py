r"""How the Newton step is solved: which unknowns are substituted out, and the block structure left.

Read off the declaration and the blocks of the Jacobian at the benchmark, for any model:

1. *Own pivots.* A condition whose derivative in its own unknown is diagonal gives that unknown
   member by member (fixed factors, export prices); prices are substituted out so where that fills
   in hardly anything.
2. *Composites.* Where an activity is the only source that always runs of the only thing it makes
   (Armington goods, generation), zero profit gives the price, and the market gives the level: both
   are substituted out, those that create least fill first, as long as none depends on itself. Then
   own pivots again.
3. *Core.* Activities left over are paired with the commodity they make. Zero profit hardly depends
   on levels, so with prices p and levels y of the pairs the system is nearly block triangular,

   .. math:: \begin{pmatrix} Z_p & Z_y \\ M_p & M_y \end{pmatrix} , \qquad Z_y = 0
             \text{ or diagonal} ,

   and where :math:`Z_y = 0` two factorisations of half the size do the work of one of the full
   size. Where it is diagonal, levels whose own zero profit clearly depends on them follow from it,
   which leaves a system in prices and the other levels.
4. *Border.* All the rest (factor prices, incomes, permits, auxiliaries, the numeraire) is dense.

A poor plan costs speed, never truth: the solver falls back to the dense route.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cge.equilibrium.axes import Traced
from cge.equilibrium.jacobian import NUMERAIRE
from cge.equilibrium.tensors import Blocks, Tensors, is_diagonal, tensor_axes
from cge.language.model import Model

_PIVOT = 1e-3  # smallest pivot of a substitution relative to its row
_FILL = 30.0  # fill of an own pivot, relative to its size, up to which it is eliminated
_COUPLED = 1e-3  # smallest derivative of zero profit in its own level that gives the level
_CORE = 12  # smallest family worth a factorisation of its own

Pair = tuple[str, str]
"""Keys of a condition and an unknown, or of a level and a price."""


@dataclass(frozen=True)
class Plan:
    """The order of the block route.

    Attributes:
        substitutions: pairs (condition, unknown) that are eliminated, in order.
        core: pairs (activity, commodity) of keys.
        border: unknowns solved in the dense border.
        border_rows: conditions of the border, the same keys in another order.
        coupled: members of the core whose level their own zero profit gives, counted through.
    """

    substitutions: tuple[tuple[str, str], ...]
    core: tuple[tuple[str, str], ...]
    border: tuple[str, ...]
    border_rows: tuple[str, ...]
    coupled: tuple[int, ...] = ()

    @property
    def prices(self) -> list[str]:
        """Price keys of the core."""
        return [price for _, price in self.core]

    @property
    def levels(self) -> list[str]:
        """Activity keys of the core."""
        return [level for level, _ in self.core]


def make_plan(model: Model, blocks: Blocks, dead: Mapping[str, Traced]) -> Plan:
    """Plan the block route from the Jacobian at the benchmark.

    Arguments:
        model: the declared model.
        blocks: Jacobian at the benchmark, as NumPy arrays.
        dead: members without flows, by key.
    """
    work = _Elimination(model, blocks.copy(), dead, _barred(model))
    for candidates in (work.own_pairs, work.composite_pairs, work.own_pairs):
        while found := list(candidates()):
            work.substitute(min(found, key=lambda candidate: candidate.fill).pairs)
    core = work.core()
    paired = {key for pair in core for key in pair}
    rows_done = paired | {row for row, _ in work.done}
    done = paired | {column for _, column in work.done}
    keys = list(model.families())
    return Plan(
        tuple(work.done),
        tuple(core),
        tuple(k for k in keys if k not in done),
        tuple(k for k in keys if k not in rows_done),
        work.coupled([level for level, _ in core]),
    )


def _barred(model: Model) -> set[str]:
    """Unknowns and conditions that must stay in the border: kinks, bounds, the dropped market."""
    barred = {f"p:{c.name}" for c in model.commodities.values() if c.zero_scale is not None}
    barred |= {f"y:{a.name}" for a in model.activities.values() if a.latent is not None}
    barred |= {f"a:{name}" for name in model.auxiliaries} | model.bounded
    if model.dropped is not None:
        barred.add(f"p:{model.dropped.name}")
    return barred | {NUMERAIRE}


def composites(model: Model) -> list[Pair]:
    """Activities that are the only source of the only commodity they make: (level, price) keys.

    Sources that need not run (latent activities) and fixed amounts that somebody owns (stocks that
    are sold) do not count: where the only activity that always runs breaks even it still gives the
    price, whatever else supplies the good, and its level makes up the rest of the market.
    """
    always = [a for a in model.activities.values() if a.latent is None]
    made = Counter(leaf.commodity.name for a in always for leaf in a.makes.leaves)
    found = []
    for activity in always:
        leaf, *others = activity.makes.leaves
        name = leaf.commodity.name
        alone = not others and made[name] == 1
        if alone and leaf.payment is None and leaf.use == activity.letters:
            found.append((f"y:{activity.name}", f"p:{name}"))
    return found


class _Candidate(NamedTuple):
    """Pairs (condition, unknown) that are eliminated together, and the fill that creates."""

    fill: float
    pairs: tuple[Pair, ...]


@dataclass
class _Elimination:
    """What is left of the Jacobian while unknowns are substituted out.

    Attributes:
        model: the declared model.
        blocks: the Jacobian that is left, changed in place.
        dead: members without flows, by key.
        barred: keys that must stay in the border.
        done: pairs eliminated so far.
    """

    model: Model
    blocks: Blocks
    dead: Mapping[str, Traced]
    barred: set[str]
    done: list[Pair] = field(default_factory=list)

    def substitute(self, pairs: tuple[Pair, ...]) -> None:
        """Eliminate pairs, one after the other."""
        for row, column in pairs:
            eliminate(self.blocks, row, column, self.dead[row])
            self.done.append((row, column))

    def composite_pairs(self) -> Iterator[_Candidate]:
        """Composites that can be substituted out: the price, then the level."""
        for level, price in composites(self.model):
            if not self._is_free(level, price):
                continue
            if (level, level) in self.blocks.table:
                continue  # its cost depends on its level: the level would enter its own market
            if self._is_pivot(level, price) and self._is_pivot(price, level):
                yield _Candidate(self._fill(level, price), ((level, price), (price, level)))

    def own_pairs(self) -> Iterator[_Candidate]:
        """Prices that their own market gives, where that fills in hardly anything."""
        table = self.blocks.table
        waiting = [y for y, p in composites(self.model) if (y, p) not in self.done]
        for key, family in self.model.families().items():
            if key[0] != "p" or not self._is_free(key) or (key, key) not in table:
                continue
            if any((level, key) in table and (key, level) in table for level in waiting):
                continue  # the cost of a composite would come to depend on its level
            if self._is_pivot(key, key):
                fill = self._fill(key, key)
                if fill <= _FILL * family.size:
                    yield _Candidate(fill, ((key, key),))

    def core(self) -> list[Pair]:
        """Pairs of activity and the commodity it makes, if their matrices are well conditioned."""
        pairs: list[Pair] = []
        for name, activity in self.model.activities.items():
            made = [leaf.commodity for leaf in activity.makes.leaves if leaf.payment is None]
            for commodity in sorted(made, key=lambda c: -c.size):
                level, price = f"y:{name}", f"p:{commodity.name}"
                unused = all(price != p for _, p in pairs)
                large = activity.size >= _CORE and commodity.size == activity.size
                if unused and large and self._is_free(level, price):
                    pairs.append((level, price))
                    break
        while pairs and not self._is_regular(pairs):
            pairs.pop()
        return pairs

    def coupled(self, levels: list[str]) -> tuple[int, ...]:
        """Members whose level their own zero profit gives, none where it depends on others too."""
        parts = {k: t for k, t in self.blocks.table.items() if set(k) <= set(levels)}
        if not all(row == column and is_diagonal(t) for (row, column), t in parts.items()):
            return ()
        found = []
        for level in levels:
            live = ~self.dead[level]
            tensors = parts.get((level, level), {"": np.zeros(live.shape)})
            (own,) = tensors.values()
            found.append((live & (np.abs(own) > _COUPLED)).ravel())
        return tuple(np.flatnonzero(np.concatenate(found)).tolist()) if found else ()

    def _is_free(self, *keys: str) -> bool:
        """Whether all of these are neither eliminated, as condition or unknown, nor barred."""
        return self.barred.union(*self.done).isdisjoint(keys)

    def _fill(self, row: str, column: str) -> float:
        """Size of the tensors that eliminating a pair adds under patterns not there yet."""
        blocks = self.blocks
        own = {c: t for (r, c), t in blocks.table.items() if r == row and c != column}
        total = 0.0
        for r in [r for (r, c) in blocks.table if c == column and r != row]:
            for c, tensors in own.items():
                there = blocks.table.get((r, c), {})
                product = blocks.product(r, row, blocks.table[r, column], tensors)
                total += sum(float(t.size) for p, t in product.items() if p not in there)
        return total

    def _is_pivot(self, row: str, column: str) -> bool:
        """Whether a block is diagonal, and clearly away from zero in every live member."""
        tensors = self.blocks.table.get((row, column))
        if tensors is None or not is_diagonal(tensors):
            return False
        (pivot,) = tensors.values()
        largest, live = self._largest(row, pivot.shape), ~self.dead[row]
        same = np.array_equal(self.dead[row], self.dead[column])
        sound = (np.abs(pivot) >= _PIVOT * largest) & (largest > 0)
        return same and bool(sound[live].all())

    def _largest(self, row: str, shape: tuple[int, ...]) -> Traced:
        """Largest derivative of a condition in any unknown, member by member."""
        largest, rank = np.zeros(shape), self.blocks.ranks[row]
        for (r, _), tensors in self.blocks.table.items():
            if r == row:
                for pattern, tensor in tensors.items():
                    over = tuple(range(rank, len(tensor_axes(pattern, rank))))
                    largest = np.maximum(largest, np.abs(tensor).max(axis=over, initial=0.0))
        return largest

    def _is_regular(self, pairs: list[Pair]) -> bool:
        """Whether both factorisations of the core are well conditioned at the benchmark."""
        shapes = {key: family.shape for key, family in self.model.families().items()}
        levels, prices = [y for y, _ in pairs], [p for _, p in pairs]
        ends = np.concatenate([self.dead[k].ravel() for k in levels])
        idle = np.concatenate([self.dead[k].ravel() for k in prices])
        market = self.blocks.matrix(prices, levels, shapes) - np.diag(idle.astype(float))
        profit = self.blocks.matrix(levels, prices, shapes) - np.diag(ends.astype(float))
        if not all(np.isfinite(a).all() for a in (market, profit)):
            return False
        return bool(np.linalg.cond(market) < 1e8 and np.linalg.cond(profit) < 1e8)


class Substitution(NamedTuple):
    """One eliminated pair: pivot, the condition's other blocks, and where the unknown stood."""

    pivot: Traced
    own: dict[str, Tensors]
    above: dict[str, Tensors]


def eliminate(blocks: Blocks, row: str, column: str, dead: Traced) -> Substitution:
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


def pivot_of(blocks: Blocks, row: str, column: str, dead: Traced) -> Traced:
    """Diagonal of a condition in an unknown, minus one for dead members."""
    (pivot,) = blocks.table[row, column].values()
    return blocks.axes.xp.where(dead, -1.0, pivot)
