r"""Footprints: the emissions of a region's production against those of its final demand.

Emissions stand for any stressor that is known by account: gases, water, land, persons at work. With
the emissions :math:`E_i` of activities, their intensity :math:`\epsilon_i = E_i / x_i` and the
Leontief inverse :math:`L` of all regions together (``sam.input_output.leontief``), final demand
of region :math:`a` makes region :math:`b` emit

.. math:: C_{ba} = \sum_{i \in b} \epsilon_i \sum_j L_{ij} y_{ja} , \qquad
          P_b = \sum_a C_{ba} + C_{b,\text{exports}} + H_b , \qquad
          F_a = \sum_b C_{ba} + H_a ,

:math:`H` what final users, mostly households, emit themselves. :math:`P` is what a region emits,
:math:`F` what it causes inside the nation: over the nation consumption-based emissions and those
embodied in exports add up to production-based ones. What is emitted abroad for imports is left out,
or estimated as if imports were made at home by those who supply the same composite (domestic
technology).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import ACTIVITY, REST_OF_WORLD
from sam.dataset import Dataset
from sam.errors import DatasetError, SAMError
from sam.input_output.leontief import InputOutput, input_output, leontief_inverse
from sam.input_output.stressors import LEVELS, by_account
from sam.matrix import SAM
from sam.ratios import ratio
from sam.spelling import near, some

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Imports = Literal["left out", "domestic technology"]

CO2 = "mt_co2"
_UNIT = "Mt CO2"
_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Emissions:
    """Emissions by who emits, in one unit.

    Attributes:
        activities: what activities emit, as they burn fuel or in their processes (activity).
        final_users: what final users emit themselves (final).
    """

    activities: Array
    final_users: Array


@dataclass(frozen=True, eq=False, repr=False)
class Footprint:
    """Emissions by where they arise and for whose final demand.

    Attributes:
        regions: region labels.
        activities: (region, activity) of those that emit.
        products: (region, kind, account) of the composites bought finally.
        embodied: by activities for final demand of a region (activity, region of demand).
        by_product: the same by composite bought (producing region, product).
        exports: by activities for exports (activity).
        other: by activities for kinds of final demand that were left out (activity).
        final_users: by final users themselves, as households that burn fuel (region); without those
            that were left out.
        left_out: by final users that were left out (region).
        foreign: abroad, for final demand of a region (region), zero if imports are left out.
        unit: of all of these.
    """

    regions: tuple[str, ...]
    activities: pd.MultiIndex
    products: pd.MultiIndex
    embodied: Array
    by_product: Array
    exports: Array
    other: Array
    final_users: Array
    left_out: Array
    foreign: Array
    unit: str = _UNIT

    @property
    def flows(self) -> Array:
        """C, emissions of activities (producing region, region of demand)."""
        return self._by_region(self.embodied)

    @property
    def production(self) -> Array:
        """P, all that is emitted in a region."""
        sold = self.embodied.sum(1) + self.exports + self.other
        return self._by_region(sold) + self.final_users + self.left_out

    @property
    def consumption(self) -> Array:
        """F, emissions inside the nation for a region's final demand."""
        return np.asarray(self.flows.sum(0) + self.final_users)

    @property
    def elsewhere(self) -> Array:
        """Share of a region's consumption-based emissions that arises in other regions.

        ``NaN`` where it causes none.
        """
        at_home = np.diag(self.flows) + self.final_users
        caused = self.consumption
        return 1.0 - ratio(at_home, caused, np.nan, where=caused != 0.0)

    def elsewhere_of(self, products: Sequence[str]) -> Array:
        """The same for final demand of some composites and what final users emit (region)."""
        chosen = self.products.get_level_values("account").isin(list(products))
        bought_in = self.products.get_level_values("region").to_numpy()
        flows = np.stack(
            [self.by_product[:, chosen & (bought_in == region)].sum(1) for region in self.regions],
            axis=1,
        )  # producing region, region of demand
        at_home = np.diag(flows) + self.final_users
        caused = flows.sum(0) + self.final_users
        return 1.0 - ratio(at_home, caused, np.nan, where=caused != 0.0)

    def pull(self) -> pd.DataFrame:
        """Tons emitted in other regions for each ton a region emits for its own final demand.

        :math:`C_{ba} / (C_{aa} + H_a)`: rows where it is emitted, columns whose final demand; one
        on the diagonal, ``NaN`` in the column of a region that emits nothing for itself. The column
        without its diagonal sums to :math:`s / (1 - s)` with :math:`s` the share that arises
        elsewhere.
        """
        flows = self.flows
        own = np.diag(flows) + self.final_users
        pulled = ratio(flows, own, np.nan, where=np.broadcast_to(own != 0.0, flows.shape))
        return _named(np.where(np.eye(len(own)), 1.0, pulled), self.regions)

    def frame(self) -> pd.DataFrame:
        """Production- and consumption-based emissions by region, and the share elsewhere."""
        exported = self._by_region(self.exports)
        return pd.DataFrame(
            {
                "production": self.production,
                "consumption": self.consumption,
                "exports": exported,
                "final users": self.final_users,
                "foreign": self.foreign,
                "elsewhere": self.elsewhere,
            },
            index=pd.Index(self.regions, name="region"),
        )

    def __repr__(self) -> str:
        table = self.frame().to_string(float_format="{:.4g}".format)
        return f"Footprints of {len(self.regions)} regions, {self.unit}:\n{table}"

    def _by_region(self, values: Array) -> Array:
        return np.asarray(_members(self.activities, self.regions) @ values)


