"""Trade between regions is computed on plain arrays, all in one order of regions."""

from __future__ import annotations

import pandas as pd

from sam.errors import BalancingError


def check_unlabelled(**given: object) -> None:
    """Refuse tables with labels, which would be taken in the order in which they stand.

    Arguments:
        given: what was given, by the name of the argument.

    Raises:
        BalancingError: one is a frame or a series.
    """
    for name, values in given.items():
        if isinstance(values, (pd.DataFrame, pd.Series, pd.Index)):
            raise BalancingError(
                f"trade between regions: {name} is a {type(values).__name__}, whose labels are not "
                "read; bring all tables to one order of regions and commodities (.loc) and give "
                "arrays (.to_numpy())"
            )
