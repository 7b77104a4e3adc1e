"""What all commands share: exit codes, errors as one paragraph, how to stop, what to say."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

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
def explained(stopped: str = "Stopped.") -> Iterator[None]:
    """Turn errors of our own into one paragraph and an exit code; others are bugs and pass.

    What the solver logs meanwhile goes to standard error.

    Arguments:
        stopped: what to say where somebody stops the command.
    """
    try:
        with _telling(), stoppable(stopped):
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


@contextmanager
def stoppable(told: str | None = None) -> Iterator[None]:
    """Let the signal by which batch systems end a job (SIGTERM) stop a command as Ctrl-C does.

    Arguments:
        told: what to say then, where nothing inside does.
    """
    ended = False

    def stop(*_: object) -> None:
        nonlocal ended
        ended = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        if told is not None:
            say(told)
        raise typer.Exit(128 + (signal.SIGTERM if ended else signal.SIGINT)) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def say(text: str) -> None:
    """Print to standard error, where people look and pipes do not; a full one stops nobody."""
    if sys.stderr is None:
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        hush(sys.stderr)


def hush(stream: TextIO) -> None:
    """Lead a stream that takes no more nowhere, so that nothing fails on it any longer."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def listed(files: Sequence[Path]) -> str:
    """Names of files in one line."""
    return ", ".join(str(file) for file in files)
