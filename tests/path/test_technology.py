"""Technologies of a scenario: what costs less is built more, what is phased out is gone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration import Rows, load_assumptions, load_plants, load_potentials
from cge.path import Pathway, run
from cge.path.pathway import assert_balanced
from cge.scenario import Scenario
from cge.scenario.reading import dataset_of
from cge.scenario.tables import assumptions_of
from cge.scenario.technology import PhaseOut, Technology

LATER = 2023


def scenario(folder: Path, last: int = LATER, **parts: object) -> Scenario:
    return Scenario.model_validate({"name": "mine", "dataset": folder, "last": last, **parts})


def test_rows_are_a_changed_table(folder: Path, tmp_path: Path) -> None:
    """A row in the scenario is the row of a file, and the baseline has it too."""
    row = {"name": "foreign", "sector": "FER", "value": 3.5}
    mine = scenario(folder, assumptions={"elasticities": [row]})
    file = tmp_path / "mine.csv"
    file.write_text("name,sector,value,source,quality\nforeign,FER,3.5,mine,assumed\n")
    told = scenario(folder, assumptions={"elasticities": file})
    data = dataset_of(mine)
    tables = assumptions_of(mine, data)
    assert tables.hash == assumptions_of(told, data).hash != load_assumptions().hash
    assert assumptions_of(mine.baseline(), data).hash == tables.hash
    (found,) = [row for row in tables.elasticities.rows if row.value == 3.5]
    assert (found.source, found.quality) == ("scenario mine", "assumed")
    assert load_assumptions({"elasticities": Rows("mine", (found.model_dump(),))}) == tables


def test_cost_is_a_factor_on_the_table(folder: Path) -> None:
    mine = scenario(folder, technology={"nuclear": {"cost": {2030: 1.0, 2040: 0.5}}})
    plants, usual = assumptions_of(mine, dataset_of(mine)).plants, load_plants()
    years = [2020, 2030, 2035, 2040, 2060]
    assert_allclose(
        plants.values("overnight", ["nuclear"], years)
        / usual.values("overnight", ["nuclear"], years),
        [[1.0, 1.0, 0.75, 0.5, 0.5]],
    )
    assert plants.names == usual.names
    others = [name for name in usual.names if name != "nuclear"]
    assert_allclose(
        plants.values("overnight", others, years), usual.values("overnight", others, years)
    )


def test_potential_is_a_factor_on_what_regions_have() -> None:
    mine = Scenario.model_validate(
        {"name": "mine", "technology": {"onshore_wind": {"potential": {"all": 2.0, "JS": 0.5}}}}
    )
    potentials, usual = assumptions_of(mine, dataset_of(mine)).potentials, load_potentials()
    factor = potentials.total("onshore_wind", ["SH", "JS"]) / usual.total(
        "onshore_wind", ["SH", "JS"]
    )
    assert_allclose(factor, [2.0, 0.5])
    assert_allclose(potentials.total("hydro", ["SH"]), usual.total("hydro", ["SH"]))


def test_what_costs_less_is_built_more_in_the_baseline_too(folder: Path, baseline: Pathway) -> None:
    name = "onshore_wind"
    cheap = run(scenario(folder, 2021, technology={name: {"cost": {2020: 0.5}}}))
    added = "capacity_added"
    before, after = (path.data[added].sel(year=2021, technology=name) for path in (baseline, cheap))
    assert (after > before).all()


@pytest.fixture(scope="module")
def phased(folder: Path, baseline: Pathway) -> Pathway:
    out = {"coal": {"phase_out": {"begin": 2020, "end": 2022}}}
    return run(scenario(folder, technology=out), baseline=baseline)


def test_a_phase_out_is_a_policy() -> None:
    out = Technology(phase_out=PhaseOut(begin=2021, end=2023))
    both = Technology(phase_out=out.phase_out, cost={2020: 0.9})
    mine = Scenario(name="mine", technology={"coal": out, "hydro": both})
    assert not mine.is_baseline
    assert mine.baseline().technology == {"hydro": Technology(cost={2020: 0.9})}


def test_plants_are_phased_out_on_a_line(phased: Pathway, baseline: Pathway) -> None:
    stands = phased.data["capacity"].sel(technology="coal")
    first = stands.sel(year=2020)
    assert (stands.sel(year=2021) <= 0.5 * first * (1 + 1e-9)).all()
    assert_allclose(stands.sel(year=[2022, 2023]) / first, 1e-6, rtol=1e-6)
    made = phased.data["generation_twh"]
    assert float(made.sel(year=2023, technology="coal").sum()) < 1e-3
    others = np.setdiff1d(made["technology"], ["coal"])
    usual = baseline.data["generation_twh"]
    less = float(made.sum() - usual.sum()) / float(usual.sum())
    more = made.sel(year=2023, technology=others) - usual.sel(year=2023, technology=others)
    assert less < 0.0
    assert float(more.sum()) > 0.0
    assert_balanced([phased])
