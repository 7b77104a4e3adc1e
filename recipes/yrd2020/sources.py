"""Official tables of the recipe: where they stand in a folder of sources, and provincial series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
EMPLOYMENT = Path("io2020", "china_employment_1990_2018.csv.gz")
FACTS = Path("macro", "yrd_facts_2020.csv")
SERIES = {name: Path("macro", f"provincial_{name}_2005_2024.csv") for name in ("gdp", "population")}
"""GDP (1e8 CNY at current prices) and population (1e4 persons at year end)."""

REQUIRED = (
    LARGEST_FLOWS,
    ENERGY_2007,
    BALANCE_2021,
    PROVINCIAL_INVENTORIES,
    NATIONAL_INVENTORY,
    EMPLOYMENT,
    FACTS,
    *SERIES.values(),
)
"""Official tables that the recipe reads, beside national and provincial input-output tables."""


@dataclass(frozen=True)
class ProvincialTables:
    """A workbook of provincial input-output tables, which tell the structure of the regions.

    Attributes:
        year: year of the tables.
        file: place in a folder of sources, one sheet per province.
        concordance: from its 42 sectors to the model's.
    """

    year: int
    file: Path
    concordance: str

    @property
    def names(self) -> list[str]:
        """Names of its sectors, in order."""
        table = load_concordance(self.concordance).table.drop_duplicates("source")
        return table["name" if "name" in table else "source"].astype(str).tolist()


PROVINCIAL_TABLES = (
    ProvincialTables(2017, Path("io2017", "china_provincial_io_2017.xlsx"), "nbs2017_to_model"),
    ProvincialTables(2007, IO_TABLES, "nbs2007_to_model"),
)
"""Provincial tables that the recipe reads, the latest that is there."""

NATIONAL_TABLES = "io*/china_io_{year}_*"
"""Where the national table of a year stands: one file, of any number of sectors."""

TABLE_YEARS = (2017, 2018, 2020)
"""Years of the national tables, the last of which is that of the base year."""

_BY_ORIGIN = "domestic_imports"
"""In the name of a table that tells imported from domestic goods, with fewer sectors."""

_UNITS = {"gdp": "1e8 yuan", "population": "10000 persons"}
_WITHOUT_TABLE = ("Tibet",)
"""Provinces in the statistics that have no input-output table."""


def check_files(sources: Path) -> None:
    """All official tables are in a folder.

    Raises:
        SourceError: some are missing; names all of them.
    """
    missing = [str(file) for file in REQUIRED if not (sources / file).is_file()]
    patterns = [NATIONAL_TABLES.format(year=year) for year in TABLE_YEARS]
    missing += [pattern for pattern in patterns if not any(sources.glob(pattern))]
    if not any((sources / tables.file).is_file() for tables in PROVINCIAL_TABLES):
        missing.append(str(IO_TABLES))
    if missing:
        count = len(REQUIRED) + len(TABLE_YEARS) + 1
        raise SourceError(
            f"{sources}: {len(missing)} of {count} official tables are missing: "
            f"{', '.join(missing)}; put them there under these names"
        )


def provincial_tables(sources: Path) -> ProvincialTables:
    """The latest provincial tables of a folder.

    Raises:
        SourceError: there are none.
    """
    for tables in PROVINCIAL_TABLES:
        if (sources / tables.file).is_file():
            return tables
    files = " or ".join(str(tables.file) for tables in PROVINCIAL_TABLES)
    raise SourceError(f"{sources}: no provincial input-output tables; put {files} there")


def national_table_file(sources: Path, year: int) -> Path:
    """The national table of a year.

    Raises:
        SourceError: there is none, or there are several.
    """
    pattern = NATIONAL_TABLES.format(year=year)
    found = sorted(path for path in sources.glob(pattern) if _BY_ORIGIN not in path.name)
    if len(found) != 1:
        names = ", ".join(str(path.relative_to(sources)) for path in found) or "none"
        raise SourceError(
            f"{sources}: national input-output table of {year}: found {names}, expected one file "
            f"{pattern}; {'keep one of them' if found else 'put it there under such a name'}"
        )
    return found[0]


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
