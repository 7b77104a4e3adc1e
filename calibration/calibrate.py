"""From a dataset and assumptions to the benchmark of M3C, block by block.

The order: balance the SAM to machine precision, arrange its payments, sort the inputs of
production, split electricity, attach trade, institutions and emissions, calibrate demand. All
identities of the SAM carry over because every step only splits payments, never changes them; but
that sales of electricity to its own sector are netted to what they are in TWh.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from calibration.assumptions import Assumptions, load_assumptions
from calibration.benchmark import Benchmark
from calibration.capacities import capacities
from calibration.demand import calibrate_demand, normalise
from calibration.elasticities import KEYS, complete
from calibration.electricity import calibrate_electricity, netted, received
from calibration.emissions import calibrate_emissions
from calibration.errors import AssumptionError
from calibration.generation import generation_by_plants
from calibration.institutions import calibrate_institutions
from calibration.payments import Payments, read_payments
from calibration.plants import BASE
from calibration.polish import Polish, polish
from calibration.power import split_electricity
from calibration.production import calibrate_production, feedstock_shares
from calibration.sets import Sets, sets_of
from calibration.technologies import Technologies
from calibration.trade import calibrate_trade
from sam import Dataset

Array = npt.NDArray[np.float64]

KEPT = 8
"""Datasets whose payments are kept; the one used longest ago goes first."""


def calibrate(
    dataset: Dataset, assumptions: Assumptions | None = None, *, tolerance: float = 1e-6
) -> Benchmark:
    """Calibrate M3C to a base year.

    Arguments:
        dataset: base-year SAM, emissions and generation.
        assumptions: elasticities, cost structure of generation and natural resources; default:
            those of the project (``load_assumptions``).
        tolerance: largest imbalance of an account, relative to it, that counts as rounding.

    Returns:
        The benchmark, whose identities hold to machine precision.

    Raises:
        sam.SAMError: the SAM does not balance, or has payments without a place in the model.
        CalibrationError: emissions without fuel, generation without cost, stocks that fall where
            they cannot, unknown labels, or values out of range.
        AssumptionError: a technology burns what the dataset does not call a fuel.
        ElasticityError: an elasticity is missing for a sector, region or household.
    """
    assumptions = assumptions or load_assumptions(sectors=dataset.sectors["code"])
    technologies = assumptions.technologies
    sets, twh, values = fitted(dataset, assumptions)

    booked, change = _booked(dataset, tolerance, sets.regions, sets.sectors, sets.households)
    arrives = received(dataset, sets)
    payments = netted(booked, sets, arrives)
    users = (*sets.sectors, *sets.households)
    feedstock = feedstock_shares(dataset.feedstock, sets.regions, sets.fuels, users)
    by_activity, at_home = np.split(feedstock, [len(sets.sectors)], axis=2)
    inputs = calibrate_production(payments, by_activity, sets, assumptions.resources)
    stand = capacities(sets, twh, assumptions.plants, assumptions.fleet, assumptions.potentials)
    follow = assumptions.plants.follows_load
    production, power = split_electricity(inputs, sets, technologies, twh, stand, follow)
    captured = assumptions.plants.values("capture", sets.technologies, [BASE])[:, 0]
    burnt_at_home = _household_fuel(payments, at_home, sets)
    values["income"] = normalise(values["income"], payments["consumption"], values["frisch"])
    return Benchmark(
        **vars(sets),
        name=dataset.name,
        version=dataset.version,
        base_year=dataset.base_year,
        production=production,
        power=power,
        grid=calibrate_electricity(payments, sets, arrives, twh.sum(axis=1)),
        trade=calibrate_trade(payments),
        demand=calibrate_demand(payments, sets, values["income"], values["frisch"]),
        institutions=calibrate_institutions(payments),
        emissions=calibrate_emissions(
            dataset, sets, production, power, burnt_at_home, 1.0 - captured
        ),
        elasticities=values,
        polish=change,
    )


@lru_cache(maxsize=KEPT)
def _booked(
    dataset: Dataset,
    tolerance: float,
    regions: Sequence[str],
    sectors: Sequence[str],
    households: Sequence[str],
) -> tuple[Payments, Polish]:
    """Payments of the balanced SAM, and what balancing it took: of no assumption, so for all."""
    balanced, change = polish(dataset.sam, tolerance)
    return read_payments(balanced, regions, sectors, households), change


def fitted(dataset: Dataset, assumptions: Assumptions) -> tuple[Sets, Array, dict[str, Array]]:
    """Assert that assumptions fit a dataset: what they say of its labels, without calibrating.

    Returns:
        The labels, generation in TWh (region, technology), and all elasticities by name.

    Raises:
        AssumptionError: a technology burns what the dataset does not call a fuel.
        ElasticityError: an elasticity is missing for a sector, region or household, or is given for
            one that the dataset lacks.
        CalibrationError: a technology that generates is unknown.
    """
    sets = sets_of(dataset, assumptions.technologies.names)
    twh = generation_by_plants(
        dataset.generation, sets.regions, sets.technologies, assumptions.fleet, assumptions.plants
    )
    _check_fuels(assumptions.technologies, sets, twh)
    return sets, twh, complete(assumptions.elasticities, {key: sets.labels(key) for key in KEYS})


def _household_fuel(payments: Payments, feedstock: Array, sets: Sets) -> Array:
    """Fuel burnt by households, 1e8 CNY (region, fuel, household)."""
    bought = payments["consumption"][:, :, sets.fuel_places].transpose(0, 2, 1)
    burnt: Array = bought * (1.0 - feedstock)
    return burnt


def _check_fuels(technologies: Technologies, sets: Sets, twh: Array) -> None:
    """Assert that technologies burn fuels of the dataset, each that generates its main one."""
    table = technologies.fuels_source
    fuels = ", ".join(sets.fuels) or "it has none"
    for row in technologies.fuel_rows:
        if row.value > 0.0 and row.fuel in sets.sectors and row.fuel not in sets.fuels:
            raise AssumptionError(
                f"{table}: {row.technology} burns {row.fuel}, which is no fuel of the dataset "
                f"({fuels}); correct the row, or the fuels among the roles of the dataset"
            )
    for name, made in zip(technologies.names, twh.sum(axis=0), strict=True):
        main = technologies.main_fuel(name)
        if made > 0.0 and main and main not in sets.fuels:
            raise AssumptionError(
                f"{table}: {name} generates in this dataset and burns mainly {main}, which is none "
                f"of its fuels ({fuels}); name the fuels of the dataset in the table"
            )
