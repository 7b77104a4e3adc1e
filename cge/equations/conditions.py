r"""The conditions of a model in symbols: zero profit, market clearance, income balance.

.. math:: V_u P_u = V_m P_m \perp y , \qquad S = D \perp p , \qquad M = \ldots \perp m ,

each with the definitions that it reads: price indices of nests, quantities of flows, reference
values and shares. Where a level or price may be zero the condition is one side of a
complementarity.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import sympy
from sympy.utilities.lambdify import implemented_function

from cge.equations.equation import Equation
from cge.equations.notation import NUMERAIRE, Notation, Places
from cge.equations.systems import System
from cge.equations.trees import Nests
from cge.language.declarations import (
    Activity,
    Agent,
    Auxiliary,
    Commodity,
    Endowment,
    Family,
    Gift,
    Reference,
)
from cge.language.model import Model
from cge.language.parameters import Parameter, Tax
from cge.language.rules import Reading, Rule, adds, parameters_read, scale, shift
from cge.language.swaps import Fixed
from cge.language.trees import BoundLeaf


class Conditions:
    """The equations of one model, block by block.

    Arguments:
        model: a declared model.
    """

    def __init__(self, model: Model) -> None:
        self.model, self.notation = model, Notation(model.dims, model.parameters)
        self.nests = [Nests(self.notation, tree) for tree in model.trees()]
        self.owners = {
            **{a.name: a for a in model.activities.values()},
            **{a.name: a for a in model.agents.values()},
        }

    def all(self) -> Iterator[Equation]:
        """Every block: commodities, activities, agents, variables, the numeraire, products."""
        for commodity in self.model.commodities.values():
            yield from self.market(commodity)
        for activity in self.model.activities.values():
            yield from self.activity(activity)
        for agent in self.model.agents.values():
            yield from self.agent(agent)
        for auxiliary in self.model.auxiliaries.values():
            yield from self.auxiliary(auxiliary)
        yield from self.numeraire()
        for name in self.model.products:
            yield self.product(name)

    # ------------------------------------------------------------------ blocks

    def activity(self, activity: Activity) -> Iterator[Equation]:
        """Zero profit, and what it reads."""
        makes, uses = self._of(activity)
        at = self.notation.places(activity.letters)
        cost, revenue = (self._root_value(n, at) for n in (uses, makes))
        latent = activity.latent is not None
        note = "the level is at least zero" if latent else ""
        if activity.capacity is not None:
            note += f" and at most {activity.capacity.name}, where revenue may exceed cost"
        yield Equation(
            activity.name,
            "zero profit",
            activity.letters,
            cost,
            revenue,
            ">=" if latent and activity.capacity is None else "=",
            self._unknown(activity),
            note=note,
        )
        for nests in (makes, uses):
            yield from nests.prices()
            yield from nests.quantities(self._of_family(activity, at))
            yield from nests.references()
            yield from nests.parts()

    def agent(self, agent: Agent) -> Iterator[Equation]:
        """Income balance, and what it reads."""
        letters, at = agent.letters, self.notation.places(agent.letters)
        received = sympy.Add(*self._received(agent))
        gross = self._gross(agent, at)
        yield Equation(
            agent.name, "income balance", letters, gross, received, "=", self._unknown(agent)
        )
        if agent.tree is None:
            return
        (nests,) = self._of(agent)
        income = self._of_family(agent, at) + self._committed(nests)
        kept = 1 - sympy.Add(*(self._share(g, agent.letters) for g in agent.gifts))
        yield Equation(agent.name, "gross income", letters, gross, income / kept)
        yield from nests.prices()
        spending = self._of_family(agent, at)
        demand = nests.tree.root.demand
        if demand is None:
            spending /= self._root_value(nests, at)
        else:
            spending /= nests.value(nests.tree.root, at)
            yield from System(nests, demand, spending).equations()
        yield from nests.quantities(spending)
        yield from nests.references()
        yield from nests.parts()

    def market(self, commodity: Commodity) -> Iterator[Equation]:
        """Market clearance."""
        sides: dict[int, list[Any]] = {1: [], -1: []}
        for nests in self.nests:
            for leaf in nests.tree.leaves:
                if leaf.commodity is commodity and leaf.payment is None:
                    term = self._collected(nests.flow, leaf, leaf, leaf.use, commodity)
                    sides[leaf.sign].append(term)
        for endowment in self._endowments():
            if endowment.reference.family is commodity:
                use = endowment.reference.use
                term = self._collected(self._endowed, endowment, endowment, use, commodity)
                sides[-1].append(term)
        free = commodity.zero_scale is not None
        dropped = commodity is self.model.dropped
        yield Equation(
            commodity.name,
            "market clearance",
            commodity.letters,
            sympy.Add(*sides[-1]),
            sympy.Add(*sides[1]),
            ">=" if free else "=",
            self._unknown(commodity),
            note=" and ".join(self._about_market(free, dropped)),
        )

    def auxiliary(self, auxiliary: Auxiliary) -> Iterator[Equation]:
        """The condition as its author wrote it, and the parameters that the variable moves."""
        yield Equation(
            auxiliary.name,
            "condition",
            auxiliary.letters,
            self._of_family(auxiliary, self.notation.places(auxiliary.letters)),
            unknown=self._unknown(auxiliary),
            code=_written(auxiliary.until),
            note=_bounds(auxiliary),
        )
        for parameter in auxiliary.moves:
            first, *_ = self._movers(parameter)
            if first is auxiliary:
                yield self._moved(parameter)

    def numeraire(self) -> Iterator[Equation]:
        """The price index that is held, in the place of one market."""
        if self.model.dropped is None:
            return
        held, base = [], []
        for commodity, weight in self.model.index.items():
            at = self.notation.places(commodity.letters)
            own = self.notation.parameter(weight, at)
            every = [at[c] for c in commodity.letters]
            held.append(self.notation.over(own * self._of_family(commodity, at), every))
            base.append(self.notation.over(own * self.notation.start(commodity, at), every))
        taxes = (t for nests in self.nests for leaf in nests.tree.leaves for t in leaf.taxes)
        if any(tax.specific and tax.index is None for tax in taxes):
            level = self.notation.symbol(NUMERAIRE, "", {})
            ratio = sympy.Add(*held) / sympy.Add(*base)
            yield Equation("numeraire", "price level", "", level, ratio)
        note = f"in the place of the first market of {self.model.dropped.name}"
        left, right = sympy.Add(*held), sympy.Add(*base)
        yield Equation("numeraire", "price index", "", left, right, note=note)

    def product(self, name: str) -> Equation:
        """A parameter that follows its factors."""
        parameter = self.model.parameters[name]
        at = self.notation.places(parameter.letters)
        factors = (self.notation.parameter(f, at) for f in self.model.products[name])
        left = self.notation.parameter(parameter, at)
        return Equation(name, "product", parameter.letters, left, sympy.Mul(*factors))

    # ------------------------------------------------------------------ incomes

    def _received(self, agent: Agent) -> Iterator[Any]:
        """What an agent receives: endowments, taxes, gifts, profits, less what it pays."""
        for endowment in agent.endowments:
            yield self._collected(self._worth, endowment, endowment, agent.letters, agent)
        for nests in self.nests:
            for leaf in nests.tree.leaves:
                yield from self._revenue(nests, leaf, agent)
        for giver in self.model.agents.values():
            for gift in (g for g in giver.gifts if g.recipient.family is agent):
                yield self._collected(self._given, gift, gift, gift.recipient.use, agent)
        for activity in self.model.activities.values():
            owner = activity.owner
            if owner is not None and owner.family is agent:
                yield self._collected(self._profit, activity, activity, owner.use, agent)

    def _revenue(self, nests: Nests, leaf: BoundLeaf, agent: Agent) -> Iterator[Any]:
        """Taxes on a flow that an agent receives, and what it pays for the flow."""
        for tax in (t for t in leaf.taxes if t.recipient.family is agent):

            def revenue(own: BoundLeaf, at: Places, tax: Tax = tax) -> Any:
                return nests.tax_per_unit(own, tax, at) * nests.flow(own, at)

            yield self._collected(revenue, leaf, leaf, tax.recipient.use, agent)
        if leaf.payment is not None and leaf.payment.payer.family is agent:

            def paid(own: BoundLeaf, at: Places) -> Any:
                return -nests.market_price(own, at) * nests.flow(own, at)

            yield self._collected(paid, leaf, leaf, leaf.payment.payer.use, agent)

    def _worth(self, endowment: Endowment, at: Places) -> Any:
        return self._price(endowment.reference.family, endowment.reference.use, at) * (
            self._endowed(endowment, at)
        )

    def _endowed(self, endowment: Endowment, at: Places) -> Any:
        """Quantity of an endowment, with its price elasticity."""
        quantity = self.notation.parameter(endowment.quantity, at, "quantity")
        if endowment.relative_to is None or endowment.elasticity is None:
            return quantity
        own, other = endowment.reference, endowment.relative_to
        ratio = self._relative_price(own, at) / self._relative_price(other, at)
        return quantity * ratio ** self.notation.parameter(endowment.elasticity, at, "elasticity")

    def _relative_price(self, reference: Reference[Commodity], at: Places) -> Any:
        """A price relative to the benchmark."""
        commodity, use = reference.family, reference.use
        places = self.notation.used(use, commodity.letters, at)
        return self._price(commodity, use, at) / self.notation.start(commodity, places)

    def _given(self, gift: Gift, at: Places) -> Any:
        return self.notation.parameter(gift.share, at) * self._gross(gift.giver, at)

    def _profit(self, activity: Activity, at: Places) -> Any:
        makes, uses = self._of(activity)
        margin = self._root_value(makes, at) - self._root_value(uses, at)
        return margin * self._of_family(activity, at)

    def _gross(self, agent: Agent, at: Places) -> Any:
        """Gross income: that of an agent which only hands on is its unknown itself."""
        if agent.tree is None:
            return self._of_family(agent, at)
        return self.notation.symbol(f"{agent.name}.gross", agent.letters, at, "gross")

    def _share(self, gift: Gift, letters: str) -> Any:
        """Share of a gift in gross income, over all that receive it."""
        at = self.notation.places(gift.letters)
        more = [at[c] for c in gift.letters if c not in letters]
        return self.notation.over(self.notation.parameter(gift.share, at), more)

    def _committed(self, nests: Nests) -> Any:
        """Cost of committed purchases."""
        total = sympy.Integer(0)
        for leaf in nests.tree.leaves:
            if leaf.minimum is not None:
                at = self.notation.places(leaf.letters)
                cost = nests.committed(leaf, at) * nests.user_price(leaf, at)
                more = [at[c] for c in leaf.letters if c not in nests.tree.letters]
                total += self.notation.over(cost, more)
        return total

    # ------------------------------------------------------------------ variables

    def _movers(self, parameter: Parameter) -> list[Auxiliary]:
        """Variables that move a parameter, in the order in which they do."""
        return [a for a in self.model.auxiliaries.values() if parameter in a.moves]

    def _moved(self, parameter: Parameter) -> Equation:
        """A parameter as the variables move it from its given value."""
        at = self.notation.places(parameter.letters)
        value = self.notation.symbol(f"{parameter.name}.given", parameter.letters, at)
        movers = self._movers(parameter)
        for auxiliary in movers:
            value = self._by_rule(auxiliary.moves[parameter], value, auxiliary, at)
        left = self.notation.parameter(parameter, at)
        return Equation(movers[0].name, "moved parameter", parameter.letters, left, value)

    def _by_rule(self, rule: Rule, value: Any, auxiliary: Auxiliary, at: Places) -> Any:
        """A value as a rule moves it; a rule of the user's own is a function with its name."""
        variable = self._of_family(auxiliary, at)
        reads = [self.notation.parameter(p, at) for p in parameters_read(rule)]
        if rule is scale:
            return value * sympy.exp(variable)
        if rule is shift:
            return value + variable
        if adds(rule):
            return value + variable * reads[0]
        written = rule.function if isinstance(rule, Reading) else rule
        name = getattr(written, "__name__", "rule").replace("<lambda>", "rule")
        return implemented_function(name, rule)(value, variable, *reads)

    # ------------------------------------------------------------------ symbols

    def _of(self, owner: Activity | Agent) -> list[Nests]:
        """Trees of an activity (outputs, inputs) or agent."""
        return [n for n in self.nests if n.tree.owner == owner.name]

    def _root_value(self, nests: Nests, at: Places) -> Any:
        """Cost of a tree at its reference quantities."""
        root = nests.tree.root
        return nests.value(root, at) * nests.price(root, at)

    def _of_family(self, family: Family, at: Places) -> Any:
        return self.notation.symbol(family.name, family.letters, at, "unknown")

    def _price(self, commodity: Commodity, use: str, at: Places) -> Any:
        return self._of_family(commodity, self.notation.used(use, commodity.letters, at))

    def _unknown(self, family: Family) -> str:
        return f"{family.name}[{','.join(family.letters)}]" if family.letters else family.name

    def _collected(
        self, term: Callable[..., Any], what: Any, over: Any, use: str, to: Family
    ) -> Any:
        """A flow's term as the family ``to`` meets it at the letters ``use``."""
        return self.notation.collected(lambda at: term(what, at), over.letters, use, to.letters)

    def _endowments(self) -> Iterator[Endowment]:
        for budget in self.model.budgets.values():
            yield from budget.endowments

    def _about_market(self, free: bool, dropped: bool) -> Iterator[str]:
        if free:
            yield "the price is at least zero"
        if dropped:
            yield "its first member is left unsolved, as Walras' check"


def _written(function: Callable[..., Any]) -> str:
    """A condition or rule as its author wrote it."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, Fixed):
        return f"{owner.name} - {owner.target}"
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        return getattr(function, "__qualname__", repr(function))
    return " ".join(source.split())


def _bounds(auxiliary: Auxiliary) -> str:
    """Bounds of a variable in words."""
    bounds = [
        f"{word} {bound.name}"
        for word, bound in (("at least", auxiliary.lower), ("at most", auxiliary.upper))
        if bound is not None
    ]
    levels = [
        f"{word} {bound.name}"
        for word, bound in (("at least", auxiliary.least), ("at most", auxiliary.most))
        if bound is not None
    ]
    told = [f"the variable is {' and '.join(bounds)}"] if bounds else []
    told += [f"what it moves is {' and '.join(levels)}"] if levels else []
    return ", ".join(told)
