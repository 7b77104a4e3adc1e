"""Where every number of the dataset comes from, and how near the accounts come to each total."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from recipes.yrd2020.inputs import Inputs, load_splits
from recipes.yrd2020.institutions import Incomes
from recipes.yrd2020.reliability import Reliability
from sam.accounts import NATIONAL
from sam.report import CONTROL, deviation

_MONEY = "1e8 CNY"
_DIGITS = 9
"""Decimals of a deviation: beyond them is rounding of the balancing."""


def provenance(
    known: Sequence[pd.DataFrame],
    controls: pd.DataFrame,
    *,
    incomes: Incomes,
    inputs: Inputs,
    reliability: Reliability,
    regions: Sequence[str],
) -> pd.DataFrame:
    """Every published total, assumption and control total, with what the accounts achieve.

    Arguments:
        known: tables of published totals and assumptions; those of the physical half may have
            targets too.
        controls: control totals in money with what the balanced flows achieve.
        incomes: incomes and transfers.
        inputs: published totals, for the taxes on incomes.
        reliability: sources of the control totals.
        regions: region labels.
    """
    parts = [
        *(table.dropna(subset=["value"]) for table in known),
        _split_rows(),
        _control_rows(pd.concat([controls, _tax_controls(incomes, inputs, reliability)])),
        _income_rows(incomes, regions),
    ]
    return pd.concat(parts, ignore_index=True)


def _control_rows(controls: pd.DataFrame) -> pd.DataFrame:
    target, achieved = (controls[name].to_numpy(float) for name in ("target", "achieved"))
    return controls.assign(
        item=CONTROL + controls["item"],
        value=target,
        unit=_MONEY,
        deviation=deviation(target, achieved).round(_DIGITS) + 0.0,
    )


def _tax_controls(income: Incomes, inputs: Inputs, reliability: Reliability) -> pd.DataFrame:
    """Taxes on incomes, which are collected as published."""
    rows = []
    for item, paid in (("company_tax", income.company_tax), ("income_tax", income.income_tax)):
        known = reliability.evidence(item, NATIONAL)
        rows.append(
            {
                "item": item,
                "region": NATIONAL,
                "target": inputs.value(item),
                "achieved": float(np.sum(paid)),
                "quality": known.quality,
                "source": known.source,
                "note": known.text(implied=False),
            }
        )
    return pd.DataFrame(rows)


def _split_rows() -> pd.DataFrame:
    """Rules that split sectors of the provincial tables."""
    table = load_splits().table
    return pd.DataFrame(
        {
            "item": "split: " + table["first"] + " " + table["kind"] + " " + table["user"],
            "region": NATIONAL,
            "value": table["share"],
            "unit": "share",
            "source": table["reason"],
            "quality": "assumed",
        }
    )


def _income_rows(income: Incomes, regions: Sequence[str]) -> pd.DataFrame:
    """Transfers and saving that follow from stated assumptions."""
    items = ("company_tax", "retained", "transfer", "government_saving", "foreign", "interregional")
    rows = [
        (f"income: {item}", region, float(getattr(income, item)[r]))
        for item in items
        for r, region in enumerate(regions)
    ]
    table = pd.DataFrame(rows, columns=["item", "region", "value"])
    source = "closed by identity from stated assumptions (see the page about the method)"
    return table.assign(unit=_MONEY, source=source, quality="assumed")
