"""What may be exchanged with a scenario, before anything is solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import xarray as xr

from calibration import Assumptions
from cge import path as pathways
from cge.coupling.items import items_of, table
from cge.coupling.session import slots
from cge.scenario import Scenario
from cge.setting import Extension


def catalogue(
    scenario: Scenario,
    *,
    limits: int = 8,
    assumptions: Assumptions | None = None,
    extensions: Sequence[Extension] = (),
) -> pd.DataFrame:
    """The catalogue of a session of a scenario; the economy is declared, and nothing is solved.

    Arguments:
        scenario: the scenario.
        limits: as for ``Session``, like the others.
        assumptions: assumption tables in the place of those that the scenario names.
        extensions: what declares blocks beside those of M3C.

    Raises:
        sam.DatasetError: the dataset is unknown or lacks drivers for the years.
        calibration.CalibrationError: the base year cannot be calibrated.
    """
    alone = pathways.prepare(scenario, assumptions=assumptions)
    setting = replace(alone, baseline=xr.Dataset())  # sessions have the closure of a policy
    economy = pathways.compiled(setting, setting.structure(slots(limits), *extensions)).economy
    return table(items_of(economy.reports, economy.levers, setting.labels).values())