def emissions(
    source: Dataset | SAM, system: InputOutput, stressor: pd.Series | None = None
) -> Emissions:
    """Emissions of activities and of final users themselves.

    Arguments:
        source: a dataset, whose CO2 of fuel and processes counts where no stressor is given; or a
            SAM.
        system: the input-output system of its SAM.
        stressor: what is emitted, by (region, account) or (region, kind, account); accounts that
            are not listed emit nothing.

    Raises:
        SAMError: there is no stressor, or its labels are not those of activities with output and
            final users.
        DatasetError: those of the dataset's CO2 are not.
    """
    given = _stressor(source, stressor)
    what = f"emissions ({given.name})" if given.name else "emissions"
    table = by_account(given, source.regions, what)
    emitters, able = _emitters(system, source.regions)
    labels = emitters if table.index.nlevels == emitters.nlevels else emitters.droplevel("kind")
    table, known = table[table != 0.0], labels[able]
    refused = DatasetError if stressor is None else SAMError
    several = known[known.duplicated() & known.isin(table.index)]
    if len(several):
        raise refused(
            f"{what}: {list(several[:_SHOWN])} are accounts of several kinds; label the amounts by "
            "(region, kind, account)"
        )
    stray = table[~table.index.isin(known)]
    if len(stray):
        raise refused(f"{what}: {_homeless(stray, emitters[able])}")
    found = np.where(able, table.reindex(labels, fill_value=0.0).to_numpy(float), 0.0)
    return Emissions(*np.split(found, [len(system.activities)]))


def _stressor(source: Dataset | SAM, stressor: pd.Series | None) -> pd.Series:
    """What is given, or the CO2 of a dataset."""
    if isinstance(stressor, pd.Series):
        return stressor
    if stressor is not None:
        raise SAMError(
            f"emissions: found a {type(stressor).__name__}, expected a series by (region, account) "
            "(of a frame: one column)"
        )
    if isinstance(source, SAM):
        raise SAMError(
            "emissions: a SAM alone does not tell who emits; give a series by (region, account) as "
            "stressor, or a dataset, whose tables tell it (sam.load_dataset)"
        )
    burnt = source.combustion.rename(columns={"user": "sector"})
    emitted = pd.concat([burnt, source.process]).groupby(["region", "sector"])[CO2].sum()
    return emitted.rename(f"{source.name}, {_UNIT}")


def _emitters(system: InputOutput, regions: Sequence[str]) -> tuple[pd.MultiIndex, Mask]:
    """(region, kind, account) of activities, then of final users, and which of them may emit."""
    active = system.activities.to_frame(index=False).assign(kind=ACTIVITY)
    users = pd.concat([active, system.finals.to_frame(index=False)])[list(LEVELS)]
    able = users["region"].isin(list(regions)) & (users["kind"] != REST_OF_WORLD)
    return pd.MultiIndex.from_frame(users), able.to_numpy()


