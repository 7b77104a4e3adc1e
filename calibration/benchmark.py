"""The benchmark: everything that M3C takes from the base year, as labelled arrays.

Prices of the base year are one, so flows in 1e8 CNY are quantities too. The benchmark is an
equilibrium of the model by construction; ``replication_report`` shows how exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import get_type_hints

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.demand import Demand
from calibration.elasticities import ARRAYS
from calibration.electricity import Electricity
from calibration.emissions import Emissions
from calibration.errors import CalibrationError
from calibration.fields import Quantity, quantities
from calibration.institutions import Institutions
from calibration.polish import Polish
from calibration.power import Power
from calibration.production import Production
from calibration.sets import Sets
from calibration.trade import Trade

Array = npt.NDArray[np.float64]

_ELASTICITIES = "elasticities"  # the block that is a table by name


@dataclass(frozen=True, eq=False, repr=False)
class Benchmark(Sets):
    """Calibrated base year of M3C: its labels (see ``Sets``) and the blocks over them.

    Each block says what its arrays are, over which dimensions and in which unit; ``quantities``
    lists them all.

    Attributes:
        name: name of the dataset.
        version: version of the dataset.
        base_year: calendar year.
        production: sales and inputs of activities.
        power: generation by technology.
        grid: TWh by flow and user, and the prices at which they are paid.
        trade: purchases of commodities by origin.
        demand: final demand in the country.
        institutions: income and its uses.
        emissions: CO2 by source.
        elasticities: elasticities by name (``calibration.elasticities.ARRAYS``).
        polish: how far balancing to machine precision moved the SAM.
    """

    name: str
    version: str
    base_year: int
    production: Production
    power: Power
    grid: Electricity
    trade: Trade
    demand: Demand
    institutions: Institutions
    emissions: Emissions
    elasticities: dict[str, Array]
    polish: Polish

    def __post_init__(self) -> None:
        missing = [name for name in ARRAYS if name not in self.elasticities]
        if missing:
            raise CalibrationError(
                f"benchmark {self.name}: no elasticities {', '.join(missing)}; add them"
            )
        for name, quantity in self.quantities().items():
            self._check(name, quantity.dims, self.array(name))

    @staticmethod
    def quantities() -> dict[str, Quantity]:
        """All arrays by name, such as ``power.labour`` or ``elasticities.foreign``."""
        return dict(_quantities())

    @staticmethod
    def dimensions(name: str) -> tuple[str, ...]:
        """Dimensions of an array, such as ``power.labour`` or ``elasticities.foreign``.

        Raises:
            CalibrationError: there is no such array.
        """
        known = _quantities()
        if name not in known:
            raise CalibrationError(f"benchmark: no array {name!r}; known: {', '.join(known)}")
        return known[name].dims

    def array(self, name: str) -> Array:
        """An array by its name, such as ``power.labour`` or ``elasticities.foreign``.

        Raises:
            CalibrationError: there is no such array.
        """
        self.dimensions(name)
        block, _, field = name.partition(".")
        holder = getattr(self, block)
        found: Array = holder[field] if block == _ELASTICITIES else getattr(holder, field)
        return found

    def to_series(self, name: str) -> pd.Series[float]:
        """An array as a labelled series.

        Raises:
            CalibrationError: there is no such array.
        """
        dimensions = self.dimensions(name)
        labels = [self.labels(dimension) for dimension in dimensions]
        index = pd.MultiIndex.from_product(labels, names=list(dimensions))
        return pd.Series(self.array(name).ravel(), index=index, name=name, dtype=float)

    @property
    def output(self) -> Array:
        """Gross output, production tax included, 1e8 CNY (region, activity)."""
        return self.production.output

    @property
    def absorption(self) -> Array:
        """Goods of all origins at the price after duty, 1e8 CNY (region, commodity).

        What is used is this and what is drawn from stocks.
        """
        trade = self.trade
        imports = trade.imports * (1.0 + trade.tariff)
        total: Array = imports + trade.local + trade.inflow.sum(axis=0)
        return total

    def __repr__(self) -> str:
        sizes = f"{len(self.regions)} regions, {len(self.sectors)} sectors"
        return f"Benchmark({self.name!r}, {self.base_year}, version={self.version!r}, {sizes})"

    def _check(self, name: str, dimensions: tuple[str, ...], array: Array) -> None:
        """Assert that an array is finite and has the shape of its labels."""
        labels = [self.labels(dimension) for dimension in dimensions]
        shape = tuple(map(len, labels))
        if array.shape != shape:
            raise CalibrationError(
                f"benchmark {self.name}: {name} has shape {array.shape}, its dimensions "
                f"{dimensions} have {shape}"
            )
        if not np.isfinite(array).all():
            place = np.argwhere(~np.isfinite(array))[0]
            where = " ".join(names[k] for names, k in zip(labels, place, strict=True))
            raise CalibrationError(f"benchmark {self.name}: {name} is not finite for {where}")


@cache
def _quantities() -> dict[str, Quantity]:
    """Arrays of all blocks, then the elasticities."""
    types = get_type_hints(Benchmark)
    found = {
        f"{block}.{name}": quantity
        for block, kind in types.items()
        for name, quantity in quantities(kind).items()
    }
    return found | {f"{_ELASTICITIES}.{name}": quantity for name, quantity in ARRAYS.items()}
