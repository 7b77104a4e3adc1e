"""Units of exchange: money, carbon and people beside the physical units that pint knows.

A unit is any expression of pint, with a number in front where that is customary: ``1e8 CNY``,
``Mt CO2``, ``yuan/t``, ``TWh``, ``million person``. CO2 counts as a name, not as a dimension.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pint

from cge.coupling.errors import CouplingError

DEFINITIONS = (
    "CNY = [currency] = yuan",
    "person = [people]",
    "million = 1e6",
    "CO2 = []",
    "index = []",
    "ratio = []",
    "ton = 1000 * kilogram",  # pint's own is the short ton of 2000 pounds
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
        wanted: unit to convert to.
        where: item, for the message.

    Raises:
        CouplingError: a unit is unknown, or the two measure different things.
    """
    mine, other = _quantity(found, where), _quantity(wanted, where)
    try:
        return float((mine / other).to("").magnitude)
    except pint.DimensionalityError:
        raise CouplingError(
            f"{where}: {found!r} is no unit of the same kind as {wanted!r}; give it in {wanted!r} "
            "or a unit that converts to it"
        ) from None


def _quantity(text: str, where: str) -> Any:
    try:
        return registry().Quantity(registry().parse_expression(text or "1")) * 1.0
    except Exception as cause:  # pint raises many kinds for text that is no unit
        raise CouplingError(
            f"{where}: unknown unit {text!r} ({cause}); write it as in 'Mt CO2', '1e8 CNY', "
            "'CNY/t' or 'TWh'"
        ) from None
