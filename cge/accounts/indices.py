r"""Index numbers between two equilibria: Laspeyres, Paasche and Fisher.

.. math::
   P_L = \frac{\sum p^1 q^0}{\sum p^0 q^0}, \quad P_P = \frac{\sum p^1 q^1}{\sum p^0 q^1}, \quad
   P_F = \sqrt{P_L P_P}, \qquad
   Q_L = \frac{\sum p^0 q^1}{\sum p^0 q^0}, \quad Q_P = \frac{\sum p^1 q^1}{\sum p^1 q^0} ,

and Fisher's ideal indices decompose the value exactly (Fisher 1922),
:math:`P_F Q_F = \sum p^1 q^1 / \sum p^0 q^0`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np

from cge.accounts import lines
from cge.accounts.area import Area, area
from cge.accounts.lines import Line
from cge.equilibrium.result import Equilibrium
from cge.equilibrium.state import State
from cge.language.declarations import Agent
from cge.language.errors import DeclarationError

Bundle = Callable[[State], Iterable[Line]]
"""Lines of an account of a state, the same in the same order whatever the state."""


@dataclass(frozen=True)
class Index:
    """An index by three formulas, one where nothing changes."""

    laspeyres: float
    paasche: float

    @property
    def fisher(self) -> float:
        """Geometric mean of the other two."""
        return float(np.sqrt(self.laspeyres * self.paasche))


@dataclass(frozen=True)
class IndexNumbers:
    """How value, prices and quantities of a bundle change.

    Attributes:
        value: value at current prices relative to the base.
        price: price index.
        quantity: quantity index.
    """

    value: float
    price: Index
    quantity: Index


def index_numbers(
    new: Equilibrium, base: Equilibrium, bundle: Bundle, what: str = "the bundle"
) -> IndexNumbers:
    """Index numbers of any bundle between two equilibria of a model.

    Arguments:
        new: equilibrium that is compared.
        base: equilibrium where indices are one.
        bundle: lines of a state.
        what: what the bundle is, for messages.

    Raises:
        DeclarationError: the bundle is worth nothing in one of the equilibria, or at the prices of
            the other.
    """
    first, second = list(bundle(base.state)), list(bundle(new.state))
    worth = {
        (k, n): _worth(prices, amounts)
        for k, prices in enumerate((first, second))
        for n, amounts in enumerate((first, second))
    }
    if not all(value > 0.0 for value in worth.values()):
        raise DeclarationError(
            f"{what} is worth {worth[0, 0]:.6g} in the base and {worth[1, 1]:.6g} in the new "
            "equilibrium, and indices need values above zero; see that it has flows in both"
        )
    return IndexNumbers(
        worth[1, 1] / worth[0, 0],
        Index(worth[1, 0] / worth[0, 0], worth[1, 1] / worth[0, 1]),
        Index(worth[0, 1] / worth[0, 0], worth[1, 1] / worth[1, 0]),
    )


def _worth(prices: Iterable[Line], amounts: Iterable[Line]) -> float:
    """Quantities of some lines at the prices of others."""
    pairs = zip(prices, amounts, strict=True)
    return sum(n.sign * float(k.price @ n.quantity) for k, n in pairs)


def gdp_index(new: Equilibrium, base: Equilibrium, where: Area) -> IndexNumbers:
    """Index numbers of the product of an area: real GDP, and its deflator."""
    return index_numbers(new, base, lambda s: lines.expenditure(s, where), "the product")


def consumption_index(
    new: Equilibrium, base: Equilibrium, agents: Collection[str | Agent]
) -> IndexNumbers:
    """Index numbers of what agents buy: real consumption, and consumer prices.

    Everything bought counts, factors that agents use themselves too.
    """
    whole = area(base.model, agents=agents, abroad=base.model.commodities, factors=(), stocks=())
    people = [a for a in base.model.agents.values() if np.any(whole.inside[a])]

    def bought(state: State) -> Iterable[Line]:
        return (line for agent in people for line in lines.purchases(state, whole, agent))

    return index_numbers(new, base, bought, f"what {', '.join(a.name for a in people)} buys")
