"""Abatement beside the fuel mix: removal and capture of CO2, and the ceiling of the carbon price.

``data/removal.csv`` splits the cost of a ton over labour, capital and goods;
``data/removal_prices.csv`` gives the cost of each option and the ceiling of the carbon price, both
in yuan per ton, and whether a ton counts as a permit. ``removal`` is bioenergy with capture, and
sinks; ``capture`` is capture of the fossil and process CO2 of large plants. Both are limited every
year. At the ceiling further permits are available without limit: their price buys the consumption
basket of the nation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from calibration.errors import AssumptionError
from calibration.tables import Row, check_sector, known_sectors, source_of, table_rows

Array = npt.NDArray[np.float64]

FACTORS = ("labour", "capital")

OPTIONS = ("removal", "capture")
"""Options in model order."""

CEILING = "ceiling"


class ItemRow(Row):
    """Share of an item in the cost of a removed ton."""

    item: str
    value: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """The split is one thing: it is replaced as a whole."""
        return True


class PriceRow(Row):
    """Cost of a ton by an option, or the ceiling of the carbon price, in yuan per ton."""

    item: Literal["removal", "capture", "ceiling"]
    value: float = Field(gt=0.0, allow_inf_nan=False)
    credited: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        """The item alone: whether a ton is credited is a value."""
        return ("item",)


@dataclass(frozen=True)
class Abatement:
    """Removal and capture of CO2, and the price ceiling.

    Attributes:
        rows: split of the cost of a ton over labour, capital and goods, with sources.
        prices: cost of each option and the ceiling, with sources.
        source: file the split comes from, for messages.
        prices_source: file the prices come from, for messages.

    Raises:
        AssumptionError: a price is missing, or the shares lack a factor or do not sum to one.
    """

    rows: tuple[ItemRow, ...]
    prices: tuple[PriceRow, ...]
    source: str = field(default="removal", compare=False)
    prices_source: str = field(default="removal_prices", compare=False)

    def __post_init__(self) -> None:
        shares = {row.item: row.value for row in self.rows}
        missing = [factor for factor in FACTORS if factor not in shares]
        if missing or abs(sum(shares.values()) - 1.0) > 1e-9:
            raise AssumptionError(
                f"{self.source}: the shares must contain {', '.join(FACTORS)} and sum to 1; they "
                f"sum to {sum(shares.values()):.12g}, missing {', '.join(missing) or 'none'}; "
                "correct them"
            )
        found = [row.item for row in self.prices]
        if sorted(found) != sorted((*OPTIONS, CEILING)):
            raise AssumptionError(
                f"{self.prices_source}: give {', '.join(OPTIONS)} and {CEILING} once each; found "
                f"{', '.join(found)}"
            )

    @property
    def cost(self) -> Array:
        """Yuan per ton at base-year prices (option)."""
        return np.array([self._price(option).value for option in OPTIONS])

    @property
    def credited(self) -> Array:
        """Share of a ton that counts as a permit (option).

        A ton earns the carbon price in any case; what is not credited leaves the cap on gross
        emissions as it is.
        """
        return np.array([self._price(option).credited for option in OPTIONS])

    @property
    def ceiling(self) -> float:
        """Price in yuan per ton at which further permits are available."""
        return self._price(CEILING).value

    @property
    def items(self) -> tuple[str, ...]:
        """Labour, capital and the sectors bought from."""
        return (*FACTORS, *(row.item for row in self.rows if row.item not in FACTORS))

    @property
    def shares(self) -> Array:
        """Split of the cost over the items, sums to one (item)."""
        table = {row.item: row.value for row in self.rows}
        return np.array([table[item] for item in self.items])

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
    ) -> Abatement:
        """The same with other numbers for one option, and another ceiling.

        Raises:
            AssumptionError: unknown option, or a price that is not positive.
        """
        if option not in OPTIONS or any(v is not None and not v > 0.0 for v in (cost, ceiling)):
            raise AssumptionError(
                f"removal: option {option!r}, cost {cost}, ceiling {ceiling}; options are "
                f"{', '.join(OPTIONS)}, prices must be positive"
            )
        given = {option: {"value": cost, "credited": credited}, CEILING: {"value": ceiling}}
        prices = tuple(_changed(row, given.get(row.item, {})) for row in self.prices)
        return replace(self, prices=prices)

    def restricted_to(self, sectors: Sequence[str]) -> Abatement:
        """Only purchases from sectors that exist, their shares scaled up to one."""
        keep = [item in FACTORS or item in sectors for item in self.items]
        shares = self.shares[keep]
        scaled = dict(zip(np.array(self.items)[keep], shares / shares.sum(), strict=True))
        rows = [
            row.model_copy(update={"value": float(scaled[row.item])})
            for row in self.rows
            if row.item in scaled
        ]
        return replace(self, rows=tuple(rows))

    def _price(self, item: str) -> PriceRow:
        return next(row for row in self.prices if row.item == item)


def _changed(row: PriceRow, values: Mapping[str, float | None]) -> PriceRow:
    """A row with other numbers, where any are given, as an assumption of the user."""
    given = {name: value for name, value in values.items() if value is not None}
    if not given:
        return row
    return row.model_copy(update={**given, "source": "user", "quality": "assumed"})


def load_abatement(
    path: str | Path | None = None,
    prices: str | Path | None = None,
    *,
    sectors: Iterable[str] = (),
    whole: bool = False,
) -> Abatement:
    """Read the composition and the prices of removal and capture.

    Arguments:
        path: CSV with the columns of ``data/removal.csv``; none: the table of the project.
        prices: CSV with the columns of ``data/removal_prices.csv``; none: the table of the project.
        sectors: sector codes of a dataset beyond the 40 of this project.
        whole: the files are whole tables; else their rows are laid over those of the project.

    Raises:
        AssumptionError: a value is out of range, an item is unknown, a price is missing, or the
            shares do not sum to one.
    """
    known = known_sectors(sectors)

    def check(row: ItemRow) -> None:
        if row.item not in FACTORS:
            check_sector(row.item, known)

    return Abatement(
        table_rows("removal", path, ItemRow, AssumptionError, check, whole=whole),
        table_rows("removal_prices", prices, PriceRow, AssumptionError, whole=whole),
        source_of("removal", path),
        source_of("removal_prices", prices),
    )
