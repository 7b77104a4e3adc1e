"""Productivity that reproduces a path of real GDP: the swap that the baseline makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cge.equilibrium import State
from cge.language import scale
from cge.m3c.accounts import real_gdp
from cge.m3c.economy import Economy
from closures import Fixed, Freed, Swap, impose


def free_productivity(economy: Economy) -> Economy:
    r"""The economy where productivity moves until real GDP meets ``gdp_target`` (region).

    .. math:: A_r = e^{v_r}, \qquad GDP_r(v) = \overline{GDP}_r .
    """

    def gdp(state: State) -> Any:
        return real_gdp(economy, state)

    productivity = economy.model.parameters["productivity"]
    found = Freed("productivity_found", "r", {productivity: scale})
    swap = Swap(found, Fixed("gdp", "r", gdp))
    model = impose(economy.model, [swap], numerically=False)  # a test checks that it is regular
    return replace(economy, model=model)
