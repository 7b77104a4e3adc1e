r"""Carbon of fuels and of industrial processes.

A ton of coal equivalent of a fuel emits, when burnt,

.. math:: e_f = c_f \cdot o_f \cdot \tfrac{44}{12} \cdot 29.3076 \cdot 10^{-3},

with c the carbon content (t C per TJ of net calorific value) and o the share that is oxidised; a
ton of the fuel emits that times its heat value. Processes emit the carbon of their raw material
that does not end in the product: output (or feedstock) times content times the share released.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.energy.units import DATA, PJ_PER_MTCE
from sam.errors import DatasetError

Array = npt.NDArray[np.float64]

CO2_PER_CARBON = 44.0 / 12.0
"""Mass of carbon dioxide over that of its carbon."""


def emission_factors() -> pd.DataFrame:
    """Emission factors of fuels and their derivation.

    Returns:
        Indexed by fuel: ``ncv`` with ``ncv_unit``, ``carbon`` (t C per TJ), ``oxidation``
        (0-1), ``t_per_tj`` and ``t_per_tce`` (t CO2, oxidised), ``t_per_unit`` (t CO2 per t or per
        1000 cubic metres, oxidised), ``full_t_per_tce`` (all carbon oxidised), ``ipcc_t_per_tce``
        (IPCC 2006 carbon, all oxidised, for comparison), ``source`` and ``quality``.
    """
    table = pd.read_csv(DATA / "carbon.csv").set_index("fuel")
    heat = PJ_PER_MTCE * 1e-3  # TJ per tce
    table["t_per_tj"] = table["carbon"] * table["oxidation"] * CO2_PER_CARBON
    table["t_per_tce"] = table["t_per_tj"] * heat
    table["t_per_unit"] = table["t_per_tj"] * table["ncv"] * 1e-3
    table["full_t_per_tce"] = table["carbon"] * CO2_PER_CARBON * heat
    table["ipcc_t_per_tce"] = table["ipcc_carbon"] * CO2_PER_CARBON * heat
    return table


def process_factors() -> pd.DataFrame:
    """Process CO2 by activity.

    Returns:
        Indexed by activity: ``unit`` of the activity (Mt of product, Mtce of feedstock),
        ``sector`` that emits, ``content`` (t CO2 per unit), ``released`` (0-1), ``factor``, their
        product, ``source`` and ``quality``.
    """
    table = pd.read_csv(DATA / "process.csv").set_index("activity")
    table["factor"] = table["content"] * table["released"]
    return table


def process_emissions(activity: Mapping[str, Array] | Mapping[str, pd.Series]) -> dict[str, Array]:
    """Process CO2 by sector, Mt (region).

    Arguments:
        activity: by activity of ``process_factors``, output in Mt or feedstock in Mtce (region),
            all in one order of regions.

    Raises:
        DatasetError: an activity has no factor, or two have labels in different orders.
    """
    labels = [amount.index for amount in activity.values() if isinstance(amount, pd.Series)]
    if any(not index.equals(labels[0]) for index in labels):
        raise DatasetError(
            "process emissions: the activities are labelled by different regions or in different "
            "orders; bring them to one (.loc[regions])"
        )
    table = process_factors()
    result: dict[str, Array] = {}
    for name, amount in activity.items():
        if name not in table.index:
            known = ", ".join(map(str, table.index))
            raise DatasetError(f"process emissions: no factor of {name!r}; known: {known}")
        sector = str(table["sector"][name])
        emitted = np.asarray(amount, dtype=np.float64) * float(table["factor"][name])
        result[sector] = result.get(sector, np.zeros_like(emitted)) + emitted
    return result
