r"""Labour: full employment at a flexible wage, or a fixed real wage with unemployment.

Under a fixed real wage employment is a share :math:`e^v` of the labour force, which is its limit:

.. math:: \frac{w}{P} \ge \overline{w/P} \;\perp\; v \le 0 ,

so that there is unemployment only where the wage would otherwise fall below the fixed one, and the
wage rises above it where all are employed.
"""

from __future__ import annotations

from cge.language import Commodity, Fixed, Freed, Parameter, Quantity, Swap, scale
from closures.prices import real_price

EMPLOYMENT = "employment"
"""Log of employment relative to the labour force."""

REAL_WAGE = "real_wage"
"""Wage relative to consumer prices."""


def full_employment() -> tuple[Swap, ...]:
    """The labour force is employed and the wage adjusts: nothing is swapped."""
    return ()


def fixed_real_wage(
    labour: Commodity, supply: Parameter, consumer_prices: Quantity
) -> tuple[Swap, ...]:
    """The real wage has a floor and employment adjusts, up to the labour force.

    Arguments:
        labour: the commodity, e.g. over regions; each of its members has its own floor.
        supply: labour force of households, over the letters of the commodity and others.
        consumer_prices: price index that deflates the wage.
    """
    meaning = "employment, where the real wage has a floor"
    moves = {supply: scale}
    employment = Freed(EMPLOYMENT, labour.letters, moves, upper=0.0, meaning=meaning)
    wage = Fixed(REAL_WAGE, labour.letters, real_price(labour, consumer_prices), falls=True)
    return (Swap(employment, wage),)
