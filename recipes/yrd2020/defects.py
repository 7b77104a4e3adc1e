"""Defects of the provincial tables: treated by the reader where it can, and all of them recorded.

The reader repairs every table as printed (``sam.readers.io_table.treatment``). Two repairs must
wait: a split makes new rows, in which goods may pass through again, and what the model cannot hold
(stocks that fall, subsidies, sectors without profit) is judged in the sums of its regions. Each of
them is a row of the provenance: kind, region, size and number of cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.flows import CAPITAL, STOCKS, TAX, Flows
from recipes.yrd2020.io_tables import ProvincialFlows
from recipes.yrd2020.sources import provincial_tables
from sam.concordance import load_concordance
from sam.ranking import worst
from sam.readers import ProvincialTable, read_provincial_tables, treat

Array = npt.NDArray[np.float64]

DEFECT, REPAIR = "defect of {year}: ", "repair of {year}: "
"""Prefixes in the provenance of what the reader and what the recipe did, by year of the tables."""

_NOISE = 1e-6  # changes below this, 1e8 CNY, are rounding


def treated_tables(sources: Path, floor: float) -> dict[str, ProvincialTable]:
    """The 30 provincial tables of the latest year, each treated by the reader, by sheet.

    Arguments:
        sources: folder of official tables.
        floor: smallest sales at home, as a share of output.

    Raises:
        sam.errors.SourceError: a table is missing, not in its layout or misprinted.
    """
    provinces = load_concordance("provinces_to_regions").sources
    found = provincial_tables(sources)
    tables = read_provincial_tables(sources / found.file, provinces, found.names)
    return {name: treat(table, floor) for name, table in tables.items()}


def defect_rows(tables: Mapping[str, ProvincialTable], year: int) -> pd.DataFrame:
    """Provenance of the defects by kind, treatment and model region.

    The value is the sum of absolute sizes, of what was moved or, where the defect was left, of the
    defect itself.

    Arguments:
        tables: treated tables, by sheet.
        year: year of the tables.
    """
    places = load_concordance("provinces_to_regions").table
    owner = dict(zip(places["source"], places["target"], strict=True))
    cells = pd.DataFrame(
        [line for name, table in tables.items() for line in _defects(table, owner[name])],
        columns=["item", "region", "province", "sector", "size"],
    )
    rows = []
    for (item, region), part in cells.groupby(["item", "region"], sort=True):
        total = float(part["size"].sum())
        if not 0.0 < total < _NOISE:
            rows.append((DEFECT + str(item), str(region), total, _note(part)))
    return _provenance(rows, year)


def _note(cells: pd.DataFrame) -> str:
    """How many cells of how many tables, and the largest."""
    tables, largest = cells["province"].nunique(), cells.iloc[worst(cells["size"])]
    text = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
    text = text if tables == 1 else f"{text} of {tables} tables"
    sector = f" sector {largest['sector']}" if largest["sector"] else ""
    return f"{text}; largest {largest['size']:.4g} in {largest['province']}{sector}"


def _defects(table: ProvincialTable, region: str) -> Iterator[tuple[str, str, str, str, float]]:
    """Every treated or left defect of one table: what, region, province, sector, absolute size."""
    for treatment in table.treatments:
        item = f"{treatment.kind}, {treatment.action}"
        sizes = [treatment.size]
        if treatment.size == 0.0:
            place = (treatment.kind, treatment.account)
            sizes = [d.size for d in table.defects if (d.kind, d.account) == place]
        for size in sizes:
            yield item, region, table.province, treatment.account, abs(size)


def transit_rows(split: ProvincialFlows, settled: ProvincialFlows, year: int) -> pd.DataFrame:
    """Provenance of the transit that splitting sectors left and that was cut afterwards.

    Arguments:
        split: flows of the provinces after the split.
        settled: the same with transit cut.
        year: year of the tables.
    """
    cut = split.exports + split.outflow - settled.exports - settled.outflow  # province, commodity
    owner = load_concordance("provinces_to_regions").table["target"].to_numpy()
    action = "transit in sectors split, taken out of sales and purchases alike"
    regions = [str(name) for name in dict.fromkeys(owner)]
    return _changes({action: np.stack([cut[owner == r].sum(0) for r in regions])}, regions, year)


def repair_rows(merged: Flows, cleaned: Flows, regions: tuple[str, ...], year: int) -> pd.DataFrame:
    """Provenance of what the model cannot hold and ``prior.clean`` changed.

    Arguments:
        merged: flows of the tables in model regions.
        cleaned: the same, repaired.
        regions: region labels.
        year: year of the tables.
    """
    before, after = merged.value_added, cleaned.value_added  # region, component, activity
    moved = after[:, CAPITAL] - before[:, CAPITAL]
    return _changes(
        {
            "stocks that fall, set to zero": (cleaned.final - merged.final)[:, :, STOCKS],
            "net subsidies on production, set to zero": after[:, TAX] - before[:, TAX],
            "labour counted as capital up to the floor of its share": moved,
        },
        regions,
        year,
    )


def _changes(
    changes: Mapping[str, Array], regions: list[str] | tuple[str, ...], year: int
) -> pd.DataFrame:
    """Rows of changes (region, sector) that are not zero."""
    rows = []
    for action, values in changes.items():
        for region, line in zip(regions, np.abs(values), strict=True):
            if line.max() > _NOISE:
                note = f"sectors: {int((line > _NOISE).sum())}; largest {line.max():.4g}"
                rows.append((REPAIR + action, region, float(line.sum()), note))
    return _provenance(rows, year)


def _provenance(rows: list[tuple[str, str, float, str]], year: int) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["item", "region", "value", "note"])
    source = f"provincial input-output tables of {year} (provincial statistical bureaus)"
    dated = table["item"].str.replace("{year}", str(year), regex=False)
    return table.assign(item=dated, unit=f"1e8 CNY of {year}", source=source, quality="derived")
