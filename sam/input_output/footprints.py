r"""Footprints: the emissions of a region's production against those of its final demand.

With the emissions :math:`E_i` of activities, their intensity :math:`\epsilon_i = E_i / x_i` and the
Leontief inverse :math:`L` of all regions together (``sam.input_output.leontief``), final demand
of region :math:`a` makes region :math:`b` emit

.. math:: C_{ba} = \sum_{i \in b} \epsilon_i \sum_j L_{ij} y_{ja} , \qquad
          P_b = \sum_a C_{ba} + C_{b,\text{exports}} + H_b , \qquad
          F_a = \sum_b C_{ba} + H_a ,

:math:`H` what households burn themselves. :math:`P` is what a region emits, :math:`F` what it
causes inside the nation: over the nation consumption-based emissions and those embodied in exports
add up to production-based ones. What is emitted abroad for imports is left out, or estimated as if
imports were made at home by those who supply the same composite (domestic technology).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import HOUSEHOLD, REST_OF_WORLD
from sam.dataset import Dataset
from sam.errors import DatasetError
from sam.input_output.leontief import InputOutput, input_output, leontief_inverse
from sam.ratios import ratio

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Imports = Literal["left out", "domestic technology"]

CO2 = "mt_co2"


@dataclass(frozen=True, eq=False)
class Emissions:
    """Emissions of a dataset by who emits.

    Attributes:
        activities: combustion and processes, Mt (activity).
        households: what households burn, Mt (region).
    """

    activities: Array
    households: Array


@dataclass(frozen=True, eq=False, repr=False)
class Footprint:
    """Emissions by where they arise and for whose final demand, Mt.

    Attributes:
        regions: region labels.
        activities: (region, activity) of those that emit.
        products: (region, kind, account) of the composites bought finally.
        embodied: by activities for final demand of a region (activity, region of demand).
        by_product: the same by composite bought (producing region, product).
        exports: by activities for exports (activity).
        other: by activities for kinds of final demand that were left out (activity).
        households: burnt by households themselves (region); zero if they were left out.
        left_out: burnt by households, where these were left out (region).
        foreign: abroad, for final demand of a region (region), zero if imports are left out.
    """

    regions: tuple[str, ...]
    activities: pd.MultiIndex
    products: pd.MultiIndex
    embodied: Array
    by_product: Array
    exports: Array
    other: Array
    households: Array
    left_out: Array
    foreign: Array

    @property
    def flows(self) -> Array:
        """C, emissions of activities (producing region, region of demand)."""
        return self._by_region(self.embodied)

    @property
    def production(self) -> Array:
        """P, all that is emitted in a region."""
        sold = self.embodied.sum(1) + self.exports + self.other
        return self._by_region(sold) + self.households + self.left_out

    @property
    def consumption(self) -> Array:
        """F, emissions inside the nation for a region's final demand."""
        return np.asarray(self.flows.sum(0) + self.households)

    @property
    def elsewhere(self) -> Array:
        """Share of a region's consumption-based emissions that arises in other regions."""
        at_home = np.diag(self.flows) + self.households
        return np.asarray(1.0 - at_home / self.consumption)

    def elsewhere_of(self, products: Sequence[str]) -> Array:
        """The same for final demand of some composites and what households burn (region)."""
        chosen = self.products.get_level_values("account").isin(list(products))
        bought_in = self.products.get_level_values("region").to_numpy()
        flows = np.stack(
            [self.by_product[:, chosen & (bought_in == region)].sum(1) for region in self.regions],
            axis=1,
        )  # producing region, region of demand
        at_home = np.diag(flows) + self.households
        return np.asarray(1.0 - at_home / (flows.sum(0) + self.households))

    def pull(self) -> pd.DataFrame:
        """Tons emitted in other regions for each ton a region emits for its own final demand.

        :math:`C_{ba} / (C_{aa} + H_a)`: rows where it is emitted, columns whose final demand; one
        on the diagonal. The column without its diagonal sums to :math:`s / (1 - s)` with
        :math:`s` the share that arises elsewhere.
        """
        flows = self.flows
        own = np.diag(flows) + self.households
        return _named(np.where(np.eye(len(own)), 1.0, flows / own), self.regions)

    def frame(self) -> pd.DataFrame:
        """Production- and consumption-based emissions by region, Mt, and the share elsewhere."""
        exported = self._by_region(self.exports)
        return pd.DataFrame(
            {
                "production": self.production,
                "consumption": self.consumption,
                "exports": exported,
                "households": self.households,
                "foreign": self.foreign,
                "elsewhere": self.elsewhere,
            },
            index=pd.Index(self.regions, name="region"),
        )

    def __repr__(self) -> str:
        table = self.frame().to_string(float_format="{:.4g}".format)
        return f"Footprints of {len(self.regions)} regions, Mt CO2:\n{table}"

    def _by_region(self, values: Array) -> Array:
        return np.asarray(_members(self.activities, self.regions) @ values)


