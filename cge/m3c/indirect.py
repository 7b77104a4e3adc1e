r"""Indirect emissions: electricity drawn from where the dataset accounts for none of its own.

As much and as clean as what is drawn: with inflow :math:`T_{qr}` of electricity from the regions q
outside (those for which the dataset has no indirect emissions) and the CO2 :math:`f_q` of their
generation per TWh,

.. math:: E_r = E_{r0} \frac{\sum_q f_q T_{qr}}{\sum_q f_{q0} T_{qr0}} .

They arise elsewhere and are never part of direct emissions.

The CO2 of the electricity that a user buys (scope 2 of the Greenhouse Gas Protocol, by location)
has the mix of what arrives in its region, own generation and imports without CO2 among it,

.. math:: S_{ru} = Q_{ru} \frac{\sum_q f_q F_{qr}}{\sum_q F_{qr} + M_r} ;

over all users and what is sent abroad it is the CO2 of generation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.electricity import PJ_PER_TWH
from cge.blocks import Block, Check, Report, Year
from cge.m3c.emissions import Emissions
from cge.m3c.energy import Energy
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
        energy: who buys it, and from where.
    """

    trade: Trade
    power: Power
    emissions: Emissions
    energy: Energy

    def reports(self) -> Sequence[Report]:
        """Indirect emissions."""
        return (
            Report(
                "co2_indirect", "region", "Mt CO2",
                "CO2 of electricity drawn from regions without indirect emissions of their own in "
                "the dataset; no part of direct CO2",
                self._indirect, iamc="Indirect Emissions|CO2", total="groups",
            ),
            Report(
                "co2_of_electricity", "region user", "Mt CO2",
                "CO2 of generating the electricity that a user buys, at the mix of what arrives in "
                "the region; part of direct CO2 where it is made", self.of_users,
            ),
        )  # fmt: skip

    def checks(self) -> Sequence[Check]:
        """CO2 of generation is that of the electricity of users and of what is sent abroad."""
        return (
            Check(
                "co2", "", "CO2 of generation, and CO2 of the electricity that is bought",
                self.unassigned,
            ),
        )  # fmt: skip

    def of_users(self, at: Year) -> Array:
        """CO2 of the electricity that users buy, Mt (region, user)."""
        twh: Array = self.energy.bought(at).whole[:, :, -1] / PJ_PER_TWH
        return twh * self.mixed(at)[:, None]

    def mixed(self, at: Year) -> Array:
        """CO2 of electricity that arrives in a region, Mt per TWh (region)."""
        sent = self.energy.sent(at)
        arrives = sent.sum(axis=0) + self.energy.imported(at)
        return ratio(self._per_twh(at) @ sent, arrives)

    def unassigned(self, at: Year) -> float:
        """CO2 of generation that nobody's electricity has, relative to it."""
        emitted = self.emissions.direct(at).power.sum(axis=(1, 2))
        public = self.energy.bought(at).public / PJ_PER_TWH * self.mixed(at)
        left = self.power.mix.twh(at).sum(axis=1) - self.energy.sent(at).sum(axis=1)
        abroad = self._per_twh(at) * left
        gap = emitted.sum() - self.of_users(at).sum() - public.sum() - abroad.sum()
        return float(ratio(gap, emitted.sum()))

    def _per_twh(self, at: Year) -> Array:
        """CO2 of generation, Mt per TWh (region)."""
        emitted = self.emissions.direct(at).power.sum(axis=(1, 2))
        return ratio(emitted, self.power.mix.twh(at).sum(axis=1))

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
