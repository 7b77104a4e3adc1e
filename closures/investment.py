r"""Saving and investment: investment follows saving, or saving follows investment.

Driven by investment, all saving rates s of a region (or of the nation) are multiplied alike until
real capital formation meets its target:

.. math:: s = e^v \bar s , \qquad I(v) = \bar I .
"""

from __future__ import annotations

from collections.abc import Sequence

from cge.language import Fixed, Freed, Parameter, Quantity, Swap, scale

SAVING = "saving"
"""Log of the factor on saving rates."""

REAL_INVESTMENT = "real_investment"
"""Capital formation at base-year prices."""


def saving_driven() -> tuple[Swap, ...]:
    """Saving rates are given and investment is what is saved: nothing is swapped."""
    return ()


def investment_driven(
    rates: Sequence[Parameter], investment: Quantity, letters: str = ""
) -> tuple[Swap, ...]:
    """Investment is given and saving rates adjust.

    Arguments:
        rates: shares of income that are saved, over ``letters`` and others.
        investment: real capital formation as a function of the state, over ``letters``.
        letters: axes of the target, e.g. regions; by default one target for all.
    """
    meaning = "saving rates that pay for given investment"
    saving = Freed(SAVING, letters, dict.fromkeys(rates, scale), meaning=meaning)
    return (Swap(saving, Fixed(REAL_INVESTMENT, letters, investment)),)
