r"""The inputs of industries nudged from 2007 towards 2017.

Of the provincial tables of 2017 the largest flows are known, each as a share :math:`q_{ij}` in all
intermediate flows of its province. Cells move part of the way there, and the purchases of goods and
services of each activity keep their sum,

.. math:: Z'_{ij} = \mu_j Z_{ij} \left( \frac{q_{ij} \sum_{kl} Z_{kl}}{Z_{ij}} \right)^{\omega} ,
          \qquad \sum_i Z'_{ij} = \sum_i Z_{ij} .

Where several sectors of 2017 make one model sector the known flow is a part only, and the cell is
raised but never lowered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from recipes.yrd2020.flows import Flows
from sam.concordance import Concordance, load_concordance
from sam.errors import SourceError
from sam.ratios import ratio


@dataclass(frozen=True)
class KnownFlow:
    """A flow between groups of model sectors whose size is known.

    Attributes:
        region: position of the region.
        commodities: positions of the commodities bought.
        activities: positions of the buying activities.
        share: share in all intermediate flows of the region.
        partial: the known flow is a part of the cell only.
    """

    region: int
    commodities: tuple[int, ...]
    activities: tuple[int, ...]
    share: float
    partial: bool


def known_flows(
    table: pd.DataFrame, regions: Sequence[str], sectors: Sequence[str]
) -> list[KnownFlow]:
    """Map the largest flows of provinces to model regions and sectors.

    Arguments:
        table: columns ``province, commodity, activity, share``.
        regions: model regions; only those that are one province have known flows.
        sectors: sector codes.

    Raises:
        SourceError: a sector name is not in the concordance.
    """
    concordance = load_concordance("ceads2017_to_model")
    unknown = sorted({*table["commodity"], *table["activity"]} - set(concordance.sources))
    if unknown:
        raise SourceError(f"largest flows of 2017: unknown sectors {unknown[:5]}")
    places = load_concordance("provinces_to_regions").table
    single = places[~places["target"].duplicated(keep=False)]
    owner = dict(zip(single["name"], single["target"], strict=True))
    groups, merged = _groups(concordance, sectors)
    cells = table[table["province"].isin(list(owner))].assign(
        region=table["province"].map(owner),
        rows=table["commodity"].map(groups),
        columns=table["activity"].map(groups),
    )
    sums: dict[tuple[str, tuple[int, ...], tuple[int, ...]], float] = {}
    for line in cells[["region", "rows", "columns", "share"]].to_numpy().tolist():
        place = (str(line[0]), tuple(line[1]), tuple(line[2]))
        sums[place] = sums.get(place, 0.0) + float(line[3])
    return [
        KnownFlow(regions.index(region), rows, columns, share, bool({*rows, *columns} & merged))
        for (region, rows, columns), share in sums.items()
    ]


def nudge(flows: Flows, known: Sequence[KnownFlow], weight: float, fixed: Sequence[int]) -> Flows:
    """Move known cells part of the way, the sum of each activity's purchases kept.

    Arguments:
        flows: flows of the prior.
        known: flows of 2017.
        weight: how far, 0 (not at all) to 1 (all the way).
        fixed: commodities whose rows stay (energy).
    """
    intermediate = flows.intermediate.copy()  # region, commodity, activity
    totals = flows.intermediate.sum((1, 2))
    for flow in known:
        rows = [i for i in flow.commodities if i not in fixed]
        place = np.ix_([flow.region], rows, flow.activities)
        present = float(flows.intermediate[place].sum())
        if present <= 0.0:
            continue
        pull = flow.share * float(totals[flow.region]) / present
        intermediate[place] *= max(pull, 1.0 if flow.partial else 0.0) ** weight
    free = [i for i in range(intermediate.shape[1]) if i not in fixed]
    before, after = (cells[:, free].sum(1) for cells in (flows.intermediate, intermediate))
    keep = ratio(before, after, 1.0)
    intermediate[:, free] *= keep[:, None]
    return replace(flows, intermediate=intermediate)


def _groups(
    concordance: Concordance, sectors: Sequence[str]
) -> tuple[dict[str, tuple[int, ...]], set[int]]:
    """Model sectors of each source sector, and those that several source sectors make up."""
    table = concordance.table
    groups = {
        str(source): tuple(sectors.index(target) for target in targets)
        for source, targets in table.groupby("source", sort=False)["target"]
    }
    merged = table.loc[table["target"].duplicated(keep=False), "target"]
    return groups, {sectors.index(target) for target in merged}
