"""The summary in the long format of the Integrated Assessment Modeling Consortium (IAMC).

One line per model, scenario, region, variable and year, for every report that has a name there. In
every region and year

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
    from cge.path import Pathway

MODEL = "M3C-CGE"

COLUMNS = ("model", "scenario", "region", "variable", "unit", "year", "value")

STATES = frozenset({"million", "million person", "GW", "index", "fraction", "ratio"})
"""Units of what is counted at a moment and not over a year."""


def summary(paths: Sequence[Pathway]) -> pd.DataFrame:
    """All variables of all paths that have a name in the summary, in long format.

    Arguments:
        paths: solved paths, the baseline first.

    Returns:
        The columns of ``COLUMNS``; regions by their codes, totals by name after them.
    """
    return pd.concat([_of_path(path) for path in paths], ignore_index=True)


def _of_path(path: Pathway) -> pd.DataFrame:
    data = headline(path)
    parts = []
    for variable in data.data_vars.values():
        if "iamc" in variable.attrs:
            part = variable.rename("value").to_dataframe().reset_index()
            unit = iamc_unit(variable.attrs["units"], path.scenario.first)
            parts.append(part.assign(variable=variable.attrs["iamc"], unit=unit))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(model=MODEL, scenario=path.scenario.name)
    return frame.dropna(subset="value")[list(COLUMNS)]


def iamc_unit(unit: str, base_year: int) -> str:
    """Unit in the summary: flows are of a year, money is at prices of the base year.

    Arguments:
        unit: unit of a report.
        base_year: year whose prices money is at.
    """
    money = unit.replace("CNY", f"CNY_{base_year}")
    if "/" in unit:
        return f"{money} CO2" if unit.endswith("/t") else money
    return money if unit in STATES else f"{money}/yr"
