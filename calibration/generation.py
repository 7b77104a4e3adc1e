r"""Generation of the base year by the technologies of the model.

Statistics count wind and solar power as one each; the model has them by site. What a dataset books
is shared out by what the fleet of the base year would make at its full-load hours,

.. math:: G_{rt} = G_{rs} \frac{K_{rt} h_t}{\sum_{t' \in s} K_{rt'} h_{t'}} ,

and in the proportions of the nation where the fleet has none of them. Technologies that nobody runs
yet but that may grow begin with demonstration plants: a share of what their parent makes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.fleet import COUNTED, Fleet
from calibration.labelled import labelled_array
from calibration.plants import BASE, Plants
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

PARENTS: Final[Mapping[str, str]] = {
    "coal_capture": "coal",
    "gas_capture": "gas",
    "bioenergy_capture": "biomass",
}
"""Technologies that begin with demonstration plants, and what their output is taken from."""

SEED: Final = 1e-5
"""Output of demonstration plants relative to their parent's, our own assumption: the capture plants
of 2020 (Jinjie 0.15, Haifeng 0.02 Mt of CO2 a year) took about that share of coal power's CO2."""


def generation_by_plants(
    table: pd.DataFrame,
    regions: Sequence[str],
    technologies: Sequence[str],
    fleet: Fleet,
    plants: Plants,
) -> Array:
    """Electricity made, TWh (region, technology), zero where not listed.

    Arguments:
        table: generation of a dataset by technologies of the model or of statistics.
        regions: labels of regions.
        technologies: technologies of the model.
        fleet: plants of the base year.
        plants: full-load hours.

    Raises:
        CalibrationError: unknown label, a negative or missing value, or a line given twice.
    """
    wholes = [name for name in COUNTED if name not in technologies]
    known = [*technologies, *wholes]
    listed = labelled_array(table, {"region": regions, "technology": known}, "twh", "generation")
    twh = listed[:, : len(technologies)].copy()
    for k, whole in enumerate(wholes, start=len(technologies)):
        parts = [name for name in COUNTED[whole] if name in technologies]
        shares = _shares(regions, parts, fleet, plants)
        for part, share in zip(parts, shares.T, strict=True):
            twh[:, technologies.index(part)] += listed[:, k] * share
    for name, parent in PARENTS.items():
        if name in technologies and parent in technologies:
            place, of = technologies.index(name), technologies.index(parent)
            seed = np.where(twh[:, place] > 0.0, 0.0, SEED * twh[:, of])
            twh[:, place] += seed
            twh[:, of] -= seed
    return twh


def _shares(regions: Sequence[str], parts: Sequence[str], fleet: Fleet, plants: Plants) -> Array:
    """Shares of parts in their whole, which sum to one (region, part)."""
    hours = np.array([plants.value(part, "hours", BASE) for part in parts])
    nation = fleet.capacity(fleet.regions, parts).sum(axis=0) * hours
    made = np.stack(
        [
            fleet.capacity([region], parts)[0] * hours if region in fleet.regions else nation
            for region in regions
        ]
    )
    made = np.where(made.sum(axis=1, keepdims=True) > 0.0, made, nation)
    shares: Array = ratio(made, made.sum(axis=1)[:, None] * np.ones_like(made))
    return shares
