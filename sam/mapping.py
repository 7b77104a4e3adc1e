"""Tables of numbers carried from one classification to another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sam.concordance import Concordance
from sam.errors import ConcordanceError


def map_frame(
    concordance: Concordance,
    frame: pd.DataFrame,
    axis: int = 0,
    level: int | str | None = None,
    targets: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Sum a frame of numbers over sources into targets, along its rows or columns.

    Arguments:
        concordance: map of the labels; totals are kept.
        frame: numbers whose rows (or columns) are labelled by sources or their names.
        axis: 0 for rows, 1 for columns.
        level: level of a composite index that holds the sources; other levels stay.
        targets: order of the targets, those without source as zeros; as the concordance
            lists them if omitted (only for an index of one level).

    Raises:
        ConcordanceError: a label of the frame is no source, ``targets`` lacks a target, or a
            composite index comes without a level or with ``targets``.
    """
    if axis == 1:
        return map_frame(concordance, frame.T, 0, level, targets).T
    composite = isinstance(frame.index, pd.MultiIndex)
    if composite and (level is None or targets is not None):
        raise ConcordanceError(
            f"concordance {concordance.name}: a composite index needs a level and no order of "
            "targets"
        )
    labels = frame.index.get_level_values(level) if level is not None else frame.index
    sources = [concordance.source_of(str(label)) for label in labels]
    unknown = sorted(set(sources) - set(concordance.sources))
    if unknown:
        raise ConcordanceError(
            f"concordance {concordance.name}: labels {unknown[:5]} are no sources"
        )
    if isinstance(frame.index, pd.MultiIndex) and level is not None:
        return _map_level(concordance, frame, frame.index, level)
    wanted = list(targets) if targets is not None else concordance.targets
    shares = concordance.matrix(sources, wanted)
    index = pd.Index(wanted, name=frame.index.name)
    return pd.DataFrame(shares.T @ frame.to_numpy(float), index, frame.columns)


def _map_level(
    concordance: Concordance, frame: pd.DataFrame, index: pd.MultiIndex, level: int | str
) -> pd.DataFrame:
    """Replace one level of a composite index and add up what falls together."""
    number = index.names.index(level) if isinstance(level, str) else level
    lines = {
        source: list(zip(part["target"], part["weight"], strict=True))
        for source, part in concordance.table.groupby("source", sort=False)
    }
    keys, places, weights = [], [], []
    for place, key in enumerate(index):
        for target, weight in lines[concordance.source_of(str(key[number]))]:
            keys.append((*key[:number], target, *key[number + 1 :]))
            places.append(place)
            weights.append(float(weight))
    values = frame.to_numpy(float)[places] * np.array(weights)[:, None]
    new = pd.MultiIndex.from_tuples(keys, names=index.names)
    spread = pd.DataFrame(values, new, frame.columns)
    return spread.groupby(level=list(range(index.nlevels)), sort=False).sum()
