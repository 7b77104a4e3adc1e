"""The model: a set of markets, activities and agents over named dimensions.

Declaring is all there is to do: demands by Shephard's lemma, zero profit, market clearance, income
balance and their derivatives follow from the declarations (``cge.equilibrium``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from cge.language.aliases import warn_exchanged, warn_repeated
from cge.language.binding import Binder, check_commodity, check_letters
from cge.language.declarations import (
    Activity,
    Agent,
    Auxiliary,
    Budget,
    Commodity,
    Endowment,
    Family,
    Gift,
    Numbers,
    Reference,
)
from cge.language.dimensions import Alias, Dimensions, Subset, extended, letters_of
from cge.language.drawing import listed
from cge.language.errors import DeclarationError
from cge.language.moved import bounds, bounds_of_moved, check_move
from cge.language.nests import Leaf, Node
from cge.language.parameters import Number, Parameter, Parameters, Values, as_values
from cge.language.rules import Rule, parameters_read
from cge.language.slips import (
    check_commodity_family,
    check_condition,
    check_mapping,
    check_movers,
    check_moves,
    check_nest,
    check_reference,
)
from cge.language.swaps import State, Swap
from cge.language.trees import Tree
from cge.language.validity import (
    BEND,
    CAPACITY,
    ENDOWMENT,
    GIVEN,
    GIVEN_BY_A_BUYER,
    GIVEN_BY_A_CONDUIT,
    SHARE,
    WEIGHT,
    WEIGHTS,
    Limit,
    Range,
    Term,
)


class Model:
    """A general equilibrium model over named dimensions.

    ``Model(r=["SH", "JS"], i=goods, j=alias("i"), f=subset("i", fuels))`` declares the letters;
    lower-case single letters only. Commodities, activities, agents and auxiliaries follow.

    Once a solver is compiled for it a model does not change any more; ``with_swaps`` makes another
    one of it.

    Attributes:
        name: name of the model, for messages.
        dims: its letters.
        money: unit of values, such as ``"1e8 CNY"``, for reports.
        parameters: parameters by name.
        commodities: commodities (markets) by name.
        activities: activities by name.
        agents: agents by name.
        auxiliaries: auxiliary variables by name.
        budgets: what each agent owns, gives away and spends on.
        index: weights of the numeraire, by commodity.
        dropped: the market that Walras' law makes redundant, None without a numeraire.
        balanced: whether prices and levels as declared are an equilibrium, the benchmark. Else they
            are where a solve starts: a model may be declared by the coefficients of technologies
            and preferences, reference quantities and prices of flows that nobody observed.
        bounded: keys of the families whose unknowns a solve may bound; see ``with_bounds``.
    """

    def __init__(
        self,
        name: str = "model",
        *,
        money: str = "",
        balanced: bool = True,
        **dims: Sequence[str] | Alias | Subset | int,
    ) -> None:
        self.name, self.money, self.balanced = name, money, balanced
        self.dims = Dimensions(dims)
        self.parameters = Parameters(self.dims)
        self.commodities: dict[str, Commodity] = {}
        self.activities: dict[str, Activity] = {}
        self.agents: dict[str, Agent] = {}
        self.auxiliaries: dict[str, Auxiliary] = {}
        self.budgets: dict[Agent, Budget] = {}
        self.index: dict[Commodity, Parameter] = {}
        self.dropped: Commodity | None = None
        self.bounded: frozenset[str] = frozenset()
        self._frozen = False

    # ------------------------------------------------------------------ declaring

    def parameter(self, name: str, letters: str, value: Number) -> Parameter:
        """Declare a named parameter over letters; a value over fewer of them is repeated.

        Raises:
            DeclarationError: the name is taken, or value and letters do not fit.
        """
        self._declaring(f"parameter {name!r}")
        return self.parameters.declare(name, letters, value)

    def product(self, name: str, letters: str, *factors: Parameter) -> Parameter:
        """Declare a parameter that is the product of others and follows them in every solve.

        It cannot be set itself. Derivatives with respect to a factor flow through it.

        Arguments:
            name: name, unique among parameters.
            letters: its axes; each factor is over some of them.
            *factors: declared parameters, e.g. tons per unit, and membership in pools.

        Raises:
            DeclarationError: the name is taken, or a factor is of another model or has letters
                that the product lacks.
        """
        self._declaring(f"product {name!r}")
        return self.parameters.product(name, letters, factors)

    @property
    def products(self) -> Mapping[str, tuple[Parameter, ...]]:
        """Factors of each parameter that is a product, by name."""
        return self.parameters.products

    def commodity(
        self,
        name: str,
        letters: str = "",
        *,
        may_be_zero: Number = None,
        price: Number = None,
        unit: str = "",
        meaning: str = "",
    ) -> Commodity:
        """Declare a commodity with one price per member.

        Arguments:
            name: name, unique in the model.
            letters: its axes.
            may_be_zero: typical size of a price that is zero when the market is slack (permits,
                capacities), a number or one per member; None for ordinary goods.
            price: price at the benchmark, a number or one per member; one by default, zero where
                it may be zero.
            unit: unit of its quantity, for reports, such as ``"Mt CO2"``; where it is not said and
                the price is one at the benchmark, quantities are money at benchmark prices.
            meaning: what it stands for, for reports.

        Raises:
            DeclarationError: the name is taken, or the price is not positive where it must be.
        """
        where = self._place(name, letters)
        scale = self._scale(may_be_zero, where, f"commodity {name}: may_be_zero")
        start = self._start(price, scale, where, f"commodity {name}: price")
        commodity = Commodity(name, where, self.dims, scale, start, unit=unit, meaning=meaning)
        self.commodities[name] = commodity
        return commodity

    def activity(
        self,
        name: str,
        letters: str = "",
        *,
        makes: Node | Leaf,
        uses: Node | Leaf,
        latent: Number = None,
        level: Number = None,
        capacity: Number = None,
        owner: Reference[Agent] | None = None,
        meaning: str = "",
    ) -> Activity:
        """Declare an activity with a tree of outputs and a tree of inputs.

        Arguments:
            name: name, unique in the model.
            letters: its axes.
            makes: outputs: one flow, or a CET nest.
            uses: inputs: one flow, or a CES nest.
            latent: typical size of the level of an activity that may shut down, a number or one
                per member; None for one that always runs.
            level: level at the benchmark, a number or one per member; one by default, zero for a
                latent activity.
            capacity: largest level of a latent activity.
            owner: agent, at letters of the activity, that receives the profit of a limited one.
            meaning: what it stands for, for reports.

        Raises:
            DeclarationError: the name is taken, the level is not positive where it must be, a flow
                does not fit, or capacity, owner and latency do not come together.
        """
        place = self._place(name, letters)
        size = self._scale(latent, place, f"activity {name}: latent")
        start = self._start(level, size, place, f"activity {name}: level")
        limited = self._check_capacity(name, place, latent, capacity, owner)
        made, used = self._bind(name, place, {"makes": makes, "uses": uses})
        most = None
        if limited:
            most = self.parameters.number(capacity, place, f"{name}.capacity", CAPACITY)
        activity = Activity(
            name, place, self.dims, made, used, size, start, most, owner, meaning=meaning
        )
        self.activities[name] = activity
        return activity

    def agent(self, name: str, letters: str = "", *, meaning: str = "") -> Agent:
        """Declare an agent; see ``Agent.owns``, ``gives`` and ``spends``.

        Arguments:
            name: name, unique in the model.
            letters: its axes.
            meaning: who it stands for, for reports.

        Raises:
            DeclarationError: the name is taken, a letter is unknown, or the model is compiled.
        """
        agent = Agent(name, self._place(name, letters), self.dims, self, meaning=meaning)
        self.agents[name] = agent
        self.budgets[agent] = Budget()
        return agent

    def auxiliary(
        self,
        name: str,
        letters: str = "",
        *,
        moves: Mapping[Parameter, Rule],
        until: Callable[[Any], Any],
        lower: Number = None,
        upper: Number = None,
        least: Number = None,
        most: Number = None,
        start: Number = None,
        unit: str = "",
        meaning: str = "",
    ) -> Auxiliary:
        """Declare a variable that moves parameters until a condition is zero.

        The condition reads the economy by handle, name or members, as results do. A tax that pays
        for public spending, and a wage floor with rationed labour::

            m.auxiliary("rate", moves={tax: shift}, until=lambda s: s.income(GOV) - s.parameter(G))
            m.auxiliary("jobs", moves={force: scale}, upper=0.0,
                        until=lambda s: s.parameter(floor) - s.price(W) / s.price(P))

        Arguments:
            name: name, unique in the model.
            letters: its axes; every moved parameter has them.
            moves: ``{parameter: rule}`` with ``new value = rule(base value, variable)``; the rules
                ``scale``, ``shift`` and ``add`` are in ``cge.language``.
            until: function of the state of the economy that returns the condition over ``letters``.
            lower: lower bound of the variable, a number or parameter; there the condition may be
                positive.
            upper: upper bound of the variable; there the condition may be negative.
            least: lower bound of the parameter that is moved, in its own units and over its
                letters; in place of ``lower`` where one parameter is moved by ``scale``, ``shift``
                or ``add``.
            most: upper bound of that parameter.
            start: value at the benchmark, zero by default.
            unit: unit of the variable, for reports.
            meaning: what it stands for, for reports.

        Raises:
            DeclarationError: a moved parameter is unknown, lacks letters of the variable or is a
                product, or bounds are in the wrong order, do not fit, or are of a parameter that
                another variable moves too.
        """
        place = self._place(name, letters)
        check_moves(moves, name, self.parameters)
        check_condition(until, name)
        for parameter, rule in moves.items():
            check_move(name, place, parameter, rule, self.parameters)
        sides = bounds(name, place, lower, upper, self.parameters)
        levels = bounds_of_moved(name, moves, least, most, self.parameters)
        where = f"auxiliary {name}: start"
        origin = self._benchmark(0.0 if start is None else start, place, where, least=-np.inf)
        self._check_origin(origin, sides, place, where)
        auxiliary = Auxiliary(
            name,
            place,
            self.dims,
            moves=dict(moves),
            until=until,
            lower=sides[0],
            upper=sides[1],
            least=levels[0],
            most=levels[1],
            start=origin,
            unit=unit,
            meaning=meaning,
        )
        check_movers(auxiliary, self.auxiliaries.values(), self.parameters)
        self.auxiliaries[name] = auxiliary
        return auxiliary

    def numeraire(
        self, index: Commodity | Mapping[Commodity, Number], *, drop: Commodity | None = None
    ) -> None:
        r"""Choose the numeraire: one commodity, or a price index :math:`\sum w p / \sum w = 1`.

        Arguments:
            index: a commodity (its first member), or weights over the members of commodities.
            drop: scalar market that Walras' law makes redundant and that is left unsolved as a
                check; default: the numeraire's own market, or the smallest one.

        Raises:
            DeclarationError: the index is worth nothing at benchmark prices, as that of a good that
                is free there: nothing can be counted in it. Or the price of what is dropped may be
                zero: Walras' law says nothing of the surplus of what is free.
        """
        self._declaring("the numeraire")
        named = [*(index if isinstance(index, Mapping) else [index])]
        for each in named if drop is None else [*named, drop]:
            check_commodity_family(each, "numeraire")
        if isinstance(index, Commodity):
            weight = np.zeros(index.shape)
            weight[(0,) * weight.ndim] = 1.0
            weights: Mapping[Commodity, Number] = {index: (index.letters, weight)}
            drop = drop or index
        else:
            weights = index
        weighted = {
            commodity: self.parameters.number(
                value, commodity.letters, f"numeraire.{commodity.name}", WEIGHT
            )
            for commodity, value in weights.items()
        }
        terms = tuple(Term(weight, c.letters, c.start) for c, weight in weighted.items())
        self.parameters.require(Limit("numeraire", WEIGHTS, terms, ""), "numeraire")
        dear = [c for c in self.commodities.values() if c.zero_scale is None]
        if drop is None and not dear:
            raise DeclarationError(
                f"{self.name}: the price of every commodity may be zero (may_be_zero=), so no "
                "market follows from the others by Walras' law; declare one whose price may not"
            )
        drop = drop or min(dear, key=lambda c: c.size)
        if drop.zero_scale is not None and drop is not index:  # that of the numeraire is one
            others = ", ".join(c.name for c in dear[:5]) or "none, so declare one"
            raise DeclarationError(
                f"{self.name}: the market of {drop.name} cannot be dropped, as its price may be "
                "zero (may_be_zero=), and Walras' law says nothing of the surplus of what is free; "
                f"drop one whose price may not: {others}"
            )
        self.index, self.dropped = weighted, drop

    def with_swaps(self, swaps: Sequence[Swap], *, at: State) -> Model:
        """The model with further variables and conditions; this one stays as it is.

        Every swap adds an auxiliary variable with its condition, and parameters for the target and
        the size of what is fixed, both at its value in a state, so that this remains a solution.
        Families, flows and parameters are shared: handles serve both models.

        Arguments:
            swaps: what is freed and what is fixed; ``closures.impose`` also checks that they
                determine each other.
            at: state of the economy with targets met, such as the benchmark.

        Raises:
            DeclarationError: a name is taken, or a variable does not fit its parameters.
        """
        other = self._copied()
        for swap in swaps:
            other._swap(swap, np.asarray(swap.fixed.quantity(at), float))
        return other

    def with_bounds(self, keys: Iterable[str]) -> Model:
        """The model whose unknowns of some families take bounds in every solve.

        Arguments:
            keys: keys of ``families``.
        """
        other = self._copied()
        other.bounded = frozenset(keys)
        return other

    def freeze(self) -> None:
        """End the declaration: called by a solver, which would not know what is declared later.

        Raises:
            DeclarationError: an agent without a tree does not hand on all of its income.
        """
        moved = {p.name for auxiliary in self.auxiliaries.values() for p in auxiliary.moves}
        for agent, budget in self.budgets.items():
            if budget.tree is None and moved.isdisjoint(g.share.name for g in budget.gifts):
                self._limit_gifts(agent, GIVEN_BY_A_CONDUIT)
        self._frozen = True

    # ------------------------------------------------------------------ called by Agent

    def declare_endowment(
        self,
        agent: Agent,
        reference: Reference[Commodity],
        quantity: Number,
        elasticity: Number,
        relative_to: Reference[Commodity] | None,
        name: str,
    ) -> None:
        """See ``Agent.owns``."""
        self._declaring(f"an endowment of {agent.name}")
        check_reference(reference, f"{agent.name} owns")
        check_commodity(reference, self.commodities, agent.name)
        commodity = reference.family
        if (elasticity is None) != (relative_to is None):
            raise DeclarationError(
                f"{agent.name} owns {commodity.name}: give elasticity and relative_to together"
            )
        letters = extended(agent.letters, reference.use)
        name = name or self.parameters.fresh(f"{agent.name}.{commodity.name}")
        bend = None
        if relative_to is not None:
            check_reference(relative_to, f"{name}: relative_to")
            check_commodity(relative_to, self.commodities, agent.name)
            if relative_to.family.zero_scale is not None or commodity.zero_scale is not None:
                raise DeclarationError(f"{name}: no elasticity where a price may be zero")
            bend = self.parameters.number(elasticity, letters, f"{name}.elasticity", BEND)
            check_letters(relative_to, letters, name)
        own = self.parameters.number(quantity, letters, name, ENDOWMENT)
        warn_exchanged(own, reference, name)
        warn_repeated(own, agent.letters, reference.use, self.dims, name)
        endowment = Endowment(agent, reference, own, bend, relative_to, letters)
        budget = self.budgets[agent]
        self.budgets[agent] = replace(budget, endowments=(*budget.endowments, endowment))

    def declare_gift(
        self, agent: Agent, share: Number, recipient: Reference[Agent], name: str
    ) -> None:
        """See ``Agent.gives``."""
        self._declaring(f"a gift of {agent.name}")
        check_reference(recipient, f"{agent.name} gives to")
        if not isinstance(recipient.family, Agent):
            raise DeclarationError(f"{agent.name} gives to {recipient.family.name}: no agent")
        letters = extended(agent.letters, recipient.use)
        name = name or self.parameters.fresh(f"{agent.name}.to.{recipient.family.name}")
        own = self.parameters.number(share, letters, name, SHARE)
        budget = self.budgets[agent]
        gift = Gift(agent, own, recipient, letters)
        self.budgets[agent] = replace(budget, gifts=(*budget.gifts, gift))
        self._limit_gifts(agent, GIVEN if budget.tree is None else GIVEN_BY_A_BUYER)

    def declare_spending(self, agent: Agent, tree: Node | Leaf) -> None:
        """See ``Agent.spends``."""
        self._declaring(f"spending of {agent.name}")
        if self.budgets[agent].tree is not None:
            raise DeclarationError(f"{agent.name} already spends on a tree; declare one only")
        (bound,) = self._bind(agent.name, agent.letters, {"spends": tree})
        self.budgets[agent] = replace(self.budgets[agent], tree=bound)
        self._limit_gifts(agent, GIVEN_BY_A_BUYER)

    # ------------------------------------------------------------------ reading

    def trees(self) -> Iterator[Tree]:
        """All nest trees."""
        for activity in self.activities.values():
            yield activity.makes
            yield activity.uses
        for budget in self.budgets.values():
            if budget.tree is not None:
                yield budget.tree

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

    def values(self, changes: Values | None = None, **named: Any) -> dict[str, Any]:
        """All parameters as arrays, with changes by parameter or name; products follow.

        Raises:
            DeclarationError: unknown parameter, a product, labels or shape do not fit, or a value
                is impossible (see ``validity``), by itself or beside others.
        """
        if changes is not None:
            check_mapping(changes, "changes", "a mapping such as {'rate': 0.2}")
        table = {
            key.name if isinstance(key, Parameter) else key: value
            for key, value in [*(changes or {}).items(), *named.items()]
        }
        return self.parameters.numbers(table)

    def tables(self) -> dict[str, Any]:
        """Commodities, activities, agents, auxiliaries and parameters, each as a table.

        Parameters come with their letters, range, and what they are to flows, nests and agents.

        Returns:
            ``pandas.DataFrame`` by subject, names as index.
        """
        found: dict[str, Any] = _home("EQUATIONS").tables(self)
        return found

    def equations(
        self,
        block: str | Family = "",
        *,
        at: Mapping[str, str] | None = None,
        numbers: bool = False,
    ) -> Any:
        """The equations that are solved, as text and LaTeX.

        Arguments:
            block: a commodity, activity, agent, auxiliary variable or product, or its name, or
                ``"numeraire"``; empty for all.
            at: labels by letter, such as ``{"r": "SH"}``: the equations of these members only.
            numbers: put the declared numbers in the place of parameters, member by member.

        Returns:
            ``Equations``, which print as text and show as mathematics in a notebook.

        Raises:
            DeclarationError: there is no such block, letter or label.
        """
        return _home("EQUATIONS").equations(self, block, at=at, numbers=numbers)

    # ------------------------------------------------------------------ verbs of the engine

    def check(self, tolerance: float = 1e-9) -> None:
        """Assert that the benchmark is an equilibrium; of a model without one, that it is whole.

        Raises:
            DeclarationError: markets, activities or agents out of balance, worst first, with
                region, sector and size; a commodity without supply or demand.
        """
        _engine().check(self, tolerance)

    def benchmark(self) -> State:
        """The economy at the benchmark: what a condition of an auxiliary variable reads there."""
        return _engine().benchmark(self)

    def responses(self) -> Any:
        """How conditions of auxiliary variables (rows) respond to the variables (columns).

        A ``pandas.DataFrame``, at the benchmark, with all markets clearing along.

        Raises:
            DeclarationError: the economy without its auxiliary variables is not determined.
        """
        return _engine().responses(self)

    def solve(self, changes: Values | None = None, **named: Any) -> Any:
        """Solve for the equilibrium at changed parameters, from the benchmark.

        A convenience over a solver of one's own: the engine keeps what it has compiled. Prices,
        levels, incomes and auxiliary variables, by handle, name or members, may be held in one
        solve, ``fix={W: 1.2}``, kept within ``bounds={Y: (0.5, None)}``, and started at
        ``start={P.at(i="coal"): 2.0}``; see ``Solver.solve``.

        Returns:
            An ``Equilibrium`` of the engine.

        Raises:
            DeclarationError: unknown parameter.
            cge.NotSolved: no equilibrium was found; says which conditions fail.
        """
        return _engine().solve(self, changes, **named)

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

    def __str__(self) -> str:
        return listed(self)

    # ------------------------------------------------------------------ helpers

    def _declaring(self, what: str) -> None:
        """Assert that the model is still open to declarations."""
        if self._frozen:
            raise DeclarationError(
                f"{self.name}: {what} is declared after a solver was compiled for the model, which "
                "would not know it; declare it before the first solve, in a new model, or as a "
                "swap (Model.with_swaps)"
            )

    def _copied(self) -> Model:
        """The same model in tables of its own, open to declarations."""
        other = copy(self)
        other._frozen = False
        other.parameters = self.parameters.copy()
        other.commodities, other.activities = dict(self.commodities), dict(self.activities)
        other.agents, other.budgets = dict(self.agents), dict(self.budgets)
        other.auxiliaries, other.index = dict(self.auxiliaries), dict(self.index)
        return other

    def _swap(self, swap: Swap, base: Any) -> None:
        """Declare a swap at a base value of what it fixes."""
        freed, fixed = swap.freed, swap.fixed
        size = np.where(base == 0.0, 1.0, np.abs(base))
        self.parameter(fixed.target, fixed.letters, (fixed.letters, base))
        self.parameter(fixed.size, fixed.letters, (fixed.letters, size))
        for rule in freed.moves.values():
            for parameter in parameters_read(rule):
                if parameter.name not in self.parameters:
                    self.parameters.adopt(parameter)
        self.auxiliary(
            freed.name,
            freed.letters,
            moves=freed.moves,
            until=fixed.gap,
            lower=freed.lower,
            upper=freed.upper,
            meaning=freed.meaning,
        )

    def _bind(self, owner: str, letters: str, written: Mapping[str, Node | Leaf]) -> list[Tree]:
        for side, nest in written.items():
            check_nest(nest, f"{owner} {side}")
        return Binder(owner, letters, self.dims, self.parameters, self.commodities).bind(written)

    def _limit_gifts(self, agent: Agent, total: Range) -> None:
        """Bound the sum of what an agent gives away."""
        gifts = self.budgets[agent].gifts
        if gifts:
            where = f"{agent.name}.gives"
            terms = tuple(Term(gift.share, gift.letters) for gift in gifts)
            self.parameters.require(Limit(where, total, terms, agent.letters), where)

    def _place(self, name: str, letters: str) -> str:
        self._declaring(name)
        taken = {**self.commodities, **self.activities, **self.agents, **self.auxiliaries}
        if name in taken:
            raise DeclarationError(f"the name {name!r} is already taken; give another")
        if ":" in name:
            raise DeclarationError(f"the name {name!r} contains ':'; give one without")
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

    def _check_origin(
        self,
        origin: Numbers,
        sides: tuple[Parameter | None, Parameter | None],
        letters: str,
        where: str,
    ) -> None:
        """A variable starts within its bounds."""
        for side, sign, said in zip(
            sides, (1.0, -1.0), ("below lower", "above upper"), strict=True
        ):
            if side is None:
                continue
            bound = self.dims.spread(side.value, side.letters, letters)
            beyond = sign * (origin - bound) < 0.0
            if beyond.any():
                at = tuple(int(k) for k in np.argwhere(beyond)[0])
                raise DeclarationError(
                    f"{where} {origin[at]:g}{self.dims.place(letters, at)} is {said}, "
                    f"{bound[at]:g}; give a start within the bounds"
                )

    def _scale(self, value: Number, letters: str, where: str) -> Numbers | None:
        """Typical sizes of a price or level that may be zero, over all letters."""
        return None if value is None else self._benchmark(value, letters, where, least=None)

    def _start(self, value: Number, scale: Numbers | None, letters: str, where: str) -> Numbers:
        """Prices or levels at the benchmark over all letters: zero only where they may be."""
        if value is None:
            value = 1.0 if scale is None else 0.0
        return self._benchmark(value, letters, where, least=None if scale is None else 0.0)

    def _benchmark(
        self, value: Number, letters: str, where: str, *, least: float | None
    ) -> Numbers:
        """Numbers of the declaration over all letters, not below ``least``, or positive."""
        if isinstance(value, Parameter):
            raise DeclarationError(
                f"{where} is a number of the declaration, which no solve changes, and no "
                f"parameter: give it by value, such as {value.name}.value"
            )
        own, array = as_values(value, letters, self.dims, where)
        numbers = self.dims.spread(array, own, letters)
        wrong = numbers <= 0 if least is None else numbers < least
        if wrong.any():
            at = tuple(int(k) for k in np.argwhere(wrong)[0])
            place = self.dims.place(letters, at)
            must = "positive" if least is None else f"{least:g} or more"
            raise DeclarationError(f"{where} {numbers[at]:g}{place} must be {must}")
        return numbers

    def _check_capacity(
        self,
        name: str,
        letters: str,
        latent: Number,
        capacity: Number,
        owner: Reference[Agent] | None,
    ) -> bool:
        """Whether an activity is limited; capacity, owner and latency come together."""
        if capacity is None and owner is None:
            return False
        where = f"activity {name}"
        if latent is None or capacity is None or owner is None:
            raise DeclarationError(
                f"{where}: a capacity needs an owner, who receives the profit where it binds, and "
                "a latent activity; give latent, capacity and owner together"
            )
        check_reference(owner, f"{where}: owner")
        if not isinstance(owner.family, Agent):
            raise DeclarationError(f"{where}: its owner {owner.family.name} is no agent")
        check_letters(owner, letters, f"{where}: owner")
        return True


def _engine() -> Any:
    """The engine that solves a model."""
    return _home("ENGINE")


def _home(what: str) -> Any:
    """A module by the name that the package gives it: the language itself knows none."""
    return import_module(getattr(import_module("cge"), what))
