"""The code of a page."""

from __future__ import annotations

import re

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(text: str) -> str:
    """The Python of a page, every line where it stands on the page, so that errors name it."""
    lines = [""] * text.count("\n")
    for match in _BLOCK.finditer(text):
        first = text.count("\n", 0, match.start(1))
        for k, line in enumerate(match.group(1).splitlines()):
            lines[first + k] = line
    return "\n".join(lines)


def run(text: str, name: str) -> None:
    """Run the Python of a page.

    Arguments:
        text: the page.
        name: what to call it in errors.
    """
    exec(compile(blocks(text), name, "exec"), {"__name__": "__main__"})
