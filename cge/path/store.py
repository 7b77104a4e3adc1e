"""Paths on disk: every solved year in a file of its own, written as soon as it is accepted.

A year is a Parquet file: a row for each array, with its part (what is reported, the stocks that the
year begins with and hands on, the unknowns from which the next years are looked for), its
dimensions and its values to the last bit; beside them how the year was solved and how far its
accounts are from balancing. ``about.json`` beside the years says what they rest on: scenario with
closure, versions, assumptions with their hash, labels and units. Whatever a model carries from year
to year is a ``Stock``, so nothing here knows what it is.

**Why Parquet.** A year of M3C is packed in 5 ms and on the disk in 15, where 200 arrays take
h5netcdf 230 ms and a solve takes 100. It is one file, which is whole or not there and never touched
again, so the rules of ``sam.writing`` hold for it (full disks, temporaries of killed runs). Zarr
would make it hundreds of files and no moment at which they are complete; SQLite a journal, locks
that network drives lack, and arrays that no other tool reads. Pages carry checksums, and pandas, R,
Julia and DuckDB read it.

A path that is complete travels as a ZIP archive of the same files.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from calibration import Assumptions, read_assumptions
from calibration.errors import unknown
from cge.checks import COLUMNS
from cge.path.pathway import SOLVES, Pathway
from cge.path.progress import Progress
from cge.reports import Described, Labels, labelled_data
from cge.scenario import Scenario
from cge.scenario.document import read_document
from sam import Geography
from sam.writing import explained, reserved, write_file

Array = npt.NDArray[np.float64]
Place = Path | zipfile.Path
Parts = Mapping[str, dict[str, Array]]
"""Arrays by part and name."""

ABOUT, YEAR = "about.json", "{}.parquet"
"""Names of files: what all years rest on, and a year."""

ARCHIVE = "pathways.zip"
"""Name of the archive of complete paths."""

UNFINISHED = "unfinished"
"""Name of the folder of paths that are being solved."""

_SCHEMA = pa.schema(
    {
        "part": pa.string(),
        "name": pa.string(),
        "shape": pa.list_(pa.int32()),
        "values": pa.list_(pa.float64()),
    }
)
_KEY = re.compile("[0-9a-f]{12}")
"""Names of folders of paths."""

_SOLVED = b"m3c-cge"
"""Key of what a file says of its year beside arrays."""


class StoreError(ValueError):
    """A path on disk cannot be read or written, is of another run, or lacks years.

    Attributes:
        path: the years that were solved before, where one could not be written.
    """

    path: Pathway | None = None


# ---------------------------------------------------------------------- one year


@dataclass(frozen=True, eq=False)
class _Year:
    """What a file holds of a year.

    Attributes:
        solve: how it was solved.
        balances: how far its accounts are from balancing.
        parts: arrays.
    """

    solve: Mapping[str, Any]
    balances: Sequence[Mapping[str, Any]]
    parts: Parts

    def packed(self) -> bytes:
        """The file of the year."""
        rows = [
            {"part": part, "name": name, "shape": np.shape(array), "values": np.ravel(array)}
            for part, arrays in self.parts.items()
            for name, array in arrays.items()
        ]
        said = json.dumps({"solve": dict(self.solve), "balances": [dict(b) for b in self.balances]})
        schema = _SCHEMA.with_metadata({_SOLVED: said})
        content = io.BytesIO()
        pq.write_table(
            pa.Table.from_pylist(rows, schema),
            content,
            compression="zstd",
            use_dictionary=False,
            write_page_checksum=True,
        )
        return content.getvalue()

    @classmethod
    def unpacked(cls, content: bytes) -> _Year:
        """A year from its file.

        Raises:
            ValueError, KeyError, OSError: it is no such file, or damaged.
        """
        table = pq.read_table(io.BytesIO(content), page_checksum_verification=True)
        parts: dict[str, dict[str, Array]] = {}
        for k, (part, name) in enumerate(
            zip(table["part"].to_pylist(), table["name"].to_pylist(), strict=True)
        ):
            values = np.array(table["values"][k].values, float)
            parts.setdefault(part, {})[name] = values.reshape(table["shape"][k].as_py())
        said = json.loads(table.schema.metadata[_SOLVED])
        return cls(said["solve"], said["balances"], parts)


# ---------------------------------------------------------------------- writing


@dataclass(eq=False)
class Store:
    """The folder of a path that is being solved.

    Attributes:
        folder: where its years are.
        about: what they rest on, as ``about.json`` holds it.
        begun: whether that is written, which it is with the first year.
    """

    folder: Path
    about: bytes
    begun: bool = False

    def add(self, progress: Progress) -> None:
        """Write the last of the accepted years; the file is whole or not there.

        Raises:
            StoreError: it cannot be written.
        """
        year = max(progress.records)
        parts = {
            "reports": dict(progress.records[year]),
            "opening": dict(progress.opening),
            "stocks": dict(progress.stocks),
            "unknowns": dict(progress.last[-1]),
        }
        balances = [row for row in progress.balances if row["year"] == year]
        content = _Year(progress.solves[-1], balances, parts).packed()
        with explained(StoreError, f"folder {self.folder}", "name another"):
            if not self.begun:
                write_file(self.folder / ABOUT, self.about)
                self.begun = True
            write_file(self.folder / YEAR.format(year), content)


@contextmanager
def opened_store(
    folder: Path,
    path: Pathway,
    variables: Mapping[str, Described],
    labels: Labels,
    *,
    resume: bool,
) -> Iterator[tuple[Store, Pathway | None]]:
    """Keep the folder of a path for a run, and what it holds of the path's years.

    Arguments:
        folder: of paths that are being solved; each has a folder of its own in it.
        path: what is run, none of its years solved yet.
        variables: dimensions and words of what is reported.
        labels: labels by dimension.
        resume: whether to go on from years that are there; else they are removed.

    Raises:
        StoreError: the folder cannot be made or written, another run is using it, a file is
            damaged, or (to be resumed) the scenario's years there rest on other inputs.
    """
    own = folder / path.key
    if resume:
        _check_inputs(folder, path)
    with ExitStack() as kept:
        with explained(StoreError, f"folder {own}", "name another"):
            kept.enter_context(reserved(own))
            if not resume:
                _discard(own)
        there = _read(own) if (own / ABOUT).is_file() else None
        store = Store(own, _about(path, variables, labels))
        yield store, there if there and there.years else None


def _discard(folder: Path) -> None:
    """Remove the years of a path; nothing is taken for one meanwhile."""
    (folder / ABOUT).unlink(missing_ok=True)
    for file in folder.glob(YEAR.format("*")):
        file.unlink()


def discard_all(folder: Path) -> None:
    """Remove the years of all paths in a folder, and it where nothing else is in it."""
    with suppress(OSError):
        for each in folder.iterdir():
            if _KEY.fullmatch(each.name):
                _discard(each)
                shutil.rmtree(each)  # and what killed runs have left
        folder.rmdir()


def archive(paths: Sequence[Pathway]) -> bytes:
    """Complete paths as an archive that ``load_pathway`` reads."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as files:
        for k, path in enumerate(paths):
            variables = {
                str(name): ([str(dim) for dim in v.dims[:-1]], v.attrs)
                for name, v in path.data.data_vars.items()
            }
            labels = {str(k): v.to_numpy().tolist() for k, v in path.data.coords.items()}
            _add(files, f"{k:03d}/{ABOUT}", _about(path, variables, labels))
            for row in path.solves.to_dict("records"):
                name = f"{k:03d}/{YEAR.format(row['year'])}"
                _add(files, name, _year_of(path, row).packed())
    return content.getvalue()


