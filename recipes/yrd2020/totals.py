r"""Control totals of the base year by region, 1e8 CNY.

The nation is the official table. The four provinces have their own published totals, and the rest
of China is what they leave of the table:

- GDP as revised, the three industries of the preliminary accounts scaled to it; farm services,
  which the statistics count as tertiary and the table with farming, are moved by their share;
- trade in goods as customs have it, scaled to the producer prices of the table (what a port or a
  shop adds is export of transport and trade there), by

.. math:: E_r = E^{customs}_r \, \frac{\sum_i E_i}{E^{customs}} , \quad i \text{ goods};

- demand at the structure of expenditure that provinces last published, moved as the nation's has
  moved since, :math:`F_{ru} = s_{ru} Y_r \frac{F_u / Y}{s_u}` with :math:`s_u` of the nation in the
  vintage of the shares; of a province's household consumption the urban part is urban population
  times surveyed spending per person over the same for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recipes.yrd2020.inputs import Inputs, with_rest
from recipes.yrd2020.official import Official
from recipes.yrd2020.sources import provincial_series
from sam.accounts import HOUSEHOLDS, NATIONAL, USES
from sam.balancing import ras
from sam.concordance import load_sectors

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

GROUPS = ("primary", "industry", "construction", "tertiary")
"""Groups of activities whose value added is controlled in every region."""

_INDUSTRIES = ("primary", "secondary", "tertiary")


@dataclass(frozen=True, eq=False)
class Totals:
    """Control totals, 1e8 CNY.

    Attributes:
        groups: value added with duties on goods of the group (region, group).
        farm_services: share of farming of the table that statistics count as tertiary.
        exports: goods sold abroad at producer prices (region).
        imports: goods bought abroad, c.i.f. (region).
        final: purchases of households, government and for fixed capital (region, final use), uses
            as in ``sam.accounts.USES`` without stocks.
        services: value added of service industries where known, by sector (region, NaN where not).
        output_shares: share in the nation's output of an industry where known, by sector (region,
            NaN where not known).
        saving_rate: saving over disposable income (region, household).
    """

    groups: Array
    farm_services: float
    exports: Array
    imports: Array
    final: Array
    services: dict[str, Array]
    output_shares: dict[str, Array]
    saving_rate: Array

    @property
    def gdp(self) -> Array:
        """GDP at market prices (region)."""
        return np.asarray(self.groups.sum(1))


def base_year_totals(
    sources: Path,
    year: int,
    inputs: Inputs,
    nation: Official,
    tariff: Array,
    regions: tuple[str, ...],
) -> Totals:
    """Derive the control totals of all regions.

    Arguments:
        sources: folder of official tables (GDP and population series).
        year: base year.
        inputs: published totals and assumptions of that year.
        nation: the table that the regions add up to.
        tariff: duty rate on imports (commodity).
        regions: model regions, the rest of China last.

    Raises:
        sam.errors.SourceError: a series is missing or lacks the year.
        sam.errors.DatasetError: a number is missing, or provinces exceed the nation.
    """
    own = _series(sources, "gdp", year, regions)[:-1]
    people, spending, income = _survey(
        inputs, regions, _series(sources, "population", year, regions)
    )
    groups = _groups(
        inputs, regions, own, nation.made + tariff * nation.imports, nation.farm_services
    )
    revised = own / _printed(inputs, regions).sum(1)  # province
    goods = goods_of(nation.sectors)
    trade = [
        _goods(inputs, f"goods_{side}", regions, float(getattr(nation, side)[goods].sum()))
        for side in ("exports", "imports")
    ]
    return Totals(
        groups=groups,
        farm_services=nation.farm_services,
        exports=trade[0],
        imports=trade[1],
        final=_final(inputs, regions, own, nation, people * spending),
        services=_services(inputs, regions, revised, nation),
        output_shares=inputs.by_region("output_share_", regions),
        saving_rate=1.0 - spending / income,
    )


def group_of(sectors: Sequence[str]) -> npt.NDArray[np.int_]:
    """Position in ``GROUPS`` of each activity."""
    building, farming = sectors.index("CON"), sectors.index("AGR")
    position = np.arange(len(sectors))
    tertiary = GROUPS.index("tertiary")
    group = np.where(position > building, tertiary, GROUPS.index("industry"))
    group[building], group[farming] = GROUPS.index("construction"), GROUPS.index("primary")
    return group


def by_group(values: Array, sectors: Sequence[str]) -> list[float]:
    """Sums over the activities of each group, in the order of ``GROUPS``."""
    group = group_of(sectors)
    return [float(values[group == g].sum()) for g in range(len(GROUPS))]


def in_statistics(farm_services: float) -> dict[str, list[tuple[int, float]]]:
    r"""What each group is made of in statistics of GDP, which count farm services as tertiary.

    .. math:: Y^{primary} = (1 - \phi) V^{AGR} , \qquad
              Y^{tertiary} = V^{tertiary} + \phi V^{AGR} .

    Arguments:
        farm_services: their share :math:`\phi` in farming of the table.

    Returns:
        By group: positions in ``GROUPS`` of what is counted, and the share of it that is.
    """
    farming, services = GROUPS.index("primary"), GROUPS.index("tertiary")
    return {name: [(g, 1.0)] for g, name in enumerate(GROUPS)} | {
        "primary": [(farming, 1.0 - farm_services)],
        "tertiary": [(services, 1.0), (farming, farm_services)],
    }


def goods_of(sectors: Sequence[str]) -> Mask:
    """Which commodities are goods: all up to gas supply."""
    return np.arange(len(sectors)) <= sectors.index("GDT")


def _printed(inputs: Inputs, regions: tuple[str, ...]) -> Array:
    """The three industries of the preliminary accounts (province, industry)."""
    rows = [
        [inputs.value(f"gdp_{name}", region) for name in _INDUSTRIES] for region in regions[:-1]
    ]
    return np.array(rows)


def _groups(
    inputs: Inputs, regions: tuple[str, ...], gdp: Array, made: Array, share: float
) -> Array:
    r"""Value added by group (region, group) at the revised GDP of each province.

    Farming of the table holds the farm services of the tertiary industry,
    :math:`V^{AGR}_r = Y^{primary}_r / (1 - \phi)`.

    Arguments:
        inputs: published totals.
        regions: model regions.
        gdp: revised GDP (province).
        made: value added of the nation with duties on the same goods (activity).
        share: farm services in farming.
    """
    table = _printed(inputs, regions)
    table = table * (gdp / table.sum(1))[:, None]
    building = np.array([inputs.value("gdp_construction", region) for region in regions[:-1]])
    construction = building / _printed(inputs, regions)[:, 1] * table[:, 1]
    farms = table[:, 0] / (1.0 - share)
    own = np.stack(
        [farms, table[:, 1] - construction, construction, table[:, 2] - share * farms], axis=1
    )
    nation = by_group(made, load_sectors()["code"].tolist())
    columns = [
        with_rest(f"value added of {name}", part, total)
        for name, part, total in zip(GROUPS, own.T, nation, strict=True)
    ]
    return np.stack(columns, axis=1)


def _goods(inputs: Inputs, item: str, regions: tuple[str, ...], nation: float) -> Array:
    """Trade in goods of the table, placed as customs have it (region)."""
    printed = inputs.with_rest(item, regions)
    return np.asarray(printed * nation / printed.sum())


def _final(
    inputs: Inputs, regions: tuple[str, ...], gdp: Array, official: Official, spent: Array
) -> Array:
    """Demand by region and final use but stocks; of households as they spend in surveys.

    Arguments:
        inputs: shares in GDP by expenditure.
        regions: model regions.
        gdp: revised GDP (province).
        official: the table.
        spent: people times spending per person (region, household).
    """
    nation = dict(zip(USES, official.final.sum(0), strict=True))

    def placed(item: str, total: float, whole: float) -> Array:
        share = np.array([inputs.value(item, region) for region in regions[:-1]])
        moved = whole / absorbed / inputs.value(f"vintage_{item}")
        return with_rest(item, moved * share * gdp * total / whole, total)

    trade = float((official.exports - official.imports).sum())
    absorbed = sum(nation.values()) + trade
    households = np.array([nation[name] for name in HOUSEHOLDS])
    homes, fixed = float(households.sum()), nation["FIX"]
    split = ras(spent, placed("household_consumption", homes, homes), households, tol=1e-12)
    government = placed("government_consumption", nation["GOV"], nation["GOV"])
    formed = placed("capital_formation", fixed, fixed + nation["STK"])
    return np.column_stack([split, government, formed])


def _services(
    inputs: Inputs, regions: tuple[str, ...], revised: Array, official: Official
) -> dict[str, Array]:
    """Value added of service industries where a province prints it, at the nation's of the table.

    The table draws some industries wider than the accounts of GDP (transport, information), so a
    province has its published share in the nation's industry.
    """
    nation = inputs.named("industry_")
    made = dict(zip(official.sectors, official.made, strict=True))
    factor = np.append(revised, np.nan)
    return {
        name: values * factor * made[name] / nation[name]
        for name, values in inputs.by_region("industry_", regions).items()
        if np.isfinite(values).any()
    }


def _survey(
    inputs: Inputs, regions: tuple[str, ...], population: Array
) -> tuple[Array, Array, Array]:
    """People (1e4), spending and income per person (CNY) by region and household.

    The rest of China is the nation less the four provinces, in people and in money.
    """
    names = (*regions[:-1], NATIONAL)
    urban = np.array([inputs.value("urban_population_share", name) for name in names])
    people = population[:, None] * np.stack([1.0 - urban, urban], axis=1)  # region, household
    spending, income = (
        np.array(
            [[inputs.value(f"{item}_{house}", name) for house in HOUSEHOLDS] for name in names]
        )
        for item in ("spending", "income")
    )
    money = [people * amount for amount in (spending, income)]
    rest = [
        np.array(
            [
                with_rest(f"{item} of {house}", total[:-1, h], total[-1, h])[-1]
                for h, house in enumerate(HOUSEHOLDS)
            ]
        )
        for item, total in zip(("people", "spending", "income"), (people, *money), strict=True)
    ]
    people = np.vstack([people[:-1], rest[0]])
    return (
        people,
        np.vstack([spending[:-1], rest[1] / rest[0]]),
        np.vstack([income[:-1], rest[2] / rest[0]]),
    )


def _series(sources: Path, name: str, year: int, regions: tuple[str, ...]) -> Array:
    """A published series in a year, for the provinces among the regions and in total."""
    table = provincial_series(sources, name, [year])[year]
    return table[[*regions[:-1], NATIONAL]].to_numpy(float)
