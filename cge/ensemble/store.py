"""Draws on disk: each in a Parquet file of its own, which is whole or not there.

``ensemble.json`` says what all rest on, ``design.parquet`` holds the points, and the folder
``draws`` a file for each draw that is solved: what is kept of its paths, one value a line, and why
paths failed. A file bears the key of the ensemble and the number of its draw, and is never touched
again; the rules of ``sam.writing`` hold for it. Memory does not grow with the number of draws,
and whatever reads Parquet reads the folder as one table.

Ten thousand small files take long to read again and again, so a thousand draws that are all there
are copied into a file of the folder ``blocks``, from which tables are made.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cge.ensemble.errors import EnsembleError
from cge.ensemble.plan import Plan
from cge.ensemble.task import Outcome
from sam.writing import explained, reserved, write_file

ABOUT, POINTS, DRAWS = "ensemble.json", "design.parquet", "draws"
"""Names of files: what draws rest on, their points, and the folder that they are in."""

BLOCKS, BLOCK = "blocks", 1000
"""Name of the folder of copies, and draws in each."""

_SAID = b"m3c-cge"
"""Key of what a file says of its draw beside the table."""


@dataclass(frozen=True)
class Store:
    """The folder of an ensemble that is being solved.

    Attributes:
        folder: where it is.
        key: of the ensemble.
    """

    folder: Path
    key: str

    def add(self, outcome: Outcome) -> None:
        """Write a solved draw.

        Raises:
            EnsembleError: it cannot be written.
        """
        said = {"key": self.key, "draw": outcome.draw, "failures": outcome.said}
        with explained(EnsembleError, f"folder {self.folder}", "name another"):
            write_file(file_of(self.folder, outcome.draw), packed(outcome.table, said))

    def copy_blocks(self) -> None:
        """Copy draws into blocks, where all of a block are there.

        Raises:
            EnsembleError: a block cannot be written, or a draw not be read.
        """
        done = self.done()
        with explained(EnsembleError, f"folder {self.folder}", "name another"):
            for first in range(0, max(done, default=0) + 1, BLOCK):
                draws, file = range(first, first + BLOCK), block_of(self.folder, first)
                if done.issuperset(draws) and not file.is_file():
                    file.parent.mkdir(exist_ok=True)
                    parts = [_table(file_of(self.folder, draw)) for draw in draws]
                    whole = pa.concat_tables(parts).combine_chunks().unify_dictionaries()
                    write_file(file, packed(whole, {"key": self.key, "first": first}))

    def done(self) -> set[int]:
        """Numbers of the draws that are solved.

        Raises:
            EnsembleError: a file is damaged, or of another ensemble.
        """
        return {draw for draw, _ in said_of(self.folder, self.key)}


@contextmanager
def opened_store(folder: Path, plan: Plan, *, resume: bool) -> Iterator[Store]:
    """Keep the folder of an ensemble for a run.

    Arguments:
        folder: where draws are written.
        plan: what they follow from.
        resume: whether to go on from draws that are there.

    Raises:
        EnsembleError: the folder cannot be written, another run is using it, or it holds draws,
            which are of another ensemble or not to be resumed.
    """
    with explained(EnsembleError, f"folder {folder}", "name another"), reserved(folder):
        if (folder / ABOUT).is_file():
            _check_resumed(folder, plan, resume)
        else:
            _begin(folder, plan)
        yield Store(folder, plan.key)


def _begin(folder: Path, plan: Plan) -> None:
    """Write what draws rest on; the last file says that all is there."""
    if next((folder / DRAWS).glob("*.parquet"), None) is not None:
        raise EnsembleError(f"{folder}: holds draws, but no {ABOUT}; name another folder")
    (folder / DRAWS).mkdir(exist_ok=True)
    write_file(folder / POINTS, packed(pa.Table.from_pandas(plan.points), {"key": plan.key}))
    about = about_of(plan)
    text = json.dumps({"hash": _hash(about), "about": about}, ensure_ascii=False, indent=1)
    write_file(folder / ABOUT, text.encode())


def about_of(plan: Plan) -> dict[str, Any]:
    """What ``ensemble.json`` says."""
    return {
        "name": plan.ensemble.name,
        "description": plan.ensemble.description,
        "key": plan.key,
        "inputs": plan.inputs,
        "asked": plan.ensemble.model_dump(mode="json", by_alias=True),
        "size": plan.size,
        "rule": plan.design.rule,
        "closures": list(dict.fromkeys(case.closure for case in plan.cases)),
        "scenarios": plan.scenarios,
        "nation": plan.nation,
        "variables": dict(plan.described),
        "assumptions": plan.tables.to_csv(),
    }


def read_about(folder: Path) -> dict[str, Any]:
    """What the draws of a folder rest on.

    Raises:
        EnsembleError: there are none, or the file is damaged.
    """
    file = folder / ABOUT
    if not file.is_file():
        raise EnsembleError(f"{folder}: holds no ensemble; name a folder of cge ensemble")
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        about: dict[str, Any] = found["about"]
        if found["hash"] != _hash(about):
            raise ValueError("it was changed")
        return about
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise EnsembleError(f"{file}: is damaged ({cause}); run the ensemble anew") from None


def said_of(folder: Path, key: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Numbers of the draws that are there, in order, with the failures of each.

    Raises:
        EnsembleError: a file is damaged, or of another ensemble.
    """
    for file in sorted((folder / DRAWS).glob("*.parquet")):
        try:
            said = json.loads(pq.read_schema(file).metadata[_SAID])
            draw, failures, theirs = int(said["draw"]), list(said["failures"]), said["key"]
        except (OSError, ValueError, KeyError, TypeError) as cause:
            told = f"{file}: is damaged ({cause}); remove it and resume to solve the draw again"
            raise EnsembleError(told) from None
        if theirs != key or file != file_of(folder, draw):
            raise EnsembleError(f"{file}: is of another ensemble or draw; remove it")
        yield draw, failures


