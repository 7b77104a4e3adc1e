r"""External balance: foreign saving is given and the exchange rate moves, or the reverse.

With a fixed real exchange rate foreign saving F adjusts; what is added to it goes to its owners in
given amounts a,

.. math:: F = \bar F + v\,a , \qquad \frac{p^{FX}}{P} = \overline{p^{FX} / P} .
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cge.language import Commodity, Fixed, Freed, Parameter, Quantity, Swap, add
from closures.errors import ClosureError
from closures.prices import real_price

FOREIGN_SAVING = "foreign_saving"
"""Foreign saving beyond what is given, in multiples of the amounts that are added."""

REAL_EXCHANGE_RATE = "real_exchange_rate"
"""Price of foreign exchange relative to consumer prices."""


def fixed_foreign_saving() -> tuple[Swap, ...]:
    """Foreign saving is given and the exchange rate adjusts: nothing is swapped."""
    return ()


def fixed_exchange_rate(
    exchange: Commodity,
    saving: Parameter,
    amounts: npt.ArrayLike | Parameter,
    consumer_prices: Quantity,
) -> tuple[Swap, ...]:
    """The real exchange rate is given and foreign saving adjusts.

    Arguments:
        exchange: foreign exchange, a scalar commodity.
        saving: foreign exchange that investors receive from abroad.
        amounts: what they receive in addition per unit of the variable, over the letters of
            ``saving``; of the size of trade, so that the variable is of the size of one. Numbers
            become the parameter ``foreign_saving_amounts`` of the model with the swap.
        consumer_prices: price index that deflates the exchange rate.

    Raises:
        ClosureError: the amounts do not have the shape of ``saving``.
    """
    added = amounts if isinstance(amounts, Parameter) else _amounts(saving, amounts)
    rate = Fixed(REAL_EXCHANGE_RATE, "", real_price(exchange, consumer_prices))
    meaning = "foreign saving at a given real exchange rate"
    return (Swap(Freed(FOREIGN_SAVING, "", {saving: add(added)}, meaning=meaning), rate),)


def _amounts(saving: Parameter, amounts: npt.ArrayLike) -> Parameter:
    """The amounts as a parameter over the letters of foreign saving."""
    each = np.asarray(amounts, float)
    if each.shape != saving.value.shape:
        raise ClosureError(
            f"amounts of foreign saving have shape {each.shape}, and {saving.name!r} over "
            f"'{saving.letters}' has {saving.value.shape}: give one for each of its members"
        )
    return Parameter(f"{FOREIGN_SAVING}_amounts", saving.letters, each)
