"""The summary in the long format of the Integrated Assessment Modeling Consortium (IAMC).

One line per model, scenario, region, variable and year, for every report that has a name there
(``cge.results.iamc``). In every region and year

    Emissions|CO2 = Emissions|CO2|Energy + Emissions|CO2|Industrial Processes
                    + Emissions|CO2|Other Capture and Removal ,

with bioenergy with capture in energy and capture from the air in the last, so gross emissions are
``Gross Emissions|CO2`` and ``Gross Removals|CO2`` is the (negative) rest. CO2 of electricity from
outside the pool is ``Indirect Emissions|CO2`` and no part of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from cge.results.headline import display_order, totalled, totals
from cge.results.iamc import named, unit_of, without_dust

if TYPE_CHECKING:
    from cge.path import Pathway

Array = npt.NDArray[np.float64]

MODEL = "M3C-CGE"

COLUMNS = ("model", "scenario", "region", "variable", "unit", "year", "value")

DIGITS = 10
"""Significant digits of what is written."""


def summary(paths: Sequence[Pathway]) -> pd.DataFrame:
    """All variables of all paths that have a name in the summary, in long format.

    Arguments:
        paths: solved paths, the baseline first.

    Returns:
        The columns of ``COLUMNS``; regions by their full names, totals after them; what is less
        than the tolerance of a solve is zero.

    Raises:
        ValueError: reports of different units have one name.
    """
    return pd.concat([_of_path(path) for path in paths], ignore_index=True)


def _of_path(path: Pathway) -> pd.DataFrame:
    data, tables = path.data, dict[str, tuple[str, Array]]()
    for name, variable in data.variables.items():
        if "iamc" not in variable.attrs:
            continue
        labels = {str(dim): [str(x) for x in data[dim].to_numpy()] for dim in variable.dims}
        unit, factor = unit_of(variable.attrs["units"], path.scenario.first)
        for one in named(variable.attrs["iamc"], labels):
            table = one.sign * factor * without_dust(totalled(path, str(name), one.members))
            known, before = tables.get(one.variable, (unit, np.zeros(1)))
            if known != unit:
                raise ValueError(
                    f"{one.variable}: {name} counts it in {unit}, another report in {known}; give "
                    "one of them another name"
                )
            tables[one.variable] = unit, before + table + 0.0  # no minus zero
    return _long(path, dict(sorted(tables.items())))


def _long(path: Pathway, tables: Mapping[str, tuple[str, Array]]) -> pd.DataFrame:
    """Units and tables (region, year) of variables as lines; what is no number has none."""
    codes = [str(region) for region in path.data["region"].to_numpy()]
    areas = [path.geography.names.get(each, each) for each in display_order(path.geography, codes)]
    years = path.data["year"].to_numpy()
    each = len(areas) * len(years)
    frame = pd.DataFrame(
        {
            "model": MODEL,
            "scenario": path.scenario.name,
            "region": np.tile(np.repeat(areas, len(years)), len(tables)),
            "variable": np.repeat(list(tables), each),
            "unit": np.repeat([unit for unit, _ in tables.values()], each),
            "year": np.tile(years, len(areas) * len(tables)),
            "value": np.concatenate([table.ravel() for _, table in tables.values()]),
        },
        columns=list(COLUMNS),
    )
    return frame.dropna(subset="value")


def to_csv(table: pd.DataFrame) -> str:
    """The text of ``summary.csv``, to ten digits."""
    text: str = table.to_csv(index=False, lineterminator="\n", float_format=f"%.{DIGITS}g")
    return text


def region_map(paths: Sequence[Pathway]) -> str:
    """Which regions totals consist of, as YAML that ``nomenclature`` reads.

    Native regions keep their names in the summary; totals are the common regions that they make.

    Arguments:
        paths: solved paths.
    """
    places = paths[0].geography
    codes = [str(region) for region in paths[0].data["region"].to_numpy()]
    lines = [f"model: {MODEL}", "native_regions:"]
    lines += [f"  - {places.names[code]}  # {code}" for code in codes]
    lines.append("common_regions:")
    for name, members in totals(places, codes).items():
        lines += [f"  - {name}:", *(f"      - {places.names[code]}" for code in members)]
    return "\n".join(lines) + "\n"
