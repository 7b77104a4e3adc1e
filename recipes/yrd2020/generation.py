r"""Electricity made, used and drawn from outside in 2020, TWh.

Thermal, nuclear and hydro generation are published; wind and solar are end-of-year capacity times
national full-load hours, :math:`h = G^{CN} / K^{CN}`. Thermal generation is split into

.. math:: G_{gas,r} = G^{CN}_{gas} \frac{E_{gas,r}}{\sum_s E_{gas,s}}, \qquad
          G_{coal,r} = G_{thermal,r} - G_{gas,r} - G_{oil,r} - G_{biomass,r},

with E the CO2 of that fuel in power stations. Regions that use more than they make draw on the
others first, then on the outside.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.inputs import Inputs, with_rest
from recipes.yrd2020.inventory import REGIONS
from sam.accounts import TECHNOLOGIES
from sam.errors import DatasetError
from sam.ranking import lowest

Array = npt.NDArray[np.float64]

FACTS = {"thermal": "Thermal generation", "nuclear": "Nuclear", "hydro": "Hydro"}
"""Published generation and its name in the table of facts."""

_CAPACITIES = {"wind": "Wind capacity", "solar": "Solar capacity"}


def generation(facts: pd.DataFrame, inputs: Inputs, gas: Array, oil: Array) -> Array:
    """Generation, TWh (region, technology).

    Arguments:
        facts: facts of 2020, item by province in model order (generation in TWh, capacity in GW).
        inputs: national totals and assumptions.
        gas: CO2 of gas burnt in power stations, Mt (region).
        oil: CO2 of oil burnt in power stations, Mt (region).

    Raises:
        DatasetError: thermal generation is less than that of gas, oil and biomass.
    """
    made = {
        name: with_rest(item, fact(facts, item), inputs.value(name)) for name, item in FACTS.items()
    }
    for name, item in _CAPACITIES.items():
        hours = inputs.value(name) / inputs.value(f"{name}_capacity")  # thousand hours
        made[name] = with_rest(f"{name} power", fact(facts, item) * hours, inputs.value(name))
    made["biomass"] = inputs.with_rest("biomass", REGIONS)
    made["gas"] = inputs.value("gas") * gas / gas.sum()
    made["oil"] = inputs.value("oil") * oil / oil.sum()
    made["coal"] = made.pop("thermal") - made["gas"] - made["oil"] - made["biomass"]
    if (made["coal"] < 0.0).any():
        r = lowest(made["coal"])
        raise DatasetError(
            f"generation: gas, oil and biomass make {-made['coal'][r]:.4g} TWh more in "
            f"{REGIONS[r]} than all thermal plants; lower them in physical.csv"
        )
    return np.stack([made[name] for name in TECHNOLOGIES], axis=1)


def fact(facts: pd.DataFrame, item: str) -> Array:
    """One line of the table of facts (province); what the table leaves empty is zero.

    Raises:
        DatasetError: the table has no such line.
    """
    if item not in facts.index:
        raise DatasetError(f"facts of 2020: no line {item!r}; the table has {list(facts.index)}")
    line: Array = np.nan_to_num(facts.loc[[item]].to_numpy(float)[0])
    return line


def electricity_use(facts: pd.DataFrame, inputs: Inputs) -> Array:
    """Electricity used, losses and own use of the sector included, TWh (region).

    Raises:
        DatasetError: the provinces use more than the nation.
    """
    used = fact(facts, "Power consumption 2020")
    return with_rest("electricity use", used, inputs.value("electricity_use"))


def outside_draw(use: Array, made: Array) -> Array:
    """Electricity that a pool of regions draws from outside, TWh (region).

    Surpluses inside the pool serve deficits inside the pool in proportion; the sum is the pool's
    net inflow.

    Arguments:
        use: TWh by region of the pool.
        made: TWh by region of the pool.
    """
    deficit = np.maximum(use - made, 0.0)
    net = max(float((use - made).sum()), 0.0)
    total = float(deficit.sum())
    return np.asarray(deficit * (net / total if total > 0.0 else 0.0))


def indirect_emissions(draw: Array, direct: float, total: float) -> tuple[Array, float]:
    """CO2 of electricity from outside, Mt (region), and its factor, t/MWh.

    The factor is what makes direct and indirect emissions add up to the published total.

    Arguments:
        draw: electricity from outside, TWh (region).
        direct: direct emissions of the pool, Mt.
        total: direct and indirect emissions of the pool, Mt.

    Raises:
        DatasetError: nothing is left for, or drawn from, the outside.
    """
    supplied = float(draw.sum())
    if total <= direct or supplied <= 0.0:
        raise DatasetError(
            f"indirect emissions: direct {direct:.4g} Mt, total {total:.4g} Mt, {supplied:.4g} TWh "
            "from outside; the total must exceed the direct emissions of a pool that draws power"
        )
    factor = (total - direct) / supplied
    return np.asarray(draw * factor), factor
