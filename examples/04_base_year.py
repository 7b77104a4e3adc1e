"""A base year from an old matrix and new totals: the SAM workbench on a page.

The matrix of the second example (Hosoe, Gasawa and Hashimoto 2010) is some years old. Of the new
year we know GDP and foreign trade exactly, consumption and investment less well, and from another
survey what the industries pay for labour. We build the SAM, find the nearest one that meets what is
known, look at what that moved, check the result, and read multipliers off it.

Run it: ``python examples/04_base_year.py``
"""

from __future__ import annotations

from io import StringIO

import numpy as np
import pandas as pd

from sam import SAM
from sam.balancing import Balanced, account_constraints, balance
from sam.checks import run_checks
from sam.input_output import multiplier_table

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


def new_matrix(old: SAM) -> tuple[SAM, Balanced]:
    """The matrix of the new year: all accounts balance, new totals are met as they deserve."""
    table = old.matrix()
    kinds = table.index.get_level_values("kind")
    names = table.index.get_level_values("account")
    cell = np.arange(table.size).reshape(table.shape)  # number of each cell

    def cells(receives: str, pays: str) -> np.ndarray:
        return cell[np.ix_(kinds == receives, kinds == pays)].ravel()

    totals = account_constraints(list(names))
    duties = cells("tax", "commodity")
    added = np.concatenate([cells("factor", "activity"), cells("tax", "activity")])
    totals.add("GDP", [(added, 1.0), (duties, 1.0)], 125.0)
    totals.add("exports", [(cells("activity", "row"), 1.0)], 17.0)
    totals.add("imports", [(cells("row", "commodity"), 1.0)], 30.0)
    totals.add("consumption", [(cells("commodity", "household"), 1.0)], 63.0, deviation=1.0)
    totals.add("investment", [(cells("commodity", "investment"), 1.0)], 38.0, deviation=2.0)
    labour = cell[np.ix_(names == "labour", kinds == "activity")].ravel()
    totals.add("labour", [(labour, 1.0)], 54.0, deviation=1.5)
    result = balance(table, totals.build())
    return SAM.from_matrix(result.frame, unit=old.unit), result


if __name__ == "__main__":
    old = old_matrix()
    old.check()
    print(old, "\n")
    new, result = new_matrix(old)
    print(result.summary(count=4), "\n")
    new.check()
    print(new.gdp()["Home"].round(2), "\n")
    report = run_checks(new)
    print(f"checks: {len(report.errors)} errors, {len(report.warnings)} warnings\n")
    print(multiplier_table(new)["output"].round(2))
