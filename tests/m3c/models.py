"""One small economy for the tests of the model: its setting, declaration, and caps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from calibration import calibrate
from cge.blocks import Year
from cge.equilibrium import Equilibrium
from cge.m3c import Economy, declare
from cge.m3c.carbon import claims
from cge.scenario import Pool, Scenario
from cge.scenario.tables import assumptions_of
from cge.setting import Setting
from sam import Dataset
from tests.economies import tiny_dataset


def setting_of(dataset: Dataset, pools: Sequence[Pool] = ()) -> Setting:
    """The setting of a scenario in the base year of a dataset."""
    year = dataset.base_year
    scenario = Scenario(name="test", first=year, last=year, pools=list(pools))
    tables = assumptions_of(scenario, dataset)
    return Setting(scenario, dataset, tables, calibrate(dataset, tables))


def declared(
    setting: Setting, pools: Sequence[str] = ("pool 0", "pool 1"), **structure: Any
) -> Economy:
    """The model of a setting with pools; further parts of the structure by name."""
    others = {"closure": (), **structure}
    whole = replace(setting.structure(), pools=tuple(pools), **others)
    return declare(setting.benchmark, setting.assumptions.removal, whole)


@cache
def tiny_setting() -> Setting:
    """Two regions, eight sectors."""
    return setting_of(tiny_dataset())


@cache
def tiny() -> Economy:
    """The economy with two pools."""
    return declared(tiny_setting())


def capped(
    economy: Economy, setting: Setting, ratios: Any, belongs: np.ndarray | None = None
) -> dict[str, Any]:
    """Parameters with caps relative to base-year emissions; by default a pool for each region."""
    b = setting.benchmark
    belongs = np.eye(len(b.regions)) if belongs is None else belongs
    members, owned = claims(b.emissions.direct[:, None], belongs, np.asarray(ratios, float))
    carbon = economy.carbon
    return {carbon.permits.members.name: members, carbon.cap.name: owned}


def at_equilibrium(economy: Economy, setting: Setting, equilibrium: Equilibrium) -> Year:
    """The base year at an equilibrium, for reports to read."""
    return economy.first_year(setting, equilibrium.values, equilibrium.state)


def report(economy: Economy, at: Year, name: str) -> np.ndarray:
    """What an economy reports under a name."""
    (found,) = [report for report in economy.reports if report.name == name]
    return np.asarray(found.of(at), float)
