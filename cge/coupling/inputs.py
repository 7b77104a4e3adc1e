r"""Items that partners set, each through parameters of the model that exist for it.

A technology model that hands back shares of generation :math:`s_{rt}` takes the choice of
technology over: generation becomes a composite in fixed physical proportions,

.. math:: \bar x_{rt} = s_{rt}\, c_{rt}\, W_r , \qquad \sigma_r = 0 , \qquad
          W_r = \sum_t w_{rt} ,

with base-year generation w in TWh and its base-year value c per TWh, so that a unit of the
composite stays the same number of TWh. Costs are quantities of labour, capital and materials per
unit. A limit on output occupies a slot of licences (see ``cge.m3c.economy``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cge.coupling.errors import CouplingError
from cge.coupling.items import Item, Moment
from cge.coupling.outputs import per_mwh
from cge.m3c import emitters

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SMALLEST_SHARE = 1e-4
"""Share of generation below which a technology is not put: it stays, so that it can come back."""

_NEVER_BINDS = 50.0  # caps above so many times base-year emissions are no caps

_NON_FUEL = ("T.labour.quantity", "T.capital.quantity", "T.material.quantity")
_FUEL = ("T.fuel.quantity", "T.fuel_permit.quantity")


def inputs() -> list[Item]:
    """All items that are set, in the order in which they take effect."""
    return [*_economy(), *_carbon(), *_power(), _output_limit()]


def _economy() -> list[Item]:
    return [
        Item(
            "productivity", ("region",), "index", "in",
            "productivity of labour and capital, base year = 1",
            lambda moment: moment.parameter("productivity"),
            lambda moment, value: {"productivity": value},
            least=1e-3,
        ),
        Item(
            "energy_efficiency", ("region", "sector"), "index", "in",
            "output per unit of energy at unchanged prices, generation apart, base year = 1",
            lambda moment: moment.parameter("energy_efficiency"),
            lambda moment, value: {"energy_efficiency": value},
            least=1e-3,
        ),
        Item(
            "labour_force", ("region",), "million person", "in",
            "people who work, or would at the going wage where a closure allows unemployment",
            _labour_force, _set_labour_force, least=1e-9,
        ),
    ]  # fmt: skip


def _carbon() -> list[Item]:
    return [
        Item(
            "cap", ("pool",), "Mt CO2", "in",
            "permits of a pool; not a number where no cap holds",
            _cap, _set_cap, least=1e-9, open=True,
        ),
        Item(
            "removal_limit", ("region", "option"), "Mt CO2", "in",
            "largest removal and capture of CO2",
            lambda moment: moment.parameter("removal_limit"),
            lambda moment, value: {"removal_limit": value},
            least=0.0,
        ),
    ]  # fmt: skip


def _power() -> list[Item]:
    dims = ("region", "technology")
    return [
        Item(
            "generation_share", dims, "index", "in",
            "share of technologies in the TWh of a region, at least "
            f"{SMALLEST_SHARE:g} where a technology exists; not a number in regions whose mix is "
            "left to prices. Sites follow in proportion unless they are set too",
            _shares, _set_shares, least=0.0, open=True,
        ),
        Item(
            "generation_cost", dims, "CNY/MWh", "in",
            "labour, capital and materials per unit generated at base-year prices; not a number "
            "where the base year's holds",
            _cost, _set_cost, least=1e-6, open=True,
        ),
        Item(
            "generation_efficiency", dims, "index", "in",
            "generation per unit of fuel, base year = 1; not a number where nothing is set",
            _efficiency, _set_efficiency, least=1e-3, open=True,
        ),
        Item(
            "generation_sites", dims, "TWh", "in",
            "generation that the sites of a technology support at base-year rents; not a number "
            "where the scenario's sites hold",
            _sites, _set_sites, least=1e-9, open=True,
        ),
    ]  # fmt: skip


def _output_limit() -> Item:
    return Item(
        "output_limit", ("region", "sector"), "1e8 CNY", "in",
        "largest gross output at base-year prices, counted at the base year's mix of sales at home "
        "and abroad (another mix gives slightly less); not a number where output is free",
        _limits, _set_limits, least=1e-9, open=True,
    )  # fmt: skip


# ---------------------------------------------------------------------- people and carbon


def _people_of_scenario(moment: Moment) -> Array:
    table = moment.run.setting.dataset.driver("labour")
    result: Array = table.loc[moment.year].to_numpy(dtype=float)
    return result


def _labour_force(moment: Moment) -> Array:
    """Labour in force, in people: labour is measured in base-year wages."""
    base = moment.benchmark.institutions.labour_income.sum(axis=1)
    first = moment.run.setting.dataset.driver("labour").loc[moment.run.setting.dataset.base_year]
    result: Array = moment.parameter("labour_supply").sum(axis=1) / base * first.to_numpy(float)
    return result


def _set_labour_force(moment: Moment, people: Array) -> dict[str, Any]:
    ratio = people / _people_of_scenario(moment)
    return {"labour_supply": moment.parameter("labour_supply") * ratio[:, None]}


def _cap(moment: Moment) -> Array:
    """Permits of each pool, Mt (pool)."""
    permits = moment.parameter("cap").sum(axis=0)[:-1]  # pool, without the regions outside
    base = _pool_emissions(moment)[:-1]
    return np.where(permits > _NEVER_BINDS * base, np.nan, permits)


def _pool_emissions(moment: Moment) -> Array:
    total: Array = moment.benchmark.emissions.direct @ moment.run.setting.members
    return total


def _set_cap(moment: Moment, permits: Array) -> dict[str, Any]:
    base = _pool_emissions(moment)[:-1]
    ratios = np.append(permits / base, np.nan)
    return {"cap": emitters.permits(moment.economy, moment.run.setting.members, ratios)}


# ---------------------------------------------------------------------- generation


def _exists(moment: Moment) -> Mask:
    there: Mask = moment.benchmark.power.twh > 0.0
    return there


def _check_exists(moment: Moment, item: str, wanted: Mask) -> None:
    """Assert that nothing is set for a technology that a region does not have."""
    lost = np.argwhere(wanted & ~_exists(moment))
    if lost.size:
        r, t = lost[0]
        b = moment.benchmark
        raise CouplingError(
            f"item {item!r}: {b.regions[r]} has no {b.technologies[t]} in the base year; "
            "technologies cannot be added, leave it out there"
        )


def _unit_value(moment: Moment) -> Array:
    """Base-year value of a TWh, 1e8 CNY (region, technology), zero where nothing is made."""
    b = moment.benchmark
    value: Array = np.zeros_like(b.power.twh)
    return np.divide(b.power.output, b.power.twh, out=value, where=_exists(moment))


def _shares(moment: Moment) -> Array:
    """Shares in force, not a number in regions where technologies substitute."""
    value = _unit_value(moment)
    twh = np.zeros_like(value)
    made = moment.parameter("GEN.technology.quantity")
    np.divide(made, value, out=twh, where=value > 0.0)
    free = moment.parameter("sigma_generation") > 0.0
    return np.where(free[:, None], np.nan, twh / twh.sum(axis=1, keepdims=True))


def _set_shares(moment: Moment, shares: Array) -> dict[str, Any]:
    given = np.asarray(np.isfinite(shares).any(axis=1))  # region
    _check_shares(moment, shares, given)
    there, b = _exists(moment), moment.benchmark
    kept = np.where(there, np.maximum(np.nan_to_num(shares), SMALLEST_SHARE), 0.0)
    twh = kept / kept.sum(axis=1, keepdims=True) * b.power.twh.sum(axis=1, keepdims=True)
    made = np.where(given[:, None], twh * _unit_value(moment), b.power.output)
    ratio = np.ones_like(twh)
    np.divide(twh, b.power.twh, out=ratio, where=there & given[:, None])
    return {
        "GEN.technology.quantity": made,
        "sigma_generation": np.where(given, 0.0, moment.parameter("sigma_generation")),
        "sites": moment.parameter("sites") * ratio,
    }


def _check_shares(moment: Moment, shares: Array, given: Mask) -> None:
    _check_exists(moment, "generation_share", np.nan_to_num(shares) > 0.0)
    total = np.nansum(shares, axis=1)
    wrong = given & (
        (np.abs(total - 1.0) > 1e-6) | (np.isnan(shares) & _exists(moment)).any(axis=1)
    )
    if wrong.any():
        r = int(np.argmax(wrong))
        raise CouplingError(
            f"item 'generation_share': shares of {moment.benchmark.regions[r]} sum to "
            f"{total[r]:.6g} over {np.isfinite(shares[r]).sum()} technologies; give all of them, "
            "summing to 1, or none"
        )


def _cost(moment: Moment) -> Array:
    """Cost in force without fuel and rents of sites, CNY/MWh (region, technology)."""
    total = np.zeros_like(moment.benchmark.power.twh)
    for name in _NON_FUEL:
        letters = moment.economy.model.parameters[name].letters
        total = total + np.einsum(f"{letters}->rt", moment.parameter(name))
    return per_mwh(moment, total)


def _set_cost(moment: Moment, cost: Array) -> dict[str, Any]:
    _check_exists(moment, "generation_cost", np.isfinite(cost))
    return _scaled(moment, _NON_FUEL, cost / _cost(moment))


def _efficiency(moment: Moment) -> Array:
    """Efficiency in force relative to the base year, one where no fuel is burnt.

    Not a number where there is no such technology.
    """
    name = _FUEL[0]
    letters = moment.economy.model.parameters[name].letters
    now = np.einsum(f"{letters}->rt", moment.parameter(name))
    base = moment.benchmark.power.fuel.sum(axis=1)
    ratio: Array = np.where(_exists(moment), 1.0, np.nan)
    np.divide(base, now, out=ratio, where=now > 0.0)
    return ratio


def _set_efficiency(moment: Moment, efficiency: Array) -> dict[str, Any]:
    _check_exists(moment, "generation_efficiency", np.isfinite(efficiency))
    return _scaled(moment, _FUEL, 1.0 / efficiency)


def _scaled(moment: Moment, names: tuple[str, ...], ratio: Array) -> dict[str, Any]:
    """Quantities per unit of a technology times a ratio, one where it is not a number."""
    factor = np.where(np.isnan(ratio), 1.0, ratio)  # region, technology
    result = {}
    for name in names:
        letters = moment.economy.model.parameters[name].letters
        result[name] = np.einsum(f"{letters},rt->{letters}", moment.parameter(name), factor)
    return result


def _sites(moment: Moment) -> Array:
    """Generation that the sites in force support, TWh; not a number where none are needed."""
    b = moment.benchmark
    result = np.full(b.power.twh.shape, np.nan)
    twh = moment.parameter("sites") * b.power.twh
    np.divide(twh, b.power.fixed, out=result, where=b.power.fixed > 0.0)
    return result


def _set_sites(moment: Moment, twh: Array) -> dict[str, Any]:
    b, given = moment.benchmark, np.isfinite(twh)
    _check_exists(moment, "generation_sites", given)
    needless = np.argwhere(given & ~(b.power.fixed > 0.0))
    if needless.size:
        r, t = needless[0]
        raise CouplingError(
            f"item 'generation_sites': {b.technologies[t]} of {b.regions[r]} needs no sites; "
            "give NaN there"
        )
    sites = moment.parameter("sites").copy()
    sites[given] = (twh * b.power.fixed)[given] / b.power.twh[given]
    return {"sites": sites}


# ---------------------------------------------------------------------- limits on output


def _limits(moment: Moment) -> Array:
    """Limits in force (region, sector), not a number where there are none."""
    result = np.full(moment.benchmark.output.shape, np.nan)
    if moment.economy.licences is None or "licences" not in moment.parameters:
        return result
    needed = moment.parameter("Y.licence.quantity")  # region, sector, slot
    for r, j, slot in np.argwhere(needed > 0.0):
        result[r, j] = moment.parameter("licences")[r, slot]
    return result


def no_limits(moment: Moment) -> dict[str, Any]:
    """Parameters of licences where nothing is limited: nobody needs or owns any."""
    if moment.economy.licences is None:
        return {}
    return _set_limits(moment, np.full(moment.benchmark.output.shape, np.nan))


def _set_limits(moment: Moment, limit: Array) -> dict[str, Any]:
    b, licences = moment.benchmark, moment.economy.licences
    slots = 0 if licences is None else licences.size
    places = np.argwhere(np.isfinite(limit))
    _check_limits(moment, places, slots)
    needed = np.zeros((*limit.shape, slots))  # region, sector, slot
    owned = np.zeros((len(limit), slots))  # region, slot
    for slot, (r, j) in enumerate(places):
        needed[r, j, slot], owned[r, slot] = b.output[r, j], limit[r, j]
    return {"Y.licence.quantity": needed, "licences": owned}


def _check_limits(moment: Moment, places: npt.NDArray[np.intp], slots: int) -> None:
    b = moment.benchmark
    if len(places) > slots:
        raise CouplingError(
            f"item 'output_limit': {len(places)} outputs are limited, the session has {slots} "
            f"slots; open it with Session(..., limits={len(places)})"
        )
    for r, j in places:
        if b.output[r, j] == 0.0:
            raise CouplingError(
                f"item 'output_limit': {b.regions[r]} makes no {b.sectors[j]}; leave it out there"
            )
