"""Build the dataset: ``python -m sam.recipes.yrd2020 --sources DIR --out FOLDER``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sam.errors import (
    BalancingError,
    ConcordanceError,
    DatasetError,
    SAMError,
    SourceError,
)
from sam.recipes.yrd2020.build import build

BAD_INPUT = 2


def main(arguments: list[str] | None = None) -> int:
    """Build the dataset and write it to a folder; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sam.recipes.yrd2020", description="Build the dataset yrd2020."
    )
    parser.add_argument("--sources", type=Path, required=True, help="folder of official tables")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    options = parser.parse_args(arguments)
    try:
        dataset = build(options.sources)
        dataset.sam.check()
        dataset.save(options.out)
    except (BalancingError, ConcordanceError, DatasetError, SAMError, SourceError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    print(f"{dataset!r} written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
