"""Closures: which quantities a model holds fixed and which adjust to make room for them.

The general mechanism is a swap, *free this parameter, fix that quantity*; ``impose`` makes the
model with swaps, and checks that they determine each other. The named closures build swaps from
handles that a model gives.
"""

from cge.language import Fixed, Freed, Quantity, Rule, Swap
from cge.language.swaps import State
from closures.errors import ClosureError
from closures.external import fixed_exchange_rate, fixed_foreign_saving
from closures.impose import impose
from closures.investment import investment_driven, saving_driven
from closures.labour import fixed_real_wage, full_employment
from closures.prices import price_index, real_price
from closures.square import check_regular, check_structure, match

__all__ = [
    "ClosureError",
    "Fixed",
    "Freed",
    "Quantity",
    "Rule",
    "State",
    "Swap",
    "check_regular",
    "check_structure",
    "fixed_exchange_rate",
    "fixed_foreign_saving",
    "fixed_real_wage",
    "full_employment",
    "impose",
    "investment_driven",
    "match",
    "price_index",
    "real_price",
    "saving_driven",
]
