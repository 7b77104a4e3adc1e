"""Standard output: where it takes no more, a command ends with one line that says why."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cge.cli.shared import BAD_INPUT, hush, say


class _NotPrinted(BaseException):
    """Standard output takes no more: the end of any command, which none may catch."""


class _Paper(io.TextIOWrapper):
    """Standard output that says, once, why it takes no more."""

    def write(self, text: str) -> int:
        with self._refused():
            return super().write(text)

    def flush(self) -> None:
        with self._refused():
            super().flush()

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:  # a reader who has seen enough is nobody's error
            raise
        except OSError as cause:
            hush(self)
            raise _NotPrinted(
                f"standard output cannot be written ({cause.strerror}); free some space, or send "
                "it elsewhere"
            ) from None


@contextmanager
def printed() -> Iterator[None]:
    """Make sure that all of standard output arrives, or end with a line that says why not."""
    plain = sys.stdout
    if isinstance(plain, io.TextIOWrapper):
        sys.stdout = _Paper(
            plain.buffer,
            encoding=plain.encoding,
            errors=plain.errors,
            line_buffering=plain.line_buffering,
            write_through=plain.write_through,
        )
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except _NotPrinted as error:
        say(f"Error: {error}")
        sys.exit(BAD_INPUT)
