"""What accounts emit, employ or use: amounts by the labels of a SAM, matched with its accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from sam.errors import SAMError

Amounts = TypeVar("Amounts", "pd.Series[Any]", pd.DataFrame)

LEVELS = ("region", "kind", "account")
_SHOWN = 5


def by_account(amounts: Amounts, regions: Sequence[str], what: str) -> Amounts:
    """Amounts by (region, account) or (region, kind, account), each account once.

    Arguments:
        amounts: by account, a level ``region`` and one ``kind`` in any place, others without names
            in the order of the labels; of one region also by its accounts alone.
        regions: regions of the SAM.
        what: name in messages.

    Raises:
        SAMError: the labels have another form or repeat, or an amount is not a number.
    """
    table = amounts.copy()
    names = list(table.index.names)
    if table.index.nlevels == 1 and len(regions) == 1:
        table.index = pd.MultiIndex.from_product([regions, table.index])
    elif isinstance(table.index, pd.MultiIndex) and "region" in names:
        first: list[int] = [names.index(name) for name in LEVELS if name in names]
        rest: list[int] = [
            k for k in range(len(names)) if k not in first
        ]  # by place, for lack of names
        table.index = table.index.reorder_levels([*first, *rest])
    if table.index.nlevels not in (2, 3):
        raise SAMError(
            f"{what}: label the amounts by (region, account) or (region, kind, account); found "
            f"{table.index.nlevels} levels {names}"
        )
    repeated = table.index[table.index.duplicated()].unique()
    if len(repeated):
        raise SAMError(f"{what}: {list(repeated[:_SHOWN])} stand more than once; add them up")
    try:
        numbers = table.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise SAMError(f"{what}: the amounts are not all numbers") from None
    bad = ~np.isfinite(numbers.reshape(len(table), -1)).all(1)
    if bad.any():
        raise SAMError(f"{what}: {list(table.index[bad][:_SHOWN])} have no number as amount")
    return table.astype(float)
