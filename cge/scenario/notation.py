r"""How values are written in scenario files: the core schema of YAML 1.2, numbers in decimals.

YAML 1.1, which PyYAML reads by itself, takes ``yes`` for a truth value, ``33:41`` for 2021, ``010``
for 8, and stumbles over a day that no month has. Here these are text, and text is never a number:

.. code-block:: text

    true, false                truth values
    2021, -5                   whole numbers
    0.95, 1e3, .inf, .nan      numbers
    all else                   text
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml
from yaml.composer import ComposerError

DEEPEST = 20
"""Most levels of lists and mappings inside each other; a scenario has five."""

LONGEST = 18
"""Most digits of a number that is kept as a whole one."""

_PREFIX = "tag:yaml.org,2002:"
MAPPING, SEQUENCE, MERGE = (f"{_PREFIX}{kind}" for kind in ("map", "seq", "merge"))

_WRITTEN: dict[str, tuple[str, Iterable[str]]] = {
    "bool": ("true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (r"[-+]?[0-9]+", "-+0123456789"),
    "float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    "null": ("~|null|Null|NULL|", ("~", "n", "N", "")),
    "merge": ("<<", "<"),
}
"""Pattern of each kind of scalar and the letters it may begin with, the first that fits holds."""

_PATTERNS = {kind: re.compile(f"^(?:{pattern})$") for kind, (pattern, _) in _WRITTEN.items()}


class Loader(yaml.SafeLoader):
    """Composes nodes whose tags are those of the core schema."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """The next node, unless it lies too deep."""
        if self.depth >= DEEPEST:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise ComposerError(None, None, f"more than {DEEPEST} levels in each other", mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


class Dumper(yaml.SafeDumper):
    """Writes text so that ``Loader`` reads text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012


for _kind, (_, _letters) in _WRITTEN.items():
    for _end in (Loader, Dumper):
        _end.add_implicit_resolver(f"{_PREFIX}{_kind}", _PATTERNS[_kind], [*_letters])


def scalar(node: yaml.ScalarNode) -> str | bool | int | float | None:
    """The value of a scalar.

    Raises:
        ValueError: it has a tag of no kind of the core schema, or one that its text does not fit.
    """
    kind, text = node.tag.removeprefix(_PREFIX), node.value
    if kind == "str":
        return str(text)
    if kind not in _PATTERNS:
        raise ValueError(f"tag {node.tag.replace(_PREFIX, '!!')!r} has no meaning here; remove it")
    if not _PATTERNS[kind].match(text):
        raise ValueError(f"{text[:40]!r} is no {kind}; remove the tag, or correct the value")
    if kind == "int" and len(text) <= LONGEST:
        return int(text)
    if kind in ("int", "float"):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text[0] in "tT" if kind == "bool" else None
