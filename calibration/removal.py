"""Removal of CO2: what a ton costs and what that money buys, and the ceiling of the carbon price.

``data/removal.csv`` splits the cost of a removed ton over labour, capital and goods;
``data/removal_prices.csv`` gives the cost and the price ceiling in yuan per ton. Removal is
bioenergy with capture, and sinks, limited every year. At the ceiling further permits are available
without limit: their price buys the consumption basket of the nation.
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


class ItemRow(Row):
    """Share of an item in the cost of a removed ton."""

    item: str
    value: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)


class PriceRow(Row):
    """Cost of a removed ton, or the ceiling of the carbon price, in yuan per ton."""

    item: Literal["cost", "ceiling"]
    value: float = Field(gt=0.0, allow_inf_nan=False)


@dataclass(frozen=True, eq=False)
class Removal:
    """Removal and the price ceiling.

    Attributes:
        cost: yuan per removed ton at base-year prices.
        ceiling: price in yuan per ton at which further permits are available.
        credited: share of a removed ton that counts as a permit. A ton earns the carbon price in
            any case; what is not credited leaves the cap on gross emissions as it is.
        items: labour, capital and the sectors bought from.
        shares: split of the cost over the items, sums to one (item).
    """

    cost: float
    ceiling: float
    credited: float
    items: tuple[str, ...]
    shares: Array

    @property
    def sectors(self) -> tuple[str, ...]:
        """Sectors bought from."""
        return self.items[len(FACTORS) :]

    def restricted_to(self, sectors: Sequence[str]) -> Removal:
        """Only purchases from sectors that exist, their shares scaled up to one."""
        keep = [k for k, item in enumerate(self.items) if item in FACTORS or item in sectors]
        shares = self.shares[keep]
        return replace(self, items=tuple(self.items[k] for k in keep), shares=shares / shares.sum())


def load_removal(path: str | Path | None = None, prices: str | Path | None = None) -> Removal:
    """Read the composition and the prices of removal; no removed ton is credited.

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
    price = {row.item: row.value for row in read_rows(second, PriceRow, AssumptionError)}
    if set(price) != {"cost", "ceiling"}:
        raise AssumptionError(f"{second}: give both cost and ceiling; found {', '.join(price)}")
    shares = np.array([table[item] for item in items])
    return Removal(price["cost"], price["ceiling"], 0.0, items, shares)