def _add(files: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file without the time, so that equal paths make equal archives."""
    files.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)


def _year_of(path: Pathway, solve: dict[Any, Any]) -> _Year:
    """A year of a path, with what the next one depends on in the last."""
    year, progress = int(solve["year"]), path.progress
    years = path.data.get_index("year").tolist()
    place = years.index(year)
    back = len(years) - 1 - place
    reports = {str(name): path.data.variables[name] for name in path.data.data_vars}
    parts = {"reports": {name: v.to_numpy()[..., place] for name, v in reports.items()}}
    if progress is not None and back < len(progress.last):
        parts["unknowns"] = dict(progress.last[-1 - back])
    if progress is not None and not back:
        parts |= {"opening": dict(progress.opening), "stocks": dict(progress.stocks)}
    balances = path.balances[path.balances["year"] == year].to_dict("records")
    return _Year({str(k): v for k, v in solve.items()}, balances, parts)  # type: ignore[arg-type]


def _about(path: Pathway, variables: Mapping[str, Described], labels: Labels) -> bytes:
    """What the years of a path rest on, with the hash of all that it says."""
    about = {
        "inputs": path.inputs,
        "name": path.scenario.name,
        "scenario": path.scenario.to_yaml(),
        "dataset_folder": isinstance(path.scenario.dataset, Path),
        "versions": dict(path.versions),
        "assumptions": path.assumptions.to_csv(),
        "geography": path.geography.record(),
        "labels": {dim: list(names) for dim, names in labels.items() if dim != "year"},
        "variables": {name: [list(dims), dict(said)] for name, (dims, said) in variables.items()},
    }
    return json.dumps({"hash": _hash(about), "about": about}, ensure_ascii=False).encode()


def _hash(about: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


# ---------------------------------------------------------------------- reading


def load_pathway(place: str | Path, name: str | None = None, *, partial: bool = False) -> Pathway:
    """A path as ``run`` returned it, to the last bit: to go on from, compare, or compare with.

    Arguments:
        place: a folder of results, its ``pathways.zip``, or the ``folder`` of a run.
        name: scenario, where there are several; by default the last that was run.
        partial: whether it may lack years of its scenario, as that of a killed run does.

    Raises:
        StoreError: there is no such path, or it cannot be read or lacks years.
    """
    paths = {path.scenario.name: path for path in load_pathways(place, partial=partial)}
    if name is None:
        return list(paths.values())[-1]
    if name not in paths:
        raise StoreError(unknown(f"{place}: scenario", name, paths))
    return paths[name]


def load_pathways(place: str | Path, *, partial: bool = False) -> list[Pathway]:
    """All paths of a folder of results, the baseline first.

    Arguments:
        place: as for ``load_pathway``.
        partial: whether they may lack years.

    Raises:
        StoreError: there are none, or one cannot be read or lacks years.
    """
    with _opened(Path(place), partial) as root:
        paths = [_read(each) for each in _places(root)]
    if not paths:
        raise StoreError(f"{place}: holds no path; name a folder that cge run has written")
    for path in paths:
        _check_whole(Path(place), path, partial)
    return sorted(paths, key=lambda path: not path.scenario.is_baseline)


@contextmanager
def _opened(place: Path, partial: bool) -> Iterator[Place]:
    """Where the folders of paths are, in a folder or an archive."""
    if not place.exists():
        raise StoreError(f"{place}: no such file or folder; correct the path")
    file = place / ARCHIVE if place.is_dir() else place
    if not file.is_file():
        unfinished = place / UNFINISHED
        if unfinished.is_dir() and not partial:
            raise StoreError(
                f"{place}: holds a run that was not finished; go on with cge run --resume, or load "
                "it with partial=True"
            )
        yield unfinished if unfinished.is_dir() else place
        return
    try:
        with zipfile.ZipFile(file) as content:
            yield zipfile.Path(content)
    except (OSError, zipfile.BadZipFile) as cause:
        raise StoreError(f"{file}: holds no paths ({cause}); run them anew") from None


def _places(root: Place) -> list[Place]:
    """Folders of paths: those of an archive in order, others as they were begun."""
    if (root / ABOUT).is_file():
        return [root]
    found = [each for each in root.iterdir() if each.is_dir() and (each / ABOUT).is_file()]
    return sorted(found, key=_order)


def _order(place: Place) -> tuple[float, str]:
    about = place / ABOUT
    return about.stat().st_mtime if isinstance(about, Path) else 0.0, place.name


def _check_whole(place: Path, path: Pathway, partial: bool) -> None:
    years = path.scenario.years
    if not partial and path.years != list(years):
        raise StoreError(
            f"{place}: scenario {path.scenario.name!r} has {len(path.solves)} of {len(years)} "
            "years; go on with run(..., resume=True), or load it with partial=True"
        )


def _check_inputs(folder: Path, path: Pathway) -> None:
    """Assert that what is there of a scenario can be gone on from.

    Raises:
        StoreError: it rests on other inputs; names which.
    """
    if not folder.is_dir() or (folder / path.key / ABOUT).is_file():
        return
    for each in _places(folder):
        about = _about_of(each)
        if about["name"] == path.scenario.name:
            theirs = about["inputs"]
            names = {*theirs, *path.inputs}
            other = [k for k in sorted(names) if theirs.get(k) != path.inputs.get(k)]
            raise StoreError(
                f"{folder}: the years of scenario {path.scenario.name!r} there rest on other "
                f"inputs ({', '.join(other)}); run it anew, without resuming"
            )


def _about_of(place: Place) -> dict[str, Any]:
    """What the years of a path rest on.

    Raises:
        StoreError: the file cannot be read.
    """
    try:
        found = json.loads((place / ABOUT).read_text(encoding="utf-8"))
        about: dict[str, Any] = found["about"]
        if found["hash"] != _hash(about):
            raise ValueError("it was changed")
        return about
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as cause:
        raise StoreError(f"{place / ABOUT}: is damaged ({cause}); run it anew") from None


def _read(place: Place) -> Pathway:
    """The path in a folder: its years from the first on, as far as they are there.

    Raises:
        StoreError: a file cannot be read.
    """
    about = _about_of(place)
    scenario, tables = _scenario(about), _assumptions(about)
    years = list(_years(place, scenario.first))
    records = {int(year.solve["year"]): year.parts["reports"] for year in years}
    solves = [year.solve for year in years]
    balances = [row for year in years for row in year.balances]
    return Pathway(
        scenario,
        labelled_data(about["variables"], about["labels"], records),
        pd.DataFrame(solves, columns=list(SOLVES)),
        about["versions"],
        tables,
        _geography(about["geography"]),
        pd.DataFrame(balances, columns=list(COLUMNS)),
        _progress(years, records) if years and "stocks" in years[-1].parts else None,
    )


def _years(place: Place, first: int) -> Iterator[_Year]:
    """Years from the first on, up to one that is not there."""
    year = first
    while (file := place / YEAR.format(year)).is_file():
        try:
            yield _Year.unpacked(file.read_bytes())
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as cause:
            raise StoreError(
                f"{file}: is damaged ({cause}); remove it to go on from the year before"
            ) from None
        year += 1


def _progress(years: Sequence[_Year], records: Mapping[int, Mapping[str, Array]]) -> Progress:
    """What the year after the last one depends on."""
    last = years[-1].parts
    return Progress(
        last["stocks"],
        records,
        tuple(year.solve for year in years),
        tuple(row for year in years for row in year.balances),
        tuple(year.parts["unknowns"] for year in years[-2:]),
        last["opening"],
    )


def _scenario(about: Mapping[str, Any]) -> Scenario:
    """The scenario as it was run, whether or not its dataset is still there."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scenario.yaml")
        file.write_text(about["scenario"], encoding="utf-8")
        scenario = Scenario.model_validate(read_document(file).content)
    if about["dataset_folder"]:
        return scenario.model_copy(update={"dataset": Path(scenario.dataset)})
    return scenario


def _assumptions(about: Mapping[str, Any]) -> Assumptions:
    """The assumptions whose tables a path carries along."""
    return read_assumptions(about["assumptions"], sectors=about["labels"].get("sector", ()))


def _geography(record: Mapping[str, Any]) -> Geography:
    groups = {name: tuple(members) for name, members in record["groups"].items()}
    return Geography(record["names"], groups, record["nation"])
