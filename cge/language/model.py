"""The model: a set of markets, activities and agents over named dimensions.

Declaring is all there is to do: demands by Shephard's lemma, zero profit, market clearance, income
balance and their derivatives follow from the declarations (``cge.equilibrium``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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
from cge.language.dimensions import Alias, Dimensions, Subset, letters_of
from cge.language.errors import DeclarationError
from cge.language.nests import Leaf, Node, Tree, flatten, leaves_below
from cge.language.parameters import Number, Parameter, Tax, as_values

if TYPE_CHECKING:
    import pandas as pd

    from cge.equilibrium import Equilibrium, State

Values = Mapping[str, Any] | Mapping[Parameter, Any] | Mapping[Parameter | str, Any]


class Model:
    """A general equilibrium model over named dimensions.

    ``Model(r=["SH", "JS"], i=goods, j=alias("i"), f=subset("i", fuels))`` declares the letters;
    lower-case single letters only. Commodities, activities, agents and auxiliaries follow.
    """

    def __init__(self, name: str = "model", **dims: Sequence[str] | Alias | Subset | int) -> None:
        self.name = name
        self.dims = Dimensions(dims)
        self.parameters: dict[str, Parameter] = {}
        self.commodities: dict[str, Commodity] = {}
        self.activities: dict[str, Activity] = {}
        self.agents: dict[str, Agent] = {}
        self.auxiliaries: dict[str, Auxiliary] = {}
        self.index: dict[Commodity, Parameter] = {}
        self.dropped: Commodity | None = None
        self._solver: Any = None

    # ------------------------------------------------------------------ declaring

    def parameter(self, name: str, letters: str, value: Number) -> Parameter:
        """Declare a named parameter over letters; a value over fewer of them is repeated.

        Raises:
            DeclarationError: the name is taken, or value and letters do not fit.
        """
        if name in self.parameters:
            raise DeclarationError(f"parameter {name!r} is declared twice")
        over = letters_of(letters)
        own = as_values(value, over, self.dims, f"parameter {name!r}")
        parameter = Parameter(name, over, self._spread(own, over))
        self.parameters[name] = parameter
        return parameter

    def commodity(
        self,
        name: str,
        letters: str = "",
        *,
        may_be_zero: float | None = None,
        price: float | None = None,
    ) -> Commodity:
        """Declare a commodity with one price per member.

        Arguments:
            name: name, unique in the model.
            letters: its axes.
            may_be_zero: typical size of a price that is zero when the market is slack (permits,
                capacities); None for ordinary goods.
            price: price at the benchmark; one by default, zero where it may be zero.

        Raises:
            DeclarationError: the name is taken, or the price is not positive where it must be.
        """
        start = (1.0 if may_be_zero is None else 0.0) if price is None else float(price)
        if start < 0 or (start == 0 and may_be_zero is None):
            raise DeclarationError(f"commodity {name}: price {start:g} at the benchmark")
        where = self._place(name, letters)
        commodity = Commodity(name, where, self.dims, may_be_zero, start)
        self.commodities[name] = commodity
        return commodity

    def activity(
        self,
        name: str,
        letters: str = "",
        *,
        makes: Node | Leaf,
        uses: Node | Leaf,
        latent: float | None = None,
        level: float | None = None,
        capacity: Number = None,
        owner: Reference | None = None,
    ) -> Activity:
        """Declare an activity with a tree of outputs and a tree of inputs.

        Arguments:
            name: name, unique in the model.
            letters: its axes.
            makes: outputs: one flow, or a CET nest.
            uses: inputs: one flow, or a CES nest.
            latent: typical size of the level of an activity that may shut down; None for one that
                always runs.
            level: level at the benchmark; one by default, zero for a latent activity.
            capacity: largest level of a latent activity.
            owner: agent, at letters of the activity, that receives the profit of a limited one.

        Raises:
            DeclarationError: the name is taken, the level is not positive where it must be, a flow
                does not fit, or capacity, owner and latency do not come together.
        """
        start = (1.0 if latent is None else 0.0) if level is None else float(level)
        if start < 0 or (start == 0 and latent is None):
            raise DeclarationError(f"activity {name}: level {start:g} at the benchmark")
        activity = Activity(name, self._place(name, letters), self.dims, latent=latent, start=start)
        activity.makes = flatten(name, "makes", activity.letters, makes)
        activity.uses = flatten(name, "uses", activity.letters, uses)
        self._declare_leaves(name, [(activity.makes, -1), (activity.uses, 1)])
        self._declare_capacity(activity, capacity, owner)
        self.activities[name] = activity
        return activity

    def agent(self, name: str, letters: str = "") -> Agent:
        """Declare an agent; see ``Agent.owns``, ``gives`` and ``spends``."""
        agent = Agent(name, self._place(name, letters), self.dims, model=self)
        self.agents[name] = agent
        return agent

    def auxiliary(
        self,
        name: str,
        letters: str = "",
        *,
        moves: Mapping[Parameter, Callable[[Any, Any], Any]],
        until: Callable[[Any], Any],
        lower: float | None = None,
        upper: float | None = None,
    ) -> Auxiliary:
        """Declare a variable that moves parameters until a condition is zero.

        Arguments:
            name: name, unique in the model.
            letters: its axes; every moved parameter has them.
            moves: ``{parameter: rule}`` with ``new value = rule(base value, variable)``; the rules
                ``scale`` and ``shift`` are in ``cge.language``.
            until: function of the state of the economy that returns the condition over ``letters``.
            lower: lower bound of the variable; there the condition may be positive.
            upper: upper bound of the variable; there the condition may be negative.

        Raises:
            DeclarationError: a moved parameter is unknown or lacks letters of the variable.
        """
        place = self._place(name, letters)
        for parameter in moves:
            if self.parameters.get(parameter.name) is not parameter:
                raise DeclarationError(f"auxiliary {name}: {parameter.name!r} is not in this model")
            missing = set(place) - set(parameter.letters)
            if missing:
                raise DeclarationError(
                    f"auxiliary {name}: parameter {parameter.name!r} over '{parameter.letters}' "
                    f"lacks {sorted(missing)}; declare the parameter over these letters too"
                )
        auxiliary = Auxiliary(name, place, self.dims, dict(moves), until, lower, upper)
        self.auxiliaries[name] = auxiliary
        self._solver = None  # what was compiled before knows nothing of it
        return auxiliary

    def numeraire(
        self, index: Commodity | Mapping[Commodity, Number], *, drop: Commodity | None = None
    ) -> None:
        r"""Choose the numeraire: one commodity, or a price index :math:`\sum w p / \sum w = 1`.

        Arguments:
            index: a commodity (its first member), or weights over the members of commodities.
            drop: scalar market that Walras' law makes redundant and that is left unsolved as a
                check; default: the numeraire's own market, or the smallest one.
        """
        if isinstance(index, Commodity):
            weight = np.zeros(index.shape)
            weight[(0,) * weight.ndim] = 1.0
            weights: Mapping[Commodity, Number] = {index: (index.letters, weight)}
            drop = drop or index
        else:
            weights = index
        self.index = {
            commodity: self._number(value, commodity.letters, f"numeraire.{commodity.name}")
            for commodity, value in weights.items()
        }
        ordinary = [c for c in self.commodities.values() if c.zero_scale is None]
        self.dropped = drop or min(ordinary, key=lambda c: c.size)

    # ------------------------------------------------------------------ called by Agent

    def declare_endowment(
        self,
        agent: Agent,
        reference: Reference,
        quantity: Number,
        elasticity: Number,
        relative_to: Reference | None,
        name: str,
    ) -> None:
        """See ``Agent.owns``."""
        commodity = self._commodity(reference, agent.name)
        if (elasticity is None) != (relative_to is None):
            raise DeclarationError(
                f"{agent.name} owns {commodity.name}: give elasticity and relative_to together"
            )
        letters = agent.letters + "".join(c for c in reference.use if c not in agent.letters)
        name = name or self._fresh(f"{agent.name}.{commodity.name}")
        bend = None
        if relative_to is not None:
            other = self._commodity(relative_to, agent.name)
            if other.zero_scale is not None or commodity.zero_scale is not None:
                raise DeclarationError(f"{name}: no elasticity where a price may be zero")
            bend = self._number(elasticity, letters, f"{name}.elasticity")
            self._check_letters(relative_to, letters, name)
        own = self._number(quantity, letters, name)
        agent.endowments.append(Endowment(agent, reference, own, bend, relative_to, letters))

    def declare_gift(self, agent: Agent, share: Number, recipient: Reference, name: str) -> None:
        """See ``Agent.gives``."""
        if not isinstance(recipient.family, Agent):
            raise DeclarationError(f"{agent.name} gives to {recipient.family.name}: no agent")
        letters = agent.letters + "".join(c for c in recipient.use if c not in agent.letters)
        name = name or self._fresh(f"{agent.name}.to.{recipient.family.name}")
        own = self._number(share, letters, name)
        agent.gifts.append(Gift(agent, own, recipient, letters))

    def declare_spending(self, agent: Agent, tree: Node | Leaf) -> None:
        """See ``Agent.spends``."""
        if agent.tree is not None:
            raise DeclarationError(f"{agent.name} already spends on a tree; declare one only")
        agent.tree = flatten(agent.name, "spends", agent.letters, tree)
        self._declare_leaves(agent.name, [(agent.tree, 1)])

    # ------------------------------------------------------------------ reading

    def trees(self) -> Iterator[Tree]:
        """All nest trees."""
        for activity in self.activities.values():
            yield activity.makes
            yield activity.uses
        for agent in self.agents.values():
            if agent.tree is not None:
                yield agent.tree

    def families(self) -> dict[str, Family]:
        """Unknowns by key: ``p:`` prices, ``y:`` levels, ``m:`` incomes, ``a:`` auxiliaries."""
        groups: list[tuple[str, Mapping[str, Family]]] = [
            ("p", self.commodities),
            ("y", self.activities),
            ("m", self.agents),
            ("a", self.auxiliaries),
        ]
        return {
            f"{kind}:{name}": family for kind, table in groups for name, family in table.items()
        }

    def values(self, changes: Values | None = None, **named: Any) -> dict[str, NDArray[np.float64]]:
        """All parameters as arrays, with changes by parameter or name.

        Raises:
            DeclarationError: unknown parameter, or labels or shape do not fit.
        """
        table = {name: parameter.value for name, parameter in self.parameters.items()}
        for key, value in [*(changes or {}).items(), *named.items()]:
            name = key.name if isinstance(key, Parameter) else key
            if name not in self.parameters:
                raise DeclarationError(f"unknown parameter {name!r}; {self._near(name)}")
            table[name] = self._fit(self.parameters[name], value)
        return table

    def check(self, tolerance: float = 1e-9) -> None:
        """Assert that the benchmark is an equilibrium.

        Raises:
            DeclarationError: markets, activities or agents out of balance, worst first, with
                region, sector and size; a commodity without supply or demand.
        """
        from cge.equilibrium.benchmark import check_benchmark

        check_benchmark(self, tolerance)

    def benchmark(self) -> State:
        """The economy at the benchmark: what a condition of an auxiliary variable reads there."""
        from cge.equilibrium.benchmark import benchmark

        return benchmark(self)

    def responses(self) -> pd.DataFrame:
        """How conditions of auxiliary variables (rows) respond to the variables (columns).

        At the benchmark, with all markets clearing along; see ``cge.equilibrium.responses``.

        Raises:
            DeclarationError: the economy without its auxiliary variables is not determined.
        """
        from cge.equilibrium.responses import responses

        return responses(self)

    def solve(self, changes: Values | None = None, **named: Any) -> Equilibrium:
        """Solve for the equilibrium at changed parameters, from the benchmark.

        A convenience over ``cge.equilibrium.Solver``, whose compiled form is kept with the model.

        Raises:
            DeclarationError: unknown parameter.
            cge.equilibrium.NotSolved: no equilibrium was found; says which conditions fail.
        """
        from cge.equilibrium import Solver

        if self._solver is None:
            self._solver = Solver(self)
        result: Equilibrium = self._solver.solve(changes, **named)
        return result

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{sum(f.size for f in table.values())} {what}"
            for what, table in (
                ("prices", self.commodities),
                ("activity levels", self.activities),
                ("incomes", self.agents),
                ("auxiliaries", self.auxiliaries),
            )
            if table
        )
        return f"Model({self.name!r}: {counts})"

    # ------------------------------------------------------------------ helpers

    def _near(self, name: str) -> str:
        """Parameters that a misspelt name may mean."""
        names = {known.lower(): known for known in self.parameters}
        close = [k for k in names if name.lower() in k]
        close += [k for k in get_close_matches(name.lower(), list(names)) if k not in close]
        if not close:
            return "see Model.parameters for the names"
        return f"close ones: {', '.join(names[k] for k in close[:10])}"

    def _place(self, name: str, letters: str) -> str:
        taken = {**self.commodities, **self.activities, **self.agents, **self.auxiliaries}
        if name in taken or ":" in name:
            raise DeclarationError(f"the name {name!r} is already taken or contains ':'")
        own = letters_of(letters)
        for letter in own:
            dimension = self.dims[letter]
            if dimension.positions is not None:
                raise DeclarationError(
                    f"{name}: declare it over {dimension.base!r}, of which {letter!r} is a subset; "
                    "members without flows drop out"
                )
        if len(set(own)) != len(own):
            raise DeclarationError(f"{name}: a letter stands twice in '{letters}'")
        return own

    def _number(self, value: Number, letters: str, name: str) -> Parameter:
        """A declared parameter as it is, anything else under an automatic name."""
        if isinstance(value, Parameter):
            if self.parameters.get(value.name) is not value:
                raise DeclarationError(f"{name}: parameter {value.name!r} is of another model")
            extra = set(value.letters) - set(letters)
            if extra:
                raise DeclarationError(
                    f"{name}: parameter {value.name!r} has letters {sorted(extra)} that the flow "
                    f"over '{letters}' lacks"
                )
            return value
        own, array = as_values(value, letters, self.dims, f"parameter {name!r}")
        parameter = Parameter(self._fresh(name), own, array)
        self.parameters[parameter.name] = parameter
        return parameter

    def _fresh(self, name: str) -> str:
        if name not in self.parameters:
            return name
        return next(f"{name}#{k}" for k in range(2, 1000) if f"{name}#{k}" not in self.parameters)

    def _fit(self, parameter: Parameter, value: Any) -> Any:
        plain = isinstance(value, np.ndarray | np.number | float | int | list | tuple)
        if not plain and not hasattr(value, "dims"):
            return value  # already an array of the engine
        if isinstance(value, np.ndarray) and value.shape == parameter.value.shape:
            value = (parameter.letters, value)
        own = as_values(value, parameter.letters, self.dims, f"parameter {parameter.name!r}")
        return self._spread(own, parameter.letters)

    def _commodity(self, reference: Reference, where: str) -> Commodity:
        if not isinstance(reference.family, Commodity):
            raise DeclarationError(f"{where}: {reference.family.name} is no commodity")
        if self.commodities.get(reference.family.name) is not reference.family:
            raise DeclarationError(f"{where}: {reference.family.name} is of another model")
        return reference.family

    def _declare_capacity(
        self, activity: Activity, capacity: Number, owner: Reference | None
    ) -> None:
        if capacity is None and owner is None:
            return
        where = f"activity {activity.name}"
        if activity.latent is None or capacity is None or owner is None:
            raise DeclarationError(
                f"{where}: a capacity needs an owner, who receives the profit where it binds, and "
                "a latent activity; give latent, capacity and owner together"
            )
        if not isinstance(owner.family, Agent):
            raise DeclarationError(f"{where}: its owner {owner.family.name} is no agent")
        self._check_letters(owner, activity.letters, f"{where}: owner")
        activity.owner = owner
        activity.capacity = self._number(capacity, activity.letters, f"{activity.name}.capacity")

    def _check_letters(self, reference: Reference, letters: str, where: str) -> None:
        extra = set(reference.use) - set(letters)
        if extra:
            raise DeclarationError(
                f"{where}: {reference.family.name}[{reference.use!r}] has letters {sorted(extra)} "
                f"that the flow over '{letters}' lacks"
            )

    def _declare_leaves(self, owner: str, trees: Sequence[tuple[Tree, int]]) -> None:
        leaves = [leaf for tree, _ in trees for leaf in tree.leaves]
        names = [leaf.name or leaf.commodity.name for leaf in leaves]
        for tree, sign in trees:
            for leaf in tree.leaves:
                short = leaf.name or leaf.commodity.name
                if not leaf.name and names.count(short) > 1:
                    short = f"{short}[{leaf.use}]"
                leaf.name = self._unique_leaf(short, [x for x in leaves if x is not leaf])
                leaf.sign = sign
                self._declare_leaf(f"{owner}.{leaf.name}", leaf, tree.side)
            for node in tree.nodes:
                self._declare_node(owner, node)
                self._check_companions(owner, node)

    @staticmethod
    def _unique_leaf(name: str, others: list[Leaf]) -> str:
        taken = {leaf.name for leaf in others}
        return next(n for n in (name, *(f"{name}#{k}" for k in range(2, 1000))) if n not in taken)

    def _declare_leaf(self, where: str, leaf: Leaf, side: str) -> None:
        self._commodity(Reference(leaf.commodity, leaf.use), where)
        for tax in leaf.taxes:
            self._check_tax(where, leaf, tax)
        if leaf.payment is not None:
            if side != "makes":
                raise DeclarationError(f"{where}: paid_by is for outputs only")
            self._check_letters(leaf.payment.payer, leaf.letters, where)
        quantity = leaf.quantity
        if leaf.minimum is not None:
            if side != "spends":
                raise DeclarationError(f"{where}: a minimum is for the purchases of agents only")
            leaf.minimum = self._number(leaf.minimum, leaf.letters, f"{where}.minimum")
            quantity = self._discretionary(quantity, leaf, where)
        leaf.quantity = self._number(quantity, leaf.letters, f"{where}.quantity")
        if leaf.productivity is not None:
            leaf.productivity = self._number(
                leaf.productivity, leaf.letters, f"{where}.productivity"
            )
        price = self._default_price(leaf) if leaf.price is None else leaf.price
        leaf.price = self._number(price, leaf.letters, f"{where}.price")
        self._check_leaf(where, leaf)

    def _check_tax(self, where: str, leaf: Leaf, tax: Tax) -> None:
        if not isinstance(tax.recipient.family, Agent):
            raise DeclarationError(
                f"{where}: tax revenue goes to {tax.recipient.family.name}, no agent"
            )
        self._check_letters(tax.recipient, leaf.letters, f"{where}: recipient")
        self._number(tax.rate, leaf.letters, f"{where}.tax")

    def _discretionary(self, quantity: Number, leaf: Leaf, where: str) -> Number:
        """Reference quantity less the committed part."""
        if isinstance(quantity, Parameter):
            total = (quantity.letters, quantity.value)
        else:
            total = as_values(quantity, leaf.letters, self.dims, where)
        minimum: Parameter = leaf.minimum
        return leaf.letters, (
            self._spread(total, leaf.letters)
            - self._spread((minimum.letters, minimum.value), leaf.letters)
        )

    def _default_price(self, leaf: Leaf) -> Number:
        market = leaf.commodity.start or 1.0  # a price of zero at the benchmark gives no reference
        if not leaf.taxes:
            return market
        value = np.ones(self.dims.shape(leaf.letters))
        for tax in leaf.taxes:
            value = value + leaf.sign * self._spread(
                (tax.rate.letters, tax.rate.value), leaf.letters
            )
        return leaf.letters, market * value

    def _spread(self, value: tuple[str, NDArray[Any]], letters: str) -> NDArray[Any]:
        own, array = value
        ordered = array.transpose([own.index(c) for c in letters if c in own])
        shape = [self.dims[c].size if c in own else 1 for c in letters]
        return np.broadcast_to(ordered.reshape(shape), self.dims.shape(letters)).copy()

    def _check_leaf(self, where: str, leaf: Leaf) -> None:
        negative = leaf.quantity.value < 0
        if negative.any():
            raise DeclarationError(self._at(f"{where}: negative quantity", leaf.quantity, negative))
        wrong = leaf.price.value <= 0
        if wrong.any():
            raise DeclarationError(self._at(f"{where}: price not positive", leaf.price, wrong))
        fixed = leaf.parent.fixed_elasticity == 0.0
        if leaf.commodity.zero_scale is not None and not fixed:
            raise DeclarationError(
                f"{where}: the price of {leaf.commodity.name} may be zero, so it must hang in a "
                "leontief nest: with substitution demand would be infinite"
            )

    def _check_companions(self, owner: str, node: Node) -> None:
        """Goods whose price may be zero need others beside them where nests above substitute."""
        free = [k for k in node.children if isinstance(k, Leaf) and k.commodity.zero_scale]
        if not free or not node.substitutes_above:
            return
        others = [leaf for k in node.children if k not in free for leaf in leaves_below(k)]
        beside = np.zeros(self.dims.shape(node.letters), bool)
        for leaf in others:
            beside |= self._flows(leaf).any(axis=tuple(range(beside.ndim, len(leaf.letters))))
        for leaf in free:
            alone = self._flows(leaf)
            alone &= ~self._spread((node.letters, beside), leaf.letters)
            if alone.any():
                quantity = self._spread((leaf.quantity.letters, leaf.quantity.value), leaf.letters)
                whole = Parameter("", leaf.letters, quantity)
                what = (
                    f"{owner}.{leaf.name}: the price of {leaf.commodity.name} may be zero, and a "
                    "nest of nothing else stands under substitution: with quantity"
                )
                raise DeclarationError(self._at(what, whole, alone))

    def _flows(self, leaf: Leaf) -> NDArray[np.bool_]:
        """Where a leaf has a positive quantity, over its letters."""
        quantity = self._spread((leaf.quantity.letters, leaf.quantity.value), leaf.letters)
        return quantity > 0

    def _at(self, what: str, parameter: Parameter, mask: NDArray[np.bool_]) -> str:
        at = tuple(int(k) for k in np.argwhere(mask)[0])
        labels = [self.dims[c].labels[k] for c, k in zip(parameter.letters, at, strict=True)]
        value = parameter.value[at]
        return f"{what} {value:g} at {','.join(labels) or 'scalar'} ({int(mask.sum())} such cells)"

    def _declare_node(self, owner: str, node: Node) -> None:
        where = f"{owner}: elasticity"
        if isinstance(node.elasticity, int | float | np.number):
            node.elasticity = float(node.elasticity)
            values = np.asarray(node.elasticity)
        else:
            node.elasticity = self._number(node.elasticity, node.letters, f"{owner}.elasticity")
            values = node.elasticity.value
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise DeclarationError(
                f"{where} of substitution or transformation must be a number >= 0, found "
                f"{values.min():g}"
            )
