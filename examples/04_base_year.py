"""A base year from an old matrix and new totals: the SAM workbench on a page.

The matrix of the second example (Hosoe, Gasawa and Hashimoto 2010) is some years old. Of the new
year we know GDP and foreign trade exactly, consumption and investment less well, and from another
survey what the industries pay for labour. We build the SAM, find the nearest one that meets what is
known, look at what that moved, check the result, and read multipliers off it.

Run it: ``python examples/04_base_year.py``
"""

from __future__ import annotations

from io import StringIO

import pandas as pd

from sam import SAM
from sam.checks import run_checks
from sam.input_output import multiplier_table
from sam.matrix import Payments, Rebalanced, Total

# Rows receive, columns pay. An industry (activity) sells at home and abroad; a good's market
# (commodity) buys from the industry and from abroad, pays the tariff, and sells to everybody.
TABLE = """
receives               BRD MLK  brd mlk  CAP LAB  IDT TRF  HOH GOV INV EXT
activity:BRD            0   0   70  0    0   0    0   0    0   0   0   8
activity:MLK            0   0   0   72   0   0    0   0    0   0   0   4
commodity:bread         21  8   0   0    0   0    0   0    20  19  16  0
commodity:milk          17  9   0   0    0   0    0   0    30  14  15  0
factor:capital          20  30  0   0    0   0    0   0    0   0   0   0
factor:labour           15  25  0   0    0   0    0   0    0   0   0   0
tax:indirect            5   4   0   0    0   0    0   0    0   0   0   0
tax:tariff              0   0   1   2    0   0    0   0    0   0   0   0
household:families      0   0   0   0    50  40   0   0    0   0   0   0
government:state        0   0   0   0    0   0    9   3    23  0   0   0
investment:saving       0   0   0   0    0   0    0   0    17  2   0   12
row:abroad              0   0   13  11   0   0    0   0    0   0   0   0
"""


def old_matrix() -> SAM:
    """The published matrix, industries and the markets of their goods apart."""
    table = pd.read_csv(StringIO(TABLE), sep=r"\s+", index_col=0).astype(float)
    labels = [("Home", *label.split(":")) for label in table.index]
    accounts = pd.MultiIndex.from_tuples(labels, names=["region", "kind", "account"])
    return SAM.from_matrix(table.set_axis(accounts).set_axis(accounts, axis=1), unit="billion")


def new_matrix(old: SAM) -> Rebalanced:
    """The matrix of the new year: all accounts balance, new totals are met as they deserve."""
    value_added = Payments(row_kind=["factor", "tax"], col_kind="activity")
    duties = Payments(row_kind="tax", col_kind="commodity")
    return old.rebalance(
        [
            Total("GDP", 125.0, parts=[value_added, duties]),
            Total("exports", 17.0, row_kind="activity", col_kind="row"),
            Total("imports", 30.0, row_kind="row", col_kind="commodity"),
            Total("consumption", 63.0, 1.0, row_kind="commodity", col_kind="household"),
            Total("investment", 38.0, 2.0, row_kind="commodity", col_kind="investment"),
            Total("labour", 54.0, 1.5, row="labour", col_kind="activity"),
        ]
    )


if __name__ == "__main__":
    old = old_matrix()
    old.check()
    print(old, "\n")
    found = new_matrix(old)
    print(found.summary(count=4), "\n")
    new = found.sam
    new.check()
    print(new.gdp()["Home"].round(2), "\n")
    report = run_checks(new)
    print(f"checks: {len(report.errors)} errors, {len(report.warnings)} warnings\n")
    print(multiplier_table(new)["output"].round(2))
