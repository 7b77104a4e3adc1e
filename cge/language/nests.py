r"""Nests as written: technologies and preferences as trees of CES and CET functions.

A node with elasticity of substitution :math:`\sigma`, children :math:`k`, reference value shares
:math:`\theta_k` and price indices :math:`p_k` (relative to their reference) has the calibrated
share form (Rutherford 1998)

.. math:: p = \Big(\sum_k \theta_k\, p_k^{1-\sigma}\Big)^{1/(1-\sigma)}, \qquad
          x_k = \bar x_k\, x\, (p / p_k)^{\sigma} .

A CET revenue function with elasticity of transformation :math:`\eta` is the same function with
:math:`\sigma = -\eta`.

Where quantities must add up (electricity, useful energy, passengers), an *additive* node (ACES; van
der Mensbrugghe and Peters 2016) with reference quantity shares :math:`\bar q_k` has two indices, a
choice index c that its children see and the average price p that its parent sees:

.. math:: c^{-\sigma} = \sum_k \bar q_k\, p_k^{-\sigma}, \qquad
          x_k = \bar x_k\, x\, (c / p_k)^{\sigma}, \qquad
          p = \sum_k \theta_k\, p_k\, (c / p_k)^{\sigma} .

The leaves carry reference quantities, reference prices (tax included) and taxes, so that the
reference point is reproduced by construction.

What is written here is a recipe that never changes and may be used in any number of declarations;
each use binds it anew (see ``trees``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from cge.language.dimensions import letters_of
from cge.language.parameters import Number, Payment, Tax
from cge.language.slips import check_children

if TYPE_CHECKING:
    from cge.language.declarations import Commodity


@dataclass(frozen=True, eq=False)
class Leaf:
    r"""A commodity used or made in a nest, as written.

    The effective price is :math:`p (1 \pm \sum t) / \phi`, the physical quantity
    :math:`\gamma + \bar x \, (\dots) / \phi`.

    Attributes:
        commodity: what is traded.
        use: letters at which it is traded, such as ``"r f"``.
        quantity: reference quantity, of which ``minimum`` is a part.
        price: reference price, taxes included; by default the benchmark's.
        taxes: ad-valorem taxes.
        productivity: factor-augmenting productivity :math:`\phi`, one by default.
        minimum: committed quantity :math:`\gamma` (Stone-Geary; agents only).
        payment: who pays for an output that is not delivered to its market, if any.
        name: name within the owner, for parameters and results.
        beyond: what the reference quantity is beyond ``minimum``, in place of ``quantity``.
        yields: what a unit counts in the additive nests above.
    """

    commodity: Commodity
    use: str
    quantity: Number = None
    price: Number = None
    taxes: tuple[Tax, ...] = ()
    productivity: Number = None
    minimum: Number = None
    payment: Payment | None = None
    name: str = ""
    beyond: Number = None
    yields: Number = None


@dataclass(frozen=True, eq=False)
class Preferences:
    """How an agent divides its spending where budget shares change with income, as written.

    Attributes:
        system: name of the demand system.
        numbers: its numbers by name: one for all children, or a list with one per child.
    """

    system: Literal["cde", "aidads"]
    numbers: Mapping[str, Number]


@dataclass(frozen=True, eq=False)
class Node:
    """A CES node as written: elasticity, children, and the letters it is repeated over.

    Attributes:
        elasticity: number or parameter; a CET node has ``sign`` -1.
        children: nodes and leaves.
        each: letters over which the node is repeated beyond those of its parent.
        sign: +1 for substitution, -1 for transformation.
        adds: members whose quantities add up: all (True), none (False), or zeros and ones.
        allow_dear: whether children may be so dear that the nest is cheaper without them.
        preferences: a demand system in place of the elasticity, at the root of an agent.
    """

    elasticity: Number
    children: tuple[Node | Leaf, ...]
    each: str = ""
    sign: int = 1
    adds: Number = False
    allow_dear: bool = False
    preferences: Preferences | None = None

    def __post_init__(self) -> None:
        check_children(self)


def ces(elasticity: Number, *children: Node | Leaf, each: str = "") -> Node:
    """A CES nest of ``children``; ``each`` repeats the nest over further letters.

    ``ces(0.5, leontief(COAL(x), PERMIT(y)), ...)``. The elasticity is a number or a parameter.
    """
    return Node(elasticity, children, letters_of(each))


def leontief(*children: Node | Leaf, each: str = "") -> Node:
    """Fixed proportions (elasticity of substitution zero)."""
    return ces(0.0, *children, each=each)


def cobb_douglas(*children: Node | Leaf, each: str = "") -> Node:
    """Constant value shares (elasticity of substitution one)."""
    return ces(1.0, *children, each=each)


def cet(elasticity: Number, *children: Node | Leaf, each: str = "") -> Node:
    """A CET nest of outputs with elasticity of transformation ``elasticity`` >= 0."""
    return Node(elasticity, children, letters_of(each), sign=-1)


def aces(
    elasticity: Number,
    *children: Node | Leaf,
    each: str = "",
    only: Number = True,
    allow_dear: bool = False,
) -> Node:
    r"""An additive CES nest: the quantities of its children add up to that of the nest.

    ``aces(5.0, COAL(x), ces(0.5, WIND(y, yields=0.95), STORAGE(z)))``. A leaf counts what it
    ``yields`` per unit (of efficiency), one if it does not say. A nest below counts what those of
    its leaves count that say what they yield, so one of them must say it, unless that nest is
    additive too.

    There is no envelope theorem: buyers do not choose what is cheapest, so the demands are not the
    gradient of the average price, and it *falls* as a child becomes dearer whose price is above
    :math:`\sigma / (\sigma - 1)` times the average. Pure waste in such a child would look like a
    gain, so it is refused.

    Arguments:
        elasticity: response of relative quantities to relative prices, >= 0; zero fixes shares.
        *children: nests and flows.
        each: letters over which the nest is repeated beyond those of its parent.
        only: members that are additive, as zeros and ones over letters of the nest; the others
            are an ordinary CES nest. It belongs to the declaration: a solve does not change it.
        allow_dear: accept children above the threshold.
    """
    return Node(elasticity, children, letters_of(each), 1, only, allow_dear)


def acet(
    elasticity: Number,
    *children: Node | Leaf,
    each: str = "",
    only: Number = True,
    allow_dear: bool = False,
) -> Node:
    r"""An additive CET nest of outputs: their quantities add up to that of the nest.

    As ``aces``, with an elasticity of transformation. Here it is what is *cheap* that is refused:
    below :math:`\eta / (1 + \eta)` times the average, the average price falls as the child's rises.
    """
    return Node(elasticity, children, letters_of(each), -1, only, allow_dear)


def les(*children: Node | Leaf) -> Node:
    r"""Linear expenditure system: Cobb-Douglas over what exceeds the leaves' ``minimum``.

    .. math:: x_i = \gamma_i + \frac{\beta_i}{p_i}\Big(m - \sum_j p_j\gamma_j\Big)

    Each leaf carries its reference consumption and ``minimum``, the committed part of it.
    """
    return cobb_douglas(*children)


def cde(*children: Node | Leaf, substitution: Number, expansion: Number) -> Node:
    r"""Constant difference of elasticities (Hanoch 1975): the demand system of GTAP.

    Utility u is defined by

    .. math:: \sum_i B_i\, u^{e_i (1 - \alpha_i)} (p_i / m)^{1 - \alpha_i} = 1

    with substitution :math:`\alpha` and expansion :math:`e`; the budget shares at the reference
    give :math:`B`. With all :math:`\alpha_i = \sigma` and :math:`e_i = 1` it is a CES nest.
    ``cge.equilibrium.demand.cde.calibrate`` finds both from income and own-price elasticities.

    Arguments:
        *children: nests and flows; the root of what an agent spends.
        substitution: :math:`\alpha \ge 0`, below one for all children or above one for all: one
            number over letters of a child, or a list with one per child.
        expansion: :math:`e > 0`, likewise; only their ratios matter.
    """
    numbers = {"substitution": substitution, "expansion": expansion}
    return Node(1.0, children, preferences=Preferences("cde", numbers))


def aidads(*children: Node | Leaf, low: Number, high: Number) -> Node:
    r"""An implicitly directly additive demand system (Rimmer and Powell 1996).

    A linear expenditure system whose marginal budget shares go from :math:`\alpha` of the poor to
    :math:`\beta` of the rich as utility u rises,

    .. math:: x_i = \gamma_i + \frac{\phi_i}{p_i} \Big(m - \sum_j p_j \gamma_j\Big), \quad
              \phi_i = \frac{\alpha_i + \beta_i e^u}{1 + e^u}, \quad
              \sum_i \phi_i \ln\frac{x_i - \gamma_i}{A e^u} = 1 .

    The reference shares of what is bought beyond each leaf's ``minimum`` are :math:`\phi` at the
    reference, so they lie on the line between ``low`` and ``high``.
    ``cge.equilibrium.demand.aidads.calibrate`` finds both from income elasticities.

    Arguments:
        *children: nests and flows; the root of what an agent spends.
        low: :math:`\alpha \ge 0`, which sum to one: one number over letters of a child, or a list
            with one per child.
        high: :math:`\beta \ge 0`, likewise.
    """
    return Node(1.0, children, preferences=Preferences("aidads", {"low": low, "high": high}))


def spliced(nest: Node) -> Node:
    """A nest whose fixed proportions stand in one level: those within others say nothing more."""
    children: list[Node | Leaf] = []
    for child in nest.children:
        below = spliced(child) if isinstance(child, Node) else child
        if isinstance(below, Node) and below.children and not below.each and _fix(nest, below):
            children += below.children
        else:
            children.append(below)
    return replace(nest, children=tuple(children))


def _fix(*nests: Node) -> bool:
    """Whether nests have fixed proportions and nothing else."""
    return all(
        isinstance(n.elasticity, int | float)
        and n.elasticity == 0.0
        and n.adds is False
        and n.preferences is None
        for n in nests
    )


def leaves_of(written: Leaf | Node) -> Iterator[Leaf]:
    """All leaves of a nest as written, in order."""
    if isinstance(written, Leaf):
        yield written
        return
    for child in written.children:
        yield from leaves_of(child)
