"""Removal of CO2: what a ton costs, what it is made of, and how much is possible.

``data/removal.csv`` splits the cost of a removed ton over labour, capital and goods;
``data/removal_options.csv`` gives each option its cost in yuan per ton and says whether a removed
ton counts as a permit. Two options ship: ``removal`` (bioenergy with capture, and sinks), limited
every year, and ``ceiling``, removal from the air without limit at a cost that is the ceiling of the
carbon price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field

from calibration.errors import AssumptionError
from calibration.tables import DATA, Row, read_rows

Array = npt.NDArray[np.float64]

FACTORS = ("labour", "capital")


class ItemRow(Row):
    """Share of an item in the cost of a removed ton."""

    item: str
    value: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)


class OptionRow(Row):
    """Cost of an option in yuan per ton, and the share of a removed ton that counts as a permit."""

    option: str
    value: float = Field(gt=0.0, allow_inf_nan=False)
    credited: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)


@dataclass(frozen=True, eq=False)
class Removal:
    """Options of removal.

    Attributes:
        options: names, in model order.
        cost: yuan per ton at base-year prices (option).
        credited: share of a removed ton that counts as a permit (option).
        items: labour, capital and the sectors bought from.
        item_shares: split of the cost over the items, sums to one (item).
    """

    options: tuple[str, ...]
    cost: Array
    credited: Array
    items: tuple[str, ...]
    item_shares: Array

    @property
    def shares(self) -> Array:
        """Split of the cost of each option (option, item)."""
        return np.broadcast_to(self.item_shares, (len(self.options), len(self.items)))

    @property
    def sectors(self) -> tuple[str, ...]:
        """Sectors bought from."""
        return self.items[len(FACTORS) :]

    def with_cost(self, option: str, cost: float) -> Removal:
        """The same options with another cost of one of them, yuan per ton.

        Raises:
            AssumptionError: unknown option, or a cost that is not positive.
        """
        if option not in self.options or not 0.0 < cost < np.inf:
            raise AssumptionError(
                f"removal: option {option!r} at {cost:g} yuan/t; options are "
                f"{', '.join(self.options)}, costs must be positive numbers"
            )
        new = self.cost.copy()
        new[self.options.index(option)] = cost
        return replace(self, cost=new)

    def restricted_to(self, sectors: Sequence[str]) -> Removal:
        """Only purchases from sectors that exist, their shares scaled up to one."""
        keep = [k for k, item in enumerate(self.items) if item in FACTORS or item in sectors]
        shares = self.item_shares[keep]
        return replace(
            self, items=tuple(self.items[k] for k in keep), item_shares=shares / shares.sum()
        )


def load_removal(path: str | Path | None = None, options: str | Path | None = None) -> Removal:
    """Read the composition and the options of removal.

    Arguments:
        path: CSV with the columns of ``data/removal.csv``; default: that file.
        options: CSV with the columns of ``data/removal_options.csv``; default: that file.

    Raises:
        AssumptionError: a value is out of range, or the shares do not sum to one.
    """
    file = Path(path) if path is not None else DATA / "removal.csv"
    rows = read_rows(file, ItemRow, AssumptionError)
    table = {row.item: row.value for row in rows}
    missing = [factor for factor in FACTORS if factor not in table]
    if missing or len(table) != len(rows) or abs(sum(table.values()) - 1.0) > 1e-9:
        raise AssumptionError(
            f"{file}: the shares must contain {', '.join(FACTORS)}, each item once, and sum to 1; "
            f"they sum to {sum(row.value for row in rows):g}, missing {missing}"
        )
    items = (*FACTORS, *(item for item in table if item not in FACTORS))
    second = Path(options) if options is not None else DATA / "removal_options.csv"
    choices = read_rows(second, OptionRow, AssumptionError)
    return Removal(
        options=tuple(row.option for row in choices),
        cost=np.array([row.value for row in choices]),
        credited=np.array([row.credited for row in choices]),
        items=items,
        item_shares=np.array([table[item] for item in items]),
    )
