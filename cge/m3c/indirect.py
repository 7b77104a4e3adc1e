r"""Indirect emissions: electricity drawn from where the dataset accounts for none of its own.

As much and as clean as what is drawn: with inflow :math:`T_{qr}` of electricity from the regions q
outside (those for which the dataset has no indirect emissions) and the CO2 :math:`f_q` of their
generation per TWh,

.. math:: E_r = E_{r0} \frac{\sum_q f_q T_{qr}}{\sum_q f_{q0} T_{qr0}} .

They arise elsewhere and are never part of direct emissions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cge.blocks import Block, Report, Year
from cge.m3c.emissions import Emissions
from cge.m3c.power import Power
from cge.m3c.trade import Trade
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Indirect(Block):
    """CO2 of electricity from outside.

    Attributes:
        trade: what is drawn.
        power: what is made.
        emissions: what making it emits.
    """

    trade: Trade
    power: Power
    emissions: Emissions

    def reports(self) -> Sequence[Report]:
        """Indirect emissions."""
        return (
            Report(
                "co2_indirect", "region", "Mt CO2",
                "CO2 of electricity drawn from regions without indirect emissions of their own in "
                "the dataset; no part of direct CO2",
                self._indirect, iamc="Emissions|CO2|Indirect", total="groups",
            ),
        )  # fmt: skip

    def _indirect(self, at: Year) -> Array:
        b, base = at.setting.benchmark, at.setting.indirect
        outside = np.where(np.isnan(base), 1.0, 0.0)  # origin
        place = b.electricity_place
        made, emitted = b.power.twh.sum(axis=1), b.emissions.technology.sum(axis=(1, 2))
        then = _drawn(b.trade.inflow[:, :, place].T, outside, emitted, made)
        emitted = self.emissions.direct(at).power.sum(axis=(1, 2))
        generated = self.power.mix.twh(at).sum(axis=1)
        now = _drawn(self.trade.inflow(at)[:, place], outside, emitted, generated)
        tons: Array = np.nan_to_num(base) * ratio(now, then, 1.0)
        return tons


def _drawn(inflow: Array, outside: Array, emitted: Array, made: Array) -> Array:
    """Inflow from outside, each origin weighted with its CO2 per TWh (region)."""
    weighted: Array = inflow @ (ratio(emitted, made) * outside)
    return weighted
