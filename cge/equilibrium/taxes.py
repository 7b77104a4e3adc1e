r"""Taxes of a flow: what its user pays or receives beside the market price, and who gets it.

With ad-valorem rates t and specific taxes :math:`\tau`, which are money per unit at benchmark
prices and follow an index :math:`\pi` of prices,

.. math:: \tilde p = p \Big(1 \pm \sum_k t_k\Big) \pm \sum_k \tau_k \pi_k , \qquad
          \text{revenue} = (t_k\, p + \tau_k \pi_k)\, x , \qquad \pi = p_c / p_c^0 ,

with the upper signs for what is bought and the lower ones for what is made. The index is the price
of a commodity c relative to the benchmark or, by default, the numeraire. Without one the economy
would not be homogeneous in prices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cge.equilibrium.axes import Array, Axes
from cge.language.declarations import Commodity
from cge.language.model import Model
from cge.language.parameters import Tax
from cge.language.trees import BoundLeaf


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices and their derivatives with respect to the unknowns.

    Attributes:
        price: prices by commodity.
        slope: their derivatives, by commodity.
        numeraire: the price index that is the numeraire, relative to the benchmark.
        weight: derivative of that index in each price, by commodity.
    """

    price: dict[Commodity, Array]
    slope: dict[Commodity, Array]
    numeraire: Array | float
    weight: dict[Commodity, Array]


@dataclass(frozen=True, eq=False)
class Move:
    """How money per unit of a flow changes with the unknown of a price.

    Attributes:
        commodity: whose price.
        use: its letters in terms of the flow's; not read where all members count.
        change: change of the money (aligned to the letters of the flow).
        members: what the price of each member adds to an index, None where only those at ``use``
            count.
    """

    commodity: Commodity
    use: str
    change: Array | float
    members: Array | None = None


def with_numeraire(
    model: Model,
    axes: Axes,
    values: Mapping[str, Array],
    price: dict[Commodity, Array],
    slope: dict[Commodity, Array],
) -> Prices:
    r"""Prices with the numeraire among them, :math:`\sum w p / \sum w p^0`."""
    share = {
        c: axes.spread(values[weight.name], weight.letters, c.letters)
        for c, weight in model.index.items()
    }
    base: Array | float = sum((share[c] * c.start).sum() for c in share) if share else 1.0
    total: Array | float = sum((share[c] * price[c]).sum() for c in share) if share else 1.0
    return Prices(price, slope, total / base, {c: share[c] / base for c in share})


def per_unit(
    axes: Axes, values: Mapping[str, Array], prices: Prices, leaf: BoundLeaf, tax: Tax
) -> Array:
    """Revenue of a tax per unit of its flow (aligned to the letters of the flow)."""
    rate = _rate(axes, values, leaf, tax)
    if tax.specific:
        return rate * _index(axes, prices, leaf, tax)
    return rate * axes.take(prices.price[leaf.commodity], leaf.use, leaf.letters)


def revenue_moves(
    axes: Axes, values: Mapping[str, Array], prices: Prices, leaf: BoundLeaf, tax: Tax
) -> Iterator[Move]:
    """How the revenue of a tax per unit of its flow changes with prices."""
    rate = _rate(axes, values, leaf, tax)
    if not tax.specific:
        slope = axes.take(prices.slope[leaf.commodity], leaf.use, leaf.letters)
        yield Move(leaf.commodity, leaf.use, rate * slope)
    elif tax.index is None:
        for c, weight in prices.weight.items():
            yield Move(c, "", rate, weight * prices.slope[c])
    else:
        c, use = tax.index.family, tax.index.use
        relative = axes.take(prices.slope[c] / c.start, use, leaf.letters)
        yield Move(c, use, rate * relative)


def ad_valorem(axes: Axes, values: Mapping[str, Array], leaf: BoundLeaf) -> Array | float:
    r"""What a flow's user pays of the market price, :math:`1 \pm \sum t`."""
    wedge: Array | float = 1.0
    for tax in leaf.taxes:
        if not tax.specific:
            wedge = wedge + leaf.sign * _rate(axes, values, leaf, tax)
    return wedge


def specific(
    axes: Axes, values: Mapping[str, Array], prices: Prices, leaf: BoundLeaf
) -> Array | None:
    r"""What a flow's user pays beside it, :math:`\pm \sum \tau \pi`; None without such taxes."""
    terms = [
        leaf.sign * per_unit(axes, values, prices, leaf, tax) for tax in leaf.taxes if tax.specific
    ]
    return sum(terms[1:], terms[0]) if terms else None


def user_price_moves(
    axes: Axes,
    values: Mapping[str, Array],
    prices: Prices,
    leaf: BoundLeaf,
    wedge: Array | float,
) -> Iterator[Move]:
    """How the price that a flow's user pays or receives changes with prices."""
    slope = axes.take(prices.slope[leaf.commodity], leaf.use, leaf.letters)
    yield Move(leaf.commodity, leaf.use, slope * wedge)
    for tax in (t for t in leaf.taxes if t.specific):
        for move in revenue_moves(axes, values, prices, leaf, tax):
            yield Move(move.commodity, move.use, leaf.sign * move.change, move.members)


def _rate(axes: Axes, values: Mapping[str, Array], leaf: BoundLeaf, tax: Tax) -> Array:
    return axes.align(values[tax.rate.name], tax.rate.letters, leaf.letters)


def _index(axes: Axes, prices: Prices, leaf: BoundLeaf, tax: Tax) -> Array | float:
    """The index of a specific tax relative to the benchmark (aligned to the flow's letters)."""
    if tax.index is None:
        return prices.numeraire
    c = tax.index.family
    return axes.take(prices.price[c] / c.start, tax.index.use, leaf.letters)
