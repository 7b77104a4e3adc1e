r"""How the emissions of one region or industry pull those of others.

Two readings of a ton. By final demand, region :math:`a` causes :math:`C_{ba}` tons in region
:math:`b`, to be set against what it emits itself for that demand (``Footprint.pull``). By
production, the output of a group of activities :math:`m` is given and the others deliver what it
needs,

.. math:: x_n = (I - A_{nn})^{-1} A_{nm} x_m = L_{nm} L_{mm}^{-1} x_m , \qquad
          \text{pull}_{bm} = \frac{\sum_{i \in b} \epsilon_i x_i}{\sum_{i \in m} \epsilon_i x_i} ,

tons emitted in :math:`b` upstream of :math:`m` for each ton that :math:`m` emits itself. Nothing is
counted twice: what :math:`m` delivers to itself through others is in its own output.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import GOVERNMENT, HOUSEHOLD
from sam.dataset import Dataset
from sam.errors import DatasetError
from sam.input_output.footprints import emissions, footprint
from sam.input_output.leontief import input_output
from sam.matrix import SAM

Array = npt.NDArray[np.float64]

REPORT = Path(__file__).parent / "yrd_footprints.csv"
"""Figures of the report on the Yangtze River Delta, section 3.3."""

_SERVICES = ("TRD", "HOT", "INF", "FIN", "REA", "BUS", "SCI", "ENV", "EDU", "HEA", "PUB")
END_USE = ("CON", "TRN", *_SERVICES)
"""Construction, transport and services: the end uses whose emissions the report traces."""

COLUMNS = (
    "item",
    "region",
    "partner",
    "definition",
    "relation",
    "report",
    "ours",
    "unit",
    "source",
)
"""Columns of the comparison with the report."""


def production_pull(
    source: Dataset | SAM,
    groups: Mapping[str, str] | None = None,
    stressor: pd.Series | None = None,
) -> pd.DataFrame:
    """Tons emitted upstream in other regions or industries for each ton that one emits.

    Arguments:
        source: a dataset, whose CO2 of fuel and processes counts where no stressor is given; or a
            SAM.
        groups: industry group of each activity; without it regions are whole.
        stressor: what is emitted instead (``footprint``).

    Returns:
        Frame with rows where it is emitted and columns that pull, both by region or by (region,
        group); one on the diagonal, ``NaN`` in the column of a group that emits nothing.

    Raises:
        DatasetError: an activity has no group, or CO2 of the dataset has no activity.
        SAMError: a SAM comes without stressor, or the stressor has no activity.
    """
    system = input_output(source if isinstance(source, SAM) else source.sam)
    emitted = emissions(source, system, stressor).activities
    labels = _labels(system.activities, groups)
    order = labels.drop_duplicates()
    code = order.get_indexer(labels)
    member = (code == np.arange(len(order))[:, None]).astype(float)  # group, activity
    own = member @ emitted
    pulled = np.eye(len(order))
    for m in range(len(order)):
        inside = code == m
        inner = np.linalg.solve(system.inverse[np.ix_(inside, inside)], system.output[inside])
        upstream = system.inverse[np.ix_(~inside, inside)] @ inner  # activity outside
        tons = member[:, ~inside] @ (upstream * (emitted / system.output)[~inside])
        tons[m] = own[m]
        pulled[:, m] = tons / own[m] if own[m] > 0.0 else np.nan
    frame = pd.DataFrame(pulled, index=order, columns=order)
    frame.index.names, frame.columns.names = (
        _names(order, "emitted in"),
        _names(order, "per ton in"),
    )
    return frame


def compare_with_report(dataset: Dataset) -> pd.DataFrame:
    """The report's footprints beside those of a dataset, by every reading of its words.

    Arguments:
        dataset: a dataset with the regions ``SH``, ``JS``, ``ZJ``, ``AH``, ``RCN``.

    Returns:
        Columns as in ``COLUMNS``; a pull without partner is that on all other regions together.

    Raises:
        DatasetError: the dataset lacks a region of the report.
    """
    report = pd.read_csv(REPORT, keep_default_na=False).rename(columns={"value": "report"})
    missing = (set(report["region"]) | set(report["partner"])) - {"", *dataset.regions}
    if missing:
        raise DatasetError(f"dataset {dataset.name}: regions {sorted(missing)} are missing")
    everything = footprint(dataset)
    private = footprint(dataset, demand=[HOUSEHOLD, GOVERNMENT])
    shares = {
        "all final demand": everything.elsewhere,
        "construction, transport, services and homes": everything.elsewhere_of(END_USE),
        "households and government": private.elsewhere,
        "households and government, the report's end uses": private.elsewhere_of(END_USE),
    }
    pulls = {
        "final demand": everything.pull(),
        "households and government": private.pull(),
        "production": production_pull(dataset),
    }
    parts = []
    for item, line in zip(report["item"], report.to_dict("records"), strict=True):
        region, partner = str(line["region"]), str(line["partner"])
        if item == "elsewhere":
            place = dataset.regions.index(region)
            found = {name: float(share[place]) for name, share in shares.items()}
        else:
            found = {name: _pulled(pull, region, partner) for name, pull in pulls.items()}
        parts += [line | {"definition": name, "ours": ours} for name, ours in found.items()]
    return pd.DataFrame(parts)[list(COLUMNS)]


def _pulled(pull: pd.DataFrame, region: str, partner: str) -> float:
    column = pull[region].drop(region)
    return float(column[partner] if partner else column.sum())


def _labels(activities: pd.MultiIndex, groups: Mapping[str, str] | None) -> pd.Index:
    regions = activities.get_level_values("region")
    if groups is None:
        return regions
    names = activities.get_level_values("account")
    missing = sorted(set(names) - set(groups))
    if missing:
        raise DatasetError(f"pull: activities {missing[:5]} have no group; add them to the groups")
    return pd.MultiIndex.from_arrays([regions, [groups[name] for name in names]])


def _names(order: pd.Index, first: str) -> list[str]:
    return [first, "group"] if order.nlevels > 1 else [first]
