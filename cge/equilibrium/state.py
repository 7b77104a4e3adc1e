"""The state of an economy: everything that residuals, derivatives, closures and reports read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, overload

from cge.equilibrium.axes import Array, Axes
from cge.equilibrium.shares import Calibration, Unit
from cge.equilibrium.taxes import Prices, per_unit
from cge.equilibrium.vanishing import size_of_log
from cge.language.declarations import (
    Activity,
    Agent,
    AnyFamily,
    Auxiliary,
    Commodity,
    Endowment,
    Family,
    Reference,
)
from cge.language.errors import DeclarationError
from cge.language.handles import FlowReference, flow_members, members, taxed
from cge.language.model import Model
from cge.language.parameters import Parameter, Tax
from cge.language.spelling import near
from cge.language.trees import BoundLeaf, Tree

Unknowns = dict[str, Array]
"""Arrays by key of ``Model.families``."""

Owner = str | Activity | Agent | Reference[Activity] | Reference[Agent]
"""Who has a flow: a handle, its name, or some members."""


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
        levels: activity levels.
        demands: demand by commodity.
        supplies: supply by commodity.
        incomes: income of agents: what is spent on the tree, or all that is handed on.
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
        turnover: what these activities cost, of which their profit may be a small difference.
        residual: the conditions, by key of the unknown they determine.
        gap: how far they are from holding, where that is not the residual: relative to what is
            traded or earned at this point, levels beside losses without their weight; by key.
        walras: imbalance of the dropped market as a share of its size, beyond what conditions that
            are not asked to hold leave to it.
        imbalance: its whole imbalance.
        free: the conditions without bounds of the solve, where it has any.
        unmet: where bounds of the solve hold in place of conditions, and the conditions; by key.
    """

    model: Model
    axes: Axes
    values: Mapping[str, Array]
    unknowns: Unknowns
    calibration: Calibration
    prices: Prices
    weight: Any
    flows: list[Flow] = field(default_factory=list)
    levels: dict[Activity, Array] = field(default_factory=dict)
    demands: dict[Commodity, Array] = field(default_factory=dict)
    supplies: dict[Commodity, Array] = field(default_factory=dict)
    incomes: dict[Agent, Array] = field(default_factory=dict)
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
    turnover: dict[Activity, Array] = field(default_factory=dict)
    residual: Unknowns = field(default_factory=dict)
    gap: Unknowns = field(default_factory=dict)
    walras: Any = 0.0
    imbalance: Any = 0.0
    free: Unknowns = field(default_factory=dict)
    unmet: dict[str, tuple[Array, Array]] = field(default_factory=dict)

    @property
    def worst(self) -> Any:
        """How far the condition that holds worst is from holding; NaN if any is no number."""
        xp, gaps = self.axes.xp, self.gaps.values()
        return xp.max(xp.stack([xp.max(xp.abs(gap), initial=0.0) for gap in gaps]))

    @property
    def gaps(self) -> Unknowns:
        """How far each condition is from holding, by key."""
        return {key: self.gap.get(key, residual) for key, residual in self.residual.items()}

    def flow_of(self, leaf: BoundLeaf) -> Flow:
        """The tree at work that a flow belongs to.

        Raises:
            DeclarationError: the flow is of another model.
        """
        for flow in self.flows:
            if leaf in flow.total:
                return flow
        raise DeclarationError(f"{self.model.name}: the flow {leaf.name!r} is of another model")

    def flows_of(self, owner: Activity | Agent) -> list[Flow]:
        """The trees at work of an activity or agent; none of an agent that only hands on."""
        return [flow for flow in self.flows if flow.owner is owner]

    def members(self, array: Array, asked: Reference[Family] | FlowReference) -> Array:
        """The members asked for of an array over a family's or a flow's letters."""
        own = asked.leaf.letters if isinstance(asked, FlowReference) else asked.family.letters
        whole = self.axes.xp.broadcast_to(array, self.axes.shape(own))
        return whole if asked.use == own else self.axes.take(whole, asked.use, asked.letters)

    # What auxiliary conditions and results read -------------------------------------------------
    #
    # Each takes a handle, its name, or some members: ``P``, ``"P"``, ``P["f"]``, ``P.at(i="a")``;
    # a flow is asked of its owner so, with its name.

    def price(self, commodity: str | Commodity | Reference[Commodity]) -> Array:
        """Market prices of a commodity, in units of the numeraire (letters asked for)."""
        return self._read(commodity, self.model.commodities, "commodity", self.prices.price)

    def user_price(self, what: Owner | BoundLeaf | FlowReference, name: str = "", /) -> Array:
        """Price paid or received per unit of a flow, taxes included (letters asked for).

        Arguments:
            what: the flow, or the activity or agent that has it.
            name: name of the flow, with its owner.

        Raises:
            DeclarationError: the owner has no flow of that name, or the model no such flow.
        """
        asked = flow_members(what, name, self.model)
        return self.members(self.flow_of(asked.leaf).unit.user_price[asked.leaf], asked)

    @overload
    def quantity(self, flow: BoundLeaf | FlowReference, /) -> Array: ...

    @overload
    def quantity(self, owner: Owner, name: str, /) -> Array: ...

    def quantity(self, what: Owner | BoundLeaf | FlowReference, name: str = "", /) -> Array:
        """A flow in physical units (letters asked for; those of its leaf, by its owner's).

        Arguments:
            what: the flow, or the activity or agent that has it.
            name: name of the flow, with its owner.

        Raises:
            DeclarationError: the owner has no flow of that name, or the model no such flow.
        """
        asked = flow_members(what, name, self.model)
        return self.members(self.flow_of(asked.leaf).total[asked.leaf], asked)

    def level(self, activity: str | Activity | Reference[Activity]) -> Array:
        """Levels of an activity relative to its reference quantities (letters asked for)."""
        return self._read(activity, self.model.activities, "activity", self.levels)

    def demand(self, commodity: str | Commodity | Reference[Commodity]) -> Array:
        """What activities and agents buy of a commodity (letters asked for)."""
        return self._read(commodity, self.model.commodities, "commodity", self.demands)

    def supply(self, commodity: str | Commodity | Reference[Commodity]) -> Array:
        """What activities make and agents own of a commodity (letters asked for)."""
        return self._read(commodity, self.model.commodities, "commodity", self.supplies)

    def income(self, agent: str | Agent | Reference[Agent]) -> Array:
        """Income of an agent after gifts and committed purchases; of one without preferences all
        that it hands on (letters asked for).
        """
        return self._read(agent, self.model.agents, "agent", self.incomes)

    def spending(self, agent: str | Agent | Reference[Agent]) -> Array:
        """What an agent spends beyond its commitments, or hands on, as its unknown says it.

        That is its income, unless a solve fixes or bounds it (letters asked for).
        """
        own = {a: self._spent(a) for a in self.model.agents.values()}
        return self._read(agent, self.model.agents, "agent", own)

    def _spent(self, agent: Agent) -> Array:
        key, xp = f"m:{agent.name}", self.axes.xp
        relative = self.unknowns[key]
        if self.model.budgets[agent].tree is not None:
            relative = xp.where(self.dead[key], 0.0, size_of_log(xp, relative))
        return self.scale[agent] * relative

    def revenue(self, of: Tax | Parameter | str | Agent | Reference[Agent]) -> Array:
        """Revenue of a tax, or of all taxes that an agent receives.

        Arguments:
            of: a tax or its rate (letters of the rate), or the agent that receives (letters asked
                for); names of parameters and agents.

        Raises:
            DeclarationError: there is no such tax or agent.
        """
        asked = taxed(of, self.model)
        if isinstance(asked, Parameter):
            return self._revenue_of(asked, of.recipient.family if isinstance(of, Tax) else None)
        return self.members(self._revenues()[asked.family], asked)

    def parameter(self, parameter: str | Parameter) -> Array:
        """A parameter as moved by the auxiliary variables (its letters)."""
        name = parameter if isinstance(parameter, str) else parameter.name
        if name not in self.values:
            raise DeclarationError(f"no parameter {name!r}; {near(name, self.values)}")
        return self.values[name]

    def variable(self, auxiliary: str | Auxiliary | Reference[Auxiliary]) -> Array:
        """Value of an auxiliary variable (letters asked for)."""
        own = {a: self.unknowns[f"a:{name}"] for name, a in self.model.auxiliaries.items()}
        return self._read(auxiliary, self.model.auxiliaries, "auxiliary variable", own)

    def price_index(self, agent: str | Agent | Reference[Agent]) -> Array:
        """Price of what an agent buys beyond its commitments, one at reference (letters asked for).

        Raises:
            DeclarationError: the agent buys nothing.
        """
        own = {
            flow.owner: self.axes.xp.exp(flow.unit.log_price[flow.tree.root])
            for flow in self.flows
            if isinstance(flow.owner, Agent)
        }
        buyers = {a.name: a for a in own}
        return self._read(agent, buyers, "agent with preferences", own)

    def is_dead(self, commodity: str | Commodity | Reference[Commodity]) -> Array:
        """Whether nobody makes, owns or buys a commodity, so that it has no price (letters asked
        for).
        """
        own = {c: self.dead[f"p:{name}"] for name, c in self.model.commodities.items()}
        return self._read(commodity, self.model.commodities, "commodity", own)

    def _read(
        self,
        what: Any,
        table: Mapping[str, AnyFamily],
        kind: str,
        arrays: Mapping[AnyFamily, Array],
    ) -> Array:
        asked = members(what, table, kind)
        return self.members(arrays[asked.family], asked)

    def _revenue_of(self, rate: Parameter, recipient: Agent | None) -> Array:
        """Revenue of a rate over its letters, from one recipient's taxes or from all."""
        total: Array | None = None
        for leaf, tax, paid in self._taxes():
            if tax.rate is rate and recipient in (None, tax.recipient.family):
                part = self.axes.total(paid, leaf.letters, rate.letters)
                total = part if total is None else total + part
        if total is None:
            rates = {tax.rate.name for _, tax, _ in self._taxes()}
            raise DeclarationError(
                f"no flow is taxed at {rate.name!r}; {near(rate.name, sorted(rates))}"
            )
        return total

    def _revenues(self) -> dict[Agent, Array]:
        """Tax revenue by the agent that receives it."""
        total = {agent: self.axes.xp.zeros(agent.shape) for agent in self.model.agents.values()}
        for leaf, tax, paid in self._taxes():
            to = tax.recipient
            total[to.family] += self.axes.collect(paid, leaf.letters, to.use)
        return total

    def _taxes(self) -> Iterator[tuple[BoundLeaf, Tax, Array]]:
        """Every tax of every flow, with its revenue over the letters of the flow."""
        for flow in self.flows:
            for leaf in flow.tree.leaves:
                for tax in leaf.taxes:
                    paid = per_unit(self.axes, self.values, self.prices, leaf, tax)
                    yield leaf, tax, paid * flow.total[leaf]
