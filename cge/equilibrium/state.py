"""The state of an economy: everything that residuals, derivatives, closures and reports read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, overload

from cge.equilibrium.axes import Array, Axes
from cge.equilibrium.shares import Calibration, Prices, Unit
from cge.language.declarations import Activity, Agent, Auxiliary, Commodity, Endowment
from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.language.parameters import Parameter
from cge.language.trees import BoundLeaf, Tree

Unknowns = dict[str, Array]
"""Arrays by key of ``Model.families``."""


@dataclass(eq=False)
class Flow:
    """A tree at work: its unit, its scale, and the quantities of its leaves.

    Attributes:
        tree: the nest tree.
        owner: activity or agent.
        column: key of the unknown that scales it.
        unit: prices and quantities per unit.
        quantity: quantity of each leaf that varies with the scale.
        gradient: its derivative with respect to the unknown.
        total: quantity with the committed part.
    """

    tree: Tree
    owner: Activity | Agent
    column: str
    unit: Unit
    quantity: dict[BoundLeaf, Array] = field(default_factory=dict)
    gradient: dict[BoundLeaf, Array] = field(default_factory=dict)
    total: dict[BoundLeaf, Array] = field(default_factory=dict)


@dataclass(eq=False)
class State:
    """The economy at given unknowns: everything that residuals and derivatives are made of.

    Attributes:
        model: the declared model.
        axes: letters and array library.
        values: parameters, moved by the auxiliary variables.
        unknowns: the point.
        calibration: reference shares.
        prices: prices and slopes.
        weight: weight of a latent activity's level against its loss.
        flows: all trees at work.
        level: activity levels and their slopes.
        demand: demand by commodity.
        supply: supply by commodity.
        income: income of agents: what is spent on the tree, or all that is handed on.
        gross: income before gifts, as implied by the unknown.
        kept: share of gross income that an agent with a tree keeps.
        scale: reference expenditure (agents with a tree) or size of income.
        endowed: quantity of each endowment.
        dead: members without any flow at the reference point, by key.
        sides: slopes of a complementarity in its price or level and in its slack, by key.
        distance: how far the other branch of a complementarity is, zero at a kink, by key.
        pairs: what a complementarity is made of: the distance of its unknown to a lower bound, the
            condition that holds between the bounds, and the distance to an upper bound; by key.
        size: what is made or bought at the reference point, the larger, by commodity.
        profit_scale: reference cost of latent activities.
        profit: profit of activities with a capacity, which their owners receive.
        residual: the conditions, by key of the unknown they determine.
        gap: how far they are from holding, where that is not the residual: relative to what is
            traded or earned at this point, levels beside losses without their weight; by key.
        walras: imbalance of the dropped market as a share of its size.
    """

    model: Model
    axes: Axes
    values: Mapping[str, Array]
    unknowns: Unknowns
    calibration: Calibration
    prices: Prices
    weight: Any
    flows: list[Flow] = field(default_factory=list)
    level: dict[Activity, tuple[Array, Array]] = field(default_factory=dict)
    demand: dict[Commodity, Array] = field(default_factory=dict)
    supply: dict[Commodity, Array] = field(default_factory=dict)
    income: dict[Agent, Array] = field(default_factory=dict)
    gross: dict[Agent, Array] = field(default_factory=dict)
    kept: dict[Agent, Array] = field(default_factory=dict)
    scale: dict[Agent, Array] = field(default_factory=dict)
    endowed: dict[Endowment, Array] = field(default_factory=dict)
    dead: dict[str, Array] = field(default_factory=dict)
    sides: dict[str, tuple[Array, Array]] = field(default_factory=dict)
    distance: dict[str, Array] = field(default_factory=dict)
    pairs: dict[str, tuple[Array | None, Array, Array | None]] = field(default_factory=dict)
    size: dict[Commodity, Array] = field(default_factory=dict)
    profit_scale: dict[Activity, Array] = field(default_factory=dict)
    profit: dict[Activity, Array] = field(default_factory=dict)
    residual: Unknowns = field(default_factory=dict)
    gap: Unknowns = field(default_factory=dict)
    walras: Any = 0.0

    @property
    def worst(self) -> Any:
        """How far the condition that holds worst is from holding; NaN if any is no number."""
        xp = self.axes.xp
        gaps = [self.gap.get(key, residual) for key, residual in self.residual.items()]
        return xp.max(xp.stack([xp.max(xp.abs(gap), initial=0.0) for gap in gaps]))

    # What auxiliary conditions and results read -------------------------------------------------

    def price(self, commodity: Commodity) -> Array:
        """Prices of a commodity (its letters)."""
        return self.prices.price[commodity]

    @overload
    def quantity(self, flow: BoundLeaf, /) -> Array: ...

    @overload
    def quantity(self, owner: Activity | Agent, name: str, /) -> Array: ...

    def quantity(self, what: BoundLeaf | Activity | Agent, name: str = "", /) -> Array:
        """A flow in physical units (letters of its leaf).

        Arguments:
            what: the flow, or the activity or agent that has it.
            name: name of the flow, with its owner.

        Raises:
            DeclarationError: the owner has no flow of that name, or the model no such flow.
        """
        leaf = what if isinstance(what, BoundLeaf) else what.flow(name)
        for flow in self.flows:
            if leaf in flow.total:
                return flow.total[leaf]
        raise DeclarationError(f"{self.model.name}: the flow {leaf.name!r} is of another model")

    def activity_level(self, activity: Activity) -> Array:
        """Levels of an activity relative to its reference quantities (its letters)."""
        return self.level[activity][0]

    def is_dead(self, commodity: Commodity) -> Array:
        """Whether nobody makes, owns or buys a commodity, so that it has no price (its letters)."""
        return self.dead[f"p:{commodity.name}"]

    def price_index(self, agent: Agent) -> Array:
        """Price of what an agent buys beyond its commitments, one at reference (its letters)."""
        flow = next(f for f in self.flows if f.owner is agent)
        return self.axes.xp.exp(flow.unit.log_price[flow.tree.root])

    def spending(self, agent: Agent) -> Array:
        """Income of an agent after gifts and committed purchases (its letters)."""
        return self.income[agent]

    def parameter(self, parameter: str | Parameter) -> Array:
        """A parameter as moved by the auxiliary variables (its letters)."""
        return self.values[parameter if isinstance(parameter, str) else parameter.name]

    def variable(self, auxiliary: str | Auxiliary) -> Array:
        """Value of an auxiliary variable (its letters)."""
        name = auxiliary if isinstance(auxiliary, str) else auxiliary.name
        return self.unknowns[f"a:{name}"]
