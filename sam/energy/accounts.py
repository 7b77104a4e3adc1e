r"""Energy accounts of a dataset in physical units, beside the money of its SAM.

What a user buys becomes heat, another energy, a material, or is lost,

.. math:: Q_{ruf} = B_{ruf} + S_{ruf} + N_{ruf} + L_{ruf} + U_{ruf},

burnt, feedstock of transformation, non-energy use, losses, and (electricity) used. What a region
buys comes from its own production, other regions and abroad. The SAM says where a region's market
of a fuel is supplied from; energy follows money within that market, at one price,

.. math:: T_{qrf} = Q_{rf} \, \frac{V_{qrf}}{\sum_q V_{qrf}}, \qquad
          P_{qf} = \sum_r T_{qrf} + X_{qf} ,

so that supply equals use in every region and inflow equals outflow in the nation.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sam.accounts import ACTIVITY, COMMODITY, REST_OF_WORLD, WORLD
from sam.dataset import Dataset
from sam.digits import told_apart
from sam.energy.prices import KEYS, purchases
from sam.energy.units import PJ_PER_MTCE
from sam.errors import DatasetError

ITEMS = ("burnt", "feedstock", "non_energy", "losses", "used")
"""What becomes of energy bought; the items add up to the purchase."""

_UNITS = {"Mtce": 1.0, "PJ": PJ_PER_MTCE}


def energy_uses(dataset: Dataset, unit: str = "Mtce") -> pd.DataFrame:
    """Energy bought by region, user and fuel, and what becomes of it.

    A dataset whose table ``energy`` does not tell its items gets them from the table ``feedstock``:
    what sectors that make fuel do not burn is feedstock, what others do not burn is non-energy use,
    and losses are not told.

    Arguments:
        dataset: tables ``energy`` and ``feedstock``.
        unit: ``Mtce`` or ``PJ``.

    Returns:
        Columns ``region, user, fuel, amount``, the items of ``ITEMS``, and ``own_use``: what the
        sectors that make energy burn or use of it for themselves (part of burnt and used; the fuel
        of power stations is no own use).

    Raises:
        DatasetError: the unit is unknown, or the items exceed the purchase.
    """
    scale = _scale(unit)
    table = dataset.energy.reset_index(drop=True)
    if not {"burnt", "feedstock", "non_energy", "losses"} <= set(table.columns):
        table = _items_by_share(table, dataset)
    told = table[["burnt", "feedstock", "non_energy", "losses"]].sum(axis=1)
    table["used"] = table["mtce"] - told
    _check_items(dataset, table)
    electricity = table["fuel"] == dataset.roles.electricity
    table["used"] = table["used"].where(electricity, 0.0)
    maker = table["user"].isin(dataset.roles.fuels) | (
        electricity & (table["user"] == dataset.roles.electricity)
    )
    table["own_use"] = (table["burnt"] + table["used"]).where(maker, 0.0)
    table["amount"] = table["mtce"]
    numbers = ["amount", *ITEMS, "own_use"]
    return table[[*KEYS, *numbers]].assign(**{name: table[name] * scale for name in numbers})


def _scale(unit: str) -> float:
    if unit not in _UNITS:
        raise DatasetError(
            f"energy accounts: unit {unit!r} is unknown; choose {' or '.join(_UNITS)}"
        )
    return _UNITS[unit]


def _items_by_share(table: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    share = table.merge(dataset.feedstock, how="left", on=KEYS)["share"].fillna(0.0)
    fuel = table["fuel"] != dataset.roles.electricity
    kept = (table["mtce"] * share).where(fuel, 0.0)
    transforms = table["user"].isin(dataset.roles.fuels)
    return table.assign(
        burnt=(table["mtce"] - kept).where(fuel, 0.0),
        feedstock=kept.where(transforms, 0.0),
        non_energy=kept.where(~transforms, 0.0),
        losses=0.0,
    )


def _check_items(dataset: Dataset, table: pd.DataFrame) -> None:
    """Items of a fuel add up to the purchase; those of electricity leave what is used."""
    tolerance = 1e-6 * table["mtce"] + 1e-9
    fuel = table["fuel"] != dataset.roles.electricity
    bad = (table["used"] < -tolerance) | (fuel & (table["used"].abs() > tolerance))
    if bad.any():
        row = table[bad].iloc[0]
        place = f"{row['region']} {row['user']} {row['fuel']}"
        bought, items = told_apart(row["mtce"], row["mtce"] - row["used"])
        raise DatasetError(
            f"dataset {dataset.name}, table energy: {place} buys {bought} Mtce, its items add up "
            f"to {items} (a difference of {row['used']:.4g}; {int(bad.sum())} such rows); make "
            "burnt, feedstock, non_energy and losses add up"
        )


def energy_supply(dataset: Dataset, unit: str = "Mtce") -> pd.DataFrame:
    """Where the energy that a region uses comes from, and where what it makes goes.

    Arguments:
        dataset: SAM and table ``energy``.
        unit: ``Mtce`` or ``PJ``.

    Returns:
        Columns ``region, fuel, production, inflow, imports, outflow, exports, use``; production,
        inflow and imports less outflow and exports are use (of stocks and final demand beside
        households there is none in physical units).

    Raises:
        DatasetError: the unit is unknown, or a region uses a fuel that its market does not sell.
    """
    scale = _scale(unit)
    routes = energy_routes(dataset)
    home = routes["origin"] == routes["destination"]
    foreign, abroad = routes["origin"] == WORLD, routes["destination"] == WORLD
    kinds = {
        "inflow": (~home & ~foreign & ~abroad, "destination"),
        "imports": (foreign, "destination"),
        "outflow": (~home & ~foreign & ~abroad, "origin"),
        "exports": (abroad, "origin"),
        "production": (~foreign, "origin"),
        "use": (~abroad, "destination"),
    }
    sums = {
        name: routes[mask].groupby([side, "fuel"])["mtce"].sum().rename_axis(["region", "fuel"])
        for name, (mask, side) in kinds.items()
    }
    index = pd.MultiIndex.from_product(
        [dataset.regions, [f for f in dataset.roles.energy if f in set(dataset.energy["fuel"])]],
        names=["region", "fuel"],
    )
    table = scale * pd.DataFrame(sums, index=index).fillna(0.0)
    order = ["production", "inflow", "imports", "outflow", "exports", "use"]
    return table[order].reset_index()


def energy_routes(dataset: Dataset) -> pd.DataFrame:
    """Energy from where it is made to where it is used, Mtce.

    Returns:
        Columns ``origin, destination, fuel, mtce``; ``ROW`` is the rest of the world. Exports leave
        at the mean price at which the origin's energy is sold at home.

    Raises:
        DatasetError: a region uses a fuel that its market does not sell.
    """
    fuels = sorted(set(dataset.energy["fuel"]))
    use = dataset.energy.groupby(["region", "fuel"])["mtce"].sum()
    paid = purchases(dataset, fuels).groupby(level=["region", "fuel"]).sum()
    price = (paid / use).reindex(use.index)
    sales = _sales(dataset, fuels)
    market = sales.groupby(["destination", "fuel"])["value"].transform("sum")
    key = pd.MultiIndex.from_frame(sales[["destination", "fuel"]])
    sales["mtce"] = use.reindex(key).fillna(0.0).to_numpy() * sales["value"] / market
    _check_markets(dataset.name, use[(use > 0.0) & ~use.index.isin(key)])
    exports = _exports(dataset, fuels, sales, price)
    columns = ["origin", "destination", "fuel", "mtce"]
    return pd.concat([sales, exports], ignore_index=True)[columns]


def _check_markets(name: str, unsold: pd.Series) -> None:
    if len(unsold):
        region, fuel = next(iter(unsold.index))
        raise DatasetError(
            f"dataset {name}: {region} uses {unsold.iloc[0]:.4g} Mtce of {fuel}, which nobody "
            f"sells there ({len(unsold)} such markets); add the sale to the SAM"
        )


def _sales(dataset: Dataset, fuels: list[str]) -> pd.DataFrame:
    """Sales to the markets of regions: ``origin, destination, fuel, value``."""
    frame = dataset.sam.frame
    seller = frame["row_kind"].isin((ACTIVITY, REST_OF_WORLD))
    part = frame[seller & (frame["col_kind"] == COMMODITY) & frame["col"].isin(fuels)]
    table = pd.DataFrame(
        {
            "origin": part["row_region"],
            "destination": part["col_region"],
            "fuel": part["col"],
            "value": part["value"],
        }
    )
    return table.groupby(["origin", "destination", "fuel"], sort=False, as_index=False).sum()


def _exports(
    dataset: Dataset, fuels: list[str], sales: pd.DataFrame, price: pd.Series
) -> pd.DataFrame:
    frame = dataset.sam.frame
    part = frame[
        (frame["row_kind"] == ACTIVITY)
        & (frame["col_kind"] == REST_OF_WORLD)
        & frame["row"].isin(fuels)
    ]
    sums = sales.groupby(["origin", "fuel"])[["value", "mtce"]].sum()
    mean = sums["value"] / sums["mtce"]  # 1e8 CNY per Mtce
    place = pd.MultiIndex.from_arrays([part["row_region"], part["row"]])
    own = mean.reindex(place).fillna(
        price.groupby(level="fuel").median().reindex(part["row"]).set_axis(place)
    )
    mtce = part["value"].to_numpy(float) / own.to_numpy(float)
    return pd.DataFrame(
        {
            "origin": part["row_region"].to_numpy(),
            "destination": WORLD,
            "fuel": part["row"].to_numpy(),
            "mtce": np.nan_to_num(mtce),
        }
    )
