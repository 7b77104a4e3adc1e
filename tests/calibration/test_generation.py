"""Generation by the technologies of the model: parts add up to what statistics count as one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from calibration import CalibrationError, load_fleet, load_plants, load_technologies
from calibration.fleet import COUNTED
from calibration.generation import PARENTS, SEED, generation_by_plants
from sam import load_dataset

TECHNOLOGIES = load_technologies().names


def by_plants(table: pd.DataFrame, regions: tuple[str, ...]) -> pd.DataFrame:
    twh = generation_by_plants(table, regions, TECHNOLOGIES, load_fleet(), load_plants())
    return pd.DataFrame(twh, index=list(regions), columns=list(TECHNOLOGIES))


def lines(**made: float) -> pd.DataFrame:
    """Generation of one region, TWh by technology."""
    rows = [("JS", name, twh) for name, twh in made.items()]
    return pd.DataFrame(rows, columns=["region", "technology", "twh"])


def test_parts_add_up_to_the_whole() -> None:
    dataset = load_dataset("yrd2020")
    listed = dataset.generation.pivot(index="region", columns="technology", values="twh").fillna(0)
    twh = by_plants(dataset.generation, tuple(dataset.regions))
    assert_allclose(twh.sum(axis=1), listed.sum(axis=1).loc[twh.index], rtol=1e-12)
    for whole, parts in COUNTED.items():
        there = [part for part in parts if part in TECHNOLOGIES]
        told = listed[whole].loc[twh.index]
        if whole not in TECHNOLOGIES:
            assert_allclose(twh[there].sum(axis=1), told, rtol=1e-12)
    assert (twh >= 0.0).all(axis=None)


def test_wind_is_shared_out_by_what_its_plants_can_make() -> None:
    fleet, plants = load_fleet(), load_plants()
    made = by_plants(lines(wind=100.0), ("JS",)).loc["JS"]
    names = ["onshore_wind", "offshore_wind"]
    able = fleet.capacity(["JS"], names)[0] * [plants.value(n, "hours", 2020) for n in names]
    assert_allclose(made[names], 100.0 * able / able.sum(), rtol=1e-12)


def test_a_place_without_a_fleet_has_the_proportions_of_the_nation() -> None:
    table = lines(solar=10.0).assign(region="nowhere")
    fleet, plants = load_fleet(), load_plants()
    names = ["utility_solar", "distributed_solar"]
    able = fleet.capacity(fleet.regions, names).sum(axis=0)
    able = able * [plants.value(name, "hours", 2020) for name in names]
    made = by_plants(table, ("nowhere",)).loc["nowhere"]
    assert_allclose(made[names], 10.0 * able / able.sum(), rtol=1e-12)


def test_technologies_of_the_model_may_be_listed_themselves() -> None:
    made = by_plants(lines(offshore_wind=3.0, onshore_wind=5.0), ("JS",)).loc["JS"]
    assert made["offshore_wind"] == 3.0
    assert made["onshore_wind"] == 5.0


def test_demonstration_plants_are_taken_from_their_parent() -> None:
    made = by_plants(lines(coal=1000.0, biomass=10.0), ("JS",)).loc["JS"]
    assert made["coal_capture"] == pytest.approx(1000.0 * SEED)
    assert made["coal"] + made["coal_capture"] == pytest.approx(1000.0)
    assert made["biomass"] + made["bioenergy_capture"] == pytest.approx(10.0)
    assert made["gas_capture"] == 0.0  # no parent, no child
    assert set(PARENTS) <= set(TECHNOLOGIES)


def test_capture_that_is_listed_needs_no_seed() -> None:
    made = by_plants(lines(coal=1000.0, coal_capture=2.0), ("JS",)).loc["JS"]
    assert made["coal"] == 1000.0
    assert made["coal_capture"] == 2.0


def test_an_unknown_technology_is_named() -> None:
    with pytest.raises(CalibrationError, match="unknown technology fusion"):
        by_plants(lines(fusion=1.0), ("JS",))


def test_nothing_is_made_of_nothing() -> None:
    assert not np.any(by_plants(lines(coal=0.0), ("JS",)))
