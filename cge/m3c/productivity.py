"""Productivity that reproduces a path of real GDP."""

from __future__ import annotations

import numpy as np

from calibration import gdp
from cge.equilibrium import Conditions
from cge.language import scale
from cge.m3c.accounts import real_gdp
from cge.m3c.economy import Economy


def free_productivity(economy: Economy) -> None:
    r"""Let productivity move until real GDP meets the parameter ``gdp_target`` (region).

    .. math:: A_r = e^{v_r}, \qquad GDP_r(v) / \overline{GDP}_r - 1 = 0 .
    """
    model = economy.model
    base = gdp(economy.benchmark)["expenditure"].to_numpy(dtype=float)
    target = model.parameter("gdp_target", "r", ("r", np.array(base)))

    def shortfall(state: Conditions) -> object:
        return real_gdp(economy, state) / state.parameter(target.name) - 1.0

    moved = model.parameters["productivity"]
    model.auxiliary("productivity_found", "r", moves={moved: scale}, until=shortfall)
