"""What people call regions, sectors, technologies and other labels, in English and Chinese.

Regions have their English names from the dataset, and sectors both: the names of its table of
sectors, without what stands in brackets there. What nobody has named is called by its label.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd

from sam import DatasetError, Geography, load_dataset

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")

_ALIKE: Final = {"origin": "region", "good": "sector", "carrier": "fuel"}
"""Dimensions whose labels are those of others."""


@dataclass(frozen=True)
class Names:
    """Names of labels.

    Attributes:
        geography: names of the regions of a path.
        sectors: names of sectors by code, English and Chinese.
    """

    geography: Geography
    sectors: dict[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, dimension: str, label: str, language: Language = "en") -> str:
        """The name of a label.

        Arguments:
            dimension: dimension of a report, or ``scenario``.
            label: one of its labels; a total of regions is a label of ``region`` too.
            language: English or Chinese.
        """
        place = LANGUAGES.index(language)
        dimension = _ALIKE.get(dimension, dimension)
        if dimension == "user":
            dimension = "household" if ("household", label) in _table() else "sector"
        if dimension == "sector" and label in self.sectors:
            return self.sectors[label][place]
        if dimension == "region" and language == "en":
            return self.geography.names.get(label, label)
        if dimension == "switch":
            return self._switch(label, language)
        known = _table().get((dimension, label))
        return known[place] if known else label.replace("_", " ")

    def every(self, dimension: str, labels: Iterable[Any], language: Language = "en") -> list[str]:
        """Names of labels of a dimension, in order."""
        return [self.of(dimension, str(label), language) for label in labels]

    def _switch(self, label: str, language: Language) -> str:
        """A fuel and what takes its place."""
        fuel, _, other = label.partition("_")
        names = self.of("fuel", fuel, language), self.of("substitute", other, language)
        return "{} → {}".format(*names)


def names_of(geography: Geography, dataset: str | Path) -> Names:
    """Names of the labels of a path.

    Arguments:
        geography: names of its regions.
        dataset: the dataset that it was run on; where it is not to be had any more, sectors are
            called by their codes.
    """
    return Names(geography, _sectors(str(dataset)))


@cache
def _table() -> dict[tuple[str, str], tuple[str, str]]:
    """English and Chinese names by dimension and label."""
    text = resources.files("cge.results").joinpath("names.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {(row["dimension"], row["label"]): (row["en"], row["zh"]) for row in rows}


@cache
def _sectors(dataset: str) -> dict[str, tuple[str, str]]:
    """Names of the sectors of a dataset."""
    try:
        table = load_dataset(dataset).sectors
    except (DatasetError, OSError):
        return {}
    english = table["name"] if "name" in table else table["code"]
    chinese = table.get("nbs42_cn", english)
    return {
        str(code): (_short(name), _short(other if pd.notna(other) else name))
        for code, name, other in zip(table["code"], english, chinese, strict=True)
    }


def _short(name: str) -> str:
    return re.sub(r"\s*\(.*\)", "", str(name))
