r"""External balance: foreign saving is given and the exchange rate moves, or the reverse.

With a fixed real exchange rate foreign saving F adjusts; what is added to it goes to its owners in
given amounts a,

.. math:: F = \bar F + v\,a , \qquad \frac{p^{FX}}{P} = \overline{p^{FX} / P} .
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cge.language import Commodity, Parameter
from closures.prices import real_price
from closures.swap import Fixed, Freed, Quantity, Rule, Swap

FOREIGN_SAVING = "foreign_saving"
"""Foreign saving beyond what is given, in multiples of the amounts that are added."""

REAL_EXCHANGE_RATE = "real_exchange_rate"
"""Price of foreign exchange relative to consumer prices."""


def fixed_foreign_saving() -> tuple[Swap, ...]:
    """Foreign saving is given and the exchange rate adjusts: nothing is swapped."""
    return ()


def fixed_exchange_rate(
    exchange: Commodity, saving: Parameter, amounts: npt.ArrayLike, consumer_prices: Quantity
) -> tuple[Swap, ...]:
    """The real exchange rate is given and foreign saving adjusts.

    Arguments:
        exchange: foreign exchange, a scalar commodity.
        saving: foreign exchange that investors receive from abroad.
        amounts: what they receive in addition per unit of the variable, over the letters of
            ``saving``; of the size of trade, so that the variable is of the size of one.
        consumer_prices: price index that deflates the exchange rate.
    """
    rate = Fixed(REAL_EXCHANGE_RATE, "", real_price(exchange, consumer_prices))
    return (Swap(Freed(FOREIGN_SAVING, "", {saving: additional(amounts)}), rate),)


def additional(amounts: npt.ArrayLike) -> Rule:
    """Rule that adds given amounts per unit of the variable."""
    each = np.asarray(amounts, float)

    def rule(base: Any, variable: Any) -> Any:
        return base + each * variable

    return rule
