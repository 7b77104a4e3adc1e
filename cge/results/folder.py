"""Writing results: one run at a time in a folder, a whole set of files or none.

All files are made in memory before the first is written, and appear together (``sam.writing``);
``results.nc`` comes last: where it is, the others are. Each says by which run it was written: the
scenario in its first line, figures and ``results.nc`` among their attributes, and ``results.nc``
also has the SHA-256 of every other file of its set. Equal results bear the same name of a run.
``pathways.zip`` holds the paths as the solver left them (``cge.load_pathway``); until a set is
complete their years are in the folder ``unfinished``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h5netcdf

from cge.path.store import ARCHIVE, UNFINISHED, archive, discard_all
from cge.results.netcdf import combine
from cge.results.report import report
from cge.results.summary import region_map, summary, to_csv
from cge.results.workbook import workbook
from sam.writing import Reservation, explained, reserved, write_set

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from cge.path import Pathway

FILES = (
    ARCHIVE, "summary.csv", "summary.parquet", "regions.yaml", "scenario.yaml", "results.xlsx",
    "report.html", "emissions_and_price.png", "gdp.png", "electricity.png", "results.nc",
)  # fmt: skip
"""What a complete run leaves, in the order in which files appear."""

PARTIAL = "partial_"
"""How the names of files begin that hold only what was computed before a failure."""

_ALL = (*(PARTIAL + name for name in FILES), *FILES)
"""What whole results replace."""


class OutputError(ValueError):
    """The output folder cannot be written, or what it holds is no set of results."""


@dataclass(frozen=True)
class Output:
    """An output folder that is ours to write into.

    Attributes:
        folder: where it is.
        ours: that it is reserved for us.
    """

    folder: Path
    ours: Reservation

    @property
    def unfinished(self) -> Path:
        """Where the years of a run are until it is complete."""
        return self.folder / UNFINISHED

    def replaced(self) -> str | None:
        """What whole results will replace, in words: a run and its scenario, or files."""
        there = [name for name in _ALL if os.path.lexists(self.folder / name)]
        if FILES[-1] in there:
            with suppress(OutputError):
                about = _about(self.folder / FILES[-1])
                return f"the results of run {about.run} (scenario {about.scenario})"
        return ", ".join(there) or None

    def _known(self, prefix: str) -> list[str]:
        """What an earlier set has beside the usual files: further scenarios."""
        try:
            return [*_about(self.folder / (prefix + FILES[-1])).files]
        except OutputError:
            return []

    def write(
        self, paths: Sequence[Pathway], *, plots: bool = True, partial: bool = False
    ) -> list[Path]:
        """Write the results of a run, or what there is of them; see ``write_results``."""
        prefix = PARTIAL if partial else ""
        usual = [prefix + name for name in FILES] if partial else _ALL
        earlier = [*(name for name in self._known(prefix) if name not in usual), *usual]
        files = _contents(paths, prefix, plots and not partial)
        with _explained(self.folder):
            written = write_set(self.ours, files, replacing=earlier)
        if not partial:
            discard_all(self.unfinished)
        return written


@contextmanager
def output(folder: Path) -> Iterator[Output]:
    """Keep an output folder for a run, from before it computes until it has written.

    A second run into the folder is refused for as long, so that it does not replace the results of
    the first, nor mix with them; where files have no locks, a warning says that it is not. Where
    nothing is written nothing is left behind.

    Arguments:
        folder: created where it does not exist.

    Raises:
        OutputError: it is a file, it cannot be created or written, or another run is using it.
    """
    with ExitStack() as kept:
        with _explained(folder):
            ours = kept.enter_context(reserved(folder))
        yield Output(folder, ours)


def write_results(
    folder: Path, paths: Sequence[Pathway], *, plots: bool = True, partial: bool = False
) -> list[Path]:
    """Write the results of a run, or what there is of them.

    Arguments:
        folder: output folder, created where it does not exist; results of an earlier run in it
            are replaced, other files stay.
        paths: solved paths, the baseline first.
        plots: whether to draw the figures.
        partial: whether the run failed on the way; file names then begin with ``PARTIAL``, there
            are no figures and no archive, and results of an earlier run stay as they are.

    Returns:
        The files written.

    Raises:
        OutputError: the folder cannot be written, or figures cannot be drawn; earlier results are
            as they were.
    """
    with output(folder) as ours:
        return ours.write(paths, plots=plots, partial=partial)


def check_results(folder: Path, *, partial: bool = False) -> str:
    """Make sure that a folder holds the whole set of one run.

    Arguments:
        folder: as ``write_results`` left it.
        partial: whether to look at what a failed run left.

    Returns:
        The name of the run.

    Raises:
        OutputError: there is no such set, or files of it are missing, changed or of another run.
    """
    file = folder / ((PARTIAL if partial else "") + FILES[-1])
    about = _about(file)
    wrong = [
        name
        for name, digest in about.files.items()
        if not (folder / name).is_file() or _digest((folder / name).read_bytes()) != digest
    ]
    if wrong:
        raise OutputError(
            f"{folder}: {', '.join(wrong)} missing, changed or not of run {about.run}, to which "
            f"{file.name} belongs; run it anew"
        )
    return about.run


@dataclass(frozen=True)
class _About:
    """What ``results.nc`` says of its set: the run, its scenario, and the hashes of other files."""

    run: str
    scenario: str
    files: dict[str, str]


def _about(file: Path) -> _About:
    """What a file of results says of its set.

    Raises:
        OutputError: there is none, or none that a run has written.
    """
    if not file.is_file():
        raise OutputError(f"{file}: there is no such file, so no set of results is complete there")
    try:
        with h5netcdf.File(file, "r") as data:
            *_, scenario = json.loads(data.attrs["scenarios"])
            files = json.loads(data.attrs["files"])
            return _About(str(data.attrs["run"]), scenario, files)
    except (OSError, ValueError, KeyError) as cause:
        raise OutputError(f"{file}: is not as a run writes it ({cause}); run it anew") from None


def _contents(paths: Sequence[Pathway], prefix: str, plots: bool) -> dict[str, bytes | memoryview]:
    """What the files of a set hold, by name, in the order of ``FILES``."""
    table = summary(paths)
    text = to_csv(table).encode()
    data = combine(paths)
    run = _digest(text + json.dumps(data.attrs).encode())[:12]
    files: dict[str, bytes] = {} if prefix else {ARCHIVE: archive(paths)}
    files["summary.csv"] = text
    files["summary.parquet"] = _parquet(table)
    files["regions.yaml"] = f"# run {run}\n{region_map(paths)}".encode()
    for k, path in enumerate(paths[1:] or paths, start=1):
        name = "scenario.yaml" if k == 1 else f"scenario_{k}.yaml"
        files[name] = f"# run {run}\n{path.scenario.to_yaml()}".encode()
    if not prefix:
        files["results.xlsx"] = workbook(paths)
        files["report.html"] = report(paths, run).encode()
    if plots:
        files |= _figures(paths, run)
    named = {prefix + name: content for name, content in files.items()}
    digests = {name: _digest(content) for name, content in named.items()}
    data = data.assign_attrs(run=run, files=json.dumps(digests))
    return {**named, prefix + FILES[-1]: _netcdf(data)}


def _figures(paths: Sequence[Pathway], run: str) -> dict[str, bytes]:
    """The figures by file name.

    Raises:
        OutputError: the library that draws them lacks files of its own.
    """
    try:
        from cge.results import plots  # half a second that runs without plots spare

        return {
            f"{name}.png": plots.content(draw(paths), "png", f"run {run}")
            for name, draw in {
                "emissions_and_price": plots.emissions_and_price,
                "gdp": plots.gdp,
                "electricity": plots.electricity,
            }.items()
        }
    except OSError as cause:
        raise OutputError(
            f"figures cannot be drawn ({cause}); run without them (--no-plots)"
        ) from None


def _parquet(table: pd.DataFrame) -> bytes:
    """A table as a file of Parquet, texts once each."""
    texts = table.select_dtypes(exclude="number").columns
    content: bytes = table.astype(dict.fromkeys(texts, "category")).to_parquet(index=False)
    return content


def _netcdf(data: xr.Dataset) -> memoryview:
    """A dataset as a file of NetCDF, made in memory: its library does not outlive a full disk."""
    packed = {name: {"zlib": True} for name in data.data_vars if data[name].dtype.kind == "f"}
    return data.to_netcdf(engine="h5netcdf", encoding=packed)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _explained(folder: Path) -> AbstractContextManager[None]:
    return explained(OutputError, f"output folder {folder}", "name another with --out")
