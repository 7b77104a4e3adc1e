r"""Electricity in TWh: what users receive adds up to what plants make, in every region.

The money of a national table does not say how many kWh it buys: users pay other prices, and the
sector's sales to itself (of generators to the grid) are as large as all other sales, though own use
of plants and losses are a fifteenth of the TWh. So two things are done here.

*Sales within the sector are netted* to what they are physically. With purchases :math:`V_{ru}` and
TWh :math:`Q_{ru}` of user u, electricity e pays the mean price of the others for its own,

.. math:: V_{re} = Q_{re} \frac{\sum_{u \ne e} V_{ru}}{\sum_{u \ne e} Q_{ru}} ,

and what it is booked to buy beyond that is taken out of its purchases and of its local sales alike;
taxes and value added stay.

*Money is divided by TWh.* Flows between regions :math:`F_{qr}`, the own region's among them, have
the structure of the table and the totals of generation and use (iterative proportional fitting),

.. math:: \sum_r F_{qr} = G_q - X_q , \qquad \sum_q F_{qr} + M_r = \sum_u Q_{ru} .

Every seller has one price, and what a user pays beyond or below it is a *wedge*, a tax whose
revenue over all buyers of a region, or of an origin, is zero,

.. math:: V_{ru} = (1 + \tau_{ru}) \, P_r \, Q_{ru} , \qquad \sum_u \tau_{ru} P_r Q_{ru} = 0 .

Government and investors, of whom energy tables say nothing, pay the price of the region. Use of all
regions is scaled to what there is: the statistical difference of the balances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.errors import CalibrationError
from calibration.fields import block, over, quantities
from calibration.payments import Payments
from calibration.sets import Sets
from calibration.stocks import purchases
from sam import Dataset
from sam.energy import KGCE_PER_KWH, PJ_PER_MTCE, energy_uses
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

PJ_PER_TWH = PJ_PER_MTCE * KGCE_PER_KWH
"""Heat of electricity, in the tce of which statistics count it."""

_FITTINGS = 2000
_TOLERANCE = 1e-13


@block
class Electricity:
    """TWh of the base year and the prices at which they are paid."""

    use: Array = over(
        "region activity",
        "TWh",
        "electricity received; losses and own use of plants are the sector's",
    )
    home_use: Array = over("region household", "TWh", "electricity received by households")
    public_use: Array = over("region", "TWh", "electricity received by government and investors")
    flow: Array = over("origin region", "TWh", "electricity sent, to the own region too")
    imports: Array = over("region", "TWh", "electricity from abroad")
    exports: Array = over("region", "TWh", "electricity sent abroad")
    wedge: Array = over("region activity", "rate", "paid beyond the price of the region")
    home_wedge: Array = over("region household", "rate", "paid beyond the price of the region")
    flow_wedge: Array = over("origin region", "rate", "paid beyond the price of the origin")

    @property
    def total_use(self) -> Array:
        """TWh received in all, losses among them (region)."""
        total: Array = self.use.sum(axis=1) + self.home_use.sum(axis=1) + self.public_use
        return total


def received(dataset: Dataset, sets: Sets) -> Array:
    """Electricity that users receive, own use and losses in the sector's, TWh (region, user).

    Users are activities, then households.
    """
    table = energy_uses(dataset, "PJ")
    table = table[table["fuel"] == sets.electricity].set_index(["region", "user"])
    index = pd.MultiIndex.from_product([sets.regions, [*sets.sectors, *sets.households]])
    items = [item for item in ("burnt", "used", "losses") if item in table]
    whole = table[items].sum(axis=1).reindex(index).fillna(0.0).to_numpy(dtype=float)
    return whole.reshape(len(sets.regions), -1) / PJ_PER_TWH


def netted(payments: Payments, sets: Sets, twh: Array) -> Payments:
    """Payments whose electricity sector buys from itself what its TWh are worth.

    Arguments:
        payments: payments of the SAM.
        sets: labels.
        twh: electricity received (region, user), as of ``received``.

    Raises:
        CalibrationError: the sector sells less within its region than is to be netted.
    """
    if not sets.makes_electricity:
        return payments
    e = sets.electricity_place
    paid = _paid(payments, e)
    own, others = twh[:, e], np.delete(twh, e, axis=1).sum(axis=1)
    worth = own * ratio(paid.sum(axis=1) - paid[:, e], others)
    surplus = np.where(own > 0.0, np.maximum(paid[:, e] - worth, 0.0), 0.0)  # region
    left = payments["local"][:, e] - surplus
    short = np.flatnonzero(left < 0.0)
    if short.size:
        r = int(short[0])
        raise CalibrationError(
            f"electricity of {sets.regions[r]} buys {surplus[r]:.4g} of itself beyond its own use "
            f"and losses, but sells only {payments['local'][r, e]:.4g} within the region (1e8 "
            "CNY); correct the SAM or the energy table"
        )
    flows = {name: payments[name].copy() for name in ("intermediate", "local")}
    flows["intermediate"][:, e, e] -= surplus
    flows["local"][:, e] = left
    return replace(payments, flows={**payments.flows, **flows})


def calibrate_electricity(
    payments: Payments, sets: Sets, twh: Array, generation: Array
) -> Electricity:
    """TWh by flow and user, and the prices at which they are paid.

    Arguments:
        payments: payments, netted.
        sets: labels.
        twh: electricity received (region, user), as of ``received``.
        generation: electricity made, TWh (region).

    Raises:
        CalibrationError: TWh are made where nothing is sold, or received where nothing arrives.
    """
    count = len(sets.sectors)
    if not sets.makes_electricity:
        return _nothing(sets)
    e = sets.electricity_place
    sent, imports, exports = _abroad(payments, e, generation)
    paid = _paid(payments, e)
    use = _for_money(paid, twh)
    public = _public(payments, e) * ratio(use.sum(axis=1), paid.sum(axis=1))  # region
    scale = float(ratio(sent.sum() + imports.sum(), use.sum() + public.sum()))
    use, public = scale * use, scale * public
    arrives = use.sum(axis=1) + public - imports
    flows = _fitted(_between(payments, e), sent, arrives, sets)
    price = ratio(paid.sum(axis=1), use.sum(axis=1))  # region
    wedge = ratio(paid, price[:, None] * use, 1.0) - 1.0
    value = _between(payments, e)
    at_origin = ratio(value.sum(axis=1), flows.sum(axis=1))
    return Electricity(
        use=use[:, :count],
        home_use=use[:, count:],
        public_use=public,
        flow=flows,
        imports=imports,
        exports=exports,
        wedge=wedge[:, :count],
        home_wedge=wedge[:, count:],
        flow_wedge=ratio(value, at_origin[:, None] * flows, 1.0) - 1.0,
    )


def _paid(payments: Payments, e: int) -> Array:
    """What users pay for electricity, 1e8 CNY (region, user)."""
    bought = (payments["intermediate"][:, e], payments["consumption"][:, :, e])
    return np.concatenate(bought, axis=1)


def _public(payments: Payments, e: int) -> Array:
    """What government and investors pay for electricity, 1e8 CNY (region)."""
    paid: Array = payments["government"][:, e] + purchases(payments)[:, e]
    return paid


def _between(payments: Payments, e: int) -> Array:
    """Sales within and between regions, 1e8 CNY (origin, region)."""
    value: Array = payments["inflow"][:, :, e] + np.diag(payments["local"][:, e])
    return value


def _abroad(payments: Payments, e: int, generation: Array) -> tuple[Array, Array, Array]:
    """TWh that stay in the country, from abroad, and sent abroad (region)."""
    sold = payments.output[:, e]
    content = ratio(generation, sold)  # TWh per 1e8 CNY
    mean = float(ratio(generation.sum(), sold.sum()))
    exports = content * payments["exports"][:, e]
    return generation - exports, mean * payments["imports"][:, e], exports


def _for_money(paid: Array, twh: Array) -> Array:
    """TWh by user: none for those who pay nothing, at the mean price for those without any.

    What nobody pays for is shared out over the others of the region.
    """
    priced = (paid > 0.0) & (twh > 0.0)
    mean = ratio((twh * priced).sum(axis=1), (paid * priced).sum(axis=1))
    use = np.where(priced, twh, np.maximum(paid, 0.0) * mean[:, None])
    result: Array = use * ratio(twh.sum(axis=1), use.sum(axis=1), 1.0)[:, None]
    return result


def _fitted(value: Array, sent: Array, arrives: Array, sets: Sets) -> Array:
    """Flows with the structure of their value and totals by origin and region, TWh."""
    for total, axis, what in ((sent, 1, "sends"), (arrives, 0, "receives")):
        lost = np.flatnonzero((total > 0.0) & ~(value.sum(axis=axis) > 0.0) | (total < 0.0))
        if lost.size:
            r = int(lost[0])
            raise CalibrationError(
                f"electricity: {sets.regions[r]} {what} {total[r]:.4g} TWh, which its payments in "
                "the SAM do not cover; correct generation, the energy table or the SAM"
            )
    flows = value.copy()
    for _ in range(_FITTINGS):
        flows = flows * ratio(sent, flows.sum(axis=1))[:, None]
        factor = ratio(arrives, flows.sum(axis=0))
        flows = flows * factor
        if np.abs(np.where(arrives > 0.0, factor - 1.0, 0.0)).max() <= _TOLERANCE:
            break
    gap = np.abs(flows.sum(axis=1) - sent).max() / max(sent.sum(), 1e-300)
    if gap > 1e-9:
        raise CalibrationError(
            "electricity: no flows between the regions have the totals of generation and use "
            f"(relative gap {gap:.1e}); correct generation, the energy table or the SAM"
        )
    return flows


def _nothing(sets: Sets) -> Electricity:
    sizes: Mapping[str, int] = {
        dim: len(sets.labels(dim)) for dim in ("region", "origin", "activity", "household")
    }
    return Electricity(
        **{
            name: np.zeros([sizes[dim] for dim in quantity.dims])
            for name, quantity in quantities(Electricity).items()
        }
    )
