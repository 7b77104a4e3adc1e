"""What projects do to an economy, and that nothing of their money is lost."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.path import Pathway, assert_balanced
from cge.projects import Assessment, Project, ProjectError, assess
from cge.scenario import Closures, Scenario
from tests.projects.conftest import Build, one, shares

AMOUNT, TONS, GW = 100.0, 1.0, 2.0


@pytest.fixture(scope="module")
def project(build: Build) -> Project:
    return build(AMOUNT, TONS)


@pytest.fixture(scope="module")
def found(project: Project, scenario: Scenario, baseline: Pathway) -> Assessment:
    return assess([project], scenario, baseline=baseline)


def of(path: Pathway, name: str, region: str, year: int) -> float:
    data = path.data[name].sel(region=region, year=year)
    return float(data.sum())


def test_all_runs_are_equilibria_whose_accounts_balance(found: Assessment) -> None:
    for path in found.paths.values():
        assert path.solves["worst"].max() < 1e-9
    assert_balanced(list(found.paths.values()))


def test_what_is_spent_is_the_amount_in_its_years_and_province(found: Assessment) -> None:
    spent = found.paths["project"].data["project_investment"]
    assert_allclose(spent.sum(), AMOUNT, rtol=1e-12)
    assert_allclose(spent.sel(region="A", year=[2021, 2022]), 0.5 * AMOUNT, rtol=1e-12)
    assert float(found.paths["without"].data["project_investment"].sum()) == 0.0


def test_other_investment_gives_way(found: Assessment) -> None:
    """What is left is of prices of the baskets at first, later of the capital that is not built."""
    more = found.difference("investment", "construction")
    assert abs(more[1]) < 0.01 * 0.5 * AMOUNT
    assert more[3] < more[2] < 0.0


@pytest.mark.slow
def test_total_investment_is_as_without_where_it_is_given(
    project: Project, scenario: Scenario, baseline: Pathway
) -> None:
    closure = Closures(investment="investment_driven")
    given = scenario.model_copy(update={"closure": closure})
    found = assess([project], given, baseline=baseline)
    rows = found.data[(found.data["variable"] == "investment")]
    rows = rows[rows["phase"] != "operation"]
    assert np.abs(rows["difference"] / rows["without"]).max() < 1e-9


def test_capital_of_sectors_is_less_by_what_is_built(found: Assessment) -> None:
    without, built = (found.paths[name].data["capital"] for name in ("without", "construction"))
    less = (without - built).sel(region="A", year=2022)
    assert_allclose(less, 0.5 * AMOUNT, rtol=0.05)


def test_running_is_paid_by_government_out_of_what_it_consumes_and_saves(
    found: Assessment,
) -> None:
    change = found.difference("government", "operation")[-1]
    saved = found.difference("investment", "operation")[-1]
    assert 0.0 < change < 0.5 * 0.05 * AMOUNT  # other consumption falls by more than half of it
    assert saved < 0.0


def test_tons_are_averted_from_their_year_on(found: Assessment) -> None:
    averted = -found.difference("co2_direct", "operation")
    assert_allclose(averted[:-1], 0.0, atol=1e-9)
    assert_allclose(averted[-1], TONS, rtol=0.15)  # making what running takes emits
    before, after = (
        of(found.paths[name], "emissions", "A", 2023) for name in ("without", "operation")
    )
    assert before > after


def test_phases_add_up_with_their_interaction(found: Assessment) -> None:
    parts = found.gdp()
    whole = parts["construction"] + parts["operation"] + parts["interaction"]
    assert_allclose(whole, parts["project"], rtol=1e-12)
    assert parts["construction"] != 0.0
    assert abs(parts["interaction"]) < 0.1 * abs(parts["construction"]) + 0.1 * abs(
        parts["operation"]
    )


def test_nothing_changes_with_a_project_of_nothing(
    build: Build, scenario: Scenario, baseline: Pathway
) -> None:
    found = assess([build(0.0, 0.0)], scenario, baseline=baseline)
    scale = np.maximum(found.data["without"].abs(), 1.0)
    assert np.abs(found.data["difference"] / scale).max() < 1e-9


@pytest.mark.parametrize(("finance", "more"), [("world", 0.5 * AMOUNT), ("nation", 0.0)])
def test_others_can_pay(
    finance: str, more: float, build: Build, scenario: Scenario, baseline: Pathway
) -> None:
    built = build(AMOUNT, 0.0, operation=None)
    found = assess([built], scenario, baseline=baseline, finance=finance, last=2022)
    invested = found.difference("investment", "construction", nation=True)[1:]
    assert_allclose(invested, more, atol=0.1 * AMOUNT)
    assert found.difference("investment", "construction")[1] > 0.2 * AMOUNT


def test_what_belongs_to_sectors_is_their_capital(
    build: Build, scenario: Scenario, baseline: Pathway
) -> None:
    owned = build(AMOUNT, 0.0, capital=shares(GEM=1.0), operation=None)
    found = assess([owned], scenario, baseline=baseline, last=2022)
    without, built = (found.paths[name].data for name in ("without", "construction"))
    assert_allclose(built["capital"], without["capital"], rtol=1e-4)
    more = (built["capital_by_sector"] - without["capital_by_sector"]).sel(region="A", year=2022)
    assert float(more.sel(sector="GEM")) > 0.3 * AMOUNT


@pytest.fixture(scope="module")
def windy(build: Build, scenario: Scenario, baseline: Pathway) -> Assessment:
    """Wind farms in A, half of them in each year of construction."""
    plants = {"technology": "onshore_wind", "gw": one(GW)}
    farms = build(AMOUNT, 0.0, plants=plants, operation=None, abatement=None)
    return assess([farms], scenario, baseline=baseline)


def test_plants_stand_from_the_year_after_they_are_built(windy: Assessment) -> None:
    without, there = (windy.paths[name].data["capacity"] for name in ("without", "operation"))
    more = (there - without).sel(region="A", technology="onshore_wind")
    assert_allclose(more.sel(year=[2021, 2022]), [0.0, 0.5 * GW], atol=1e-9)
    assert GW > float(more.sel(year=2023)) > 0.9 * GW  # some are worn out, fewer others are built
    assert_balanced(list(windy.paths.values()))


def test_plants_make_electricity_that_others_then_do_not_make(windy: Assessment) -> None:
    without, there = (windy.paths[name].data for name in ("without", "operation"))
    made = (there["generation_twh"] - without["generation_twh"]).sel(year=2023, region="A")
    assert float(made.sel(technology="onshore_wind")) > 0.0
    assert float(made.sel(technology="coal")) < 0.0
    assert windy.difference("co2_direct", "operation")[-1] < 0.0


def test_plants_cost_what_the_project_buys_and_no_more(windy: Assessment) -> None:
    without, there = (windy.paths[name].data["plant_investment"] for name in ("without", "project"))
    more = (there - without).sel(region="A", technology="onshore_wind", year=[2022, 2023])
    assert (more < 1e-3 * AMOUNT).all()


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"provinces": shares(Aa=1.0)}, "unknown region 'Aa'; did you mean 'A'"),
        ({"basket": shares(GEN=1.0)}, "unknown sector 'GEN'; did you mean 'GEM'"),
        ({"basket": shares(COL=1.0)}, "buys energy"),
        ({"plants": {"technology": "wind", "gw": one(1.0)}}, "unknown technology 'wind'"),
        ({"plants": {"technology": "hydro", "gw": one(1.0)}}, "A has no hydro"),
        ({"years": {"first": 2021, "last": 2029, "source": "t", "quality": "assumed"}}, "2029"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    others: dict[str, object], told: str, build: Build, scenario: Scenario, baseline: Pathway
) -> None:
    with pytest.raises(ProjectError, match=told):
        assess([build(**others)], scenario, baseline=baseline)


def test_no_sector_averts_more_than_it_emits(
    build: Build, scenario: Scenario, baseline: Pathway
) -> None:
    with pytest.raises(ProjectError, match=r"avert 1e\+06 Mt of FER in A in 2023"):
        assess([build(1.0, 1e6)], scenario, baseline=baseline)
