"""Named errors of the data side: every message says what is wrong, where, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from sam.suggestion import Suggestion


class SAMError(ValueError):
    """A social accounting matrix breaks one of its identities or conventions."""


class KindsMissing(SAMError):
    """A table names its accounts and does not tell what they are.

    Arguments:
        message: what is missing, what is suggested, and what to write.
        suggestion: kinds that names and payments of the table suggest; ``suggestion.save(path)``
            writes them to be completed and read again with ``kinds=path``.
        payments: the payments of the table, columns ``row, col, value``.
    """

    def __init__(self, message: str, suggestion: Suggestion, payments: pd.DataFrame) -> None:
        super().__init__(message)
        self.suggestion = suggestion
        self.payments = payments


class DatasetError(ValueError):
    """A dataset is unknown, incomplete or inconsistent with itself."""


class ConcordanceError(ValueError):
    """A concordance is incomplete, has orphans, or its weights do not sum to one."""


class BalancingError(ValueError):
    """Totals cannot be met by any matrix with the pattern of the prior.

    Arguments:
        message: what is wrong, where, and what to do.
        conflict: labels of totals that contradict each other, where they are known.
        verb: the function that was called, with which the text begins.
    """

    def __init__(self, message: str, conflict: tuple[str, ...] = (), *, verb: str = "") -> None:
        super().__init__(f"{verb}: {message}" if verb else message)
        self.message = message
        self.conflict = conflict


class CheckError(ValueError):
    """Checks are asked for that do not exist, or with two severities."""


class SourceError(ValueError):
    """An official table does not look as its layout says: where, what was found and expected.

    Attributes:
        row: row as a spreadsheet counts, none where the message names no row.
        column: letters of the column, none where the message names no column.
        found: what stands there.
    """

    row: object = None
    column: object = None
    found: object = None

    @classmethod
    def at(
        cls,
        file: object,
        sheet: str,
        *,
        row: object = None,
        column: object = None,
        found: object = None,
        expected: object = None,
    ) -> SourceError:
        """Compose the message from the place, what was found there and what was expected."""
        place = f"{file}, sheet {sheet!r}"
        if row is not None:
            place += f", row {row}"
        if column is not None:
            place += f", column {column}"
        error = cls(f"{place}: found {found!r}, expected {expected}")
        error.row, error.column, error.found = row, column, found
        return error


class SourceWarning(UserWarning):
    """A file could be read in more than one way: which was taken, and how to name another."""
