"""The smallest ``.xls`` workbook that a reader of the format takes, as openpyxl writes none."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

VISIBLE, HIDDEN, VERY_HIDDEN = 0, 1, 2


def _record(code: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(body)) + body


def _start(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1997, 0, 0x0600))


def _text(value: str, count: str) -> bytes:
    return struct.pack(f"<{count}B", len(value), 1) + value.encode("utf-16-le")


def _cell(row: int, column: int, value: object) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        return _record(0x0204, place + _text(value, "H"))
    return _record(0x0203, place + struct.pack("<d", value))


def _page(rows: Sequence[Sequence[object]]) -> bytes:
    cells = b"".join(
        _cell(i, j, value)
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
        if value is not None
    )
    return _start(0x0010) + cells + _record(0x000A)


def legacy_workbook(pages: Mapping[str, tuple[int, Sequence[Sequence[object]]]]) -> bytes:
    """A workbook in the stream of Excel 97: of each sheet its visibility and its rows."""
    bodies = [_page(rows) for _, rows in pages.values()]
    sizes = [len(_record(0x0085, b"\0" * 6 + _text(name, "B"))) for name in pages]
    place = len(_start(0x0005)) + sum(sizes) + len(_record(0x000A))
    index = b""
    for (name, (state, _)), body in zip(pages.items(), bodies, strict=True):
        index += _record(0x0085, struct.pack("<IBB", place, state, 0) + _text(name, "B"))
        place += len(body)
    return _start(0x0005) + index + _record(0x000A) + b"".join(bodies)
