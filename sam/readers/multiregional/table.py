r"""Multi-regional input-output tables in the layout of CEADs: 31 provinces by 42 sectors.

Who in which province buys what from which province, with imports as one row (non-competitive: uses
are of domestic goods),

.. math::

    X_i^r &= \sum_{s,j} Z_{ij}^{rs} + \sum_s F_i^{rs} + E_i^r + \varepsilon_i^r && \text{(uses)} \\
    X_j^s &= \sum_{r,i} Z_{ij}^{rs} + M_j^s + \sum_k V_{kj}^s && \text{(inputs)}

Three columns (province, sector, code) stand left of the table and lines of provinces, sectors and
codes above it; a province's name stands once, in a merged cell or the first cell of its block.
Sector codes repeat in every block of intermediate use, ``FU101`` to ``FU202`` in every block of
final use; then follow exports, total final use, errors and gross output. Below the sectors stand
imports, total intermediate input, four components of value added, their total and total input.

Every sum that the table prints is checked. What no sum can see is a number moved within a row among
final uses and exports, because they enter every sum together, unless the table prints totals below
them; nor what imports go to which final use.

Layout: Zheng et al., Chinese provincial multi-regional input-output database for 2012, 2015, and
2017, Scientific Data 8:244 (2021), and the workbooks of CEADs that belong to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sam.readers.defects import NOISE, Defect, above, below, broken_sum, broken_sums, share_of
from sam.readers.io_table.defects import (
    FINAL_USES,
    VALUE_ADDED,
    large_discrepancies,
    value_added_defects,
)
from sam.readers.io_table.table import OUTPUT_RANGE, check_size, stated_unit
from sam.readers.multiregional.layout import Frame, find_frame, has_frame
from sam.readers.workbook import Sheet, only_table

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MultiRegionalTable:
    """A multi-regional table with non-competitive imports at producer prices of its year.

    Attributes:
        regions: names of the regions.
        sectors: names of the sectors, in code order.
        intermediate: purchases (origin, product, destination, sector).
        final: purchases (origin, product, destination, final use), uses as in ``FINAL_USES``.
        export: sales abroad (region, sector).
        other: errors of the table (region, sector).
        imports: imported inputs (region, sector).
        imports_final: imports for final use (region, final use).
        value_added: by (component, region, sector), in the order of ``VALUE_ADDED``.
        output: gross output (region, sector).
        defects: what the published table gets wrong or leaves open.
        unit: unit of all numbers.
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    intermediate: Array
    final: Array
    export: Array
    other: Array
    imports: Array
    imports_final: Array
    value_added: Array
    output: Array
    defects: tuple[Defect, ...] = field(default=())
    unit: str = "1e8 CNY"

    @property
    def use(self) -> Array:
        """Sales of each sector (region, sector): intermediate, final and exports."""
        return np.asarray(self.intermediate.sum((2, 3)) + self.final.sum((2, 3)) + self.export)

    @property
    def cost(self) -> Array:
        """Inputs of each sector (region, sector): domestic, imported and value added."""
        return np.asarray(self.intermediate.sum((0, 1)) + self.imports + self.value_added.sum(0))


def read_multiregional_table(
    path: str | Path,
    sheet: str | None = None,
    sectors: Sequence[str] | None = None,
    output_range: tuple[float, float] = OUTPUT_RANGE,
) -> MultiRegionalTable:
    """Read a multi-regional table.

    Arguments:
        path: ``.xlsx`` or ``.xls`` workbook.
        sheet: sheet of the table, which saves reading the others; if omitted, the one that
            holds a table, visible before hidden.
        sectors: the sectors in code order: names, as the labels must read, or codes of a list whose
            names they must read; as printed if omitted.
        output_range: lowest and highest gross output that its provinces can have in the mean, 1e8
            CNY.

    Raises:
        SourceError: the file or sheet is missing, several sheets hold a table (they come in Chinese
            and English), or the frame, labels, unit or numbers are not as the layout says.
    """
    return read_multiregional_sheet(only_table(path, sheet, has_frame), sectors, output_range)


