"""What a scenario says: years, pools with their caps, removal, closure, dataset, shocks.

Whoever writes a scenario in Python builds these classes; who writes YAML has them built and checked
by ``load_scenario``. Emissions are direct CO2, households included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from calibration.assumptions import TABLES
from calibration.errors import unknown
from cge.scenario import trajectories
from cge.scenario.drivers import Drivers
from cge.scenario.errors import Misplaced
from cge.scenario.notation import Dumper
from cge.scenario.shocks import Shock
from cge.scenario.technology import Technology
from cge.scenario.values import (
    Name,
    NotNegative,
    Positive,
    Prose,
    Rate,
    Strict,
    Truth,
    Unit,
    WrongPart,
    Year,
    alike,
    by_importance,
    from_the_first,
)
from closures.catalogue import (
    FIXED_FOREIGN_SAVING,
    FULL_EMPLOYMENT,
    SAVING_DRIVEN,
    SPECIFIC_CAPITAL,
    names,
)
from sam.digits import told_apart

Array = npt.NDArray[np.float64]


def _ratio(cap: float) -> float:
    """Refuse caps that never hold, such as per cent or levels of which there is no base."""
    if cap > HIGHEST_CAP:
        raise Misplaced(
            f"a cap of {cap:.4g} times the base-year emissions never holds; caps are ratios to "
            "base-year emissions, 98 per cent is 0.98; or give levels with their base, such as "
            "{base: 200, levels: {2030: 196}}"
        )
    return cap


HIGHEST_CAP = 10.0
"""Highest cap as a ratio to base-year emissions: who gives a higher one means something else."""

Cap = Annotated[Positive, AfterValidator(_ratio)]

BASELINE = "baseline"
"""Name of the run without pools."""


class CapLevels(Strict):
    """A cap as levels in any unit, continued by yearly growth.

    Attributes:
        base: level of the base year, in the unit of ``levels``.
        levels: level by year.
        growth: yearly growth (-0.02 is -2 %) by the year in which it ends.
    """

    base: Annotated[Positive, Unit("any")] = 1.0
    levels: Annotated[dict[Year, Positive], Field(min_length=1), Unit("that of base")]
    growth: Annotated[
        Annotated[dict[Year, Rate], Field(min_length=1)] | None, Unit("fraction a year")
    ] = None


def _expand_cap(value: Any) -> Any:
    """Turn levels and growth into ratios by year; leave anything else as it is."""
    if not isinstance(value, Mapping) or not value:
        return value
    if any(not isinstance(key, str) or key.isdigit() for key in value):
        return value  # by year
    try:
        cap = CapLevels.model_validate(value)
    except ValidationError as error:
        raise WrongPart(by_importance(error)[0]) from None
    return trajectories.compound(cap.levels, cap.growth or {}, cap.base)


Covered = Annotated[list[Name], Field(min_length=1)]

PRODUCTION_TAX, LABOUR_TAX = "production_tax", "labour_tax"

TAXES = PRODUCTION_TAX, LABOUR_TAX
"""Taxes that revenue may lower."""

HOUSEHOLDS = "households"
"""What a pool that covers fuel burnt by households names beside sectors."""


class Pool(Strict):
    """Regions whose emissions together have a cap or a price; permits are traded among them.

    Attributes:
        name: as it appears in results.
        regions: members; a region is in one pool at most.
        cap: largest emissions by year as a ratio to what of the base year's direct CO2 the pool
            covers, log-linear between the given years, constant after the last one; no cap holds
            before the first one. ``None`` leaves the pool uncapped. May be given as ``CapLevels``.
        price: price of a ton by year instead of a cap, yuan at base-year consumer prices, linear
            between the given years, constant after the last one; none before the first one.
        intensity: largest emissions per real GDP of the members by year instead of a cap, as a
            ratio to the base year's; a path like a cap's, and given in the same ways.
        covers: sectors whose CO2 needs permits, and ``households`` or single ones by name, for all
            years, or by the year from which they do; everything by default.
        fuels: fuels whose CO2 needs permits where those burn them who are covered; all by default.
        processes: covered sectors whose processes' CO2 needs permits, none if empty; all by
            default.
        counts: whether removed tons are further permits (``net``), or caps hold for emissions
            before removal (``gross``), which then earns the price all the same.
        sinks: whether a pool that counts net emissions counts what forests take up.
        revenue: who gets what permits are worth: households as a lump sum, the provincial
            government, or those who pay production tax or the tax on wages, whose rates fall by it
            in points.
    """

    name: Name
    regions: Annotated[list[Name], Field(min_length=1)]
    cap: Annotated[
        Annotated[dict[Year, Cap], Field(min_length=1)] | None,
        BeforeValidator(_expand_cap),
        Unit("ratio to the base year"),
    ] = None
    price: Annotated[Annotated[dict[Year, Positive], Field(min_length=1)] | None, Unit("CNY/t")] = (
        None
    )
    intensity: Annotated[
        Annotated[dict[Year, Cap], Field(min_length=1)] | None,
        BeforeValidator(_expand_cap),
        Unit("ratio to the base year"),
    ] = None
    covers: Annotated[dict[Year, Covered], BeforeValidator(from_the_first)] | None = None
    fuels: Covered | None = None
    processes: list[Name] | None = None
    counts: Literal["gross", "net"] = "gross"
    sinks: Truth = False
    revenue: Literal["households", "government", "production_tax", "labour_tax"] = "households"

    @property
    def begin(self) -> int | None:
        """The first year that a cap, price or target is given for; None where none is."""
        paths = filter(None, (self.cap, self.price, self.intensity))
        return min((min(path) for path in paths), default=None)

    def ratios(self, years: Sequence[int]) -> Array:
        """Cap as a ratio to base-year emissions (year); NaN where no cap holds."""
        if not self.cap:
            return np.full(len(years), np.nan)
        return trajectories.log_linear(self.cap, years)

    def prices(self, years: Sequence[int]) -> Array:
        """Price in yuan per ton (year); NaN where none is given."""
        if not self.price:
            return np.full(len(years), np.nan)
        path = trajectories.linear(self.price, years)
        return np.where(np.asarray(years) < min(self.price), np.nan, path)

    def intensities(self, years: Sequence[int]) -> Array:
        """Emissions per real GDP as a ratio to the base year (year); NaN where no target holds."""
        if not self.intensity:
            return np.full(len(years), np.nan)
        return trajectories.log_linear(self.intensity, years)

    def coverage(self, year: int, sectors: Sequence[str]) -> Array:
        """One for sectors that are covered in a year, else zero (sector)."""
        named = self._covered(year)
        return np.array([float(named is None or sector in named) for sector in sectors])

    def homes(self, year: int, households: Sequence[str]) -> Array:
        """One for households whose fuel is covered in a year, else zero (household)."""
        named = self._covered(year)
        whole = named is None or HOUSEHOLDS in named
        return np.array([float(whole or household in (named or ())) for household in households])

    def fuel(self, fuels: Sequence[str]) -> Array:
        """One for fuels that are covered where covered users burn them, else zero (fuel)."""
        return np.array([float(self.fuels is None or fuel in self.fuels) for fuel in fuels])

    def process(self, sectors: Sequence[str]) -> Array:
        """One for sectors whose processes are covered where the sector is, else zero (sector)."""
        named = self.processes
        return np.array([float(named is None or sector in named) for sector in sectors])

    def _covered(self, year: int) -> Sequence[str] | None:
        """What is named for a year, None for everything."""
        if self.covers is None:
            return None
        begun = [first for first in self.covers if first <= year]
        return self.covers[max(begun)] if begun else ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [name for name in ("cap", "price", "intensity") if getattr(self, name)]
        if len(given) > 1:
            raise Misplaced(
                f"pool {self.name!r} has a {given[0]} and a {given[1]}; give one, the other "
                "follows".replace("a intensity", "an intensity"),
                given[1],
            )
        if not given and self.revenue != "households":
            raise Misplaced(
                f"pool {self.name!r} has no cap, price or intensity, so that permits are worth "
                "nothing; give one, or remove the key",
                "revenue",
            )
        if self.sinks and self.counts != "net":
            raise Misplaced(
                f"pool {self.name!r} counts gross emissions, of which sinks are no part; write "
                "counts: net, or leave sinks out",
                "sinks",
            )
        return self


def _in_small(value: Any) -> Any:
    """``None`` and ``NONE`` as ``none``."""
    return value.lower() if isinstance(value, str) else value


class Removal(Strict):
    """Bioenergy with capture: cost and yearly limits; and a ceiling of the carbon price.

    Attributes:
        cost: yuan per ton removed, before transport and storage; ``None``: as in the table
            ``removal_costs``.
        limit: largest removal in Mt by region and year, linear between the given years and
            constant outside them. Regions that are not named remove nothing; ``None``: nobody does.
            Direct air capture has limits of its own (table ``removal_costs``).
        ceiling: price in yuan per ton at which further permits are always available, whose tons
            are still emitted; ``none``: a cap may turn out not to be met at all.
    """

    cost: Annotated[Positive | None, Unit("CNY/t")] = None
    limit: Annotated[
        Annotated[
            dict[Name, Annotated[dict[Year, NotNegative], Field(min_length=1)]],
            Field(min_length=1),
        ]
        | None,
        Unit("Mt CO2 a year"),
    ] = None
    ceiling: Annotated[Positive | Literal["none"], BeforeValidator(_in_small), Unit("CNY/t")] = (
        "none"
    )

    def limits(self, regions: Sequence[str], years: Sequence[int]) -> Array:
        """Largest removal, Mt (region, year)."""
        given = self.limit or {}
        none = {years[0]: 0.0}
        return np.stack([trajectories.linear(given.get(region, none), years) for region in regions])

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.cost is not None and self.ceiling != "none" and self.ceiling < self.cost:
            low, high = told_apart(self.ceiling, self.cost)
            raise Misplaced(
                f"ceiling {low} yuan/t is below the cost of removal {high} yuan/t; raise the "
                "ceiling or lower the cost",
                "ceiling",
            )
        return self


class Closures(Strict):
    """Who adjusts, in every run but the baseline, which has the defaults but for capital.

    What is fixed follows the baseline's path of the same year. ``closures.catalogue`` lists the
    names of each kind, the default first.

    Attributes:
        labour: full employment at a flexible wage, or a floor of the real wage with unemployment.
        investment: follows saving, or is given and saving rates follow.
        external: foreign saving is fixed and the exchange rate moves, or the reverse.
        capital: specific to sectors within the year, or mobile between them; unlike the others it
            is about the economy, and the baseline's too.
    """

    labour: Name = FULL_EMPLOYMENT.name
    investment: Name = SAVING_DRIVEN.name
    external: Name = FIXED_FOREIGN_SAVING.name
    capital: Name = SPECIFIC_CAPITAL.name

    @property
    def of_baseline(self) -> Closures:
        """What a baseline of the same economy has: the defaults, and the same capital."""
        return Closures(capital=self.capital)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        for kind, name in self.model_dump().items():
            if name not in names(kind):
                raise Misplaced(unknown(f"closure of {kind}", name, names(kind)), kind)
        return self


def _no_truth(value: Any) -> Any:
    """Refuse truth values, which would count as numbers."""
    if isinstance(value, bool):
        raise Misplaced(f"is {value}; give a name or a number")
    return value


Entry = Annotated[str | int | float, BeforeValidator(_no_truth)]
Rows = Annotated[list[dict[str, Entry]], Field(min_length=1)]
"""Single rows of a table of assumptions."""

FORMS = ("file", "rows", "text", "languages")
"""How a table, or a description, is given."""

Table = Annotated[
    Annotated[Path, Tag("file")] | Annotated[Rows, Tag("rows")],
    Discriminator(lambda value: "rows" if isinstance(value, list) else "file"),
]
"""A CSV file, or single rows."""


class Languages(Strict):
    """A text in the languages of the report.

    Attributes:
        en: in English.
        zh: in Chinese.
    """

    en: Prose
    zh: Prose


Description = Annotated[
    Annotated[Prose, Tag("text")] | Annotated[Languages, Tag("languages")],
    Discriminator(lambda value: "languages" if isinstance(value, Mapping | Languages) else "text"),
]
"""A text that stands in all languages, or one in each."""


class Scenario(Strict):
    """A run of the model: which economy, which years, which caps, who adjusts.

    Attributes:
        name: as it appears in results.
        description: what the scenario is about, for readers of results; in one language or two.
        dataset: name of an embedded dataset, or a folder that holds one.
        first: first year, the base year of the dataset.
        last: last year.
        pools: pools of emitters; regions outside them are uncapped.
        progress: whether costs of technologies follow their paths (``path``), stay as they are in
            the base year (``frozen``), or fall beyond their paths as more plants are built than in
            the baseline (``learning``; ``cge.m3c.plants``).
        removal: removal and the price ceiling; not given where there are no pools.
        closure: who adjusts; that of the baseline, and not given but for capital, where there are
            no pools.
        assumptions: single rows, or CSV files, by the name of the table in ``calibration/data``
            that they change (see ``calibration.load_assumptions``); the baseline's too.
        drivers: people, growth, saving and world demand other than the dataset's; the baseline's
            too.
        technology: cost, potential and phase-out of plants by technology; cost and potential are
            the baseline's too.
        shocks: what is set of the economy from outside; not in the baseline.
    """

    name: Name
    description: Description = ""
    dataset: Name | Path = "yrd2020"
    first: Year = 2020
    last: Year = 2060
    pools: list[Pool] = Field(default_factory=list)
    progress: Literal["path", "frozen", "learning"] = "path"
    removal: Removal = Field(default_factory=Removal)
    closure: Closures = Field(default_factory=Closures)
    assumptions: dict[str, Table] = Field(default_factory=dict)
    drivers: Drivers = Field(default_factory=Drivers)
    technology: dict[Name, Technology] = Field(default_factory=dict)
    shocks: list[Shock] = Field(default_factory=list)

    @property
    def told(self) -> tuple[str, str]:
        """The description in English and in Chinese."""
        text = self.description
        return (text, text) if isinstance(text, str) else (text.en, text.zh)

    @property
    def years(self) -> range:
        """All years, the first and the last included."""
        return range(self.first, self.last + 1)

    @property
    def is_baseline(self) -> bool:
        """Whether it is the run that finds productivity: without pools, shocks, phase-outs."""
        phased = any(each.phase_out for each in self.technology.values())
        return not self.pools and not self.shocks and not phased

    def baseline(self) -> Scenario:
        """The same economy without pools and shocks: what happens if nobody caps emissions.

        It has the default closure but for capital, and no removal, for which nobody would pay.
        """
        if self.is_baseline:
            return self
        return self.model_copy(
            update={
                "name": BASELINE,
                "description": Languages(
                    en=f"The run without caps against which {self.name!r} is compared.",
                    zh=f"不设排放上限的情景，用来与{self.name!r}比较。",
                ),
                "pools": [],
                "shocks": [],
                "technology": {
                    name: each.model_copy(update={"phase_out": None})
                    for name, each in self.technology.items()
                    if each.cost is not None or each.potential is not None
                },
                "progress": "path",
                "removal": Removal(),
                "closure": self.closure.of_baseline,
            }
        )

    def to_yaml(self) -> str:
        """The scenario with all defaults filled in, as ``load_scenario`` reads it."""
        content = self.model_dump(exclude_none=True)
        if isinstance(self.dataset, Path):
            content["dataset"] = str(self.dataset.absolute())
        content["assumptions"] = {
            name: str(table.absolute()) if isinstance(table, Path) else table
            for name, table in self.assumptions.items()
        }
        return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)

    @model_validator(mode="after")
    def _check_years(self) -> Self:
        if self.last < self.first:
            raise Misplaced(
                f"last year {self.last} is before first year {self.first}; exchange them", "last"
            )
        return self

    @model_validator(mode="after")
    def _check_assumptions(self) -> Self:
        for name in self.assumptions:
            if name not in TABLES:
                text = unknown("table of assumptions", name, TABLES)
                raise Misplaced(text, "assumptions", name)
        return self

    @model_validator(mode="after")
    def _check_closure(self) -> Self:
        if self.is_baseline and self.closure != self.closure.of_baseline:
            raise Misplaced(
                f"scenario {self.name!r} has no pools, so it is a baseline, which always has full "
                "employment, investment that follows saving and given foreign saving; remove the "
                "closure, or name regions in a pool (without a cap, if none is to hold); only "
                "capital may be chosen for a baseline",
                "closure",
            )
        return self

    @model_validator(mode="after")
    def _check_progress(self) -> Self:
        if self.is_baseline and self.progress != "path":
            raise Misplaced(
                f"scenario {self.name!r} has no pools, so it is a baseline, which finds "
                "productivity with technologies on their paths; remove the key, or name regions in "
                "a pool (without a cap, if none is to hold)",
                "progress",
            )
        return self

    @model_validator(mode="after")
    def _check_removal(self) -> Self:
        given = self.removal.model_dump(exclude_defaults=True)
        if given and not self.pools and not self.removal.limit:
            raise Misplaced(
                f"scenario {self.name!r} has no pools, so CO2 has no price, which removal and the "
                "ceiling are about; remove the key, or name regions in a pool",
                "removal",
            )
        if "cost" in given and not self.removal.limit:
            raise Misplaced(
                "nobody removes CO2 as long as no region has a limit; give removal: limit by "
                "region and year (0 where a partner is to set it), or remove this key",
                *("removal", "cost"),
            )
        return self

    @model_validator(mode="after")
    def _check_pools(self) -> Self:
        if not self.is_baseline and alike(self.name) == BASELINE:
            raise Misplaced(f"{BASELINE!r} names the run without pools; rename this one", "name")
        names: set[str] = set()
        for p, pool in enumerate(self.pools):
            if alike(pool.name) in names:
                raise Misplaced(f"pool {pool.name!r} is given twice; rename one", "pools", p)
            names.add(alike(pool.name))
        return self

    @model_validator(mode="after")
    def _check_begin(self) -> Self:
        for what, begin, *keys in self._begins():
            if begin > self.last:
                raise Misplaced(
                    f"{what} begins in {begin}, after the last year {self.last}, and never holds; "
                    "give an earlier year, or leave it out",
                    *keys,
                )
        return self

    def _begins(self) -> Iterator[tuple[Any, ...]]:
        """What holds from a year on: in words, the year, and the keys where it is given.

        A pool may begin later than the last year, as in a scenario cut short, while another holds.
        """
        begun = any(pool.begin is not None and pool.begin <= self.last for pool in self.pools)
        for p, pool in enumerate(() if begun else self.pools):
            for key in ("cap", "price", "intensity"):
                if path := getattr(pool, key):
                    yield f"the {key} of pool {pool.name!r}", min(path), "pools", p, key
        for name, driver in self.drivers.given.items():
            yield "the driver", driver.begin, "drivers", name, driver.rule
        for k, shock in enumerate(self.shocks):
            yield "the shock", shock.begin, "shocks", k, shock.rule

    @model_validator(mode="after")
    def _check_members(self) -> Self:
        home: dict[str, str] = {}
        for p, pool in enumerate(self.pools):
            for r, region in enumerate(pool.regions):
                if region in home:
                    raise Misplaced(
                        f"region {region!r} is in pool {home[region]!r} and again in "
                        f"{pool.name!r}; a region is in one pool at most, remove it from one",
                        *("pools", p, "regions", r),
                    )
                home[region] = pool.name
        return self
