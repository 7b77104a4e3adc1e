"""What a scenario that extends another one says: the other's text, with its own laid over it.

Parts go key by key, pools by name, shocks and rows continue the other's; every other key that is
given replaces the other's as a whole, a path over the years too. Name and description are its own.
"""

from __future__ import annotations

from collections.abc import Collection

import yaml

from cge.scenario.document import Document, document_of
from cge.scenario.notation import MAPPING, MERGE, SEQUENCE, scalar

EXTENDS = "extends"
"""Key that names the other scenario."""

_OWN = (EXTENDS, "name", "description")
"""Keys that are not taken over."""

_LEVELS = {"removal": 1, "closure": 1, "assumptions": 1, "drivers": 1, "technology": 2}
"""How deep parts go key by key."""

_EITHER = ("cap", "price", "intensity")
"""What a pool has one of: its own takes the place of the other's, whichever that is."""

Pairs = dict[str, tuple[yaml.Node, yaml.Node]]
"""Keys and values of a mapping, by key."""


def extended(own: Document, other: Document) -> Document:
    """A document laid over another one.

    Arguments:
        own: what is said.
        other: what holds where nothing is said; whole, should it extend another itself.
    """
    mine, theirs = _pairs(own.root), _without(_pairs(other.root), _OWN)
    mine.pop(EXTENDS, None)
    found = {**theirs, **mine}
    for key in mine.keys() & theirs.keys():
        name, value = mine[key]
        found[key] = name, _over(key, value, theirs[key][1])
    return document_of(own.file, _mapping(found, own.root))


def _over(key: str, mine: yaml.Node, theirs: yaml.Node) -> yaml.Node:
    """The value of a key of the scenario."""
    lists = isinstance(mine, yaml.SequenceNode) and isinstance(theirs, yaml.SequenceNode)
    if key == "pools" and lists:
        return _pools(mine, theirs)
    if key == "shocks" and lists:
        return _sequence([*theirs.value, *mine.value], mine)
    return _by_key(mine, theirs, _LEVELS.get(key, 0))


def _by_key(mine: yaml.Node, theirs: yaml.Node, levels: int) -> yaml.Node:
    """A mapping laid over another one, key by key for so many levels."""
    if not levels or not _are_mappings(mine, theirs):
        return mine
    found, others = _pairs(mine), _pairs(theirs)
    for key in found.keys() & others.keys():
        name, value = found[key]
        found[key] = name, _by_key(value, others[key][1], levels - 1)
    return _mapping({**others, **found}, mine)


def _pools(mine: yaml.Node, theirs: yaml.Node) -> yaml.Node:
    """Pools laid over those of the same name, and further ones."""
    found = {_name(pool, k): pool for k, pool in enumerate(theirs.value)}
    for k, pool in enumerate(mine.value):
        name = _name(pool, len(found) + k)
        other = found.get(name)
        found[name] = pool if other is None else _pool(pool, other)
    return _sequence([*found.values()], mine)


def _pool(mine: yaml.Node, theirs: yaml.Node) -> yaml.Node:
    own, others = _pairs(mine), _pairs(theirs)
    if own.keys() & {*_EITHER}:
        others = _without(others, _EITHER)
    return _mapping({**others, **own}, mine)


def _name(pool: yaml.Node, place: int) -> str | int:
    """The name of a pool, or its place where it has none."""
    named = _pairs(pool).get("name") if isinstance(pool, yaml.MappingNode) else None
    return place if named is None else str(named[1].value)


def _pairs(node: yaml.Node) -> Pairs:
    """The entries of a mapping, with those that it takes over ("<<")."""
    found: Pairs = {}
    for name, value in node.value:
        if name.tag != MERGE:
            found[str(scalar(name))] = name, value
    for name, value in node.value:
        if name.tag == MERGE:
            for part in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                found = {**_pairs(part), **found}
    return found


def _without(pairs: Pairs, keys: Collection[str]) -> Pairs:
    return {key: pair for key, pair in pairs.items() if key not in keys}


def _are_mappings(*nodes: yaml.Node) -> bool:
    return all(isinstance(node, yaml.MappingNode) for node in nodes)


def _mapping(pairs: Pairs, like: yaml.Node) -> yaml.MappingNode:
    return yaml.MappingNode(MAPPING, [*pairs.values()], like.start_mark, like.end_mark)


def _sequence(entries: list[yaml.Node], like: yaml.Node) -> yaml.SequenceNode:
    return yaml.SequenceNode(SEQUENCE, entries, like.start_mark, like.end_mark)
