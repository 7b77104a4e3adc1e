"""What a model is made of: commodities, activities, agents and auxiliary variables.

Each is a *family*: one declaration over letters stands for all its members, e.g. a good in every
region. A reference such as ``PA["r i"]`` names the members that a flow touches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from cge.language.dimensions import Dimensions, is_pin, letters_of, loose
from cge.language.errors import DeclarationError
from cge.language.nests import Leaf, Node
from cge.language.parameters import Number, Parameter, Payment, Tax
from cge.language.rules import Rule
from cge.language.slips import at_letters, check_reference, taxes_of
from cge.language.spelling import near
from cge.language.trees import BoundLeaf, Tree, flow_of

if TYPE_CHECKING:
    from cge.language.model import Model

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Family:
    """A named family over letters.

    Attributes:
        name: name of the family.
        letters: its axes.
        dims: the letters of the model.
        unit: unit of what it counts, for reports; see ``Model.commodity`` and ``auxiliary``.
        meaning: what it stands for, for reports.
    """

    name: str
    letters: str
    dims: Dimensions = field(repr=False)
    unit: str = field(default="", kw_only=True, repr=False)
    meaning: str = field(default="", kw_only=True, repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return self.dims.shape(self.letters)

    @property
    def size(self) -> int:
        """Number of members."""
        size = 1
        for n in self.shape:
            size *= n
        return size

    def labels(self, at: tuple[int, ...]) -> str:
        """Name of one member, such as ``PA[SH,COL]``."""
        return self.dims.member(self.name, self.letters, at)

    def __getitem__(self, use: str) -> Reference[Self]:
        if not isinstance(use, str):
            raise DeclarationError(
                f"{self.name}[{use!r}]: a family is used at letters, {at_letters(self)}; one "
                f"member of it is {_one_member(self)}"
            )
        letters = letters_of(use)
        if not self.dims.same_labels(letters, self.letters) or len(set(letters)) != len(letters):
            raise DeclarationError(
                f"{self.name}[{use!r}]: {self.name} is declared over '{' '.join(self.letters)}'; "
                "use it at these letters, aliases or subsets of them, each once"
            )
        return Reference(self, letters)

    def at(self, use: str = "", /, **labels: str) -> Reference[Self]:
        """One member along some letters, such as ``GOV.at(r="SH")``; the others as in ``[...]``.

        Arguments:
            use: letters at which the remaining axes are used; those of the declaration by default.
            **labels: label by letter of the declaration.

        Raises:
            DeclarationError: a letter or label is unknown, or the remaining letters do not fit.
        """
        unknown = sorted(set(labels) - set(self.letters))
        if unknown:
            raise DeclarationError(
                f"{self.name}.at: {self.name} is declared over '{' '.join(self.letters)}', which "
                f"has no {', '.join(map(repr, unknown))}"
            )
        rest = "".join(c for c in self.letters if c not in labels)
        open_ = self._renamed(letters_of(use) or rest, rest)
        pins = {c: self.dims.pin(c, label) for c, label in labels.items()}
        return Reference(self, "".join(pins.get(c) or open_[c] for c in self.letters))

    def _renamed(self, use: str, declared: str) -> dict[str, str]:
        """Letters of the declaration as a reference calls them."""
        if not self.dims.same_labels(use, declared) or len(set(use)) != len(use):
            raise DeclarationError(
                f"{self.name}.at({use!r}): the letters left are '{' '.join(declared)}'; use these, "
                "aliases or subsets of them, each once"
            )
        return dict(zip(declared, use, strict=True))

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse a flow that says no letters.

        Raises:
            DeclarationError: always; says how a flow is written.
        """
        raise DeclarationError(
            f"{self.name}(...): a flow says its letters too; write {at_letters(self)}(...)"
        )


AnyFamily = TypeVar("AnyFamily", bound=Family, covariant=True)


