"""Datasets: a SAM with its energy, emission and driver accounts and the source of every number.

A dataset is a folder of CSV files (``sam.csv.gz``, ``sectors.csv``, ``combustion.csv``, ...) with a
``metadata.json``, which also says what its labels mean (``sam.labels``). Those that ship with the
package live in ``sam/datasets``; any other folder with the same files can be loaded by its path.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sam.accounts import COMPONENTS, EXPORTS, HOUSEHOLD, IMPORTS, USES
from sam.errors import DatasetError, SAMError
from sam.labels import Geography, Roles, read_geography, read_roles
from sam.matrix import SAM
from sam.paths import why_unreadable
from sam.writing import explained, reserved, write_set

_DATASETS = Path(__file__).parent / "datasets"

TABLES: dict[str, tuple[str, ...]] = {
    "sectors": ("code", "name"),
    "combustion": ("region", "user", "fuel", "mt_co2"),
    "process": ("region", "sector", "mt_co2"),
    "indirect": ("region", "mt_co2", "twh"),
    "feedstock": ("region", "user", "fuel", "share"),
    "energy": ("region", "user", "fuel", "pj", "mtce"),
    "generation": ("region", "technology", "twh"),
    "drivers": ("region", "variable", "year", "value", "unit", "source", "quality"),
    "provenance": ("item", "region", "value", "unit", "source", "quality"),
}
"""Tables of a dataset beside the SAM and their columns (further columns may follow)."""

EXTRAS: dict[str, tuple[str, ...]] = {
    "national": ("row", "column", "value"),
    "departures": ("row", "column", "size", "reason"),
    "employment": ("region", "group", "sectors", "million", "source", "quality"),
    "drift": ("item", "year", "value", "unit", "source", "quality"),
}
"""Tables that a dataset may have; a file that is absent is an empty table."""

_UNIQUE = {
    "national": ("row", "column"),
    "employment": ("region", "group"),
    "drift": ("item", "year"),
    "sectors": ("code",),
    "indirect": ("region",),
    "drivers": ("region", "variable", "year"),
}
"""Columns whose entries a table may have once; what other tables repeat is added up."""

_ENERGY = ("combustion", "feedstock", "energy", "generation")
"""Tables whose labels have roles."""

QUALITIES = ("published", "recalled", "derived", "assumed")
"""Quality marks of a number: as printed by a source; printed by one, but typed from memory and not
looked up again; computed from such; or our own judgement."""

ROUNDING = 1e-6
"""Largest imbalance of an account, relative to it, that counts as rounding."""

_NEEDED = ("name", "version", "base_year", "unit", "regions")
_MEANING = ("geography", "roles")
"""Entries of ``metadata.json``: those that every dataset has, and what its labels mean."""

_NUMBERS = frozenset(("mt_co2", "twh", "share", "pj", "mtce", "year", "value", "size", "million"))


@dataclass(frozen=True, eq=False)
class Dataset:
    """A base year: money, energy, emissions, drivers, and where each number comes from.

    Attributes:
        name: name of the dataset.
        version: recipe version with a hash of the contents, metadata included.
        base_year: calendar year of all flows.
        regions: full regions, in model order.
        geography: what the regions are called, and which are shown together.
        sectors: one row per sector (``code``, ``name``, concordance columns), in model order.
        roles: which of the sectors are electricity, fuels, makers with large plants.
        sam: social accounting matrix, 1e8 CNY at base-year prices.
        combustion: CO2 from fuel burnt by region, user (sector or household) and fuel (the
            commodity bought), Mt.
        process: CO2 from industrial processes by region and sector, Mt.
        indirect: CO2 (Mt) and electricity (TWh) drawn from outside the regions that share a cap.
        feedstock: share (0-1) of a user's purchase of a fuel that is not burnt; absent means zero.
        energy: physical energy use by region, user and fuel or electricity, PJ and Mtce.
        generation: electricity made by region and technology, TWh.
        drivers: population by household, real growth, employment, capital, depreciation by year.
        provenance: every control total and assumption with source and quality mark.
        national: cells of the official national table that the regions add up to, 1e8 CNY, zero
            cells left out: rows are commodities and ``LAB``, ``NTX``, ``CAP``, columns activities,
            ``RUR``, ``URB``, ``GOV``, ``FIX``, ``STK``, ``EX`` and ``IM`` (``sam.comparison``).
        departures: where the regions' sum departs from it on purpose, 1e8 CNY, and why.
        employment: persons employed by region and group of sectors, million.
        drift: how groups of national coefficients changed over the years.
    """

    name: str
    version: str
    base_year: int
    regions: tuple[str, ...]
    geography: Geography
    sectors: pd.DataFrame
    roles: Roles
    sam: SAM
    combustion: pd.DataFrame
    process: pd.DataFrame
    indirect: pd.DataFrame
    feedstock: pd.DataFrame
    energy: pd.DataFrame
    generation: pd.DataFrame
    drivers: pd.DataFrame
    provenance: pd.DataFrame
    national: pd.DataFrame = field(default_factory=lambda: _empty("national"))
    departures: pd.DataFrame = field(default_factory=lambda: _empty("departures"))
    employment: pd.DataFrame = field(default_factory=lambda: _empty("employment"))
    drift: pd.DataFrame = field(default_factory=lambda: _empty("drift"))

    def driver(self, variable: str) -> pd.DataFrame:
        """A driver as a table of year (rows) by region (columns), regions in model order.

        Raises:
            DatasetError: the dataset has no such driver, or a driver lacks a year of a region.
        """
        if variable not in self._drivers:
            known = ", ".join(sorted(self._drivers))
            raise DatasetError(f"dataset {self.name}: no driver {variable!r}; known: {known}")
        return self._drivers[variable]

    def population(self, year: int) -> pd.DataFrame:
        """People by region (rows) and household (columns, in the order of the SAM), million.

        Arguments:
            year: a year of the drivers ``population_HOUSEHOLD``, one for each household.

        Raises:
            DatasetError: a household has no such driver, or the drivers do not reach the year.
        """
        people = pd.DataFrame(index=pd.Index(self.regions, name="region"))
        for household in self._households:
            variable = f"population_{household}"
            if variable not in self._drivers:
                raise DatasetError(
                    f"dataset {self.name}: no driver {variable!r} says how many people household "
                    f"{household} has; add its lines (million) to the table drivers"
                )
            table = self._drivers[variable]
            if year not in table.index:
                raise DatasetError(
                    f"dataset {self.name}: driver {variable} has no value in {year}, only from "
                    f"{table.index.min()} to {table.index.max()}; choose one of its years"
                )
            people[household] = table.loc[year]
        return people.rename_axis(columns="household")

    @cached_property
    def _households(self) -> list[str]:
        return list(self.sam.names(HOUSEHOLD))

    @cached_property
    def _drivers(self) -> dict[str, pd.DataFrame]:
        """Drivers by variable, each as a table of year by region."""
        parts = self.drivers.groupby("variable")
        return {str(variable): self._by_year(str(variable), part) for variable, part in parts}

    def _by_year(self, variable: str, lines: pd.DataFrame) -> pd.DataFrame:
        table = lines.pivot(index="year", columns="region", values="value")
        table = table.reindex(columns=list(self.regions))
        gaps = np.argwhere(table.isna().to_numpy())
        if len(gaps):
            year, region = table.index[gaps[0, 0]], table.columns[gaps[0, 1]]
            raise DatasetError(
                f"dataset {self.name}: driver {variable} has no value for {region} in {year} "
                f"({len(gaps)} such gaps in all); every region needs the same years"
            )
        return table

    def co2(self) -> pd.DataFrame:
        """CO2 by region and account (combustion, process, direct, indirect), Mt."""
        table = pd.DataFrame(index=pd.Index(self.regions, name="region"))
        for account in ("combustion", "process"):
            flows: pd.DataFrame = getattr(self, account)
            table[account] = flows.groupby("region")["mt_co2"].sum()
        table = table.fillna(0.0)
        table["direct"] = table["combustion"] + table["process"]
        table["indirect"] = self.indirect.set_index("region")["mt_co2"]
        return table.fillna(0.0)

    def save(self, folder: str | Path) -> None:
        """Write the dataset as a folder that ``load_dataset`` reads.

        Numbers keep twelve significant digits, those of the SAM ten: more would tell on which
        processor it was balanced. Equal datasets give equal bytes. The file ``metadata.json``,
        without which a folder is no dataset, appears last.

        Arguments:
            folder: created where it does not exist; files of an older dataset are replaced, or
                stay as they are where the new ones cannot be written.

        Raises:
            DatasetError: the folder cannot be written, or another run is writing into it.
        """
        target = Path(folder)
        place = f"dataset {self.name}: folder {target}"
        with explained(DatasetError, place, "choose another"), reserved(target) as ours:
            write_set(ours, self._files(), replacing=(*_every_file(), "metadata.json"))

    def _files(self) -> dict[str, bytes]:
        """What the files of a dataset hold, metadata last."""
        sam = gzip.compress(_text(self.sam.frame, "%.10g"), compresslevel=9, mtime=0)
        files = {"sam.csv.gz": sam}
        for table in (*TABLES, *EXTRAS):
            frame: pd.DataFrame = getattr(self, table)
            if table in TABLES or not frame.empty:
                files[f"{table}.csv"] = _text(frame, "%.12g")
        text = json.dumps(self._metadata(), ensure_ascii=False, indent=2) + "\n"
        return {**files, "metadata.json": text.encode()}

    def _metadata(self) -> dict[str, object]:
        return {
            "name": self.name,
            "version": self.version.partition("+")[0],  # loading adds the hash of the contents
            "base_year": self.base_year,
            "unit": self.sam.unit,
            "regions": list(self.regions),
            "geography": self.geography.record(),
            "roles": self.roles.record(),
        }

    def __repr__(self) -> str:
        size = f"{len(self.regions)} regions, {len(self.sectors)} sectors"
        return f"Dataset({self.name!r}, version={self.version!r}, {size}, {self.base_year})"


def available_datasets() -> tuple[str, ...]:
    """Names of the datasets that ship with the package."""
    return tuple(sorted(path.parent.name for path in _DATASETS.glob("*/metadata.json")))


def load_dataset(name: str | Path = "yrd2020", *, strict: bool = True) -> Dataset:
    """Load a dataset by name, or from a folder that holds one.

    Arguments:
        name: one of ``available_datasets()``, or the path of a folder.
        strict: refuse a SAM that does not balance or has negative payments; ``False`` keeps it as
            it is, for ``sam.checks`` to examine.

    Raises:
        DatasetError: the dataset is unknown, a file or column is missing, a value is not a number,
            a quality mark is unknown, the tables contradict each other, or metadata do not say
            which sectors are electricity and fuels although tables have some.
        SAMError: the SAM is broken or (``strict``) does not balance; names file and accounts.
    """
    folder = _find(name)
    metadata = _read_metadata(folder / "metadata.json")
    sam = _read_sam(_file(folder, "sam"), metadata["unit"], strict)
    tables = {table: _read(folder, table, columns) for table, columns in TABLES.items()}
    geography, roles = _meaning(folder / "metadata.json", metadata, tables)
    for table, columns in EXTRAS.items():
        tables[table] = _read(folder, table, columns) if _is_told(folder, table) else _empty(table)
    dataset = Dataset(
        name=metadata["name"],
        version=f"{metadata['version']}+{content_hash(folder)}",
        base_year=int(metadata["base_year"]),
        regions=tuple(metadata["regions"]),
        geography=geography,
        roles=roles,
        sam=sam,
        **tables,
    )
    _check_labels(dataset, folder)
    return dataset


def content_hash(folder: Path) -> str:
    """First twelve digits of the SHA-256 of metadata and all tables of a dataset folder."""
    digest = hashlib.sha256((folder / "metadata.json").read_bytes())
    for table in ("sam", *sorted(TABLES)):
        digest.update(_file(folder, table).read_bytes())
    for table in sorted(EXTRAS):
        if _is_told(folder, table):
            digest.update(_file(folder, table).read_bytes())
    return digest.hexdigest()[:12]


def dataset_hash(name: str | Path) -> str:
    """The hash in the version of a dataset, without loading it.

    Arguments:
        name: as for ``load_dataset``.

    Raises:
        DatasetError: the dataset is unknown, or a file is missing.
    """
    return content_hash(_find(name))


def _find(name: str | Path) -> Path:
    for folder in (_DATASETS / str(name), Path(name)):
        if not why_unreadable(folder / "metadata.json"):
            return folder
    known = ", ".join(available_datasets()) or "none"
    raise DatasetError(
        f"unknown dataset {str(name)!r}: embedded datasets are {known}; a path must be a folder "
        "with metadata.json and the tables written by `cge data build yrd2020 --out FOLDER`"
    )


def _file(folder: Path, table: str) -> Path:
    for path in (folder / f"{table}.csv.gz", folder / f"{table}.csv"):
        if path.is_file():
            return path
    raise DatasetError(f"dataset folder {folder}: file {table}.csv or {table}.csv.gz is missing")


def _is_told(folder: Path, table: str) -> bool:
    """Whether a dataset has a table that it may leave out."""
    return any((folder / f"{table}{suffix}").is_file() for suffix in (".csv", ".csv.gz"))


def _empty(table: str) -> pd.DataFrame:
    """A table that a dataset leaves out."""
    return pd.DataFrame(columns=list(EXTRAS[table]))


def _read_metadata(path: Path) -> dict[str, Any]:
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise DatasetError(f"{path}: is no readable JSON ({cause}); write it again") from None
    if not isinstance(metadata, dict):
        raise DatasetError(f"{path}: is no object of JSON; write {{...}} with {', '.join(_NEEDED)}")
    missing = [key for key in _NEEDED if key not in metadata]
    if missing:
        raise DatasetError(f"{path}: entries {', '.join(missing)} are missing; add them")
    unknown = sorted(set(metadata) - {*_NEEDED, *_MEANING})
    if unknown:
        raise DatasetError(
            f"{path}: entries {', '.join(unknown)} are unknown; there are "
            f"{', '.join((*_NEEDED, *_MEANING))}"
        )
    texts = [metadata[key] for key in ("name", "version", "unit")]
    regions = metadata["regions"]
    sound = isinstance(metadata["base_year"], int) and isinstance(regions, list)
    if not sound or not all(isinstance(text, str) for text in (*texts, *regions)):
        raise DatasetError(
            f"{path}: name, version, unit and each of regions must be text, base_year a whole "
            f"number; found {metadata}"
        )
    return dict(metadata)


def _meaning(
    path: Path, metadata: dict[str, Any], tables: dict[str, pd.DataFrame]
) -> tuple[Geography, Roles]:
    """What metadata say about the labels; roles may be left out where no energy is told."""
    try:
        geography = read_geography(metadata.get("geography"), metadata["regions"])
        if "roles" in metadata:
            return geography, read_roles(metadata["roles"], list(tables["sectors"]["code"]))
    except DatasetError as cause:
        raise DatasetError(f"{path}: {cause}") from None
    told = [name for name in _ENERGY if not tables[name].empty]
    if told:
        burnt = sorted(set(tables["combustion"]["fuel"]))
        raise DatasetError(
            f"{path}: the tables {', '.join(told)} are told, but not which sectors are electricity "
            f'and fuels; add "roles": {{"electricity": CODE, "fuels": {json.dumps(burnt)}, '
            '"large_plants": [CODE, ...]} with codes of its sectors, large plants being those '
            "whose CO2 could be captured"
        )
    return geography, Roles()


def _text(frame: pd.DataFrame, digits: str) -> bytes:
    """A table as it is written: CSV with a fixed number of significant digits."""
    return frame.to_csv(index=False, float_format=digits, lineterminator="\n").encode()


def _every_file() -> list[str]:
    """Names that files of tables may have, packed or not."""
    tables = ("sam", *TABLES, *EXTRAS)
    return [f"{table}{suffix}" for table in tables for suffix in (".csv", ".csv.gz")]


def _read(folder: Path, table: str, columns: tuple[str, ...]) -> pd.DataFrame:
    path = _file(folder, table)
    try:
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    except (OSError, ValueError, EOFError, zlib.error) as cause:  # pandas' errors are ValueErrors
        raise DatasetError(f"{path}: is no readable table ({cause}); write it again") from None
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise DatasetError(f"{path}: columns {missing} are missing; found {list(frame.columns)}")
    _check_cells(path, "an empty cell", frame[list(columns)].isna().any(axis=1))
    for column in (name for name in columns if name in _NUMBERS):
        number = pd.to_numeric(frame[column], errors="coerce")
        _check_cells(path, f"a {column} that is no finite number", ~np.isfinite(number))
    if "quality" in columns:
        known = frame["quality"].isin(QUALITIES)
        _check_cells(path, f"a quality other than {', '.join(QUALITIES)}", ~known)
    if table in _UNIQUE:
        keys = list(_UNIQUE[table])
        _check_cells(path, f"{', '.join(keys)} of a line above", frame.duplicated(keys))
    return frame


def _check_cells(path: Path, what: str, bad: pd.Series) -> None:
    if bad.any():
        line = int(bad.to_numpy().nonzero()[0][0]) + 2
        raise DatasetError(
            f"{path}, line {line}: has {what} ({int(bad.sum())} such lines in all); correct it"
        )


def _read_sam(path: Path, unit: str, strict: bool) -> SAM:
    """Read a SAM, which has to balance up to rounding if strict."""
    sam = SAM.from_csv(path, unit, strict=strict)
    if strict:
        try:
            sam.check(ROUNDING)
        except SAMError as cause:
            raise SAMError(f"{path}: {cause}") from None
    return sam


def _check_labels(dataset: Dataset, folder: Path) -> None:
    regions = set(dataset.regions)
    sectors = set(dataset.sectors["code"])
    users = sectors | set(dataset.sam.names("household"))
    allowed = {
        "region": regions,
        "user": users,
        "sector": sectors,
        "row": sectors | set(COMPONENTS),
        "column": sectors | {*USES, EXPORTS, IMPORTS},
    }
    fuels = {"energy": set(dataset.roles.energy)}  # of which electricity is bought, not burnt
    for item in fields(dataset):
        table = getattr(dataset, item.name)
        if not isinstance(table, pd.DataFrame) or item.name in ("sectors", "provenance"):
            continue
        told = {**allowed, "fuel": fuels.get(item.name, set(dataset.roles.fuels))}
        for column, labels in told.items():
            unknown = sorted(set(table.get(column, ())) - labels)
            if unknown:
                raise DatasetError(
                    f"{folder}: table {item.name} has unknown {column} {unknown[:5]}; correct "
                    f"these labels, or add them to the {column}s of the dataset"
                )
    employed = {name for group in dataset.employment["sectors"] for name in str(group).split()}
    if employed - sectors:
        raise DatasetError(
            f"{folder}: table employment has unknown sectors {sorted(employed - sectors)[:5]}; "
            "part the sectors of a group by blanks"
        )
    if not (dataset.roles.electricity or dataset.generation.empty):
        raise DatasetError(
            f"{folder}: table generation is told, but roles.electricity is empty; name the sector"
        )
    if set(dataset.sam.regions) != regions:
        raise DatasetError(
            f"{folder}: SAM has regions {dataset.sam.regions}, metadata lists "
            f"{list(dataset.regions)}; list the same regions in both"
        )
