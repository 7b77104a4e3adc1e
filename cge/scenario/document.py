"""YAML documents whose values know the line they stand on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from cge.scenario.errors import ScenarioError
from cge.scenario.notation import MAPPING, MERGE, SEQUENCE, Loader, scalar
from sam.paths import why_unreadable

LARGEST = 1_000_000
"""Most bytes of a scenario: it is read as a whole, and none has more than some thousands."""


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
        return [1, *(line for line, _ in self._followed(keys))][-1]

    def known(self, keys: Sequence[str | int]) -> tuple[str | int, ...]:
        """The keys as far as they lead to something."""
        return tuple(keys[: sum(1 for _ in self._followed(keys))])

    def _followed(self, keys: Sequence[str | int]) -> Iterator[tuple[int, yaml.Node]]:
        node: yaml.Node = self.root
        for key in keys:
            child = _child(node, key)
            if child is None:
                return
            yield child
            node = child[1]


def read_document(file: Path) -> Document:
    """Read a YAML file that holds one mapping.

    Arguments:
        file: the file.

    Raises:
        ScenarioError: the file cannot be read, is no YAML, holds no mapping; a key is given twice,
            is no single word or number, or has no value; a tag has no meaning.
    """
    text = _read(file)
    try:
        root = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        line = mark.line + 1 if mark else 1
        raise ScenarioError(
            f"scenario {file}, line {line}: is no YAML ({cause.problem}); correct the line"
        ) from None
    except ReaderError as cause:
        line = text.count("\n", 0, cause.position) + 1
        raise ScenarioError(
            f"scenario {file}, line {line}: holds the character {chr(cause.character)!r}, which "
            "YAML does not allow; remove it"
        ) from None
    if not isinstance(root, yaml.MappingNode):
        raise ScenarioError(
            f"scenario {file}: holds no mapping of keys to values; begin with 'name: ...'"
        )
    return Document(file, _Values(file).of(root), root)


def _read(file: Path) -> str:
    """The text of a file.

    Raises:
        ScenarioError: it cannot be read, is no text, or is far too long.
    """
    why = why_unreadable(file)
    if why:
        raise ScenarioError(f"scenario {file}: {why}")
    if (size := file.stat().st_size) > LARGEST:
        raise ScenarioError(
            f"scenario {file}: has {size / 1e6:,.1f} MB, a scenario has some thousand bytes; name "
            "the file of the scenario"
        )
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise ScenarioError(
            f"scenario {file}: cannot be read ({cause}); name a YAML file, saved as UTF-8, or an "
            "embedded scenario"
        ) from None


@dataclass(frozen=True, eq=False)
class _Values:
    """The values of nodes, each worked out once however often it is referred to.

    Attributes:
        file: the file, for messages.
        done: lists and mappings by node; None where one is being worked out.
    """

    file: Path
    done: dict[int, Any] = field(default_factory=dict)

    def of(self, node: yaml.Node) -> Any:
        """The value of a node as plain Python objects."""
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) not in self.done:
            self.done[id(node)] = None
            self.done[id(node)] = self._collection(node)
        if self.done[id(node)] is None:
            raise self._wrong(node, "refers to itself; write the value out")
        return self.done[id(node)]

    def _collection(self, node: yaml.Node) -> dict[Any, Any] | list[Any]:
        if isinstance(node, yaml.MappingNode) and node.tag == MAPPING:
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode) and node.tag == SEQUENCE:
            return [self._entry(each) for each in node.value]
        raise self._wrong(node, f"tag {node.tag!r} has no meaning here; remove it")

    def _mapping(self, node: yaml.MappingNode) -> dict[Any, Any]:
        own: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        for name, value in node.value:
            if name.tag == MERGE:
                merged = {**self._merged(value), **merged}
                continue
            key = self._key(name)
            if key in own:
                raise self._wrong(name, f"key {_written(name)} is given twice; remove one")
            own[key] = self.of(value)
            if own[key] is None:
                text = f"key {_written(name)} has no value; give one, or remove the key"
                raise self._wrong(name, text)
        return {**merged, **own}

    def _key(self, name: yaml.Node) -> Any:
        key = self._scalar(name) if isinstance(name, yaml.ScalarNode) else None
        if key is None:
            raise self._wrong(name, "a key must be a word or a number, such as 2030: 0.8")
        return key

    def _merged(self, node: yaml.Node) -> dict[Any, Any]:
        value = self.of(node)
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            raise self._wrong(node, "'<<' takes over the keys of mappings; this is none")
        return {key: part[key] for part in reversed(parts) for key in part}

    def _entry(self, node: yaml.Node) -> Any:
        value = self.of(node)
        if value is None:
            raise self._wrong(node, "an entry of the list is empty; fill it in, or remove it")
        return value

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            return scalar(node)
        except ValueError as cause:
            raise self._wrong(node, str(cause)) from None

    def _wrong(self, node: yaml.Node, text: str) -> ScenarioError:
        return ScenarioError(f"scenario {self.file}, line {node.start_mark.line + 1}: {text}")


def _written(name: yaml.Node) -> str:
    """A key as it is written, quoted and not longer than a line."""
    text = str(name.value)
    return repr(text if len(text) <= 80 else f"{text[:77]}...")


def _child(node: yaml.Node, key: str | int) -> tuple[int, yaml.Node] | None:
    """Line and node of an entry of a mapping or a sequence."""
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        child: yaml.Node = node.value[key]
        return child.start_mark.line + 1, child
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if str(key) in (name.value, str(scalar(name))):
                return name.start_mark.line + 1, value
    return None
