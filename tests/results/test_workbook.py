"""The workbook: cells are what was put in, and lines of nothing are not there."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import openpyxl
from openpyxl import Workbook

from cge.results.cells import Lines, filled
from cge.results.workbook import workbook
from tests.results.made_up import baseline_and_policy

NAN = float("nan")


def test_cells_are_what_was_put_in() -> None:
    lines = Lines(4)
    lines.add(["R&D <new>", "碳"], [2020, NAN])
    lines.add(["", "bell\x07"], [1.23456789012e-7, -3e12])
    book = Workbook(write_only=True)
    sheet = book.create_sheet("one")
    content = io.BytesIO()
    book.save(content)
    read = openpyxl.load_workbook(io.BytesIO(filled(content.getvalue(), {sheet.path: lines})))
    assert list(read["one"].values) == [
        ("R&D <new>", "碳", 2020, None),
        (None, "bell", 1.23456789e-7, -3e12),
    ]


def test_lines_of_nothing_are_left_out() -> None:
    path = baseline_and_policy()[0]
    data = path.data.drop_vars("capacity").copy(deep=True)
    data["generation_twh"].loc[{"region": "SH", "technology": "wind"}] = 1e-9
    data["generation_twh"].loc[{"region": "JS", "technology": "wind"}] = np.nan
    book = openpyxl.load_workbook(io.BytesIO(workbook([replace(path, data=data)])))
    told = [row for row in book["Electricity"].values if row[2] == "Wind"]
    regions = {str(row[1]).split(" (")[0] for row in told}
    assert {"Zhejiang", "Anhui"} <= regions
    assert not {"Shanghai", "Jiangsu"} & regions
