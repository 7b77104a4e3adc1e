r"""Tiny economies of our own making: whole datasets, balanced by construction, for the tests.

Output solves a multi-regional input-output system closed for income (Isard 1951; Miyazawa 1976):
every payment but exports is a fixed share of the revenue of some activity,

.. math:: A_{ri} = \sum_j (a_{rij} + d_{rij}) X_{rj}, \qquad
          X_{ri} = E_{ri} + s_{ri} A_{ri} + \sum_q t_{rqi} A_{qi} ,

with a the purchases and d the final demand that a unit of revenue brings about, s and t the shares
of local and other regions' goods in the composite. Shares are drawn around plausible values; the
last region makes no coal and no gas, nobody exports trade services or electricity, nobody imports
electricity, agriculture is subsidised, some technologies and fuels are absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam import SAM, Dataset, Geography, Roles
from sam.accounts import (
    ACTIVITY,
    CAPITAL,
    CENTRAL_GOVERNMENT,
    COMMODITY,
    ENTERPRISE,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    HOUSEHOLDS,
    INTERREGIONAL_CAPITAL,
    INVESTMENT,
    LABOUR,
    NATIONAL,
    PRODUCTION_TAX,
    REST_OF_WORLD,
    TARIFF,
    TAX,
    TRANSFER,
    WORLD,
)
from sam.concordance import load_sectors
from sam.matrix import from_payments

Array = npt.NDArray[np.float64]
Payment = tuple[str, str, str, str, str, str, float]

SECTORS = ("AGR", "COL", "GAS", "REF", "FER", "GEM", "ELE", "TRD")
"""Sectors of a tiny economy, in the order of the 40 of the project."""

BASE_YEAR = 2020
YEARS = range(BASE_YEAR, 2031)

# Purchases as shares of revenue, commodity by activity (AGR COL GAS REF FER GEM ELE TRD).
_PURCHASES = np.array(
    [
        [0.12, 0.00, 0.00, 0.00, 0.00, 0.02, 0.00, 0.04],
        [0.01, 0.04, 0.01, 0.20, 0.12, 0.01, 0.30, 0.00],
        [0.00, 0.00, 0.03, 0.04, 0.02, 0.01, 0.05, 0.01],
        [0.02, 0.02, 0.02, 0.20, 0.02, 0.01, 0.01, 0.04],
        [0.00, 0.05, 0.04, 0.01, 0.20, 0.20, 0.00, 0.01],
        [0.12, 0.14, 0.14, 0.05, 0.08, 0.28, 0.10, 0.12],
        [0.01, 0.04, 0.03, 0.03, 0.06, 0.02, 0.06, 0.02],
        [0.08, 0.10, 0.08, 0.08, 0.10, 0.10, 0.06, 0.20],
    ]
)
_LABOUR = np.array([0.75, 0.50, 0.30, 0.30, 0.40, 0.50, 0.30, 0.60])  # share in value added
_TAX = np.array([-0.03, 0.08, 0.05, 0.10, 0.04, 0.04, 0.04, 0.05])  # share of revenue
_EXPORTS = np.array([60.0, 20.0, 10.0, 50.0, 300.0, 1500.0, 0.0, 0.0])  # 1e8 CNY
_IMPORTS = np.array([0.08, 0.10, 0.30, 0.10, 0.06, 0.15, 0.0, 0.02])  # share of the composite
_DUTY = np.array([0.10, 0.03, 0.0, 0.02, 0.04, 0.05, 0.0, 0.0])
_INFLOW = np.array([0.15, 0.30, 0.30, 0.30, 0.30, 0.25, 0.10, 0.05])  # of other regions' goods
_BUDGET = np.array(
    [
        [0.30, 0.02, 0.00, 0.04, 0.00, 0.25, 0.04, 0.35],
        [0.15, 0.00, 0.02, 0.06, 0.00, 0.27, 0.05, 0.45],
    ]
)  # household, commodity
_PUBLIC = np.array([0.0, 0.0, 0.0, 0.02, 0.0, 0.10, 0.0, 0.88])
_CAPITAL_GOODS = np.array([0.02, 0.0, 0.0, 0.0, 0.03, 0.75, 0.0, 0.20])

_FEEDSTOCK = {("REF", "COL"): 0.8, ("REF", "REF"): 1.0, ("FER", "COL"): 0.1, ("GEM", "GAS"): 0.4}
_CARBON = {"COL": 0.40, "GAS": 0.08, "REF": 0.06}  # Mt CO2 per 1e8 CNY
_CONTENT = {"COL": 0.0946, "GAS": 0.0561, "REF": 0.0733}  # Mt CO2 per PJ (IPCC 2006)
_PROCESS = {"FER": 0.02, "GEM": 0.002}  # Mt CO2 per 1e8 CNY of output
_TECHNOLOGIES = (
    {"coal": 0.70, "gas": 0.05, "nuclear": 0.10, "wind": 0.08, "solar": 0.07},
    {"coal": 0.65, "hydro": 0.20, "wind": 0.10, "solar": 0.05},
)  # share of generation; regions take turns
_GENERATION_VALUE = 4.0  # 1e8 CNY per TWh: 0.4 yuan/kWh
_POWER_PRICE = 6.0  # 1e8 CNY per TWh sold: 0.6 yuan/kWh
_PJ_PER_TWH = 3.6
_PJ_PER_MTCE = 29.3076
_WAGE = 800.0  # 1e8 CNY per million workers: 80 thousand yuan a year


@dataclass(frozen=True, eq=False)
class _Shares:
    """What a unit of revenue, of income or of the composite is spent on."""

    purchases: Array  # region, commodity, activity
    labour: Array  # region, activity
    capital: Array  # region, activity
    tax: Array  # region, activity
    imports: Array  # region, commodity: c.i.f. share of the composite
    duty: Array  # region, commodity
    local: Array  # region, commodity
    inflow: Array  # origin, region, commodity
    labour_income: Array  # region, household: share of labour income
    dividends: Array  # region, household: share of capital income
    company_tax: Array  # region: share of capital income
    income_tax: Array  # region, household: share of income
    saving: Array  # region, household: share of income after tax
    budget: Array  # region, household, commodity
    central: Array  # region: share of production tax
    public: Array  # region: government purchases per own revenue
    investment: Array  # region: investment per private saving


def tiny_dataset(
    seed: int = 0, regions: Sequence[str] = ("A", "B"), *, scale: float = 1.0
) -> Dataset:
    """A random multi-regional economy of eight sectors, as a dataset.

    Arguments:
        seed: the same seed gives the same dataset.
        regions: labels of two or more regions.
        scale: size of everything but prices: money, energy, emissions and people.
    """
    rng = np.random.default_rng(seed)
    shares = _draw_shares(rng, len(regions))
    exports = scale * _EXPORTS * rng.uniform(0.5, 2.0, (len(regions), len(SECTORS)))
    exports[:, _at("GAS")][-1:] = exports[:, _at("COL")][-1:] = 0.0
    output, absorption = _solve(shares, exports)
    sam = from_payments(_payments(shares, exports, output, absorption, tuple(regions)))
    purchases = _fuel_purchases(shares, output)  # region, fuel, user
    combustion, energy = _carbon_and_energy(rng, purchases, regions)
    generation = _generation(shares, output, regions)
    return Dataset(
        name=f"tiny-{seed}",
        version="1",
        base_year=BASE_YEAR,
        regions=tuple(regions),
        geography=_geography(regions),
        sectors=_sectors(),
        roles=Roles("ELE", ("COL", "GAS", "REF"), ("FER", "REF")),
        sam=sam,
        combustion=combustion,
        process=_process(rng, output, regions),
        indirect=_indirect(generation, regions),
        feedstock=_feedstock(regions),
        energy=energy,
        generation=generation,
        drivers=_drivers(shares, output, regions),
        provenance=_provenance(seed),
    )


def relabelled(dataset: Dataset, names: Mapping[str, str]) -> Dataset:
    """The same economy with other codes of sectors and households.

    Arguments:
        dataset: any.
        names: new code by old one.
    """
    tables: dict[str, pd.DataFrame] = {
        field.name: _with_codes(getattr(dataset, field.name), names)
        for field in fields(dataset)
        if isinstance(getattr(dataset, field.name), pd.DataFrame)
    }
    people = {f"population_{old}": f"population_{new}" for old, new in names.items()}
    tables["drivers"] = dataset.drivers.replace({"variable": people})
    roles = Roles(
        names.get(dataset.roles.electricity, dataset.roles.electricity),
        tuple(names.get(code, code) for code in dataset.roles.fuels),
        tuple(names.get(code, code) for code in dataset.roles.large_plants),
    )
    sam = SAM(_with_codes(dataset.sam.frame, names))
    return replace(dataset, sam=sam, roles=roles, **tables)


def _with_codes(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    columns = {"row", "col", "code", "user", "sector", "fuel"}.intersection(table.columns)
    return table.assign(**{c: table[c].map(lambda code: names.get(code, code)) for c in columns})


def write_dataset(dataset: Dataset, folder: Path) -> Path:
    """Write a dataset as a folder that ``load_dataset`` reads; returns the folder."""
    dataset.save(folder)
    return folder


def _at(sector: str) -> int:
    return SECTORS.index(sector)


def _draw_shares(rng: np.random.Generator, count: int) -> _Shares:
    """Shares around the tables above, a fifth up or down."""

    def around(table: Array, *lead: int) -> Array:
        shape = (*lead, *table.shape)
        return np.broadcast_to(table, shape) * rng.uniform(0.8, 1.2, shape)

    made = np.ones((count, len(SECTORS)))  # region, activity
    made[-1, [_at("COL"), _at("GAS")]] = 0.0
    purchases = around(_PURCHASES, count) * made[:, None, :]
    tax = around(_TAX, count) * made
    added = made - purchases.sum(axis=1) - tax
    labour = around(_LABOUR, count) * added
    budget = around(_BUDGET, count)
    households = np.array([0.3, 0.7])
    labour_income = around(households, count)
    return _Shares(
        purchases=purchases,
        labour=labour,
        capital=added - labour,
        tax=tax,
        **_draw_supply(around, made),
        labour_income=labour_income / labour_income.sum(axis=1, keepdims=True),
        dividends=around(np.array([0.05, 0.25]), count),
        company_tax=around(np.array(0.12), count),
        income_tax=around(np.array([0.01, 0.06]), count),
        saving=around(np.array([0.25, 0.30]), count),
        budget=budget / budget.sum(axis=2, keepdims=True),
        central=around(np.array(0.5), count),
        public=around(np.array(1.1), count),
        investment=around(np.array(0.9), count),
    )


def _draw_supply(around: Any, made: Array) -> dict[str, Array]:
    """Origins of the composites: shares gross of duty sum to one."""
    count = len(made)
    imports, duty = around(_IMPORTS, count), around(_DUTY, count)
    weight = around(_INFLOW, count, count) * made[:, None, :]  # origin, region, commodity
    weight[np.arange(count), np.arange(count)] = 0.0
    sources = made + weight.sum(axis=0)  # region, commodity
    domestic = (1.0 - (1.0 + duty) * imports) / sources
    return {
        "imports": imports,
        "duty": duty,
        "local": domestic * made,
        "inflow": domestic * weight,
    }


def _incomes(s: _Shares) -> Array:
    """Income of households per unit of revenue (region, household, activity)."""
    labour = s.labour_income[:, :, None] * s.labour[:, None, :]
    return labour + s.dividends[:, :, None] * s.capital[:, None, :]


def _company_saving(s: _Shares) -> Array:
    """Retained share of capital income (region)."""
    retained: Array = 1.0 - s.dividends.sum(axis=1) - s.company_tax
    return retained


def _final_demand(s: _Shares) -> tuple[Array, Array, Array]:
    """Purchases per unit of revenue: of households (region, household, commodity, activity), of
    government and for investment (region, commodity, activity).
    """
    income = _incomes(s)
    taxes = s.income_tax[:, :, None] * income
    saving = s.saving[:, :, None] * (income - taxes)
    private = np.einsum("rhi,rhj->rhij", s.budget, income - taxes - saving)
    own = (1.0 - s.central)[:, None] * s.tax + s.company_tax[:, None] * s.capital
    public = s.public[:, None] * (own + taxes.sum(axis=1))
    saved = s.investment[:, None] * (_company_saving(s)[:, None] * s.capital + saving.sum(axis=1))
    return (
        private,
        np.einsum("i,rj->rij", _PUBLIC, public),
        np.einsum("i,rj->rij", _CAPITAL_GOODS, saved),
    )


def _solve(s: _Shares, exports: Array) -> tuple[Array, Array]:
    """Output and absorption (region, sector) that the exports bring about."""
    count, size = exports.shape
    private, public, investment = _final_demand(s)
    demand = s.purchases + private.sum(axis=1) + public + investment  # region, commodity, activity
    sales = s.inflow.copy()  # origin, region, commodity
    sales[np.arange(count), np.arange(count)] = s.local
    needs = np.einsum("qri,rij->qirj", sales, demand).reshape(count * size, count * size)
    output = np.linalg.solve(np.eye(count * size) - needs, exports.ravel()).reshape(count, size)
    assert (output >= 0.0).all()
    return output, np.einsum("rij,rj->ri", demand, output)


def _payments(
    s: _Shares, exports: Array, output: Array, absorption: Array, regions: tuple[str, ...]
) -> list[Payment]:
    """All payments of the SAM; saving of government and between regions closes the accounts."""
    imports = s.imports * absorption
    inflow = s.inflow * absorption
    central = (s.central[:, None] * s.tax * output).sum(axis=1) + (s.duty * imports).sum(axis=1)
    transfer = central.sum() * output.sum(axis=1) / output.sum()
    foreign = (imports.sum() - exports.sum()) * imports.sum(axis=1) / imports.sum()
    payments: list[Payment] = []
    for r, region in enumerate(regions):
        payments += _production(region, s, r, output[r])
        payments += _supply(region, s, r, exports[r], absorption[r])
        payments += _institutions(region, s, r, output[r], imports[r], transfer[r], foreign[r])
        payments += [
            (other, ACTIVITY, good, region, COMMODITY, good, inflow[q, r, i])
            for q, other in enumerate(regions)
            for i, good in enumerate(SECTORS)
        ]
    return payments


def _production(region: str, s: _Shares, r: int, output: Array) -> Iterator[Payment]:
    for j, activity in enumerate(SECTORS):
        buyer = (region, ACTIVITY, activity)
        for i, good in enumerate(SECTORS):
            yield (region, COMMODITY, good, *buyer, s.purchases[r, i, j] * output[j])
        yield (region, FACTOR, LABOUR, *buyer, s.labour[r, j] * output[j])
        yield (region, FACTOR, CAPITAL, *buyer, s.capital[r, j] * output[j])
        yield (region, TAX, PRODUCTION_TAX, *buyer, s.tax[r, j] * output[j])


def _supply(
    region: str, s: _Shares, r: int, exports: Array, absorption: Array
) -> Iterator[Payment]:
    world = (WORLD, REST_OF_WORLD, WORLD)
    for i, good in enumerate(SECTORS):
        maker, market = (region, ACTIVITY, good), (region, COMMODITY, good)
        imports = s.imports[r, i] * absorption[i]
        yield (*maker, *market, s.local[r, i] * absorption[i])
        yield (*maker, *world, exports[i])
        yield (*world, *market, imports)
        yield (region, TAX, TARIFF, *market, s.duty[r, i] * imports)


def _institutions(
    region: str, s: _Shares, r: int, output: Array, imports: Array, transfer: float, foreign: float
) -> Iterator[Payment]:
    private, public, capital_goods = (part[r] @ output for part in _final_demand(s))
    labour, capital = float(s.labour[r] @ output), float(s.capital[r] @ output)
    taxes, central = float(s.tax[r] @ output), float(s.central[r] * (s.tax[r] @ output))
    company, state = (region, ENTERPRISE, "ENT"), (region, GOVERNMENT, "GOV")
    investor, centre = (region, INVESTMENT, "INV"), (NATIONAL, GOVERNMENT, CENTRAL_GOVERNMENT)
    retained, company_tax = float(_company_saving(s)[r] * capital), s.company_tax[r] * capital
    yield (*company, region, FACTOR, CAPITAL, capital)
    yield (*state, *company, company_tax)
    yield (*investor, *company, retained)
    revenue, saved = company_tax + taxes - central + transfer, retained
    for h, name in enumerate(HOUSEHOLDS):
        household = (region, HOUSEHOLD, name)
        income = s.labour_income[r, h] * labour + s.dividends[r, h] * capital
        tax = s.income_tax[r, h] * income
        saving = s.saving[r, h] * (income - tax)
        yield (*household, region, FACTOR, LABOUR, s.labour_income[r, h] * labour)
        yield (*household, *company, s.dividends[r, h] * capital)
        yield (*state, *household, tax)
        yield (*investor, *household, saving)
        yield from _purchases(region, household, private[h])
        revenue, saved = revenue + tax, saved + saving
    surplus = revenue - public.sum()
    yield from _purchases(region, state, public)
    yield from _purchases(region, investor, capital_goods)
    yield (*investor, *state, surplus)
    yield (*state, region, TAX, PRODUCTION_TAX, taxes - central)
    yield (*centre, region, TAX, PRODUCTION_TAX, central)
    yield (*centre, region, TAX, TARIFF, float(s.duty[r] @ imports))
    yield (*state, *centre, transfer)
    yield (*investor, WORLD, REST_OF_WORLD, WORLD, foreign)
    gap = float(capital_goods.sum()) - saved - surplus - foreign
    yield (*investor, NATIONAL, TRANSFER, INTERREGIONAL_CAPITAL, gap)


def _purchases(region: str, buyer: tuple[str, str, str], values: Array) -> Iterator[Payment]:
    for good, value in zip(SECTORS, values, strict=True):
        yield (region, COMMODITY, good, *buyer, float(value))


def _fuel_purchases(s: _Shares, output: Array) -> dict[str, Array]:
    """Purchases of fuels and electricity by activities and households, 1e8 CNY (region, user)."""
    private = np.einsum("rhij,rj->rhi", _final_demand(s)[0], output)
    return {
        good: np.concatenate([s.purchases[:, _at(good)] * output, private[:, :, _at(good)]], axis=1)
        for good in (*_CARBON, "ELE")
    }


def _carbon_and_energy(
    rng: np.random.Generator, purchases: dict[str, Array], regions: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of combustion and of energy; only fuel that is bought and burnt emits."""
    combustion, energy = [], []
    users = (*SECTORS, *HOUSEHOLDS)
    for good, money in purchases.items():
        intensity = _CARBON.get(good, 0.0) * rng.uniform(0.8, 1.2, money.shape)  # region, user
        for r, u in zip(*np.nonzero(money), strict=True):
            place = (regions[r], users[u], good)
            if good == "ELE":
                pj = money[r, u] / _POWER_PRICE * _PJ_PER_TWH
            else:
                pj = money[r, u] * intensity[r, u] / _CONTENT[good]
                burnt = 1.0 - _FEEDSTOCK.get((users[u], good), 0.0)
                if burnt > 0.0:
                    combustion.append((*place, intensity[r, u] * money[r, u] * burnt))
            energy.append((*place, pj, pj / _PJ_PER_MTCE))
    return (
        pd.DataFrame(combustion, columns=["region", "user", "fuel", "mt_co2"]),
        pd.DataFrame(energy, columns=["region", "user", "fuel", "pj", "mtce"]),
    )


