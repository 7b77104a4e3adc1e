r"""Capture of CO2 by source, removal from the air, and where the CO2 is stored.

``data/removal_costs.csv`` gives each option its investment (yuan of 2020 per ton a year), life,
upkeep, consumables, and the electricity and heat that a ton takes; of capture also the share of a
plant's CO2 that is caught and the share of plants that can be fitted by then. A path is linear
between its years and constant outside them. A ton costs

.. math::

   c = a(r, n)\, K + u K + V + p^E \Bigl( e + \frac{h}{COP} \Bigr) , \qquad
   a(r, n) = \frac{r}{1 - (1 + r)^{-n}} ,

for investment K, life n and rate of interest r, upkeep u, consumables V, electricity e and heat h
in MWh, which heat pumps lift to what solvents need, and the price of electricity of the base year.
``data/removal.csv`` says what is bought for it: an annuity buys the machinery and the works of the
plant, not capital services, for capital is specific to sectors. What no sector of an economy sells
is bought as labour.

``data/storage.csv`` gives distances from regions to the basins that take their CO2, the share of
the yearly injection of ``data/potentials.csv`` that is built up by then, and forest sinks, which
are free. A region that is not in the tables stores its CO2 at home, without a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from calibration.courses import Course, courses
from calibration.errors import AssumptionError, unknown
from calibration.plants import BASE, annuity
from calibration.potentials import Potentials, load_potentials
from calibration.tables import Row, Table, check_sector, known_sectors, source_of, table_rows

Array = npt.NDArray[np.float64]

REMOVING: Final = ("bioenergy", "direct_air")
"""Options that take CO2 out of the air."""

CAPTURING: Final = ("cement", "steel", "chemicals")
"""Options that catch CO2 where it arises, by the plants that they are fitted to."""

OPTIONS: Final = (*REMOVING, *CAPTURING)
"""Options in model order."""

LABOUR: Final = "labour"

UNLIMITED: Final = 1e6
"""Mt a year that nobody comes near."""

Part = Literal["investment", "upkeep", "consumables", "biomass", "storage"]
Item = Literal[
    "investment",
    "lifetime",
    "upkeep",
    "consumables",
    "biomass",
    "electricity",
    "heat",
    "rate",
    "fitted",
    "limit",
    "interest",
    "electricity_price",
    "heat_per_electricity",
    "transport",
    "injection",
]

UNITS: Final[dict[str, str]] = {
    "investment": "yuan of 2020 per t a year",
    "lifetime": "years",
    "upkeep": "share of the investment a year",
    "consumables": "yuan of 2020 per t",
    "biomass": "yuan of 2020 per t, net of the electricity that is sold",
    "electricity": "MWh per t, compression included",
    "heat": "MWh per t",
    "rate": "share of a fitted plant's CO2 that is caught",
    "fitted": "share of plants that can be fitted by then",
    "limit": "Mt a year in the nation",
    "interest": "rate of interest",
    "electricity_price": "yuan of 2020 per MWh",
    "heat_per_electricity": "MWh per MWh",
    "transport": "yuan of 2020 per t and km",
    "injection": "yuan of 2020 per t",
}
"""Items of the table of costs by name, with their units."""

_GENERAL: Final = (
    "interest", "electricity_price", "heat_per_electricity", "transport", "injection",
)  # fmt: skip
_ENGINEERED: Final = ("investment", "lifetime", "upkeep", "electricity", "heat")
_NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "": _GENERAL,
    "bioenergy": ("biomass",),
    "direct_air": (*_ENGINEERED, "limit"),
    **{option: (*_ENGINEERED, "rate", "fitted") for option in CAPTURING},
}
_SHARES: Final = ("rate", "fitted")
_PARTS: Final[tuple[Part, ...]] = ("investment", "upkeep", "consumables", "biomass", "storage")
_PLANTS: Final = {"NMM": "cement", "FER": "steel"}


class ShareRow(Row):
    """Share of an item in what a part of the cost buys."""

    part: Part
    item: str
    value: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """A split is one thing: it is replaced as a whole."""
        return self.part == other.part


class CostRow(Row):
    """What a ton takes by an option in a year; without an option, what holds for all."""

    option: Literal["", "bioenergy", "direct_air", "cement", "steel", "chemicals"]
    item: Item
    year: int = Field(ge=1900, le=2200)
    value: float = Field(ge=0.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """A path is replaced as a whole, whatever its years."""
        return (self.option, self.item) == (other.option, other.item)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.item in _SHARES and self.value > 1.0:
            raise ValueError(f"{self.item} is a share and must not exceed 1")
        return self


class StorageRow(Row):
    """A distance to a basin, forest sinks of a region, or how much of storage is built."""

    item: Literal["distance", "sink", "built"]
    region: str = ""
    to: str = ""
    year: int = Field(default=BASE, ge=1900, le=2200)
    value: float = Field(ge=0.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """A path is replaced as a whole, whatever its years."""
        return (self.item, self.region, self.to) == (other.item, other.region, other.to)


@dataclass(frozen=True)
class Abatement:
    """Capture and removal of CO2, and its storage.

    Attributes:
        rows: what the parts of the cost buy, with sources.
        costs: what a ton takes by option, with sources.
        storage: distances to basins, sinks and build-up, with sources.
        potentials: what basins hold and take in a year.
        source, costs_source: files that rows and costs come from, for messages.

    Raises:
        AssumptionError: the shares of a part do not sum to one, or an option lacks an item.
    """

    rows: tuple[ShareRow, ...]
    costs: tuple[CostRow, ...]
    storage: tuple[StorageRow, ...]
    potentials: Potentials
    source: str = field(default="removal", compare=False)
    costs_source: str = field(default="removal_costs", compare=False)

    def __post_init__(self) -> None:
        for part in _PARTS:
            total = sum(row.value for row in self.rows if row.part == part)
            if abs(total - 1.0) > 1e-9:
                raise AssumptionError(
                    f"{self.source}: the shares of {part!r} sum to {total:.12g}, not 1; correct "
                    "them"
                )
        given = {(row.option, row.item) for row in self.costs}
        for option, items in _NEEDED.items():
            for item in items:
                if (option, item) not in given:
                    told = f"{option!r} has" if option else "what holds for all options has"
                    raise AssumptionError(
                        f"{self.costs_source}: {told} no row for {item!r}; add it"
                    )

    @property
    def content(self) -> str:
        """All labels and numbers as text, for fingerprints."""
        told = (*self.rows, *self.costs, *self.storage, *self.potentials.rows)
        return repr([row.content for row in told])

    def value(self, option: str, item: str, year: int) -> float:
        """An item of an option in a year, zero where nothing is said; "" for all options."""
        course = self._costs.get((option, item))
        return course.at(year) if course else 0.0

    def values(self, options: Sequence[str], item: str, year: int) -> Array:
        """An item of several options in a year (option)."""
        return np.array([self.value(option, item, year) for option in options])

    def electricity(self, year: int) -> Array:
        """Electricity that a ton takes, heat pumps included, MWh (option)."""
        lifted = self.value("", "heat_per_electricity", year)
        direct, heat = (self.values(OPTIONS, item, year) for item in ("electricity", "heat"))
        used: Array = direct + heat / lifted
        return used

    def parts(self, year: int) -> dict[Part, Array]:
        """Cost of a ton without electricity, transport and storage, by part, yuan (option)."""
        rate, investment = (
            self.value("", "interest", year),
            self.values(OPTIONS, "investment", year),
        )
        lives = np.maximum(self.values(OPTIONS, "lifetime", year), 1.0)
        yearly = np.array([annuity(rate, life) for life in lives])
        return {
            "investment": yearly * investment,
            "upkeep": self.values(OPTIONS, "upkeep", year) * investment,
            "consumables": self.values(OPTIONS, "consumables", year),
            "biomass": self.values(OPTIONS, "biomass", year),
        }

    def cost(self, year: int) -> Array:
        """Yuan per ton at base-year prices, without transport and storage (option)."""
        power = self.value("", "electricity_price", BASE) * self.electricity(year)
        total: Array = power + sum(self.parts(year).values())
        return total

    def bill(self, year: int, sectors: Sequence[str], electricity: str) -> tuple[Array, Array]:
        """What a ton buys, yuan: labour (option) and goods (option, sector).

        Arguments:
            year: year of the cost.
            sectors: sectors of the economy.
            electricity: the one that sells electricity; labour where there is none.
        """
        power = self.value("", "electricity_price", BASE) * self.electricity(year)
        labour, goods = np.zeros(len(OPTIONS)), np.zeros((len(OPTIONS), len(sectors)))
        for part, cost in self.parts(year).items():
            worked, bought = self.split(part, sectors)
            labour += cost * worked
            goods += cost[:, None] * bought
        if electricity in sectors:
            goods[:, list(sectors).index(electricity)] += power
        else:
            labour += power
        return labour, goods

    def split(self, part: Part, sectors: Sequence[str]) -> tuple[float, Array]:
        """Shares of labour and of goods (sector) in a part; goods that exist scaled up to all."""
        shares = {row.item: row.value for row in self.rows if row.part == part}
        bought = np.array([shares.get(sector, 0.0) for sector in sectors])
        worked = shares.get(LABOUR, 0.0)
        if not bought.any():
            return 1.0, bought
        return worked, bought * (1.0 - worked) / bought.sum()

    def routes(self, year: int, regions: Sequence[str]) -> Array:
        """Cost of transport and injection, yuan per ton, infinite for no way (region, to)."""
        km = np.full((len(regions), len(regions)), np.inf)
        table = {(row.region, row.to): row.value for row in self.storage if row.item == "distance"}
        named = {region for region, _ in table}
        for r, region in enumerate(regions):
            for q, to in enumerate(regions):
                home = 0.0 if r == q and region not in named else np.inf
                km[r, q] = table.get((region, to), home)
        cost: Array = self.value("", "injection", year) + self.value("", "transport", year) * km
        return cost

    def injection(self, year: int, regions: Sequence[str]) -> Array:
        """The most that basins take in a year, Mt (region)."""
        table = self.potentials
        full = [float(table.total("co2_injection", [r])[0]) if r in table.regions else np.inf
                for r in regions]  # fmt: skip
        limits: Array = np.minimum(np.array(full) * self._path("built", "", year), UNLIMITED)
        return limits

    def capacity(self, regions: Sequence[str]) -> Array:
        """What basins hold in all, Mt, infinite where nothing is known (region)."""
        table = self.potentials
        return np.array(
            [
                float(table.total("co2_storage", [r])[0]) if r in table.regions else np.inf
                for r in regions
            ]
        )

    def sinks(self, year: int, regions: Sequence[str]) -> Array:
        """What forests take up, Mt (region)."""
        return np.array([self._path("sink", region, year) for region in regions])

    def direct_air(self, year: int, regions: Sequence[str]) -> Array:
        """The most that direct air capture removes, Mt: near basins, by their share (region)."""
        table = self.potentials
        known = [r for r in regions if r in table.regions]
        basins = dict(zip(known, table.total("co2_injection", known), strict=True))
        whole = float(table.total("co2_injection", table.regions).sum())
        share = np.array([basins.get(region, 0.0) for region in regions]) / whole
        limits: Array = self.value("direct_air", "limit", year) * share
        return limits

    def with_cost(self, cost: float | None) -> Abatement:
        """The same with another cost of bioenergy, yuan per ton before transport and storage.

        Raises:
            AssumptionError: the cost is not positive.
        """
        if cost is None:
            return self
        if not cost > 0.0:
            raise AssumptionError(f"cost of removal {cost}: give a positive number of yuan per ton")
        kept = tuple(row for row in self.costs if row.option != "bioenergy")
        row = CostRow(
            option="bioenergy", item="biomass", year=BASE, value=cost, source="user",
            quality="assumed",
        )  # fmt: skip
        return replace(self, costs=(*kept, row))

    def _path(self, item: str, region: str, year: int) -> float:
        course = self._paths.get((item, region))
        return course.at(year) if course else 0.0

    @cached_property
    def _costs(self) -> Mapping[tuple[Any, ...], Course]:
        """Costs over the years by option and item."""
        return courses((r.option, r.item, r.year, r.value) for r in self.costs)

    @cached_property
    def _paths(self) -> Mapping[tuple[Any, ...], Course]:
        """What changes over the years of storage and sinks, by item and region."""
        told = (r for r in self.storage if r.item != "distance")
        return courses((r.item, r.region, r.year, r.value) for r in told)


def fitted_to(large_plants: Sequence[str], sectors: Sequence[str]) -> Array:
    """One where an option of capture is fitted to the plants of a sector (option, sector).

    Plants that are neither cement nor steel are those of chemicals, refining and coking.
    """
    fits = np.zeros((len(OPTIONS), len(sectors)))
    for sector in large_plants:
        option = _PLANTS.get(sector, "chemicals")
        fits[OPTIONS.index(option), list(sectors).index(sector)] = 1.0
    return fits


def load_abatement(
    path: Table | None = None,
    costs: Table | None = None,
    storage: Table | None = None,
    *,
    potentials: Potentials | None = None,
    sectors: Iterable[str] = (),
    whole: bool = False,
) -> Abatement:
    """Read cost and composition of capture and removal, and storage.

    Arguments:
        path: CSV with the columns of ``data/removal.csv``; none: the table of the project.
        costs: CSV with the columns of ``data/removal_costs.csv``; none: the table of the project.
        storage: CSV with the columns of ``data/storage.csv``; none: the table of the project.
        potentials: what basins hold and take in a year; none: the table of the project.
        sectors: sector codes of a dataset beyond the 40 of this project.
        whole: the files are whole tables; else their rows are laid over those of the project.

    Raises:
        AssumptionError: a value is out of range, an item is unknown or missing, or shares do not
            sum to one.
    """
    known = known_sectors(sectors)
    there = potentials or load_potentials()
    regions = there.regions

    def check(row: ShareRow) -> None:
        if row.item != LABOUR:
            check_sector(row.item, known)

    def check_basin(row: StorageRow) -> None:
        if row.item == "distance" and row.region in regions and row.to not in regions:
            raise ValueError(unknown("region", row.to, regions))

    return Abatement(
        table_rows("removal", path, ShareRow, AssumptionError, check, whole=whole),
        table_rows("removal_costs", costs, CostRow, AssumptionError, whole=whole),
        table_rows("storage", storage, StorageRow, AssumptionError, check_basin, whole=whole),
        there,
        source_of("removal", path),
        source_of("removal_costs", costs),
    )
