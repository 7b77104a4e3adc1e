"""Progress of a run on disk: all that the next year depends on, to be taken up again.

Whatever a model carries from year to year is a ``Stock``, so a file holds the stocks, the records
and the last unknowns by name, and knows nothing of what they are. Numbers are kept to the last bit:
a run that is cut and taken up again equals the uncut one.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cge.path.run import Progress
from cge.setting import Setting
from sam.writing import explained, write_file

Array = npt.NDArray[np.float64]


_TABLES = ("solves", "balances")
"""What progress holds in rows of text and numbers, a table each."""


class StoreError(ValueError):
    """A file of progress cannot be read or written, or is of another run."""


def save(progress: Progress, setting: Setting, file: Path) -> None:
    """Write the years accepted so far; the file is whole or not there.

    Arguments:
        progress: the years accepted so far.
        setting: what the run takes as given, to be recognised by.
        file: replaced where it exists.

    Raises:
        StoreError: the file cannot be written.
    """
    arrays: dict[str, Any] = dict(_arrays(progress))
    tables = {name: [dict(row) for row in getattr(progress, name)] for name in _TABLES}
    about = {"run": _identity(setting), **tables}
    packed = io.BytesIO()
    np.savez(packed, about=np.array(json.dumps(about)), **arrays)
    with explained(StoreError, f"{file}:", "name another file"):
        write_file(file, packed.getvalue())


def load(file: Path, setting: Setting) -> Progress:
    """Read the years of a run, to go on after them with ``run(..., after=progress)``.

    Arguments:
        file: as ``save`` wrote it.
        setting: what the run takes as given.

    Raises:
        StoreError: the file cannot be read, or is of another scenario, dataset or assumptions.
    """
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as content:
            about = json.loads(str(content["about"]))
            arrays = {name: content[name] for name in content.files if name != "about"}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as cause:
        raise StoreError(f"{file}: holds no progress of a run ({cause}); run it anew") from None
    _check(file, about["run"], _identity(setting))
    records: dict[int, dict[str, Array]] = {}
    for name, values in _below("records", arrays):
        year, _, report = name.partition("/")
        records.setdefault(int(year), {})[report] = values
    last: dict[int, dict[str, Array]] = {}
    for name, values in _below("last", arrays):
        place, _, key = name.partition("/")
        last.setdefault(int(place), {})[key] = values
    return Progress(
        dict(_below("stocks", arrays)),
        {year: records[year] for year in sorted(records)},
        tuple(about["solves"]),
        tuple(about["balances"]),
        tuple(last[place] for place in sorted(last)),
    )


def _arrays(progress: Progress) -> Iterator[tuple[str, Array]]:
    for name, values in progress.stocks.items():
        yield f"stocks/{name}", np.asarray(values)
    for year, row in progress.records.items():
        for name, values in row.items():
            yield f"records/{year}/{name}", np.asarray(values)
    for place, point in enumerate(progress.last):
        for key, values in point.items():
            yield f"last/{place}/{key}", np.asarray(values)


def _below(part: str, arrays: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    for name, values in arrays.items():
        if name.startswith(f"{part}/"):
            yield name.removeprefix(f"{part}/"), values


def _identity(setting: Setting) -> dict[str, Any]:
    """What makes two runs the same."""
    return {
        "scenario": setting.scenario.to_yaml(),
        "dataset": setting.dataset.version,
        "assumptions": setting.assumptions.hash,
        "baseline": _baseline(setting),
        "program": version("m3c-cge"),
    }


def _baseline(setting: Setting) -> str:
    """A hash of the productivity that a baseline has found, empty for a baseline itself."""
    if setting.baseline is None:
        return ""
    found = setting.baseline["productivity"].transpose("year", "region").to_numpy()
    return hashlib.sha256(np.ascontiguousarray(found).tobytes()).hexdigest()[:12]


def _check(file: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    differing = [name for name, value in wanted.items() if found.get(name) != value]
    if differing:
        raise StoreError(
            f"{file}: is of another run, whose {' and '.join(differing)} differ; take up the run "
            "that it belongs to, or begin anew"
        )
