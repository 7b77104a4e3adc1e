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
from sam.paths import undecodable_line, why_unreadable

LARGEST = 1_000_000
"""Most bytes of a scenario: it is read as a whole, and none has more than some thousands."""

Place = tuple[str, int]
"""File and line."""

Children = dict[str, tuple[Place, yaml.Node]]
"""Place and node of the entries of a mapping or a sequence, by key or place."""

_KNOWN_PROBLEMS = {
    "but found another document": "holds more than one document; keep one",
    "found character '\\t' that cannot start any token": "begins with a tab; use spaces, not tabs",
}
"""What to do about problems that are common, by what PyYAML calls them."""


@dataclass(frozen=True, eq=False)
class Document:
    """A YAML file, read.

    Attributes:
        file: where it was read from.
        content: its values as plain Python objects.
        root: its nodes, for the lines.
        children: entries of nodes that were asked for, by node.
    """

    file: Path
    content: dict[str, Any]
    root: yaml.MappingNode
    children: dict[int, Children] = field(default_factory=dict)

    def place(self, keys: Sequence[str | int]) -> Place:
        """Where the value stands that the keys lead to, or the innermost part that exists."""
        return [(str(self.file), 1), *(place for place, _ in self._followed(keys))][-1]

    def known(self, keys: Sequence[str | int]) -> tuple[str | int, ...]:
        """The keys as far as they lead to something."""
        return tuple(keys[: sum(1 for _ in self._followed(keys))])

    def _followed(self, keys: Sequence[str | int]) -> Iterator[tuple[Place, yaml.Node]]:
        node: yaml.Node = self.root
        for key in keys:
            if id(node) not in self.children:
                self.children[id(node)] = _children(node)
            child = self.children[id(node)].get(str(key))
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
        root = _composed(text, file)
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        line = mark.line + 1 if mark else 1
        usual = f"is no YAML ({cause.problem}); correct the line"
        what = _KNOWN_PROBLEMS.get(cause.problem or "", usual)
        raise ScenarioError(f"scenario {file}, line {line}: {what}") from None
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
    return document_of(file, root)


def document_of(file: Path, root: yaml.MappingNode) -> Document:
    """A document by its nodes, whose marks say in which file they stand."""
    return Document(file, _Values(file).of(root), root)


def _composed(text: str, file: Path) -> yaml.Node | None:
    """The node of a text.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    loader = Loader(text)
    loader.name = str(file)
    try:
        return loader.get_single_node()
    except (ValueError, OverflowError):  # PyYAML takes any number for a character
        mark = loader.get_mark()
        problem = "found an escape or a number that stands for nothing"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark) from None
    finally:
        loader.dispose()


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
    except UnicodeDecodeError as cause:
        raise ScenarioError(
            f"scenario {file}, line {undecodable_line(cause)}: is no UTF-8; save the file as UTF-8"
        ) from None
    except OSError as cause:
        raise ScenarioError(
            f"scenario {file}: cannot be read ({cause}); name a YAML file, or an embedded scenario"
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
        merged: dict[Any, Any] | None = None
        for name, value in node.value:
            if name.tag == MERGE:
                if merged is not None:
                    raise self._wrong(name, "'<<' is given twice; write '<<: [*one, *two]'")
                merged = self._merged(value)
                continue
            key = self._key(name)
            if key in own:
                raise self._wrong(name, f"key {_written(name)} is given twice; remove one")
            own[key] = self.of(value)
            if own[key] is None:
                text = f"key {_written(name)} has no value; give one, or remove the key"
                raise self._wrong(name, text)
        return {**(merged or {}), **own}

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
        once = [*{id(part): part for part in parts}.values()]
        return {key: part[key] for part in reversed(once) for key in part}

    def _entry(self, node: yaml.Node) -> Any:
        value = self.of(node)
        if value is None:
            raise self._wrong(node, "an entry of the list is empty; fill it in, or remove it")
        return value

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            node.value.encode()
        except UnicodeEncodeError as cause:
            half = node.value[cause.start]
            raise self._wrong(node, f"holds half a character, {half!r}; remove it") from None
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


def _children(node: yaml.Node) -> Children:
    """The entries of a mapping, with those that it takes over, or of a sequence."""
    found: Children = {}
    if isinstance(node, yaml.SequenceNode):
        for k, entry in enumerate(node.value):
            found[str(k)] = _place(entry), entry
    seen: set[int] = set()
    parts = [node] if isinstance(node, yaml.MappingNode) else []  # the next one last
    while parts:
        part = parts.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, yaml.SequenceNode):
            parts += reversed(part.value)
            continue
        for name, value in part.value:
            if name.tag == MERGE:
                parts.append(value)
                continue
            key = scalar(name)
            number = str(int(key)) if isinstance(key, bool) else str(key)  # pydantic counts truth
            for text in (name.value, str(key), number):
                found.setdefault(text, (_place(name), value))
    return found


def _place(node: yaml.Node) -> Place:
    return str(node.start_mark.name), node.start_mark.line + 1
