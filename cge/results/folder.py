"""Writing results: checked before the work begins, and never half a set that looks complete.

Files are written into a temporary folder beside their destination and moved when all of them are
complete. ``results.nc`` moves last: where it is, the others are.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cge.results.netcdf import combine
from cge.results.summary import summary

if TYPE_CHECKING:
    from cge.path import Pathway

FILES = ("summary.csv", "scenario.yaml", "emissions_and_price.png", "gdp.png", "results.nc")
"""What a complete run leaves, in the order in which files appear."""

PARTIAL = "partial_"
"""How the names of files begin that hold only what was computed before a failure."""


class OutputError(ValueError):
    """The output folder cannot be written."""


def check_folder(folder: Path) -> None:
    """Make sure, before anything is computed, that results can be written.

    Arguments:
        folder: output folder; need not exist, and is not created.

    Raises:
        OutputError: it is a file, or it cannot be created or written.
    """
    parent = folder.absolute()
    while not parent.exists():
        parent = parent.parent
    try:
        with tempfile.TemporaryDirectory(dir=parent, prefix=".m3c-"):
            pass
    except OSError as cause:
        raise _unwritable(folder, cause) from None


def write_results(
    folder: Path, paths: Sequence[Pathway], *, plots: bool = True, partial: bool = False
) -> list[Path]:
    """Write the results of a run, or what there is of them.

    Arguments:
        folder: output folder, created where it does not exist; results of an earlier run in it
            are replaced, other files stay.
        paths: solved paths, the baseline first.
        plots: whether to draw the two figures.
        partial: whether the run failed on the way; file names then begin with ``PARTIAL``, there
            are no figures, and results of an earlier run stay as they are.

    Returns:
        The files written.

    Raises:
        OutputError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder, prefix=".m3c-"))
        try:
            _write_all(temporary, paths, plots and not partial)
            return _move(temporary, folder, PARTIAL if partial else "")
        finally:
            shutil.rmtree(temporary)
    except OSError as cause:
        raise _unwritable(folder, cause) from None


def _write_all(folder: Path, paths: Sequence[Pathway], plots: bool) -> None:
    summary(paths).to_csv(folder / "summary.csv", index=False, lineterminator="\n")
    (folder / "scenario.yaml").write_text(paths[-1].scenario.to_yaml(), encoding="utf-8")
    if plots:
        from cge.results import plots as figures  # half a second that runs without plots spare

        figures.emissions_and_price(paths).savefig(folder / "emissions_and_price.png", dpi=130)
        figures.gdp(paths).savefig(folder / "gdp.png", dpi=130)
    data = combine(paths)
    packed = {name: {"zlib": True} for name in data.data_vars if data[name].dtype.kind == "f"}
    data.to_netcdf(folder / "results.nc", engine="h5netcdf", encoding=packed)


def _move(source: Path, folder: Path, prefix: str) -> list[Path]:
    """Remove files of an earlier run, then move the new ones into place, ``results.nc`` last."""
    for name in reversed(FILES):
        (folder / (prefix + name)).unlink(missing_ok=True)
        if not prefix:
            (folder / (PARTIAL + name)).unlink(missing_ok=True)
    written = [name for name in FILES if (source / name).exists()]
    for name in written:
        os.replace(source / name, folder / (prefix + name))
    return [folder / (prefix + name) for name in written]


def _unwritable(folder: Path, cause: OSError) -> OutputError:
    reason = cause.strerror or str(cause)
    return OutputError(
        f"output folder {folder} cannot be written ({reason}); name another with --out"
    )
