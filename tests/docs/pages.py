"""What stands on the pages: blocks of code, and how a reader types them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
README = ROOT / "README.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.(?:yaml|csv|py))\n")


@dataclass(frozen=True)
class Block:
    """A block of code on a page.

    Attributes:
        page: the page.
        language: what stands behind its fence.
        text: the code.
        line: lines of the page before it, so that errors name the page's line.
    """

    page: Path
    language: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The file that a block is, which its first line names."""
        found = _FILE.match(self.text)
        return found[1] if found else None

    def __str__(self) -> str:
        return f"{self.page.stem}-{self.line}"


def blocks(page: Path, *languages: str) -> Iterator[Block]:
    """Blocks of a page in some languages, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        if found[1] in languages:
            yield Block(page, found[1], found[2], text.count("\n", 0, found.start(2)))


def typed(page: Path, folder: Path, *, commands: bool) -> None:
    """Do in a folder what a page says: write its files, run its Python, and its commands.

    Arguments:
        page: the page.
        folder: the current folder.
        commands: whether to run commands.
    """
    spoken: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page, "yaml", "text", "sh", "python"):
        if block.file is not None:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "sh" and commands:
            _run(block, folder)
        elif block.language == "python":
            code = "\n" * block.line + block.text
            exec(compile(code, str(page), "exec"), spoken)


def _run(block: Block, folder: Path) -> None:
    """Run commands as in a shell, with the program of this environment."""
    ours = ("JAX_", "XLA_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = os.pathsep.join([str(Path(sys.executable).parent), plain["PATH"]])
    environment = {**plain, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
