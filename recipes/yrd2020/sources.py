"""Official tables of the recipe: where they stand in a folder of sources, and provincial series."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sam.concordance import load_concordance
from sam.errors import SourceError
from sam.readers import read_provincial_series

IO_TABLES = Path("io2007", "china_provincial_io_2007.xls")
LARGEST_FLOWS = Path("io2007", "provincial_flows_2017_top88.csv")
ENERGY_2007 = Path("energy", "provincial_energy_2007.xls")
BALANCE_2021 = Path("energy", "energy_balance_2021_yrd_extract.csv")
PROVINCIAL_INVENTORIES = Path("emissions", "ceads_provincial_inventory_2019.xlsx")
NATIONAL_INVENTORY = Path("emissions", "ceads_national_inventory_1997_2019.xlsx")
FACTS = Path("macro", "yrd_facts_2020.csv")
SERIES = {name: Path("macro", f"provincial_{name}_2005_2024.csv") for name in ("gdp", "population")}
"""GDP (1e8 CNY at current prices) and population (1e4 persons at year end)."""

REQUIRED = (
    IO_TABLES,
    LARGEST_FLOWS,
    ENERGY_2007,
    BALANCE_2021,
    PROVINCIAL_INVENTORIES,
    NATIONAL_INVENTORY,
    FACTS,
    *SERIES.values(),
)
"""Every official table that the recipe reads."""

_UNITS = {"gdp": "1e8 yuan", "population": "10000 persons"}
_WITHOUT_TABLE = ("Tibet",)
"""Provinces in the statistics that have no input-output table of 2007."""


def check_files(sources: Path) -> None:
    """All official tables are in a folder.

    Raises:
        SourceError: some are missing; names all of them.
    """
    missing = [str(file) for file in REQUIRED if not (sources / file).is_file()]
    if missing:
        raise SourceError(
            f"{sources}: {len(missing)} of {len(REQUIRED)} official tables are missing: "
            f"{', '.join(missing)}; put them there under these names"
        )


def provincial_series(sources: Path, name: str, years: Sequence[int]) -> pd.DataFrame:
    """A series of the National Bureau of Statistics.

    Arguments:
        sources: folder of official tables.
        name: one of ``SERIES``.
        years: years that are needed.

    Returns:
        The four provinces by model region, and ``CN``, the sum of all provinces, by year.

    Raises:
        sam.errors.SourceError: the series is missing, lacks a province or a year, has an unknown
            province or another unit.
    """
    places = load_concordance("provinces_to_regions").table
    names = [*places["name"], *_WITHOUT_TABLE]
    table = read_provincial_series(
        sources / SERIES[name], _UNITS[name], regions=names, years=years
    )[list(years)]
    single = places[~places["target"].duplicated(keep=False)]
    own = table.loc[single["name"]].set_axis(pd.Index(single["target"], name="region"))
    return pd.concat([own, table.sum().rename("CN").to_frame().T.rename_axis("region")])


def known_provinces() -> tuple[list[str], list[str]]:
    """Names of the provinces that are model regions of their own, and of all others."""
    places = load_concordance("provinces_to_regions").table
    shared = places["target"].duplicated(keep=False)
    return list(places.loc[~shared, "name"]), [*places.loc[shared, "name"], *_WITHOUT_TABLE]