@dataclass(frozen=True, eq=False)
class Reference(Generic[AnyFamily]):
    """Members of a family at letters, such as ``PA["r f"]``, or held there, ``PA.at(r="SH")``.

    Attributes:
        family: the family.
        use: a letter for each of its axes, or a pin where one label is held (``Dimensions.pin``).
    """

    family: AnyFamily
    use: str

    @property
    def letters(self) -> str:
        """The letters that run; a flow at these members has them."""
        return loose(self.use)

    def __str__(self) -> str:
        if any(is_pin(c) for c in self.use):
            return f"{self.family.name}[{self.family.dims.written(self.use)}]"
        return f"{self.family.name}[{self.use!r}]"

    def __call__(
        self,
        quantity: Number = None,
        price: Number = None,
        *,
        taxes: Tax | Sequence[Tax] = (),
        productivity: Number = None,
        minimum: Number = None,
        beyond: Number = None,
        paid_by: Reference[Agent] | None = None,
        yields: Number = None,
        name: str = "",
    ) -> Leaf:
        """A flow of the commodity in a nest.

        Arguments:
            quantity: reference quantity; includes ``minimum``.
            price: reference price, taxes included; by default the commodity's at the benchmark
                with the declared taxes.
            taxes: ad-valorem taxes on the flow.
            productivity: factor-augmenting productivity of the input, one by default.
            minimum: committed part of the quantity (purchases of agents only).
            beyond: what is bought beyond the minimum, in place of ``quantity``; so both parts may
                be parameters that follow others (``Model.product``).
            paid_by: agent that pays for an output which is not delivered to the market.
            yields: what a unit (of efficiency) counts in the additive nests above, such as useful
                energy per unit of fuel; see ``aces``.
            name: name within the owner; the commodity's name by default.

        Raises:
            DeclarationError: the family is no commodity, ``taxes`` are none, or ``paid_by`` is no
                reference. Numbers and letters are asked where the flow is declared.
        """
        if not isinstance(self.family, Commodity):
            raise DeclarationError(
                f"{self.family.name} is no commodity: it cannot be bought or made"
            )
        listed = taxes_of(taxes, self.family.name)
        if paid_by is not None:
            check_reference(paid_by, f"{self.family.name}: paid_by")
        payment = None if paid_by is None else Payment(paid_by)
        return Leaf(
            self.family,
            self.use,
            quantity,
            price,
            listed,
            productivity,
            minimum,
            payment,
            name,
            beyond,
            yields,
        )


@dataclass(frozen=True, eq=False)
class Commodity(Family):
    r"""Something traded at one price in a market: market clearance ⟂ price.

    The price is :math:`p = e^u`; where it may be zero, :math:`p = p_0 (e^u - 1)` with the scale
    :math:`p_0`, and the market is :math:`0 \le S - D \perp p \ge 0`.

    Attributes:
        zero_scale: scale of a price that may be zero (its letters), None for a price that may not.
        start: price at the benchmark (its letters).
    """

    zero_scale: Numbers | None = None
    start: Numbers = field(default_factory=lambda: np.ones(()))


@dataclass(frozen=True, eq=False)
class Activity(Family):
    r"""A technology with constant returns: zero profit ⟂ activity level.

    The level is relative to the reference quantities of the nests, :math:`y = e^v`; a latent
    activity has :math:`y = y_0 v` and :math:`0 \le c - r \perp y \ge 0`. With a capacity
    :math:`y \le \bar y`, where it binds the profit :math:`(r - c)\,y` goes to the owner.

    Attributes:
        makes: tree of outputs.
        uses: tree of inputs.
        latent: scale of the level of an activity that may shut down (its letters), None for one
            that may not.
        start: level at the benchmark (its letters).
        capacity: largest level of a latent activity, None for no limit.
        owner: agent that receives the profit of a limited activity.
    """

    makes: Tree = field(repr=False)
    uses: Tree = field(repr=False)
    latent: Numbers | None = None
    start: Numbers = field(default_factory=lambda: np.ones(()))
    capacity: Parameter | None = None
    owner: Reference[Agent] | None = None

    def __repr__(self) -> str:
        return _drawn(self)

    def flow(self, name: str) -> BoundLeaf:
        """A flow that the activity makes or uses, by name; see ``trees.flow_of``."""
        return flow_of(self.name, (self.makes, self.uses), name)


@dataclass(frozen=True, eq=False)
class Endowment:
    r"""What an agent supplies, :math:`\bar q\,(\pi / \pi_{rel})^{\epsilon}`; buys where negative.

    Both prices are relative to the benchmark, :math:`\pi = p / p^0`, so that it is
    :math:`\bar q` there, whatever the units.

    Attributes:
        agent: the owner.
        reference: the commodity at its letters.
        quantity: reference quantity over ``letters``; negative for an obligation to buy.
        elasticity: price elasticity of the supply, None for a fixed quantity.
        relative_to: commodity to whose price the own price is compared, with the elasticity.
        letters: axes of the flow.
    """

    agent: Agent
    reference: Reference[Commodity]
    quantity: Parameter
    elasticity: Parameter | None
    relative_to: Reference[Commodity] | None
    letters: str


@dataclass(frozen=True, eq=False)
class Gift:
    """A share of an agent's gross income for another agent (saving, direct tax, profit)."""

    giver: Agent
    share: Parameter
    recipient: Reference[Agent]
    letters: str


@dataclass(frozen=True, eq=False)
class Budget:
    """What an agent of a model does with its money; the model holds it (``Model.budgets``).

    Attributes:
        endowments: what the agent owns or must buy.
        gifts: shares of gross income that it gives away.
        tree: preferences, None for an agent that only hands on.
    """

    endowments: tuple[Endowment, ...] = ()
    gifts: tuple[Gift, ...] = ()
    tree: Tree | None = None


Item = TypeVar("Item", Endowment, Gift)