def _process(rng: np.random.Generator, output: Array, regions: Sequence[str]) -> pd.DataFrame:
    lines = [
        (region, sector, intensity * output[r, _at(sector)] * rng.uniform(0.8, 1.2))
        for r, region in enumerate(regions)
        for sector, intensity in _PROCESS.items()
    ]
    return pd.DataFrame(lines, columns=["region", "sector", "mt_co2"])


def _generation(s: _Shares, output: Array, regions: Sequence[str]) -> pd.DataFrame:
    """Electricity made, TWh: generation is some 0.6 of the sector's cost."""
    lines = []
    for r, region in enumerate(regions):
        cost = (1.0 - s.tax[r, _at("ELE")]) * output[r, _at("ELE")]
        twh = 0.6 * cost / _GENERATION_VALUE
        mix = _TECHNOLOGIES[r % len(_TECHNOLOGIES)]
        lines += [(region, technology, share * twh) for technology, share in mix.items()]
    return pd.DataFrame(lines, columns=["region", "technology", "twh"])


def _indirect(generation: pd.DataFrame, regions: Sequence[str]) -> pd.DataFrame:
    """The first regions share a cap and draw a tenth of their electricity from the last."""
    made = generation.groupby("region")["twh"].sum()
    lines = [(region, 0.06 * made[region], 0.1 * made[region]) for region in regions[:-1]]
    return pd.DataFrame(lines, columns=["region", "mt_co2", "twh"])


