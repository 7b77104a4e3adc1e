"""Fields of a benchmark: each array says its dimensions, its unit and its meaning once.

    @block
    class Power:
        labour: Array = over("region technology", MONEY, "labour")

Shapes are checked, series labelled and docstrings written from what the field says.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from inspect import cleandoc
from typing import Any, TypeVar, dataclass_transform

MONEY = "1e8 CNY"
"""Unit of flows at base-year prices; as these prices are one, of quantities too."""

MASS = "Mt CO2"
"""Unit of emissions."""

_QUANTITY = "quantity"
Block = TypeVar("Block")


@dataclass(frozen=True)
class Quantity:
    """What an array is about.

    Attributes:
        dims: dimensions in order, such as ``("region", "activity")``.
        unit: unit of its numbers.
        meaning: economic meaning, in a phrase.
    """

    dims: tuple[str, ...]
    unit: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.meaning}, {self.unit} ({', '.join(self.dims)})"


def over(dims: str, unit: str, meaning: str) -> Any:
    """A field of a dataclass that holds an array.

    Arguments:
        dims: dimensions in order, separated by blanks.
        unit: unit of its numbers.
        meaning: economic meaning, in a phrase.
    """
    return field(metadata={_QUANTITY: Quantity(tuple(dims.split()), unit, meaning)})


def quantities(kind: type) -> dict[str, Quantity]:
    """The arrays of a class by name; none where it is no block."""
    if not is_dataclass(kind):
        return {}
    return {
        each.name: each.metadata[_QUANTITY] for each in fields(kind) if _QUANTITY in each.metadata
    }


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(over,))
def block(cls: type[Block]) -> type[Block]:
    """Make a class a frozen dataclass of arrays, and write their list into its docstring."""
    made = dataclass(frozen=True, eq=False)(cls)
    lines = [f"    {name}: {quantity}." for name, quantity in quantities(made).items()]
    made.__doc__ = "\n".join([cleandoc(cls.__doc__ or ""), "", "Attributes:", *lines])
    return made