@dataclass(frozen=True, eq=False)
class Agent(Family):
    r"""Somebody with an income: income balance ⟂ income.

    Gross income is the value of endowments, tax revenue and gifts received; what is not given away
    is spent on the tree. An agent without a tree hands everything on.

    Attributes:
        model: the model that declares it, where its verbs declare its budget.
    """

    model: Model = field(repr=False)

    def owns(
        self,
        reference: Reference[Commodity],
        quantity: Number,
        *,
        elasticity: Number = None,
        relative_to: Reference[Commodity] | None = None,
        name: str = "",
    ) -> Agent:
        """Give the agent an endowment; negative quantities are obligations to buy.

        Arguments:
            reference: commodity at letters, e.g. ``PL["r"]``.
            quantity: over the agent's letters and those of the reference.
            elasticity: price elasticity of the quantity (supply or demand curve); at benchmark
                prices the quantity is as given.
            relative_to: commodity whose price the elasticity compares with, both relative to the
                benchmark.
            name: name of the quantity as a parameter, ``AGENT.COMMODITY`` by default.

        Raises:
            DeclarationError: the reference is no commodity of the model, letters or numbers do not
                fit, elasticity and ``relative_to`` do not come together or are of a price that may
                be zero, or the model is compiled.
        """
        self.model.declare_endowment(self, reference, quantity, elasticity, relative_to, name)
        return self

    def gives(self, share: Number, recipient: Reference[Agent], name: str = "") -> Agent:
        """Hand a share of gross income to another agent.

        Arguments:
            share: over the agent's letters and those of the recipient.
            recipient: agent at letters, e.g. ``GOV["r"]``.
            name: name of the share as a parameter.

        Raises:
            DeclarationError: the recipient is no agent, letters do not fit, the share or the sum of
                all shares is out of its range, or the model is compiled.
        """
        self.model.declare_gift(self, share, recipient, name)
        return self

    def spends(self, tree: Node | Leaf) -> Agent:
        """Spend what is not given away on a nest tree.

        Arguments:
            tree: purchases, alone or in nests.

        Raises:
            DeclarationError: the agent spends already, letters or numbers of the tree do not fit,
                a flow is none that can be bought, or the model is compiled.
        """
        self.model.declare_spending(self, tree)
        return self

    def __repr__(self) -> str:
        return _drawn(self)

    # ------------------------------------------------------------------ handles

    @property
    def endowments(self) -> tuple[Endowment, ...]:
        """What it owns or must buy."""
        return self.model.budgets[self].endowments

    @property
    def gifts(self) -> tuple[Gift, ...]:
        """Shares of gross income that it gives away."""
        return self.model.budgets[self].gifts

    @property
    def tree(self) -> Tree | None:
        """Preferences, None for an agent that only hands on."""
        return self.model.budgets[self].tree

    def flow(self, name: str) -> BoundLeaf:
        """A purchase of the agent by name; see ``trees.flow_of``."""
        return flow_of(self.name, () if self.tree is None else (self.tree,), name)

    def endowment(self, name: str) -> Endowment:
        """An endowment by the name of its quantity; that of the agent may be left out.

        Raises:
            DeclarationError: there is none of that name; lists those there are.
        """
        return self._named("endowment", name, ((e.quantity, e) for e in self.endowments))

    def gift(self, name: str) -> Gift:
        """A gift by the name of its share; that of the agent may be left out.

        Raises:
            DeclarationError: there is none of that name; lists those there are.
        """
        return self._named("gift", name, ((g.share, g) for g in self.gifts))

    def _named(self, what: str, name: str, items: Iterable[tuple[Parameter, Item]]) -> Item:
        table = {parameter.name: item for parameter, item in items}
        for full in (name, f"{self.name}.{name}"):
            if full in table:
                return table[full]
        told = near(name, sorted(table))
        raise DeclarationError(f"{self.name}: no {what} called {name!r}; {told}")


@dataclass(frozen=True, eq=False)
class Auxiliary(Family):
    """A free variable with a condition of its own: condition ⟂ variable.

    Attributes:
        moves: parameters that the variable moves, with the rule of each.
        until: condition, zero at the solution: a function of the ``State`` of the economy.
        lower: lower bound of the variable, where the condition may be positive.
        upper: upper bound, where the condition may be negative.
        least: lower bound of what it moves, in the units of that parameter.
        most: upper bound of what it moves.
        start: value at the benchmark (its letters).
    """

    moves: Mapping[Parameter, Rule]
    until: Callable[[Any], Any] = field(repr=False)
    lower: Parameter | None = None
    upper: Parameter | None = None
    least: Parameter | None = None
    most: Parameter | None = None
    start: Numbers = field(default_factory=lambda: np.zeros(()))

    @property
    def has_bounds(self) -> bool:
        """Whether the variable, or what it moves, has a bound."""
        sides = (self.lower, self.upper, self.least, self.most)
        return any(side is not None for side in sides)


def _one_member(family: Family) -> str:
    """How to write one member of a family."""
    held = (f"{c}={family.dims[c].labels[0]!r}" for c in family.letters)
    return f"{family.name}.at({', '.join(held)})"


def _drawn(owner: Activity | Agent) -> str:
    """Its nests as text; drawing reads declarations, so it is imported late."""
    from cge.language.drawing import drawn

    return drawn(owner)