def _homeless(stray: pd.Series, emitters: pd.MultiIndex) -> str:
    """Who is said to emit and cannot, and who can."""
    plain = emitters.droplevel("kind")
    first = ~emitters.get_level_values("kind").duplicated()
    kinds = [f"{kind} such as {(region, account)}" for region, kind, account in emitters[first]]
    label = stray.index[0]
    known = {f"{region}/{account}" for region, account in plain}
    told = some([f"{label} emits {value:.4g}" for label, value in stray.items()], _SHOWN)
    return (
        f"{told}{near(f'{label[0]}/{label[-1]}', known)}; who emits must be an activity with "
        "output or a final user in a region that produces. Use the names of regions and accounts "
        f"of the SAM ({', '.join(kinds)}), or move the emissions to who makes or buys something"
    )


def footprint(
    source: Dataset | SAM,
    stressor: pd.Series | None = None,
    *,
    demand: Sequence[str] | None = None,
    imports: Imports = "left out",
) -> Footprint:
    """Footprints of all regions of a dataset or a SAM.

    Arguments:
        source: a dataset, whose CO2 of fuel and processes counts where no stressor is given; or a
            SAM.
        stressor: what is emitted instead, by (region, account) or (region, kind, account) of
            activities and final users; accounts that are not listed emit nothing. Its name is the
            unit in reports.
        demand: kinds of account whose purchases count as final demand (``household``,
            ``government``, ``investment``, ...); all but the rest of the world by default.
        imports: whether emissions abroad are left out or estimated with domestic technology.

    Raises:
        DatasetError: nothing is bought by a kind of ``demand``, ``imports`` is unknown, or CO2 of
            the dataset has no activity with output and no final user.
        SAMError: the SAM does not balance or nothing leaks out, a SAM comes without stressor, or
            the stressor has no activity with output and no final user.
        TypeError: neither a dataset nor a SAM.
    """
    if not isinstance(source, (Dataset, SAM)):
        raise TypeError(f"footprint: needs a dataset or a SAM, not {type(source).__name__}")
    if imports not in ("left out", "domestic technology"):
        raise DatasetError(f"footprint: unknown treatment of imports {imports!r}")
    system = input_output(source if isinstance(source, SAM) else source.sam)
    emitted, regions = emissions(source, system, stressor), tuple(source.regions)
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
    own = _members(system.finals, regions)  # region, final
    return Footprint(
        regions=regions,
        activities=system.activities,
        products=system.products,
        embodied=per_product @ _members(system.products, regions).T
        + needed @ _direct(system, regions, chosen),
        by_product=_members(system.activities, regions) @ per_product,
        exports=exports,
        other=other,
        final_users=own[:, chosen] @ emitted.final_users[chosen],
        left_out=own[:, ~chosen] @ emitted.final_users[~chosen],
        foreign=np.zeros(len(regions))
        if imports == "left out"
        else _foreign(system, intensity, chosen, regions),
        unit=_UNIT if stressor is None else str(stressor.name or "unit of the stressor"),
    )


def _direct(system: InputOutput, regions: Sequence[str], chosen: Mask) -> Array:
    """Final purchases from activities that pass no composite (activity, region of demand)."""
    finals = system.finals[chosen]
    return np.asarray(system.direct[:, chosen] @ _members(finals, regions).T)


def _foreign(system: InputOutput, intensity: Array, chosen: Mask, regions: Sequence[str]) -> Array:
    """Emissions abroad for final demand (region), as if imports were made by domestic suppliers."""
    supply = system.supply + foreign_supply(system)
    coefficients = system.coefficients + foreign_supply(system) @ system.inputs
    everywhere = intensity @ leontief_inverse(coefficients) @ supply
    at_home = intensity @ system.inverse @ system.supply
    bought = system.demand[:, chosen].sum(1)
    return np.asarray(_members(system.products, regions) @ ((everywhere - at_home) * bought))


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
