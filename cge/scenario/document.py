"""YAML documents whose values know the line they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cge.scenario.errors import ScenarioError


@dataclass(frozen=True, eq=False)
class Document:
    """A YAML file, read.

    Attributes:
        file: where it was read from.
        content: its values as plain Python objects.
        root: its nodes, for the lines.
    """

    file: Path
    content: dict[str, Any]
    root: yaml.MappingNode

    def line(self, keys: Sequence[str | int]) -> int:
        """Line of the value that the keys lead to, or of the innermost part that exists."""
        node: yaml.Node = self.root
        line = 1
        for key in keys:
            child = _child(node, key)
            if child is None:
                break
            line, node = child
        return line


def read_document(file: Path) -> Document:
    """Read a YAML file that holds one mapping.

    Arguments:
        file: the file.

    Raises:
        ScenarioError: the file cannot be read, is no YAML, holds no mapping, or a key is given
            twice.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise ScenarioError(
            f"scenario {file}: cannot be read ({cause}); name a YAML file or an embedded scenario"
        ) from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.MappingNode):
            raise ScenarioError(
                f"scenario {file}: holds no mapping of keys to values; begin with 'name: ...'"
            )
        _check_duplicates(root, file, set())
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as cause:
        line = cause.problem_mark.line + 1 if cause.problem_mark else 1
        raise ScenarioError(
            f"scenario {file}, line {line}: is no YAML ({cause.problem}); correct the line"
        ) from None
    except yaml.YAMLError as cause:
        raise ScenarioError(f"scenario {file}: is no YAML ({cause}); correct it") from None
    return Document(file, content, root)


def _child(node: yaml.Node, key: str | int) -> tuple[int, yaml.Node] | None:
    """Line and node of an entry of a mapping or a sequence."""
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        child: yaml.Node = node.value[key]
        return child.start_mark.line + 1, child
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line + 1, value
    return None


def _check_duplicates(node: yaml.Node, file: Path, seen: set[int]) -> None:
    """YAML keeps the last of two equal keys in silence; we do not."""
    if id(node) in seen or isinstance(node, yaml.ScalarNode):
        return
    seen.add(id(node))
    if not isinstance(node, yaml.MappingNode):
        for child in node.value:
            _check_duplicates(child, file, seen)
        return
    keys: set[str] = set()
    for name, value in node.value:
        if name.value in keys:
            line = name.start_mark.line + 1
            raise ScenarioError(
                f"scenario {file}, line {line}: key {name.value!r} is given twice; remove one"
            )
        if isinstance(name, yaml.ScalarNode):
            keys.add(name.value)
        _check_duplicates(value, file, seen)