def emissions(dataset: Dataset, system: InputOutput) -> Emissions:
    """Emissions of activities and households, Mt.

    Arguments:
        dataset: combustion by user and process emissions by sector.
        system: the input-output system of its SAM.

    Raises:
        DatasetError: somebody emits who is neither a household nor an activity with output.
    """
    burnt = dataset.combustion.rename(columns={"user": "sector"})
    table = pd.concat([burnt, dataset.process]).groupby(["region", "sector"])[CO2].sum()
    private = table.index.get_level_values("sector").isin(dataset.sam.names(HOUSEHOLD))
    stray = table[~private & ~table.index.isin(system.activities)]
    if stray.gt(0.0).any():
        raise DatasetError(
            f"dataset {dataset.name}: {stray.sum():.4g} Mt are emitted by {list(stray.index)[:5]}, "
            "which have no output; give them output or move their emissions"
        )
    regions = list(dataset.regions)
    homes = table[private].groupby("region").sum().reindex(regions, fill_value=0.0)
    return Emissions(
        table.reindex(system.activities, fill_value=0.0).to_numpy(float), homes.to_numpy(float)
    )


def footprint(
    dataset: Dataset,
    *,
    demand: Sequence[str] | None = None,
    imports: Imports = "left out",
) -> Footprint:
    """Footprints of all regions of a dataset.

    Arguments:
        dataset: SAM, combustion and process emissions.
        demand: kinds of account whose purchases count as final demand (``household``,
            ``government``, ``investment``, ...); all but the rest of the world by default.
        imports: whether emissions abroad are left out or estimated with domestic technology.

    Raises:
        DatasetError: emissions have no activity, nothing is bought by a kind of ``demand``, or
            ``imports`` is unknown.
        SAMError: the SAM does not balance or nothing leaks out.
        TypeError: a SAM instead of a dataset.
    """
    if not isinstance(dataset, Dataset):
        raise TypeError(
            f"footprint: needs a dataset, whose tables tell who emits, not {type(dataset).__name__}"
            "; a SAM alone has no emissions (sam.load_dataset, or input_output for its Leontief "
            "inverse)"
        )
    if imports not in ("left out", "domestic technology"):
        raise DatasetError(f"footprint: unknown treatment of imports {imports!r}")
    system = input_output(dataset.sam)
    emitted = emissions(dataset, system)
    intensity = emitted.activities / system.output
    kind = system.finals.get_level_values("kind")
    unknown = sorted(set(demand or ()) - set(kind))
    if unknown:
        raise DatasetError(
            f"footprint: no final demand by {unknown}; kinds of account that buy finally: "
            f"{sorted(set(kind))}"
        )
    abroad = np.asarray(kind == REST_OF_WORLD)
    chosen = ~abroad if demand is None else np.asarray(kind.isin(list(demand)))
    needed = intensity[:, None] * system.inverse  # emitting activity, activity sold finally
    finally_bought = system.demand[:, chosen].sum(1)  # product
    per_product = needed @ system.supply * finally_bought  # activity, product
    exports, other = (
        needed @ system.final_output[:, mask].sum(1) for mask in (abroad, ~abroad & ~chosen)
    )
    counted = demand is None or HOUSEHOLD in demand
    none = np.zeros(len(dataset.regions))
    return Footprint(
        regions=dataset.regions,
        activities=system.activities,
        products=system.products,
        embodied=per_product @ _members(system.products, dataset.regions).T
        + needed @ _direct(system, dataset.regions, chosen),
        by_product=_members(system.activities, dataset.regions) @ per_product,
        exports=exports,
        other=other,
        households=emitted.households if counted else none,
        left_out=none if counted else emitted.households,
        foreign=none if imports == "left out" else _foreign(system, intensity, chosen, dataset),
    )


def _direct(system: InputOutput, regions: Sequence[str], chosen: Mask) -> Array:
    """Final purchases from activities that pass no composite (activity, region of demand)."""
    finals = system.finals[chosen]
    return np.asarray(system.direct[:, chosen] @ _members(finals, regions).T)


def _foreign(system: InputOutput, intensity: Array, chosen: Mask, dataset: Dataset) -> Array:
    """Emissions abroad for final demand (region), as if imports were made by domestic suppliers."""
    supply = system.supply + foreign_supply(system)
    coefficients = system.coefficients + foreign_supply(system) @ system.inputs
    everywhere = intensity @ leontief_inverse(coefficients) @ supply
    at_home = intensity @ system.inverse @ system.supply
    bought = system.demand[:, chosen].sum(1)
    return np.asarray(
        _members(system.products, dataset.regions) @ ((everywhere - at_home) * bought)
    )


def foreign_supply(system: InputOutput) -> Array:
    """Imports as output of the activities at home that supply the composite (activity, product).

    Composites that nobody at home supplies are made as the nation makes the commodity.
    """
    share = system.supply.sum(0)
    names = system.activities.get_level_values("account").to_numpy()
    bought = system.products.get_level_values("account").to_numpy()
    nation = (names[:, None] == bought) * system.output[:, None]  # activity, product
    nation = nation / np.maximum(nation.sum(0), 1e-300)
    at_home = ratio(system.supply, share, nation, where=share > 1e-9)
    return np.asarray(at_home * system.imports)


def _members(labels: pd.MultiIndex, regions: Sequence[str]) -> Array:
    """One where an account belongs to a region (region, account)."""
    owner = labels.get_level_values("region").to_numpy()
    return np.array([owner == region for region in regions], dtype=float)


def _named(values: Array, regions: Sequence[str]) -> pd.DataFrame:
    index = pd.Index(regions, name="emitted in")
    return pd.DataFrame(values, index=index, columns=pd.Index(regions, name="per ton in"))