def file_of(folder: Path, draw: int) -> Path:
    """The file of a draw."""
    return folder / DRAWS / f"{draw:07d}.parquet"


def block_of(folder: Path, first: int) -> Path:
    """The file of a block of draws."""
    return folder / BLOCKS / f"{first:07d}.parquet"


def files_of(folder: Path, draws: Sequence[int]) -> list[Path]:
    """Files that together hold draws: blocks, and draws of which there is none."""
    firsts = range(0, max(draws, default=0) + 1, BLOCK)
    whole = {first for first in firsts if block_of(folder, first).is_file()}
    own = [file_of(folder, draw) for draw in draws if draw - draw % BLOCK not in whole]
    return [*(block_of(folder, first) for first in sorted(whole)), *own]


def _table(file: Path) -> pa.Table:
    """The table of a draw.

    Raises:
        EnsembleError: it is damaged.
    """
    try:
        found: pa.Table = pq.read_table(file, page_checksum_verification=True)
        return found.replace_schema_metadata(None)
    except (OSError, ValueError) as cause:
        told = f"{file}: is damaged ({cause}); remove it and resume to solve the draw again"
        raise EnsembleError(told) from None


def packed(table: pa.Table, said: Mapping[str, Any]) -> bytes:
    """A table as a file of Parquet, with what is said of it; equal tables give equal files."""
    content = io.BytesIO()
    told = {**(table.schema.metadata or {}), _SAID: json.dumps(said).encode()}
    pq.write_table(
        table.replace_schema_metadata(told), content, compression="zstd", write_page_checksum=True
    )
    return content.getvalue()


def _check_resumed(folder: Path, plan: Plan, resume: bool) -> None:
    about = read_about(folder)
    theirs, own = about["inputs"], plan.inputs
    other = [k for k in sorted({*theirs, *own}) if theirs.get(k) != own.get(k)]
    if other:
        raise EnsembleError(
            f"{folder}: the draws there rest on other inputs ({', '.join(other)}); name another "
            "folder"
        )
    if not resume:
        there = sum(1 for _ in said_of(folder, plan.key))
        raise EnsembleError(
            f"{folder}: holds {there} of {plan.size} draws of this ensemble; go on with --resume, "
            "or name another folder"
        )


def _hash(about: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()