def read_multiregional_sheet(
    sheet: Sheet,
    sectors: Sequence[str] | None = None,
    output_range: tuple[float, float] = OUTPUT_RANGE,
) -> MultiRegionalTable:
    """Read a multi-regional table from its sheet.

    Arguments:
        sheet: cells of the sheet.
        sectors: the sectors in code order, names or codes; as printed if omitted.
        output_range: lowest and highest gross output of the mean province, 1e8 CNY.

    Raises:
        SourceError: the frame, labels, unit or numbers are not as the layout says.
    """
    frame = find_frame(sheet, sectors)
    unit, doubts = stated_unit(sheet, frame.code_row)
    table, printed = _numbers(sheet, frame, unit)
    mean = float(table.output.sum()) / len(table.regions)
    place = frame.rows["TI"], frame.columns["GO"]
    check_size(sheet, *place, mean, unit, "the mean province", output_range)
    return replace(table, defects=(*doubts, *_defects(table, printed)))


def _numbers(
    sheet: Sheet, frame: Frame, unit: float
) -> tuple[MultiRegionalTable, dict[str, Array]]:
    """The table, and the printed sums that it repeats.

    Sums are by (region, sector); those of ``final TII`` and ``final TI`` by (region, final use).
    """
    shape = (len(frame.regions), len(frame.sectors))
    finals = (len(frame.regions), len(FINAL_USES))
    sums = [name for name in ("TIU", "TFU") if name in frame.columns]
    tail = [frame.columns[name] for name in ("EX", "ERR", "GO", *sums)]
    block = unit * _block(sheet, frame.products, [*frame.sellers, *frame.finals, *tail])
    count = len(frame.products)
    names = [name for name in frame.rows if name != "IM"]
    rows = [frame.rows[name] for name in ("IM", *names)]
    under = unit * _block(sheet, rows, [*frame.sellers, *frame.finals])
    printed = dict(zip(names, under[1:, :count].reshape(-1, *shape), strict=True))
    edges = dict(zip(("EX", "ERR", "GO", *sums), block[:, -len(tail) :].T, strict=True))
    printed |= {name: edges[name].reshape(shape) for name in sums}
    totals = dict(zip(names, under[1:, count:].reshape(-1, *finals), strict=True))
    printed |= {f"final {name}": totals[name] for name in ("TII", "TI") if name in totals}
    table = MultiRegionalTable(
        regions=frame.regions,
        sectors=frame.sectors,
        intermediate=block[:, :count].reshape(*shape, *shape),
        final=block[:, count : -len(tail)].reshape(*shape, *finals),
        export=edges["EX"].reshape(shape),
        other=edges["ERR"].reshape(shape),
        imports=under[0, :count].reshape(shape),
        imports_final=under[0, count:].reshape(finals),
        value_added=np.stack([printed[name] for name in VALUE_ADDED]),
        output=edges["GO"].reshape(shape),
    )
    return table, printed


def _block(sheet: Sheet, rows: Sequence[int], columns: Sequence[int]) -> Array:
    """Numbers where rows and columns meet; blank cells are zero."""
    numbers = np.zeros((len(rows), len(columns)))
    for k, row in enumerate(rows):
        cells = [sheet.cell(row, column) for column in columns]
        if all(cell is None or isinstance(cell, float) for cell in cells):
            numbers[k] = [0.0 if cell is None else cell for cell in cells]
        else:
            numbers[k] = [sheet.number(row, column, "a flow") for column in columns]
        if not np.isfinite(numbers[k]).all():
            column = columns[int(np.argmin(np.isfinite(numbers[k])))]
            raise sheet.error(row, column, sheet.cell(row, column), "a number (a flow)")
    return numbers


