"""Removal and capture of CO2: what a ton costs and what that money buys, and the price ceiling.

``data/removal.csv`` splits the cost of a ton over labour, capital and goods;
``data/removal_prices.csv`` gives the cost of each option and the ceiling of the carbon price, both
in yuan per ton, and whether a ton counts as a permit. ``removal`` is bioenergy with capture, and
sinks; ``capture`` is capture of the fossil and process CO2 of large plants. Both are limited every
year. At the ceiling further permits are available without limit: their price buys the consumption
basket of the nation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from calibration.errors import AssumptionError
from calibration.tables import DATA, Row, read_rows

Array = npt.NDArray[np.float64]

FACTORS = ("labour", "capital")

OPTIONS = ("removal", "capture")
"""Options in model order."""


class ItemRow(Row):
    """Share of an item in the cost of a removed ton."""

    item: str
    value: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)


class PriceRow(Row):
    """Cost of a ton by an option, or the ceiling of the carbon price, in yuan per ton."""

    item: Literal["removal", "capture", "ceiling"]
    value: float = Field(gt=0.0, allow_inf_nan=False)
    credited: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)


@dataclass(frozen=True, eq=False)
class Removal:
    """Removal and the price ceiling.

    Attributes:
        cost: yuan per ton at base-year prices (option).
        credited: share of a ton that counts as a permit (option). A ton earns the carbon price in
            any case; what is not credited leaves the cap on gross emissions as it is.
        ceiling: price in yuan per ton at which further permits are available.
        items: labour, capital and the sectors bought from.
        shares: split of the cost over the items, sums to one (item).
    """

    cost: Array
    credited: Array
    ceiling: float
    items: tuple[str, ...]
    shares: Array

    @property
    def sectors(self) -> tuple[str, ...]:
        """Sectors bought from."""
        return self.items[len(FACTORS) :]

    def replace(
        self,
        option: str,
        *,
        cost: float | None = None,
        credited: float | None = None,
        ceiling: float | None = None,
    ) -> Removal:
        """The same with other numbers for one option, and another ceiling.

        Raises:
            AssumptionError: unknown option, or a price that is not positive.
        """
        if option not in OPTIONS or any(v is not None and not v > 0.0 for v in (cost, ceiling)):
            raise AssumptionError(
                f"removal: option {option!r}, cost {cost}, ceiling {ceiling}; options are "
                f"{', '.join(OPTIONS)}, prices must be positive"
            )
        place = OPTIONS.index(option)
        costs, credits = self.cost.copy(), self.credited.copy()
        costs[place] = costs[place] if cost is None else cost
        credits[place] = credits[place] if credited is None else credited
        limit = self.ceiling if ceiling is None else ceiling
        return replace(self, cost=costs, credited=credits, ceiling=limit)

    def restricted_to(self, sectors: Sequence[str]) -> Removal:
        """Only purchases from sectors that exist, their shares scaled up to one."""
        keep = [k for k, item in enumerate(self.items) if item in FACTORS or item in sectors]
        shares = self.shares[keep]
        return replace(self, items=tuple(self.items[k] for k in keep), shares=shares / shares.sum())


def load_removal(path: str | Path | None = None, prices: str | Path | None = None) -> Removal:
    """Read the composition and the prices of removal and capture.

    Arguments:
        path: CSV with the columns of ``data/removal.csv``; default: that file.
        prices: CSV with the columns of ``data/removal_prices.csv``; default: that file.

    Raises:
        AssumptionError: a value is out of range, a price is missing, or the shares do not sum to
            one.
    """
    file = Path(path) if path is not None else DATA / "removal.csv"
    table = {row.item: row.value for row in read_rows(file, ItemRow, AssumptionError)}
    missing = [factor for factor in FACTORS if factor not in table]
    if missing or abs(sum(table.values()) - 1.0) > 1e-9:
        raise AssumptionError(
            f"{file}: the shares must contain {', '.join(FACTORS)} and sum to 1; they sum to "
            f"{sum(table.values()):g}, missing {missing}"
        )
    items = (*FACTORS, *(item for item in table if item not in FACTORS))
    second = Path(prices) if prices is not None else DATA / "removal_prices.csv"
    rows = {str(row.item): row for row in read_rows(second, PriceRow, AssumptionError)}
    if set(rows) != {*OPTIONS, "ceiling"}:
        raise AssumptionError(
            f"{second}: give {', '.join(OPTIONS)} and ceiling; found {', '.join(rows)}"
        )
    return Removal(
        cost=np.array([rows[option].value for option in OPTIONS]),
        credited=np.array([rows[option].credited for option in OPTIONS]),
        ceiling=rows["ceiling"].value,
        items=items,
        shares=np.array([table[item] for item in items]),
    )
