"""The summary in the long format of the Integrated Assessment Modeling Consortium (IAMC).

One line per model, scenario, region, variable and year. In every region and year

    Emissions|CO2 = Emissions|CO2|Energy + Emissions|CO2|Industrial Processes - Carbon Removal

so gross emissions, which caps hold down, are ``Emissions|CO2`` plus ``Carbon Removal``.
``Emissions|CO2|Indirect`` (electricity from outside the pool) is not part of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from cge.results.headline import headline

if TYPE_CHECKING:
    from cge.dynamics import Path

MODEL = "M3C-CGE"

COLUMNS = ("model", "scenario", "region", "variable", "unit", "year", "value")

VARIABLES: dict[str, tuple[str, str]] = {
    "gdp": ("GDP|Real", "1e8 CNY_2020/yr"),
    "consumption": ("Consumption", "1e8 CNY_2020/yr"),
    "population": ("Population", "million"),
    "co2_net": ("Emissions|CO2", "Mt CO2/yr"),
    "co2_energy": ("Emissions|CO2|Energy", "Mt CO2/yr"),
    "co2_process": ("Emissions|CO2|Industrial Processes", "Mt CO2/yr"),
    "co2_indirect": ("Emissions|CO2|Indirect", "Mt CO2/yr"),
    "removal": ("Carbon Removal", "Mt CO2/yr"),
    "carbon_price": ("Price|Carbon", "CNY_2020/t CO2"),
    "equivalent_variation": ("Welfare|Equivalent Variation", "1e8 CNY_2020/yr"),
}
"""IAMC name and unit of each headline variable."""


def summary(paths: Sequence[Path]) -> pd.DataFrame:
    """All headline variables of all paths in long format.

    Arguments:
        paths: solved paths, the baseline first.

    Returns:
        The columns of ``COLUMNS``; regions of the dataset, the totals after them.
    """
    return pd.concat([_of_path(path) for path in paths], ignore_index=True)


def _of_path(path: Path) -> pd.DataFrame:
    data = headline(path)
    parts = []
    for name, (variable, unit) in VARIABLES.items():
        part = data[name].rename("value").to_dataframe().reset_index()
        parts.append(part.assign(variable=variable, unit=unit))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(model=MODEL, scenario=path.scenario.name)
    return frame.dropna(subset="value")[list(COLUMNS)]
