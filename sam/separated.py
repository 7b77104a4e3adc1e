"""Rows of CSV text, and why text is none, in words for a message."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

WANTED = "cells parted by commas, with pairs of quotation marks"
"""What the rows of a text are, for messages."""


def csv_rows(
    text: str,
    error: Callable[[int, str], Exception],
    delimiter: str = ",",
    *,
    strict: bool = False,
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a text, each with the line on which it ends.

    Arguments:
        text: the text.
        error: makes the error to raise from the line where the text goes wrong, and from how.
        delimiter: what parts cells.
        strict: quotation marks out of place are errors.

    Raises:
        Exception: as ``error``: a cell is longer than any cell is, or quotation marks are out of
            place.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as cause:
            raise error(rows.line_num, _told(str(cause))) from None
        yield rows.line_num, cells


def _told(cause: str) -> str:
    if "field limit" in cause:
        return f"a cell has more than {csv.field_size_limit():,} characters"
    return cause
