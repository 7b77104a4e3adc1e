r"""Counterparts: who needs a good needs somebody who supplies it, whatever the prices.

The conditions are in logs of supply and demand, of cost and revenue. Where new numbers take away
all supply of a good that activities need, all demand for one that is supplied, or one side of an
activity, there is no equilibrium at positive prices, and none is looked for. Goods whose price may
be zero and activities that may shut down need no counterpart; nor do the purchases of agents, whose
incomes may vanish along. What an auxiliary variable may bring about from nothing, as ``shift``
does, is not known beforehand: it may be the counterpart of others, and needs none. One that is
scaled has the sign of its given value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cge.equilibrium import written
from cge.equilibrium.axes import Axes
from cge.equilibrium.shares import parameter
from cge.language.declarations import Activity, Commodity, Family
from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.language.parameters import Parameter
from cge.language.rules import parameters_read

_SOME = 0.37
"""A value of a variable, to see what its rule makes of nothing."""

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Flow:
    """A number whose sign says whether something flows.

    Attributes:
        number: quantity, minimum or endowment.
        letters: axes of the flow.
        use: axes of it that the market or activity has.
        side: +1 where it needs something in return, -1 where it brings it.
        firm: whether it cannot do without a counterpart.
    """

    number: Parameter
    letters: str
    use: str
    side: int
    firm: bool = True


class Counterparts:
    """The markets and activities of a model, and which numbers keep both their sides alive.

    Arguments:
        model: a declared model.
        values: parameters at which all have their counterparts, by name.
    """

    def __init__(self, model: Model, values: Mapping[str, Any]) -> None:
        self._model, self._axes = model, Axes(model.dims, np)
        self._flows = {key: tuple(_flows(model, key)) for key in _keys(model)}
        self._free = _free(model, self._axes, values)
        names = {f.number.name for flows in self._flows.values() for f in flows}
        self._names = names - self._free
        self._signs = {name: np.sign(np.asarray(values[name])) for name in self._names}
        self._lacking = {key: self._lacks(key, values) for key in self._flows}

    def check(self, values: Mapping[str, Any]) -> None:
        """Assert that nothing has lost its counterpart.

        Raises:
            DeclarationError: something has; names it, its member, and the numbers that changed.
        """
        changed = {n for n in self._names if _differ(np.asarray(values[n]), self._signs[n])}
        if not changed:
            return
        for key, flows in self._flows.items():
            names = [f.number.name for f in flows if f.number.name in changed]
            if names:
                lost = self._lacks(key, values) & ~self._lacking[key]
                for at in np.argwhere(lost):
                    raise DeclarationError(self._told(key, tuple(at), names, values))

    def _lacks(self, key: str, values: Mapping[str, Any]) -> Mask:
        """Members where one side is there and the other is not."""
        firm, other = self._sides(key, values)
        return (firm[1] & ~other[-1]) | (firm[-1] & ~other[1])

    def _sides(
        self, key: str, values: Mapping[str, Any]
    ) -> tuple[dict[int, Mask], dict[int, Mask]]:
        """Whether something firm, and whether anything, flows on each side, by member."""
        shape = self._model.families()[key].shape
        firm, anything = ({s: np.zeros(shape, bool) for s in (1, -1)} for _ in range(2))
        for flow in self._flows[key]:
            if flow.number.name in self._free:
                every = np.ones(self._axes.shape(flow.letters))
                for side in (1, -1):
                    anything[side] |= self._axes.collect(every, flow.letters, flow.use) > 0
                continue
            value = self._axes.spread(
                np.asarray(values[flow.number.name]), flow.number.letters, flow.letters
            )
            for side, there in ((flow.side, value > 0), (-flow.side, value < 0)):
                found = self._axes.collect(there.astype(float), flow.letters, flow.use) > 0
                anything[side] |= found
                if flow.firm:
                    firm[side] |= found
        return firm, anything

    def _told(
        self, key: str, at: tuple[int, ...], names: list[str], values: Mapping[str, Any]
    ) -> str:
        family = self._model.families()[key]
        firm, _ = self._sides(key, values)
        needed = bool(firm[1][at])
        what = {
            "p": (
                "nobody supplies it, and activities need it",
                "it is supplied, and nobody needs it",
            ),
            "y": ("it has inputs and no output", "it has outputs and no input"),
        }[key[0]][0 if needed else 1]
        kind = "market" if key[0] == "p" else "activity"
        known = self._model.parameters
        moved = dict.fromkeys(n for n in names if n not in known.products) or names
        return (
            f"{kind} {family.labels(tuple(int(k) for k in at))}: {what}, with the new values of "
            f"{', '.join(map(repr, moved))}; take away both sides or neither"
        )


def _free(model: Model, axes: Axes, values: Mapping[str, Any]) -> set[str]:
    """Names of the numbers whose sign an auxiliary variable may change, products among them."""
    found = set()
    for auxiliary in model.auxiliaries.values():
        for target, rule in auxiliary.moves.items():
            reads = [parameter(axes, values, p, target.letters) for p in parameters_read(rule)]
            nothing = np.zeros(target.value.shape)
            some = np.full(target.value.shape, _SOME)
            with np.errstate(all="ignore"):
                made = written.moved(auxiliary, target.name, rule, nothing, some, *reads)
            if np.any(np.asarray(made) != 0.0):
                found.add(target.name)
    return model.parameters.moved_with(found)


def _differ(value: Array, signs: Array) -> bool:
    return not np.array_equal(np.sign(value), signs)


def _keys(model: Model) -> list[str]:
    """Markets and activities that need both sides."""
    return [key for key, family in model.families().items() if _needs_both(family)]


def _needs_both(family: Family) -> bool:
    if isinstance(family, Commodity):
        return family.zero_scale is None
    return isinstance(family, Activity) and family.latent is None


def _flows(model: Model, key: str) -> Iterator[_Flow]:
    family = model.families()[key]
    if isinstance(family, Activity):
        for tree, side in ((family.makes, -1), (family.uses, 1)):
            for leaf in tree.leaves:
                yield _Flow(leaf.quantity, leaf.letters, family.letters, side)
        return
    steady = {a.name for a in model.activities.values() if a.latent is None}
    for tree in model.trees():
        firm = tree.owner in steady
        for leaf in tree.leaves:
            if leaf.commodity is family and leaf.payment is None:
                yield _Flow(leaf.quantity, leaf.letters, leaf.use, leaf.sign, firm)
                if leaf.minimum is not None:
                    yield _Flow(leaf.minimum, leaf.letters, leaf.use, leaf.sign, firm)
    for budget in model.budgets.values():
        for endowment in budget.endowments:
            if endowment.reference.family is family:
                use = endowment.reference.use
                yield _Flow(endowment.quantity, endowment.letters, use, -1)
