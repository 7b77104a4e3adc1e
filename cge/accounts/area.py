"""Areas: agents and activities inside a boundary, and what crosses it.

A nation, a region or a group of agents is a set of members of families. Everything else is outside.
What crosses the boundary is

- every unit delivered to, or drawn from, a commodity that is traded *abroad* (foreign exchange);
- of any other commodity what the outside buys net of what it sells, member by member.

Commodities play one of these roles in the accounts:

- *factors*, whose use by producers is value added: owned inside, and made by nobody;
- *abroad*: foreign exchange and the like; what agents own of it is a transfer from abroad;
- *stocks*: goods that are made, and sold out of stocks by agents that own some;
- goods, all others.

A commodity that is both owned and made may be each of the first three, so its role must be said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from cge.equilibrium.axes import Array
from cge.equilibrium.state import State
from cge.language.declarations import Activity, Agent, Commodity, Family, Reference
from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.language.spelling import near
from cge.language.trees import BoundLeaf

AnyFamily = TypeVar("AnyFamily", bound=Family)

Labels = Mapping[str, str | Sequence[str]]
"""Labels of an area by letter, such as ``{"r": ["SH", "JS"]}``."""


@dataclass(frozen=True, eq=False)
class Area:
    """A part of an economy with a boundary.

    Attributes:
        model: the declared model.
        inside: one for members inside, zero for others, by activity and agent (their letters).
        abroad: commodities traded with the outside, each unit of which crosses the boundary.
        factors: commodities whose use is value added.
        stocks: goods of which agents sell stocks.
    """

    model: Model
    inside: Mapping[Family, Array]
    abroad: frozenset[Commodity]
    factors: frozenset[Commodity]
    stocks: frozenset[Commodity]

    def weight(self, state: State, owner: Family, letters: str) -> Array:
        """One where an owner's members are inside, over letters that include its own."""
        axes = state.axes
        return axes.xp.broadcast_to(
            axes.align(axes.xp.asarray(self.inside[owner]), owner.letters, letters),
            axes.shape(letters),
        )

    @property
    def buyers(self) -> list[Agent]:
        """Agents with members inside that buy something."""
        agents = self.model.agents.values()
        return [a for a in agents if a.tree is not None and np.any(self.inside[a])]

    @property
    def has_outside(self) -> bool:
        """Whether anybody is outside: else an imbalance of rounding would be trade."""
        return any(bool(np.any(mask == 0.0)) for mask in self.inside.values())

    def is_good(self, commodity: Commodity) -> bool:
        """Whether a commodity is neither a factor nor traded abroad as a whole."""
        return commodity not in self.factors and commodity not in self.abroad


def area(
    model: Model,
    *,
    agents: Collection[str | Agent] | None = None,
    activities: Collection[str | Activity] | None = None,
    at: Labels | None = None,
    abroad: Collection[str | Commodity] | None = None,
    factors: Collection[str | Commodity] | None = None,
    stocks: Collection[str | Commodity] | None = None,
) -> Area:
    """An area of a model, by default the whole economy.

    Arguments:
        model: the declared model.
        agents: agents inside, all by default.
        activities: activities inside, all by default.
        at: labels of members inside, by letter; families inside that lack the letter must be named
            in ``agents`` or ``activities``, and are then inside as a whole.
        abroad: commodities each unit of which crosses the boundary, such as foreign exchange.
        factors: commodities whose use is value added; those that are owned inside and made by
            nobody are factors anyway.
        stocks: goods that agents sell out of stocks.

    Raises:
        DeclarationError: a name or label is unknown, a family has no letter of ``at``, or a
            commodity may play several roles and none is said.
    """
    people = _chosen(model, model.agents, agents, at)
    makers = _chosen(model, model.activities, activities, at)
    said = {
        role: frozenset(_named(model.commodities, c, role) for c in given or ())
        for role, given in (("abroad", abroad), ("factors", factors), ("stocks", stocks))
    }
    _check_apart(said)
    owned = _owned(model, people)
    made = {leaf.commodity for a in model.activities.values() for leaf in a.makes.leaves}
    unclear = [c.name for c in model.commodities.values() if c in owned & made]
    unclear = [n for n in unclear if not any(model.commodities[n] in s for s in said.values())]
    if unclear:
        raise DeclarationError(
            f"{', '.join(unclear)}: owned by agents and made by activities, so of unclear role in "
            "the accounts; say for each whether it is traded abroad (abroad=), a factor such as a "
            "permit or a right (factors=), or a good sold out of stocks (stocks=)"
        )
    own = frozenset(owned - made) - said["abroad"] - said["stocks"]
    inside: dict[Family, Array] = {**people, **makers}
    return Area(model, inside, said["abroad"], own | said["factors"], said["stocks"])


