"""Units of exchange: money, carbon and people beside the physical units that pint knows.

A unit is any expression of pint, with a number in front where that is customary: ``1e8 CNY``,
``Mt CO2``, ``yuan/t``, ``TWh``, ``million person``. CO2 counts as a name, not as a dimension.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pint

from cge.coupling.errors import CouplingError

DEFINITIONS = (
    "CNY = [currency] = yuan",
    "person = [people]",
    "million = 1e6",
    "CO2 = []",
    "index = []",
    "ratio = []",
    "fraction = []",
    "ton = 1000 * kilogram",  # pint's own is the short ton of 2000 pounds
    "kt = 1000 * ton",  # pint's own is the knot
    "tce = 29.3076 * gigajoule",  # ton of coal equivalent (GB/T 2589-2020)
)
"""Units that pint does not know, or means otherwise."""


@cache
def registry() -> pint.UnitRegistry[Any]:
    """All units."""
    units: pint.UnitRegistry[Any] = pint.UnitRegistry(on_redefinition="ignore")
    for line in DEFINITIONS:
        units.define(line)
    return units


@cache
def factor(found: str, wanted: str, where: str) -> float:
    """What a number in one unit is multiplied by to be in another.

    Arguments:
        found: unit of the number.
        wanted: unit that is counted in.
        where: item that counts in it, for the message.

    Raises:
        CouplingError: a unit is unknown or no size, or the two measure different things.
    """
    mine, other = _quantity(found, where), _quantity(wanted, where)
    try:
        return float((mine / other).to("").magnitude)
    except pint.DimensionalityError:
        raise CouplingError(
            f"{where} counts {wanted}; {found!r} is no unit of that kind"
            + _rate(found, wanted, where)
        ) from None


def is_number(unit: str) -> bool:
    """Whether a unit says no more than that numbers are numbers, like ``index``."""
    return bool(_quantity(unit, "unit").to_base_units() == 1.0)


def _rate(found: str, wanted: str, where: str) -> str:
    """What a rate makes in a year, where that is what is counted."""
    year, other = _quantity(found, where) * registry().year, _quantity(wanted, where)
    if not year.is_compatible_with(other.units):
        return ""
    size = (year / other).to("").magnitude
    return f". Values are of a year: 1 {found} all year long makes {size:.5g} {wanted}"


def _quantity(text: str, where: str) -> Any:
    try:
        quantity = registry().Quantity(registry().parse_expression(text or "1")) * 1.0
    except Exception as cause:  # pint raises many kinds for text that is no unit
        why = f" ({cause})" if str(cause) else ""
        raise CouplingError(
            f"{where}: unknown unit {text!r}{why}; write it as in 'Mt CO2', '1e8 CNY', 'CNY/t' or "
            "'TWh'"
        ) from None
    if not 0.0 < quantity.magnitude < np.inf:
        raise CouplingError(f"{where}: {text!r} is no unit: its size must be positive and finite")
    return quantity
