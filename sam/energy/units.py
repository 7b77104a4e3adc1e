r"""Physical units of energy: what a ton, a cubic metre or a kilowatt-hour is in standard coal.

Standard coal is a unit of heat, 29.3076 GJ (7,000 kcal/kg) per ton of coal equivalent (tce). Fuels
are converted at their net calorific value, electricity at its own heat value (.1229 kgce/kWh) or,
where a total counts it at what thermal plants burn to make it, at a stated coal equivalent,

.. math:: Q_f = k_f \, X_f , \qquad Q_{ele} = k \, G, \quad k = .1229 \text{ or about } .30 .

Factors are those of GB/T 2589-2020 and of the China Energy Statistical Yearbook (appendix 4).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.errors import DatasetError

Array = npt.NDArray[np.float64]

DATA = Path(__file__).parent / "data"
"""Folder of the physical factors."""

PJ_PER_MTCE = 29.3076
"""Heat of standard coal: 29.3076 GJ per tce (GB/T 2589-2020)."""

KGCE_PER_KWH = 0.1229
"""Calorific value of electricity (GB/T 2589-2020), also Mtce per TWh."""

_SCALES = {
    "Mt": ("mass", 1.0),
    "1e4 t": ("mass", 1e-2),
    "t": ("mass", 1e-6),
    "bcm": ("volume", 1.0),
    "1e8 m3": ("volume", 0.1),
    "m3": ("volume", 1e-9),
    "TWh": ("electricity", 1.0),
    "1e8 kWh": ("electricity", 0.1),
    "kWh": ("electricity", 1e-9),
    "PJ": ("energy", 1.0),
    "TJ": ("energy", 1e-3),
    "1e10 kJ": ("energy", 1e-2),
    "GJ": ("energy", 1e-6),
    "Mtce": ("coal equivalent", 1.0),
    "1e4 tce": ("coal equivalent", 1e-2),
    "tce": ("coal equivalent", 1e-6),
}
"""Units by what they measure and their size in Mt, bcm, TWh, PJ or Mtce."""


def standard_coal_factors() -> pd.DataFrame:
    """Standard coal per physical unit by fuel.

    Returns:
        Indexed by fuel (the columns of the Yearbook's balance), columns ``account, unit, mtce,
        low, high, burns_as, source, quality``: the commodity it is bought as (``HEAT`` and
        ``OTHER`` are none of a SAM's), Mtce per Mt, bcm, TWh or PJ, the range that the Yearbook
        prints or provinces use, and the fuel of ``emission_factors`` it emits like, none where the
        carbon is counted with the coke charged into the furnace or there is none.
    """
    return _table().copy()


@cache
def _table() -> pd.DataFrame:
    return pd.read_csv(DATA / "standard_coal.csv", keep_default_na=False).set_index("fuel")


def units() -> tuple[str, ...]:
    """Units that ``to_standard_coal`` knows."""
    return tuple(_SCALES)


def to_standard_coal(
    amount: float | Array | pd.Series, fuel: str, unit: str, factor: float | None = None
) -> float | Array | pd.Series:
    """An amount of a fuel in Mtce.

    Arguments:
        amount: in ``unit``.
        fuel: a fuel of ``standard_coal_factors``.
        unit: one of ``units()``; energy and coal equivalent need no factor of the fuel.
        factor: Mtce per Mt, bcm or TWh instead of the standard factor, e.g. a provincial heat
            value, or the coal equivalent of electricity.

    Raises:
        DatasetError: the fuel or unit is unknown, the unit measures something else than the
            fuel's factor, or the factor is not positive.
    """
    if unit not in _SCALES:
        raise DatasetError(f"energy of {fuel}: unknown unit {unit!r}; known: {', '.join(_SCALES)}")
    quantity, scale = _SCALES[unit]
    if factor is not None and not (np.isfinite(factor) and factor > 0.0):
        raise DatasetError(f"energy of {fuel}: factor {factor!r}; give Mtce per {unit} above zero")
    return amount * (scale * _factor(fuel, unit, quantity, factor))


def _factor(fuel: str, unit: str, quantity: str, factor: float | None) -> float:
    """Mtce per Mt, bcm, TWh, PJ or Mtce."""
    table = _table()
    if fuel not in table.index:
        known = ", ".join(map(str, table.index))
        raise DatasetError(f"energy: no standard coal factor of {fuel!r}; known fuels: {known}")
    if quantity == "coal equivalent":
        return 1.0
    per = str(table["unit"][fuel])
    expected, _ = _SCALES[per]
    if quantity == "energy" and expected != "electricity":
        return 1.0 / PJ_PER_MTCE
    if quantity != expected:
        raise DatasetError(
            f"energy of {fuel}: {unit!r} measures {quantity}, its factor is per "
            f"{per}; give {expected}"
        )
    return float(table["mtce"][fuel]) if factor is None else factor
