r"""What a flow of an equilibrium is worth: market value, taxes, and the value to its owner.

A flow of quantity q of a commodity at price p carries taxes, :math:`T` per unit together. Its owner
pays :math:`(p + T)\, q` for an input or purchase and earns :math:`(p - T)\, q` with an output;
either way the revenue goes to the recipients of the taxes. All functions read a ``State``, of NumPy
or of JAX, and give arrays over the letters of the flow.

Quantities, prices and levels are the state's own (``State``); what rests at nothing is exactly zero
in every solution (``cge.equilibrium.zeros``).
"""

from __future__ import annotations

from collections.abc import Iterator

from cge.equilibrium.axes import Array
from cge.equilibrium.shares import parameter
from cge.equilibrium.state import State
from cge.equilibrium.taxes import per_unit
from cge.language.declarations import Activity, Agent, Endowment, Gift
from cge.language.parameters import Tax
from cge.language.trees import BoundLeaf, Tree


def trees_of(owner: Activity | Agent) -> tuple[Tree, ...]:
    """The trees of an activity or agent, none for an agent that only hands on."""
    if isinstance(owner, Activity):
        return owner.makes, owner.uses
    return () if owner.tree is None else (owner.tree,)


def leaves_of(owner: Activity | Agent) -> Iterator[BoundLeaf]:
    """All flows of an activity or agent, outputs first."""
    for tree in trees_of(owner):
        yield from tree.leaves


def market_price(state: State, leaf: BoundLeaf) -> Array:
    """Price of the commodity where the flow touches it, taxes apart."""
    axes = state.axes
    found = axes.take(state.price(leaf.commodity), leaf.use, leaf.letters)
    return axes.xp.broadcast_to(found, axes.shape(leaf.letters))


def taxes_per_unit(state: State, leaf: BoundLeaf) -> Array:
    """All taxes on a unit of the flow together, zero where there are none."""
    zero: Array = state.axes.xp.zeros(state.axes.shape(leaf.letters))
    return sum((tax_per_unit(state, leaf, tax) for tax in leaf.taxes), zero)


def tax_per_unit(state: State, leaf: BoundLeaf, tax: Tax) -> Array:
    """Revenue of a tax on a unit of the flow, negative for a subsidy."""
    axes = state.axes
    paid = per_unit(axes, state.values, state.prices, leaf, tax)
    return axes.xp.broadcast_to(paid, axes.shape(leaf.letters))


def tax_revenue(state: State, leaf: BoundLeaf, tax: Tax) -> Array:
    """Revenue of a tax on the flow, negative for a subsidy."""
    return tax_per_unit(state, leaf, tax) * state.quantity(leaf)


def endowment_price(state: State, endowment: Endowment) -> Array:
    """Market price of what is owned."""
    axes, reference = state.axes, endowment.reference
    found = axes.take(state.price(reference.family), reference.use, endowment.letters)
    return axes.xp.broadcast_to(found, axes.shape(endowment.letters))


def endowed(state: State, endowment: Endowment) -> Array:
    """Quantity of an endowment, negative where it is an obligation to buy."""
    shape = state.axes.shape(endowment.letters)
    return state.axes.xp.broadcast_to(state.endowed[endowment], shape)


def given(state: State, gift: Gift) -> Array:
    """Value of a gift."""
    axes = state.axes
    gross = axes.align(state.gross[gift.giver], gift.giver.letters, gift.letters)
    share = parameter(axes, state.values, gift.share, gift.letters)
    return axes.xp.broadcast_to(share * gross, axes.shape(gift.letters))
