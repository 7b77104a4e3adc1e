r"""Taxes of a flow: what its user pays or receives beside the market price, and who gets it.

.. math:: \tilde p = p \Big(1 \pm \sum_k t_k\Big) , \qquad \text{revenue} = t_k\, p\, x ,

with the upper sign for what is bought and the lower one for what is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cge.equilibrium.axes import Array, Axes
from cge.language.parameters import Tax
from cge.language.trees import BoundLeaf


def per_unit(
    axes: Axes, values: Mapping[str, Array], prices: Any, leaf: BoundLeaf, tax: Tax
) -> Array:
    """Revenue of a tax per unit of its flow (aligned to the letters of the flow)."""
    rate = axes.align(values[tax.rate.name], tax.rate.letters, leaf.letters)
    return rate * axes.take(prices.price[leaf.commodity], leaf.use, leaf.letters)
