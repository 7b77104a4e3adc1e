"""From a dataset and assumptions to the benchmark of M3C, block by block.

The order: balance the SAM to machine precision, arrange its payments, sort the inputs of
production, split electricity, attach trade, institutions and emissions, calibrate demand. All
identities of the SAM carry over because every step only splits payments, never changes them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from calibration.accounts import read_accounts
from calibration.assumptions import (
    Resources,
    Technologies,
    load_resources,
    load_technologies,
)
from calibration.benchmark import Benchmark
from calibration.demand import normalise, subsistence
from calibration.elasticities import Elasticities, complete, load_elasticities
from calibration.electricity import (
    Generation,
    check_generation,
    physical_generation,
    split_electricity,
)
from calibration.emissions import (
    Emissions,
    calibrate_emissions,
    check_carriers,
    combustion_array,
    process_array,
)
from calibration.institutions import calibrate_institutions
from calibration.polish import polish
from calibration.production import ELECTRICITY, feedstock_shares, split_inputs, tax_rates
from calibration.trade import calibrate_trade
from sam import Dataset
from sam.accounts import FUELS, HOUSEHOLD

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
    regions = tuple(dataset.regions)
    sectors = tuple(str(code) for code in dataset.sectors["code"])
    households = tuple(dataset.sam.names(HOUSEHOLD))
    elasticities = elasticities or load_elasticities(sectors=sectors)
    technologies = technologies or load_technologies()
    resources = resources or load_resources(sectors=sectors)
    fuels = tuple(fuel for fuel in FUELS if fuel in sectors)
    names = resources.sectors(sectors)

    balanced, change = polish(dataset.sam, tolerance)
    accounts = read_accounts(balanced, regions, sectors, households)
    feedstock = feedstock_shares(dataset.feedstock, regions, fuels, (*sectors, *households))
    inputs = split_inputs(accounts, feedstock[:, :, : len(sectors)], sectors, fuels, resources)
    twh = physical_generation(dataset.generation, regions, technologies.names)
    generation = split_electricity(inputs, sectors, fuels, technologies, twh)
    check_generation(generation, regions, technologies.names)
    burnt_at_home = _household_fuel(accounts.consumption, feedstock, sectors, fuels)
    emissions = _emissions(
        dataset,
        (regions, fuels, sectors, households),
        inputs.fuel,
        burnt_at_home,
        generation,
        accounts.local + accounts.inflow.sum(axis=1) + accounts.exports,
    )
    labels = {
        "region": regions,
        "sector": sectors,
        "technology": technologies.names,
        "household": households,
    }
    values = complete(elasticities, labels)
    values["income"] = normalise(values["income"], accounts.consumption, values["frisch"])
    return Benchmark(
        name=dataset.name,
        version=dataset.version,
        base_year=dataset.base_year,
        regions=regions,
        sectors=sectors,
        households=households,
        fuels=fuels,
        technologies=technologies.names,
        resource_sectors=names,
        output_tax=tax_rates(accounts),
        **_production(generation, sectors),
        **_flows(calibrate_trade(accounts)),
        **_flows(calibrate_institutions(accounts)),
        co2_fuel=emissions.fuel,
        co2_technology=emissions.technology,
        co2_household=emissions.household,
        co2_process=emissions.process,
        consumption=accounts.consumption,
        government=accounts.government,
        investment=accounts.investment,
        subsistence=subsistence(accounts.consumption, values["income"], values["frisch"]),
        elasticities=values,
        polish=change,
    )


def _household_fuel(
    consumption: Array, feedstock: Array, sectors: Sequence[str], fuels: Sequence[str]
) -> Array:
    """Fuel burnt by households (region, fuel, household)."""
    places = [sectors.index(fuel) for fuel in fuels]
    bought = consumption[:, :, places].transpose(0, 2, 1)
    burnt: Array = bought * (1.0 - feedstock[:, :, len(sectors) :])
    return burnt


def _emissions(
    dataset: Dataset,
    labels: tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str]],
    burnt: Array,
    burnt_at_home: Array,
    generation: Generation,
    output: Array,
) -> Emissions:
    """Attach the inventories, after a check that each emission has a flow to be bound to."""
    regions, fuels, sectors, households = labels
    users = (*sectors, *households)
    combustion = combustion_array(dataset.combustion, regions, fuels, users)
    process = process_array(dataset.process, regions, sectors)
    money = np.concatenate([burnt, burnt_at_home], axis=2)
    check_carriers(combustion, money, (regions, fuels, users), "fuel burnt")
    check_carriers(process, output, (regions, sectors), "output")
    return calibrate_emissions(combustion, process, generation.grid.fuel, generation.fuel, sectors)


def _production(generation: Generation, sectors: Sequence[str]) -> dict[str, Array]:
    """Inputs of activities and technologies under the benchmark's names."""
    grid = generation.grid
    composite = np.zeros_like(grid.labour)  # region, activity
    if ELECTRICITY in sectors:
        composite[:, sectors.index(ELECTRICITY)] = generation.output.sum(axis=1)
    return {
        **_flows(grid),
        "generation": composite,
        "technology_output": generation.output,
        "technology_material": generation.material,
        "technology_fuel": generation.fuel,
        "technology_labour": generation.labour,
        "technology_capital": generation.capital,
        "technology_fixed": generation.fixed,
        "technology_twh": generation.twh,
    }


def _flows(block: object) -> dict[str, Array]:
    """Fields of a block by name."""
    return dict(vars(block))
