r"""Control totals of 2020 by region, 1e8 CNY.

Vintages: the nation as finally verified, provinces by their revised GDP, to which the three
industries of the preliminary accounts are scaled; the rest of China is the nation less the four.
Final demand closes GDP by expenditure,

.. math:: C + G + I = Y - (E - M) ,

at the published structure of expenditure; of a province's household consumption the urban part is
urban population times surveyed spending per person over the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recipes.yrd2020.inputs import Inputs, with_rest
from recipes.yrd2020.sources import provincial_series
from sam.accounts import HOUSEHOLDS, NATIONAL

Array = npt.NDArray[np.float64]

YEAR = 2020
GROUPS = ("primary", "industry", "construction", "tertiary")
"""Groups of activities whose value added is controlled in every region."""

_INDUSTRIES = ("primary", "secondary", "tertiary")

_PERSONS = 1e-4  # 1e4 persons times CNY per person, in 1e8 CNY


@dataclass(frozen=True, eq=False)
class Totals:
    """Control totals, 1e8 CNY.

    Attributes:
        gdp: GDP at market prices (region).
        groups: value added, import duties included in the tertiary (region, group).
        exports: goods sold abroad (region).
        imports: goods bought abroad, c.i.f. (region).
        services_exports: services sold abroad by the nation.
        services_imports: services bought abroad by the nation.
        consumption: household consumption (region, household).
        government: government consumption (region).
        investment: capital formation (region).
        inventories: changes in stocks, part of capital formation (region).
        industries: value added of service industries in the nation, by sector.
        regional_industries: value added of service industries where known, by sector (region, NaN
            where not known).
        revenue: relative output of the industries of the nation, by sector.
        output_shares: share in the nation's output of an industry where known, by sector (region,
            NaN where not known).
        commodity_imports: imports of the nation, by commodity where known.
        commodity_exports: exports of the nation, by commodity where known.
        labour: compensation of employees in the nation.
        production_tax: taxes less subsidies on production in the nation, without duties.
        duty: customs duties in the nation.
        saving_rate: saving over disposable income (region, household).
    """

    gdp: Array
    groups: Array
    exports: Array
    imports: Array
    services_exports: float
    services_imports: float
    consumption: Array
    government: Array
    investment: Array
    inventories: Array
    industries: dict[str, float]
    regional_industries: dict[str, Array]
    revenue: dict[str, float]
    output_shares: dict[str, Array]
    commodity_imports: dict[str, float]
    commodity_exports: dict[str, float]
    labour: float
    production_tax: float
    duty: float
    saving_rate: Array


def totals_of_2020(sources: Path, inputs: Inputs, regions: tuple[str, ...]) -> Totals:
    """Derive the control totals of all regions.

    Arguments:
        sources: folder of official tables (GDP and population series).
        inputs: published totals and assumptions.
        regions: model regions, the rest of China last.
    """
    gdp = with_rest("gdp", _series(sources, "gdp", regions)[:-1], inputs.value("gdp"))
    population = _population(sources, regions)
    nation = float(gdp.sum())
    groups = _groups(inputs, regions, gdp)
    exports, imports = (
        inputs.with_rest(f"goods_{side}", regions) for side in ("exports", "imports")
    )
    services = [inputs.value(f"services_{side}") for side in ("exports", "imports")]
    net_exports = float(exports.sum() - imports.sum()) + services[0] - services[1]
    consumption, government, investment = _expenditure(inputs, regions, gdp, nation - net_exports)
    people, spending, income = _survey(inputs, regions, population)
    weight = people * spending
    revised = inputs.value("gdp_tertiary") / inputs.value("preliminary_tertiary")
    printed = np.array([inputs.value("gdp_tertiary", region) for region in regions[:-1]])
    own = groups[:, GROUPS.index("tertiary")] / np.append(printed, np.nan)  # revised over printed
    taxes = inputs.value("tax_revenue") - inputs.value("company_tax") - inputs.value("income_tax")
    return Totals(
        gdp=gdp,
        groups=groups,
        exports=exports,
        imports=imports,
        services_exports=services[0],
        services_imports=services[1],
        consumption=consumption[:, None] * weight / weight.sum(1, keepdims=True),
        government=government,
        investment=investment,
        inventories=inputs.value("inventory_share") * investment,
        industries={name: value * revised for name, value in inputs.named("industry_").items()},
        regional_industries={
            name: values * own for name, values in inputs.by_region("industry_", regions).items()
        },
        revenue=inputs.named("revenue_"),
        output_shares=inputs.by_region("output_share_", regions),
        commodity_imports=inputs.named("imports_"),
        commodity_exports=inputs.named("exports_"),
        labour=inputs.value("labour_share") * nation,
        production_tax=taxes - inputs.value("customs_duty"),
        duty=inputs.value("customs_duty"),
        saving_rate=1.0 - spending / income,
    )


def _groups(inputs: Inputs, regions: tuple[str, ...], gdp: Array) -> Array:
    """Value added by group (region, group) at the revised GDP of each region.

    Construction of the nation keeps its share in secondary industry of the preliminary accounts.
    """
    nation = [inputs.value(f"gdp_{name}") for name in _INDUSTRIES]
    table = np.array(
        [[inputs.value(f"gdp_{name}", region) for name in _INDUSTRIES] for region in regions[:-1]]
    )  # province, industry
    table *= (gdp[:-1] / table.sum(1))[:, None]
    table = np.stack(
        [
            with_rest(f"gdp_{name}", own, total)
            for name, own, total in zip(_INDUSTRIES, table.T, nation, strict=True)
        ],
        axis=1,
    )
    building = np.array([inputs.value("gdp_construction", region) for region in regions[:-1]])
    secondary = np.array([inputs.value("gdp_secondary", region) for region in regions[:-1]])
    share = building / secondary
    own = share * table[:-1, 1]
    total = inputs.value("gdp_construction") / inputs.value("preliminary_secondary") * nation[1]
    construction = with_rest("gdp_construction", own, total)
    return np.stack([table[:, 0], table[:, 1] - construction, construction, table[:, 2]], axis=1)


def _expenditure(
    inputs: Inputs, regions: tuple[str, ...], gdp: Array, absorption: float
) -> list[Array]:
    """Household consumption, government consumption and capital formation by region."""
    items = ("household_consumption", "government_consumption", "capital_formation")
    shares = np.array([inputs.value(item) for item in items])
    national = absorption * shares / shares.sum()
    demand = []
    for item, total in zip(items, national, strict=True):
        own = np.array([inputs.value(item, region) for region in regions[:-1]]) * gdp[:-1]
        demand.append(with_rest(item, own, total))  # region
    return demand


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


def _series(sources: Path, name: str, regions: tuple[str, ...]) -> Array:
    """A published series in the base year, for the provinces among the regions and in total."""
    table = provincial_series(sources, name, [YEAR])[YEAR]
    return table[[*regions[:-1], NATIONAL]].to_numpy(float)


def _population(sources: Path, regions: tuple[str, ...]) -> Array:
    """Population at the end of the year, 1e4 persons (province, last the nation)."""
    return _series(sources, "population", regions)
