r"""Purchases of energy as a table: what is bought, what becomes of it, and what it costs.

.. math:: Q_{ruf} = B_{ruf} + S_{ruf} + N_{ruf} + L_{ruf} + U_{ruf},

burnt, feedstock of energy transformation, non-energy use, losses, and (electricity) used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.inventory import REGIONS, users
from sam.accounts import ELECTRICITY, FUELS
from sam.energy import KGCE_PER_KWH

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fuel:
    """Fuel bought.

    Attributes:
        burnt: Mtce (region, user, model fuel).
        kept: not burnt, distribution losses of gas supply included, Mtce (region, user, fuel).
        value: 1e8 CNY (region, user, model fuel).
        gas_loss: share of the gas that gas supply takes in and loses.
    """

    burnt: Array
    kept: Array
    value: Array
    gas_loss: float


@dataclass(frozen=True, eq=False)
class Electricity:
    """Electricity bought.

    Attributes:
        use: TWh (region, user), own use of power plants and losses with the electricity sector.
        losses: of transmission and distribution, TWh (region).
        tariffs: CNY per kWh (user).
    """

    use: Array
    losses: Array
    tariffs: Array


def purchases(fuel: Fuel, electricity: Electricity) -> pd.DataFrame:
    """All purchases of energy.

    Returns:
        Columns ``region, user, fuel, mtce, price, value``: Mtce, CNY per tce and 1e8 CNY; and in
        Mtce ``burnt, feedstock, non_energy, losses``, which with electricity used make up
        ``mtce``, and ``own_use``, what energy sectors burn or use of it for themselves.
    """
    both = [_fuel_rows(fuel), _electricity_rows(electricity)]
    table = pd.concat(both, ignore_index=True)
    return table[[*_KEYS, "mtce", "price", "value", *_ITEMS]]


_KEYS = ["region", "user", "fuel"]
_ITEMS = ["burnt", "feedstock", "non_energy", "losses", "own_use"]
_TRANSFORMERS = ("REF", "COK", "GDT")  # their fuel that is not burnt becomes another fuel


def _fuel_rows(fuel: Fuel) -> pd.DataFrame:
    names = np.array(users())
    transforms, burns = np.isin(names, _TRANSFORMERS), np.isin(names, FUELS)
    lost = np.zeros_like(fuel.kept)
    supply = list(names).index("GDT"), FUELS.index("GAS")
    lost[:, *supply] = fuel.gas_loss * fuel.kept[:, *supply]
    left = fuel.kept - lost
    items = {
        "mtce": fuel.burnt + fuel.kept,
        "value": fuel.value,
        "burnt": fuel.burnt,
        "feedstock": left * transforms[:, None],
        "non_energy": left * ~transforms[:, None],
        "losses": lost,
        "own_use": fuel.burnt * burns[:, None],
    }
    return _rows(items, (REGIONS, tuple(names), FUELS))


def _electricity_rows(electricity: Electricity) -> pd.DataFrame:
    names = np.array(users())
    mtce = electricity.use * KGCE_PER_KWH  # region, user
    lost = np.zeros_like(mtce)
    lost[:, list(names).index(ELECTRICITY)] = electricity.losses * KGCE_PER_KWH
    own = np.isin(names, (*FUELS, ELECTRICITY))
    nothing = np.zeros_like(mtce)
    items = {
        "mtce": mtce,
        "value": electricity.use * electricity.tariffs * 10.0,  # TWh times CNY/kWh is 1e9 CNY
        "burnt": nothing,
        "feedstock": nothing,
        "non_energy": nothing,
        "losses": lost,
        "own_use": (mtce - lost) * own,
    }
    cells = {name: values[:, :, None] for name, values in items.items()}
    return _rows(cells, (REGIONS, tuple(names), (ELECTRICITY,)))


def _rows(items: dict[str, Array], labels: tuple[tuple[str, ...], ...]) -> pd.DataFrame:
    """Cells that hold some energy, one row each."""
    places = np.argwhere(items["mtce"] > 0.0)
    columns: dict[str, object] = {
        name: np.array(labels[axis], dtype=object)[places[:, axis]]
        for axis, name in enumerate(_KEYS)
    }
    columns |= {name: values[tuple(places.T)] for name, values in items.items()}
    table = pd.DataFrame(columns)
    table["price"] = 100.0 * table["value"] / table["mtce"]
    return table
