r"""The identity of gross domestic product: what is produced is earned and spent.

.. math:: Y^{\text{production}} = Y^{\text{income}} = Y^{\text{expenditure}}

in every region and in the nation (``sam.matrix.national_accounts``).
"""

from __future__ import annotations

from sam.accounts import ACTIVITY, COMMODITY
from sam.checks.finding import Finding, Severity, Subject, amount, lines, matrix_of, per_cent
from sam.dataset import ROUNDING
from sam.matrix.national_accounts import EXPENDITURE, GDP, INCOME, PRODUCTION, gdp
from sam.ranking import worst_first

_TO_BALANCE = {INCOME: ACTIVITY, EXPENDITURE: COMMODITY}
"""Accounts whose balance makes an approach agree with production."""


def check_gdp_identity(
    subject: Subject, *, tolerance: float = ROUNDING, severity: Severity = "error"
) -> list[Finding]:
    """GDP by income and by expenditure equals GDP by production, by region and in the nation.

    Arguments:
        subject: a SAM or a dataset.
        tolerance: largest difference, relative to GDP by production, that counts as rounding.
        severity: of the findings.

    Returns:
        Regions (or ``nation``) and approaches that differ, the largest relative difference first;
        sizes are the approach less production.
    """
    sam = matrix_of(subject)
    totals = gdp(sam).xs(GDP, level="item").T  # region, approach
    table = totals.melt(PRODUCTION, [*_TO_BALANCE], "approach", "other", ignore_index=False)
    table = table.rename(columns={PRODUCTION: "production"}).rename_axis("region").reset_index()
    table["gap"] = table["other"] - table["production"]
    table["relative"] = (table["gap"] / table["production"]).abs()
    apart = table[table["relative"] > tolerance]
    return [
        Finding(
            "gdp_identity",
            severity,
            str(line.region),
            (f"{line.region}/{_TO_BALANCE[line.approach]}/*",),
            float(line.gap),
            sam.unit,
            f"GDP of {line.region} by {line.approach} is {amount(line.other)}, by production "
            f"{amount(line.production)} {sam.unit}, {per_cent(line.relative)} of that apart",
            f"balance the {_TO_BALANCE[line.approach]} accounts (see the check balance)",
        )
        for line in lines(apart.iloc[worst_first(apart["relative"])])
    ]