def _chosen(
    model: Model,
    table: Mapping[str, Agent] | Mapping[str, Activity],
    named: Collection[str | Agent] | Collection[str | Activity] | None,
    at: Labels | None,
) -> dict[Family, Array]:
    """Where members are inside, by family."""
    chosen = {
        _named(table, name, "agents" if table is model.agents else "activities")
        for name in (table if named is None else named)
    }
    labels = {c: [v] if isinstance(v, str) else list(v) for c, v in (at or {}).items()}
    inside: dict[Family, Array] = {}
    for family in table.values():
        if family not in chosen:
            inside[family] = np.zeros(family.shape)
            continue
        mask = np.ones(family.shape)
        for letter, members in labels.items():
            mask = mask * _members(model, family, letter, members, named is not None)
        inside[family] = mask
    return inside


def _members(
    model: Model, family: Family, letter: str, labels: Sequence[str], named: bool
) -> Array:
    """Where a family has one of the labels of a letter, or of an alias of it."""
    dimension = model.dims[letter]
    unknown = [label for label in labels if label not in dimension.labels]
    if unknown:
        raise DeclarationError(
            f"labels {unknown} of {letter!r} are unknown; known are {', '.join(dimension.labels)}"
        )
    same = [c for c in family.letters if model.dims[c].base == dimension.base]
    if not same:
        if named:
            return np.ones(family.shape)
        raise DeclarationError(
            f"{family.name} has no letter {letter!r}, so whether it belongs to "
            f"{', '.join(labels)} is unclear; name what is inside in agents= and activities="
        )
    own = letter if letter in same else same[0]
    mask = np.array([label in labels for label in model.dims[own].labels], float)
    axis = family.letters.index(own)
    return mask.reshape([-1 if k == axis else 1 for k in range(len(family.letters))])


def _named(
    table: Mapping[str, AnyFamily], name: str | Family | Reference[Family], what: str
) -> AnyFamily:
    if isinstance(name, Reference):
        raise DeclarationError(
            f"{what}: {name} are some members; name the family, and their labels with at="
        )
    key = name if isinstance(name, str) else name.name
    if key not in table:
        raise DeclarationError(f"{what}: no {key!r}; {near(key, table)}")
    if not isinstance(name, str) and table[key] is not name:
        raise DeclarationError(f"{what}: {key} is of another model or kind; ask by its name")
    return table[key]


def _check_apart(said: Mapping[str, frozenset[Commodity]]) -> None:
    """Assert that no commodity has two roles."""
    for one, first in said.items():
        for two, second in said.items():
            both = sorted(c.name for c in first & second)
            if one < two and both:
                raise DeclarationError(f"{', '.join(both)}: both in {one}= and {two}=; choose one")


def _owned(model: Model, people: Mapping[Family, Array]) -> set[Commodity]:
    """Commodities of which somebody inside owns or must buy some."""
    return {
        endowment.reference.family
        for agent in model.agents.values()
        if np.any(people[agent])
        for endowment in agent.endowments
    }


def outside_demand(state: State, where: Area, commodity: Commodity) -> Array:
    """What the outside buys of a commodity net of what it sells (letters of the commodity)."""
    axes = state.axes
    total = axes.xp.zeros(commodity.shape)
    for flow in state.flows:
        for leaf in flow.tree.leaves:
            if leaf.commodity is commodity and leaf.payment is None:
                own = _outside(state, where, flow.owner, leaf) * flow.total[leaf]
                total = total + leaf.sign * axes.collect(own, leaf.letters, leaf.use)
    for agent, budget in state.model.budgets.items():
        for endowment in budget.endowments:
            if endowment.reference.family is commodity:
                away = 1.0 - where.weight(state, agent, endowment.letters)
                own = away * state.endowed[endowment]
                total = total - axes.collect(own, endowment.letters, endowment.reference.use)
    return total


def _outside(state: State, where: Area, owner: Family, leaf: BoundLeaf) -> Array:
    return 1.0 - where.weight(state, owner, leaf.letters)
