"""National input-output tables at the 40 model sectors."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from sam.concordance import load_classification, load_concordance, load_sectors
from sam.errors import ConcordanceError
from sam.readers.io_table.layout import SECTOR_LISTS, bare_label
from sam.readers.national_table import NationalTable
from sam.user_weights import load_user_weights


def model_sectors(table: NationalTable, year: int | None = None) -> NationalTable:
    """A national table at the 40 model sectors, oil told from gas by who buys it.

    The list of sectors is recognised by the Chinese names, whatever the codes.

    Arguments:
        table: of 153, 149 or 42 sectors, as printed or ``balanced``.
        year: year whose foreign trade tells oil from gas, the table's own if omitted.

    Raises:
        ConcordanceError: the sectors are none of the lists, or the year is not known or not
            recorded.
    """
    classification = _classification(table)
    names = load_classification(classification)
    codes = {bare_label(name): str(code) for code, name in names.items()}
    recoded = replace(table, codes=tuple(codes[bare_label(name)] for name in table.names))
    year = year if year is not None else table.year
    if year is None:
        raise ConcordanceError(
            f"table {table.name}: neither its title nor its file names a year, whose imports tell"
            " oil from gas; put the year into the file's name, or say year="
        )
    sectors = load_sectors()
    mapped = recoded.aggregated(
        load_concordance(f"{classification}_to_model"),
        sectors["code"].tolist(),
        load_user_weights(f"{classification}_by_user", year),
        sectors["nbs42_cn"].tolist(),
    )
    return replace(mapped, english=tuple(sectors["name"]))


def _classification(table: NationalTable) -> str:
    """The list of sectors whose names the table prints."""
    printed = {bare_label(name): name for name in table.names}
    lists = {name: _names(load_classification(name)) for name in SECTOR_LISTS}
    for name, known in lists.items():
        if known == printed.keys() and len(printed) == len(table.names):
            return name
    nearest = max(lists, key=lambda name: len(lists[name] & printed.keys()))
    foreign = [printed[name] for name in printed if name not in lists[nearest]]
    raise ConcordanceError(
        f"table {table.name}: its {len(table.names)} sectors are not those of"
        f" {', '.join(SECTOR_LISTS)} (nearest {nearest}, which has no {foreign[:5]}); give a way"
        " of your own: table.aggregated(Concordance(name, rows of source, target and weight),"
        " sectors)"
    )


def _names(classification: pd.Series[str]) -> set[str]:
    return {bare_label(name) for name in classification}
