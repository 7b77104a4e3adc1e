"""What a model is made of: commodities, activities, agents and auxiliary variables.

Each is a *family*: one declaration over letters stands for all its members, e.g. a good in every
region. A reference such as ``PA["r i"]`` names the members that a flow touches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cge.language.dimensions import Dimensions, letters_of
from cge.language.errors import DeclarationError
from cge.language.nests import Leaf, Node, Tree
from cge.language.parameters import Number, Parameter, Payment, Tax

if TYPE_CHECKING:
    from cge.language.model import Model


@dataclass(eq=False)
class Family:
    """A named family over letters.

    Attributes:
        name: name of the family.
        letters: its axes.
        dims: the letters of the model.
    """

    name: str
    letters: str
    dims: Dimensions = field(repr=False)

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
        names = [self.dims[c].labels[k] for c, k in zip(self.letters, at, strict=True)]
        return f"{self.name}[{','.join(names)}]" if names else self.name

    def __getitem__(self, use: str) -> Reference:
        letters = letters_of(use)
        if not self.dims.same_labels(letters, self.letters) or len(set(letters)) != len(letters):
            raise DeclarationError(
                f"{self.name}[{use!r}]: {self.name} is declared over '{' '.join(self.letters)}'; "
                "use it at these letters, aliases or subsets of them, each once"
            )
        return Reference(self, letters)


@dataclass(frozen=True, eq=False)
class Reference:
    """Members of a family at letters, such as ``PA["r f"]``."""

    family: Any
    use: str

    def __call__(
        self,
        quantity: Number,
        price: Number = None,
        *,
        taxes: Tax | Sequence[Tax] = (),
        productivity: Number = None,
        minimum: Number = None,
        paid_by: Reference | None = None,
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
            paid_by: agent that pays for an output which is not delivered to the market.
            name: name within the owner; the commodity's name by default.
        """
        if not isinstance(self.family, Commodity):
            raise DeclarationError(
                f"{self.family.name} is no commodity: it cannot be bought or made"
            )
        listed = (taxes,) if isinstance(taxes, Tax) else tuple(taxes)
        payment = None if paid_by is None else Payment(paid_by)
        return Leaf(
            self.family, self.use, quantity, price, listed, productivity, minimum, payment, name
        )


@dataclass(eq=False)
class Commodity(Family):
    r"""Something traded at one price in a market: market clearance ⟂ price.

    The price is :math:`p = e^u`; where it may be zero, :math:`p = p_0 (e^u - 1)` with the scale
    :math:`p_0`, and the market is :math:`0 \le S - D \perp p \ge 0`.

    Attributes:
        zero_scale: scale of a price that may be zero, None for a price that may not.
        start: price at the benchmark.
    """

    zero_scale: float | None = None
    start: float = 1.0


@dataclass(eq=False)
class Activity(Family):
    r"""A technology with constant returns: zero profit ⟂ activity level.

    The level is relative to the reference quantities of the nests, :math:`y = e^v`; a latent
    activity has :math:`y = y_0 v` and :math:`0 \le c - r \perp y \ge 0`. With a capacity
    :math:`y \le \bar y`, where it binds the profit :math:`(r - c)\,y` goes to the owner.

    Attributes:
        makes: tree of outputs.
        uses: tree of inputs.
        latent: scale of the level of an activity that may shut down, None for one that may not.
        start: level at the benchmark.
        capacity: largest level of a latent activity, None for no limit.
        owner: agent that receives the profit of a limited activity.
    """

    makes: Tree = field(default=None, repr=False)  # type: ignore[assignment]
    uses: Tree = field(default=None, repr=False)  # type: ignore[assignment]
    latent: float | None = None
    start: float = 1.0
    capacity: Parameter | None = None
    owner: Reference | None = None


@dataclass(eq=False)
class Endowment:
    r"""What an agent supplies, :math:`q = \bar q\,(p / p_{rel})^{\epsilon}`; buys where negative.

    Attributes:
        agent: the owner.
        reference: the commodity at its letters.
        quantity: reference quantity over ``letters``; negative for an obligation to buy.
        elasticity: price elasticity of the supply, None for a fixed quantity.
        relative_to: commodity to whose price the own price is compared, with the elasticity.
        letters: axes of the flow.
    """

    agent: Agent
    reference: Reference
    quantity: Parameter
    elasticity: Parameter | None
    relative_to: Reference | None
    letters: str


@dataclass(eq=False)
class Gift:
    """A share of an agent's gross income for another agent (saving, direct tax, profit)."""

    giver: Agent
    share: Parameter
    recipient: Reference
    letters: str


@dataclass(eq=False)
class Agent(Family):
    r"""Somebody with an income: income balance ⟂ income.

    Gross income is the value of endowments, tax revenue and gifts received; what is not given away
    is spent on the tree. An agent without a tree hands everything on.

    Attributes:
        model: the model it belongs to.
        endowments: what it owns or must buy.
        gifts: shares of gross income that it gives away.
        tree: preferences, None for an agent that only hands on.
    """

    model: Model = field(default=None, repr=False)  # type: ignore[assignment]
    endowments: list[Endowment] = field(default_factory=list, repr=False)
    gifts: list[Gift] = field(default_factory=list, repr=False)
    tree: Tree | None = field(default=None, repr=False)

    def owns(
        self,
        reference: Reference,
        quantity: Number,
        *,
        elasticity: Number = None,
        relative_to: Reference | None = None,
        name: str = "",
    ) -> Agent:
        """Give the agent an endowment; negative quantities are obligations to buy.

        Arguments:
            reference: commodity at letters, e.g. ``PL["r"]``.
            quantity: over the agent's letters and those of the reference.
            elasticity: price elasticity of the quantity (supply or demand curve).
            relative_to: commodity whose price the elasticity compares with.
            name: name of the quantity as a parameter, ``AGENT.COMMODITY`` by default.
        """
        self.model.declare_endowment(self, reference, quantity, elasticity, relative_to, name)
        return self

    def gives(self, share: Number, recipient: Reference, name: str = "") -> Agent:
        """Hand a share of gross income to another agent.

        Arguments:
            share: over the agent's letters and those of the recipient.
            recipient: agent at letters, e.g. ``GOV["r"]``.
            name: name of the share as a parameter.
        """
        self.model.declare_gift(self, share, recipient, name)
        return self

    def spends(self, tree: Node | Leaf) -> Agent:
        """Spend what is not given away on a nest tree."""
        self.model.declare_spending(self, tree)
        return self


@dataclass(eq=False)
class Auxiliary(Family):
    """A free variable with a condition of its own: condition ⟂ variable.

    Attributes:
        moves: parameters that the variable moves, with the rule ``new = rule(base, variable)``.
        until: condition, zero at the solution: a function of the ``State`` of the economy.
        lower: lower bound of the variable, where the condition may be positive.
        upper: upper bound, where the condition may be negative.
        start: value at the benchmark.
    """

    moves: Mapping[Parameter, Callable[[Any, Any], Any]] = field(default_factory=dict)
    until: Callable[[Any], Any] = field(default=None, repr=False)  # type: ignore[assignment]
    lower: float | None = None
    upper: float | None = None
    start: float = 0.0


def scale(base: Any, variable: Any) -> Any:
    r"""Rule of an auxiliary variable that scales: :math:`x e^{v}`."""
    import jax.numpy as jnp

    return base * jnp.exp(variable)


def shift(base: Any, variable: Any) -> Any:
    """Rule of an auxiliary variable that adds: x + v."""
    return base + variable
