"""From a dataset and assumptions to the benchmark of M3C, block by block.

The order: balance the SAM to machine precision, arrange its payments, sort the inputs of
production, split electricity, attach trade, institutions and emissions, calibrate demand. All
identities of the SAM carry over because every step only splits payments, never changes them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calibration.benchmark import Benchmark
from calibration.demand import calibrate_demand, normalise
from calibration.elasticities import KEYS, Elasticities, complete, load_elasticities
from calibration.emissions import calibrate_emissions
from calibration.institutions import calibrate_institutions
from calibration.payments import Payments, read_payments
from calibration.polish import polish
from calibration.power import physical_generation, split_electricity
from calibration.production import calibrate_production, feedstock_shares
from calibration.resources import Resources, load_resources
from calibration.sets import Sets, sets_of
from calibration.technologies import Technologies, load_technologies
from calibration.trade import calibrate_trade
from sam import Dataset

Array = npt.NDArray[np.float64]


def calibrate(
    dataset: Dataset,
    elasticities: Elasticities | None = None,
    *,
    technologies: Technologies | None = None,
    resources: Resources | None = None,
    tolerance: float = 1e-6,
) -> Benchmark:
    """Calibrate M3C to a base year.

    Arguments:
        dataset: base-year SAM, emissions and generation.
        elasticities: substitution, transformation and income elasticities; default: the table of
            the project (``load_elasticities``).
        technologies: cost structure of generation; default: ``load_technologies()``.
        resources: share of natural resources in capital income; default: ``load_resources()``.
        tolerance: largest imbalance of an account, relative to it, that counts as rounding.

    Returns:
        The benchmark, whose identities hold to machine precision.

    Raises:
        sam.SAMError: the SAM does not balance, or has payments without a place in the model.
        CalibrationError: emissions without fuel, generation without cost, unknown labels, or
            values out of range.
        ElasticityError: an elasticity is missing for a sector, region or household.
    """
    sectors = tuple(str(code) for code in dataset.sectors["code"])
    elasticities = elasticities or load_elasticities(sectors=sectors)
    technologies = technologies or load_technologies()
    resources = resources or load_resources(sectors=sectors)
    sets = sets_of(dataset, technologies.names)

    balanced, change = polish(dataset.sam, tolerance)
    payments = read_payments(balanced, sets.regions, sets.sectors, sets.households)
    users = (*sets.sectors, *sets.households)
    feedstock = feedstock_shares(dataset.feedstock, sets.regions, sets.fuels, users)
    by_activity, at_home = np.split(feedstock, [len(sets.sectors)], axis=2)
    inputs = calibrate_production(payments, by_activity, sets, resources)
    twh = physical_generation(dataset.generation, sets.regions, sets.technologies)
    production, power = split_electricity(inputs, sets, technologies, twh)
    burnt_at_home = _household_fuel(payments, at_home, sets)
    values = complete(elasticities, {key: sets.labels(key) for key in KEYS})
    values["income"] = normalise(values["income"], payments["consumption"], values["frisch"])
    return Benchmark(
        **vars(sets),
        name=dataset.name,
        version=dataset.version,
        base_year=dataset.base_year,
        production=production,
        power=power,
        trade=calibrate_trade(payments),
        demand=calibrate_demand(payments, values["income"], values["frisch"]),
        institutions=calibrate_institutions(payments),
        emissions=calibrate_emissions(dataset, sets, production, power, burnt_at_home),
        elasticities=values,
        polish=change,
    )


def _household_fuel(payments: Payments, feedstock: Array, sets: Sets) -> Array:
    """Fuel burnt by households, 1e8 CNY (region, fuel, household)."""
    bought = payments["consumption"][:, :, sets.fuel_places].transpose(0, 2, 1)
    burnt: Array = bought * (1.0 - feedstock)
    return burnt
