"""Items that partners read: what a path reports, and what technology and spatial models need."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import numpy.typing as npt

from cge.coupling.items import Item, Moment
from cge.dynamics import DIMS, UNITS
from cge.m3c.economy import YUAN_PER_TON

Array = npt.NDArray[np.float64]

YUAN_PER_MWH = 100.0
"""Yuan per MWh in a price of one 1e8 CNY per TWh."""

_YEAR_MONEY = "1e8 CNY"


def outputs(reported: Collection[str]) -> list[Item]:
    """All items that are read.

    Arguments:
        reported: names of what a path reports of an equilibrium.
    """
    return [*_reported(reported), *_electricity(), *_sectors()]


def _out(
    name: str, dims: tuple[str, ...], unit: str, meaning: str, read: Callable[[Moment], Array]
) -> Item:
    return Item(name, dims, unit, "out", meaning, read)


def _reported(names: Collection[str]) -> list[Item]:
    """Quantities of a path's years, under the same names."""

    def reader(name: str) -> Callable[[Moment], Array]:
        return lambda moment: np.asarray(moment.accounts[name])

    return [
        _out(name, DIMS.get(name, ("region",)), unit, meaning, reader(name))
        for name, (unit, meaning) in UNITS.items()
        if name in names
    ]


def _electricity() -> list[Item]:
    by_technology = ("region", "technology")
    return [
        _out(
            "electricity_demand",
            ("region",),
            "TWh",
            "electricity that the generators of a region must supply, grid losses included",
            lambda moment: moment.accounts["generation_twh"].sum(axis=1),
        ),
        _out(
            "electricity_price",
            ("region",),
            "index",
            "price of electricity to users relative to consumer prices, base year = 1",
            _electricity_price,
        ),
        _out(
            "generation_price",
            by_technology,
            "CNY/MWh",
            "price of generation by technology at the plant; not a number where there is none",
            _generation_price,
        ),
        _out(
            "fuel_cost",
            by_technology,
            "CNY/MWh",
            "cost of fuel per unit generated at prices of the year, permits apart",
            _fuel_cost,
        ),
        _out(
            "emission_factor",
            by_technology,
            "t/MWh",
            "CO2 per unit generated, before capture",
            _emission_factor,
        ),
    ]


def _sectors() -> list[Item]:
    by_sector = ("region", "sector")
    return [
        _out(
            "emissions",
            by_sector,
            "Mt CO2",
            "direct CO2 of sectors after capture: fuel, processes, and generation under ELE",
            emissions_by_sector,
        ),
        _out(
            "household_emissions",
            ("region",),
            "Mt CO2",
            "CO2 of fuel burnt by households",
            lambda moment: moment.accounts["co2_household"].sum(axis=1),
        ),
        _out(
            "price",
            by_sector,
            "index",
            "price of goods to users, permits apart, relative to consumer prices, base year = 1",
            lambda moment: np.asarray(moment.state.price(moment.economy.composite)),
        ),
        _out(
            "producer_price",
            by_sector,
            "index",
            "price of domestic sales at the producer relative to consumer prices, base year = 1",
            lambda moment: np.asarray(moment.state.price(moment.economy.goods)),
        ),
        _out(
            "output_limit_price",
            by_sector,
            "index",
            "scarcity price of a limited output, per unit worth one at base-year prices",
            _limit_price,
        ),
    ]


def emissions_by_sector(moment: Moment) -> Array:
    """Direct CO2 by sector, Mt (region, sector); generation is part of the electricity sector."""
    table = moment.accounts
    total: Array = table["co2_fuel"].sum(axis=1) + table["co2_process"]
    total[:, moment.benchmark.electricity_place] += table["co2_power"].sum(axis=1)
    return total


def _electricity_price(moment: Moment) -> Array:
    prices: Array = moment.state.price(moment.economy.composite)
    return prices[:, moment.benchmark.electricity_place]


def per_mwh(moment: Moment, value: Array) -> Array:
    """A base-year value by technology in yuan per MWh, not a number where nothing is made."""
    twh = moment.benchmark.power.twh
    result: Array = np.full(twh.shape, np.nan)
    np.divide(YUAN_PER_MWH * value, twh, out=result, where=twh > 0.0)
    return result


def _generation_price(moment: Moment) -> Array:
    prices: Array = moment.state.price(moment.economy.by_technology)
    return per_mwh(moment, prices * moment.benchmark.power.output)


def _fuel_cost(moment: Moment) -> Array:
    """Fuel of a unit at the composite's prices (region, technology)."""
    b = moment.benchmark
    places = b.fuel_places
    prices: Array = moment.state.price(moment.economy.composite)[:, places]  # region, fuel
    fuel = moment.parameter("T.fuel.quantity")  # region, technology, fuel
    letters = moment.economy.model.parameters["T.fuel.quantity"].letters
    return per_mwh(moment, np.einsum(f"{letters},rf->rt", fuel, prices))


def _emission_factor(moment: Moment) -> Array:
    """Permits that a unit needs, t/MWh (region, technology)."""
    name = "T.fuel_permit.quantity"
    letters = moment.economy.model.parameters[name].letters
    permits = np.einsum(f"{letters}->rt", moment.parameter(name))
    return per_mwh(moment, permits) / YUAN_PER_TON


def _limit_price(moment: Moment) -> Array:
    """Price of the licences that a unit of output needs (region, sector)."""
    licences, b = moment.economy.licences, moment.benchmark
    if licences is None:
        return np.zeros(b.output.shape)
    needed = moment.parameter("Y.licence.quantity")  # region, sector, slot
    worth: Array = needed @ np.asarray(moment.state.price(licences))
    return np.divide(worth, b.output, out=np.zeros_like(worth), where=b.output > 0.0)
