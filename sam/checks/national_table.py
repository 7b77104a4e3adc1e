r"""The check of a dataset's national table: regions and departures make up every cell of it.

.. math:: \sum_r x_{rij} = N_{ij} + \delta_{ij}

with the national table N and the departures :math:`\delta` that the dataset ships.
"""

from __future__ import annotations

import numpy as np

from sam.checks.finding import Finding, Severity, amount, lines
from sam.comparison import compare
from sam.dataset import ROUNDING, Dataset
from sam.ranking import worst_first

_SMALL = 1.0  # cells below this are measured by it, in the unit of the SAM


def check_national_table(
    dataset: Dataset, *, tolerance: float = ROUNDING, severity: Severity = "error"
) -> list[Finding]:
    """What the regions add up to is the national table of the dataset, but for named departures.

    Arguments:
        dataset: SAM and the tables ``national`` and ``departures``.
        tolerance: largest difference, relative to the cell, that counts as rounding.
        severity: of the findings.

    Returns:
        Cells of the nation whose difference no departure explains, the largest first; sizes are
        these differences.
    """
    cells = compare(dataset).cells
    size = np.maximum(np.maximum(cells["official"].abs(), cells["dataset"].abs()), _SMALL)
    apart = cells[cells["undocumented"].abs() > tolerance * size]
    return [
        Finding(
            "national_table",
            severity,
            "",
            (f"{line.row} to {line.column}",),
            float(line.undocumented),
            dataset.sam.unit,
            f"{line.row} to {line.column} of the nation: regions add up to {amount(line.dataset)}, "
            f"table and departures to {amount(line.official + line.departure)} {dataset.sam.unit}",
            "correct the table national or the SAM, or name the difference in departures",
        )
        for line in lines(apart.iloc[worst_first(apart["undocumented"])])
    ]
