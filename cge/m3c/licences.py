r"""Licences: limits on output that partners set.

Where output may be limited (``Structure.slots``), production needs one licence per unit of output
from the slot that its limit occupies, and licences are free while they are not scarce,

.. math:: 0 \le \bar X_l - \sum_{rj} m_{rjl} X_{rj} \perp p^Q_l \ge 0 .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cge.blocks import Block, Lever, Refused, Report, Values, Year
from cge.language import Commodity, Model, Parameter
from cge.m3c.markets import Agents, Markets
from cge.m3c.prices import ConsumerPrices

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Licences(Block):
    """Slots for limits on output.

    Attributes:
        market: licences (slot).
        limited: one where an output is limited by a slot (region, sector, slot).
        needed: licences per unit of activity: base-year output where limited (r j l).
        owned: licences of the funds (region, slot).
        prices: what prices are relative to.
    """

    market: Commodity
    limited: Parameter
    needed: Parameter
    owned: Parameter
    prices: ConsumerPrices

    @classmethod
    def declare(
        cls, m: Model, k: Markets, agents: Agents, output: Parameter, prices: ConsumerPrices
    ) -> Licences | None:
        """Declare licences; None where no output can be limited.

        Arguments:
            m: the model.
            k: the markets.
            agents: the funds own licences.
            output: base-year output (r j).
            prices: what prices are relative to.
        """
        if k.licences is None:
            return None
        limited = m.parameter("limited", "r j l", 0.0)
        needed = m.product("Y.licence.quantity", "r j l", output, limited)
        owned = m.parameter("licences", "r l", 0.0)
        agents.fund.owns(k.licences["l"], owned)
        return cls(k.licences, limited, needed, owned, prices)

    def reports(self) -> Sequence[Report]:
        """Scarcity prices."""
        return (
            Report(
                "output_limit_price", "region sector", "index",
                "scarcity price of a limited output, per unit worth one at base-year prices, "
                "relative to consumer prices",
                lambda at: at.parameter(self.limited) @ self.prices.relative(at, self.market),
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """Largest outputs."""
        return (
            Lever(
                "output_limit", "region sector", "1e8 CNY",
                "largest gross output at base-year prices, counted at the base year's mix of sales "
                "at home and abroad (another mix gives slightly less); infinite where output is "
                "free",
                self._limits, self._set_limits, least=1e-9, open=True, unlimited=True,
            ),
        )  # fmt: skip

    def _limits(self, at: Year) -> Array:
        limited, owned = at.parameter(self.limited), at.parameter(self.owned)
        limits = np.full(limited.shape[:2], np.inf)
        for r, j, slot in np.argwhere(limited > 0.0):
            limits[r, j] = owned[r, slot]
        return limits

    def _set_limits(self, at: Year, limits: Array) -> Values:
        places = np.argwhere(np.isfinite(limits))
        self._check(at, places)
        limited = np.zeros((*limits.shape, self.market.size))  # region, sector, slot
        owned = np.zeros((len(limits), self.market.size))  # region, slot
        for slot, (r, j) in enumerate(places):
            limited[r, j, slot], owned[r, slot] = 1.0, limits[r, j]
        return {self.limited: limited, self.owned: owned}

    def _check(self, at: Year, places: npt.NDArray[np.intp]) -> None:
        b = at.setting.benchmark
        if len(places) > self.market.size:
            raise Refused(
                f"{len(places)} outputs are limited, the session has {self.market.size} slots; "
                f"open it with Session(..., limits={len(places)})"
            )
        for r, j in places:
            if b.output[r, j] == 0.0:
                raise Refused(f"{b.regions[r]} makes no {b.sectors[j]}; leave it out there")
