"""Investment: how strongly the growth of a sector's capital follows its rate of return.

``data/investment.csv`` gives the numbers of the rule in ``cge.m3c.accumulation``: its ``slope``,
points of growth per point of the rate of return at the average rate, and the ``headroom``, the
largest growth above the average of the region.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from pydantic import Field

from calibration.errors import AssumptionError
from calibration.tables import Row, Table, source_of, table_rows

Item = Literal["slope", "headroom"]


class InvestmentRow(Row):
    """A number of the rule of investment."""

    item: Item
    value: float = Field(gt=0.0, allow_inf_nan=False)


@dataclass(frozen=True)
class Investment:
    """The rule of investment.

    Attributes:
        rows: its numbers with their sources.
        source: file they come from, for messages.

    Raises:
        AssumptionError: a number is missing.
    """

    rows: tuple[InvestmentRow, ...]
    source: str = field(default="investment", compare=False)

    def __post_init__(self) -> None:
        for item in get_args(Item):
            self.value(item)

    def value(self, item: Item) -> float:
        """The number of an item.

        Raises:
            AssumptionError: it is missing.
        """
        for row in self.rows:
            if row.item == item:
                return row.value
        raise AssumptionError(f"{self.source}: no row of {item!r}; add it")


def load_investment(path: Table | None = None, *, whole: bool = False) -> Investment:
    """Read the numbers of the rule of investment.

    Arguments:
        path: CSV with the columns of ``data/investment.csv``; none: the table of the project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        AssumptionError: a value is not positive, an item is unknown, missing or given twice.
    """
    rows = table_rows("investment", path, InvestmentRow, AssumptionError, whole=whole)
    return Investment(rows, source_of("investment", path))