def _defects(table: MultiRegionalTable, printed: Mapping[str, Array]) -> Iterator[Defect]:
    """Sums that do not hold and flows of the wrong sign, region by region."""
    identities = list(_identities(table, printed))
    uses = list(_final_identities(table, printed))
    rows = {name: printed[name] for name in VALUE_ADDED}
    rows["TVA"] = table.value_added.sum(0)
    for r, region in enumerate(table.regions):
        for message, difference, scale in identities:
            yield from broken_sums(region, message, difference[r], scale[r])
        for name, difference, scale in uses:
            text = f"purchases for {name} differ from their total"
            if abs(difference[r]) > NOISE * max(scale[r], 1.0):
                yield broken_sum(region, "", text, float(difference[r]), float(scale[r]))
        yield from large_discrepancies(region, table.other[r], table.use[r])
        excess = table.export[r] - table.output[r]
        yield from above("transit", region, "exports less output", excess, table.output[r])
        yield from _negative_flows(table, r)
        mine = {name: row[r] for name, row in rows.items()}
        yield from value_added_defects(region, mine, table.output[r])


def _identities(
    table: MultiRegionalTable, printed: Mapping[str, Array]
) -> Iterator[tuple[str, Array, Array]]:
    """What should be equal: message, difference and size of the sum, both (region, sector)."""
    use, cost = np.abs(table.use), np.abs(table.cost)
    inner = table.intermediate.sum((2, 3))  # region, sector
    inputs = table.intermediate.sum((0, 1))
    yield "uses differ from output", table.use + table.other - table.output, use
    yield "inputs differ from output", table.cost - table.output, cost
    yield "total input differs from output", printed["TI"] - table.output, cost
    if "TIU" in printed:
        yield "intermediate uses differ from their total", inner - printed["TIU"], use
    if "TFU" in printed:
        sales = table.final.sum((2, 3)) + table.export
        yield "final uses differ from their total", sales - printed["TFU"], use
    if "TVA" in printed:
        added = table.value_added.sum(0)
        yield "components differ from value added", added - printed["TVA"], cost
    if "TII" in printed:
        closer = _closer(inputs, table.imports, printed["TII"])
        yield "inputs differ from their total", closer, cost


def _closer(domestic: Array, imports: Array, total: Array) -> Array:
    """What a total misses: it includes imports in some tables and leaves them out in others."""
    misses = (domestic - total, domestic + imports - total)
    return min(misses, key=lambda difference: float(np.abs(difference).sum()))


def _final_identities(
    table: MultiRegionalTable, printed: Mapping[str, Array]
) -> Iterator[tuple[str, Array, Array]]:
    """Final use, its difference from a printed total and its size, both by region."""
    domestic = table.final.sum((0, 1))  # region, final use
    size = np.abs(table.final).sum((0, 1)) + np.abs(table.imports_final)
    for name in ("final TII", "final TI"):
        if printed.get(name, np.zeros(1)).any():
            miss = _closer(domestic, table.imports_final, printed[name])
            for k, use in enumerate(FINAL_USES):
                yield use, miss[:, k], size[:, k]


def _negative_flows(table: MultiRegionalTable, r: int) -> Iterator[Defect]:
    region, use = table.regions[r], table.use[r]
    negative = np.minimum(table.intermediate[r], 0.0).sum((1, 2))  # sector
    yield from below("negative_use", region, "negative intermediate uses", negative, use)
    stocks = list(FINAL_USES).index("FU202")
    uses = np.delete(table.final[r], stocks, axis=2)
    negative = np.minimum(uses, 0.0).sum((1, 2))
    yield from below("negative_use", region, "negative final uses", negative, use)
    yield from below("drawdown", region, "inventories", table.final[r, :, :, stocks].sum(1), use)
    for name, flow in (("exports", table.export[r]), ("imports", table.imports[r])):
        yield from below("negative_use", region, f"negative {name}", flow, use)
    whole = float(table.imports_final[r].sum())
    for name, value in zip(FINAL_USES, table.imports_final[r].tolist(), strict=True):
        if value < -NOISE and name != "FU202":
            text = f"negative imports for {name}"
            yield Defect("negative_use", region, "", value, share_of(value, whole), text)
