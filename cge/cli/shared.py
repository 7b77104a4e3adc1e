"""What all commands share: exit codes, and errors as one paragraph."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

CHECK_FAILED = 1
BAD_INPUT = 2
NO_SOLUTION = 3

_OURS = {"cge", "sam", "recipes", "calibration", "closures"}


class _Teller(logging.Handler):
    """Prints what is logged on standard error, as plain lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message of a record."""
        say(record.getMessage())


@contextmanager
def _telling() -> Iterator[None]:
    """Say which fallbacks the solver turns to."""
    log, teller = logging.getLogger("cge"), _Teller(logging.INFO)
    level = log.level
    log.addHandler(teller)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(teller)
        log.setLevel(level)


@contextmanager
def explained() -> Iterator[None]:
    """Turn errors of our own into one paragraph and an exit code; others are bugs and pass.

    What the solver logs meanwhile goes to standard error.
    """
    try:
        with _telling():
            yield
    except Exception as error:
        code = exit_code(error)
        if code is None:
            raise
        say(f"Error: {' '.join(str(error).split())}")
        raise typer.Exit(code) from None


def exit_code(error: Exception) -> int | None:
    """Exit code of an error: our ValueErrors are bad input, our RuntimeErrors lack a solution."""
    if type(error).__module__.partition(".")[0] not in _OURS:
        return None
    if isinstance(error, ValueError):
        return BAD_INPUT
    return NO_SOLUTION if isinstance(error, RuntimeError) else None


def say(text: str) -> None:
    """Print to standard error, where people look and pipes do not."""
    print(text, file=sys.stderr)


def listed(files: Sequence[Path]) -> str:
    """Names of files in one line."""
    return ", ".join(str(file) for file in files)