def _feedstock(regions: Sequence[str]) -> pd.DataFrame:
    lines = [(r, user, fuel, share) for r in regions for (user, fuel), share in _FEEDSTOCK.items()]
    return pd.DataFrame(lines, columns=["region", "user", "fuel", "share"])


def _drivers(s: _Shares, output: Array, regions: Sequence[str]) -> pd.DataFrame:
    """People, growth and capital; growth and efficiency are those over the year before, from 2021
    on, as in the embedded dataset.
    """
    lines: list[tuple[object, ...]] = []
    for r, region in enumerate(regions):
        wages, rents = float(s.labour[r] @ output[r]), float(s.capital[r] @ output[r])
        lines.append((region, "capital_stock", BASE_YEAR, 6.0 * rents, "1e8 CNY of 2020"))
        for year in YEARS:
            age = year - BASE_YEAR
            workers = wages / _WAGE * 0.998**age
            urban = 0.6 + 0.01 * age
            people = 1.8 * wages / _WAGE * 0.999**age
            lines += [
                (region, "labour", year, workers, "million"),
                (region, "population_RUR", year, (1.0 - urban) * people, "million"),
                (region, "population_URB", year, urban * people, "million"),
                (region, "depreciation", year, 0.05, "fraction per year"),
            ]
            if year > BASE_YEAR:
                growth = 0.06 - 0.002 * age - 0.005 * r
                lines += [
                    (region, "gdp_growth", year, growth, "fraction per year"),
                    (region, "energy_efficiency", year, 0.01, "fraction per year"),
                ]
    table = pd.DataFrame(lines, columns=["region", "variable", "year", "value", "unit"])
    return table.assign(source="made up for tests", quality="assumed")


def _geography(regions: Sequence[str]) -> Geography:
    """All but the last region lie on the coast."""
    names = {region: f"Province {region}" for region in regions}
    return Geography(names, {"Coast": tuple(regions[:-1])}, "Atlantis")


def _sectors() -> pd.DataFrame:
    table = load_sectors()
    return table[table["code"].isin(SECTORS)].reset_index(drop=True)


def _provenance(seed: int) -> pd.DataFrame:
    source = f"drawn at random with seed {seed}, no place on earth"
    line = ("all flows", NATIONAL, 1.0, "1e8 CNY", source, "assumed")
    return pd.DataFrame([line], columns=["item", "region", "value", "unit", "source", "quality"])
