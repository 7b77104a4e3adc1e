r"""When two models agree: entry by entry, so that no small one hides behind a large one.

What was used, u, and what is answered, a, agree where

.. math:: |a - u| \le \alpha_i + \rho\, |u|

for every entry of every item i. An entry that is no number agrees with none.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from cge.coupling.errors import CouplingError

Array = npt.NDArray[np.float64]

SMALLEST = 1e-5
"""Size below which an entry need not agree relative to itself, in the unit of its item: a share of
0.001 %, 10 t of a Mt, 1,000 CNY of 1e8."""


@dataclass(frozen=True)
class Tolerance:
    """How closely entries must agree.

    Attributes:
        relative: difference relative to the entry itself.
        absolute: difference in the unit of an item, by item. Default: ``relative`` times
            ``SMALLEST``, which depends on no other entry: an entry counts however large its
            neighbours are, and what is zero but for the rounding of a solver agrees with zero.
            A quantity that is the small difference of large ones (``equivalent_variation``) wants
            one of its own.
    """

    relative: float = 1e-4
    absolute: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (is_real(self.relative) and 0.0 < self.relative < 1.0):
            raise CouplingError(
                f"a relative tolerance of {self.relative!r} means nothing; give a number between 0 "
                "and 1, such as 1e-4"
            )
        if not isinstance(self.absolute, Mapping):
            raise CouplingError(
                f"absolute tolerances are by item, found {self.absolute!r}; write them as in "
                "{'generation_share': 1e-6}"
            )
        for item, value in self.absolute.items():
            if not (is_real(value) and 0.0 <= value < np.inf):
                raise CouplingError(
                    f"item {item!r}: an absolute tolerance of {value!r} means nothing; give a "
                    "finite number that is not negative"
                )

    @classmethod
    def of(cls, value: float | Tolerance) -> Tolerance:
        """A tolerance; a number is a relative one."""
        return value if isinstance(value, Tolerance) else cls(value)

    def check_items(self, known: Container[str]) -> None:
        """Assert that absolute tolerances are of items that there are.

        Raises:
            CouplingError: names those that are not.
        """
        unknown = [str(item) for item in self.absolute if item not in known]
        if unknown:
            raise CouplingError(
                f"absolute tolerances of unknown items {', '.join(unknown)}; see Session.catalogue"
            )

    def room(self, item: str, used: Array) -> Array:
        """The largest difference at which entries agree.

        Arguments:
            item: name of the item.
            used: its entries, in its own unit.
        """
        room: Array = self.absolute.get(item, self.relative * SMALLEST) + self.relative * np.abs(
            used
        )
        return room

    def off(self, item: str, used: Array, answer: Array) -> Array:
        """Differences of entries in tolerances: those that agree are at most one.

        Arguments:
            item: name of the item.
            used: its entries, in its own unit.
            answer: entries to compare with, of the same shape.
        """
        same = (used == answer) | (np.isnan(used) & np.isnan(answer))
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            off = np.abs(answer - used) / self.room(item, used)
        return np.where(same, 0.0, np.where(np.isnan(off), np.inf, off))


def is_real(value: object) -> TypeGuard[float]:
    """Whether a value is a real number, which a truth value is not."""
    return isinstance(value, Real) and not isinstance(value, bool)
