"""Capture by source, removal, storage, and pools with a price instead of a cap."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration import gdp
from calibration.abatement import OPTIONS, fitted_to, load_abatement
from cge.blocks import Year
from cge.equilibrium import Equilibrium, Solver
from cge.m3c.storage import ALLOTTED, _put
from cge.scenario import Pool
from tests.m3c.conftest import Small, base
from tests.m3c.models import declared, setting_of

STEEL, AIR = OPTIONS.index("steel"), OPTIONS.index("direct_air")
YEARS = (2025, 2035, 2045, 2060)


def of_scenario(small: Small, *pools: Pool) -> Small:
    """The same economy with the pools of a scenario, which have the names of its own."""
    return replace(small, setting=setting_of(small.setting.dataset, pools))


def opened(small: Small) -> dict[str, Any]:
    """Parameters that a scenario gives in the base year."""
    at = small.economy.first_year(small.setting)
    for block in (small.economy.carbon, small.economy.storage, small.economy.abatement):
        fit = small.economy.model.parameters.fit
        named = {
            (key if isinstance(key, str) else key.name): value
            for key, value in block.parameters(at).items()
        }
        known = small.economy.model.parameters
        at = replace(at, values={**at.values, **{n: fit(known[n], v) for n, v in named.items()}})
    return dict(at.values)


def limits(**tons: float) -> dict[str, Any]:
    """Limits of options in the first region, Mt, and room for all of it."""
    limit = np.zeros((2, len(OPTIONS)))
    for option, most in tons.items():
        limit[0, OPTIONS.index(option)] = most
    return {"removal_limit": limit, "injection_limit": np.full(2, 1e3)}


def solved(small: Small, values: dict[str, Any]) -> tuple[Equilibrium, Year]:
    result = small.solve(values)
    return result, small.at(result)


def test_costs_fall_and_stay_in_the_range_of_the_literature() -> None:
    table = load_abatement()
    costs = np.array([table.cost(year) for year in YEARS])  # year, option
    assert (np.diff(costs, axis=0) <= 0.0).all()
    cement = costs[:, OPTIONS.index("cement")]
    assert 350 <= cement[-1] < cement[0] <= 600
    assert 1000 <= costs[-1, AIR] < costs[0, AIR] <= 2500
    labour, goods = table.bill(2040, ["GEM", "ELE", "CHM"], "ELE")
    assert_allclose(labour + goods.sum(axis=1), table.cost(2040), rtol=1e-12)


def test_no_direct_air_capture_before_2035_and_basins_fill_up_slowly() -> None:
    table = load_abatement()
    regions = ["SH", "JS", "ZJ", "AH", "RCN"]
    assert not table.direct_air(2034, regions).any()
    assert (np.diff([table.direct_air(y, regions).sum() for y in YEARS]) > 0.0)[1:].all()
    room = np.array([table.injection(year, regions) for year in YEARS])
    assert (np.diff(room[:, [1, 3, 4]], axis=0) > 0.0).all()
    assert not room[:, [0, 2]].any()
    assert np.isfinite(table.routes(2040, regions)[0, 1])
    assert np.isinf(table.routes(2040, regions)[1, 0])  # nothing is piped to Shanghai


def test_wages_that_productivity_pays_for_leave_the_cost_of_a_ton(small: Small) -> None:
    """Labour of removal is as productive as that of generation."""
    quantity = small.economy.model.parameters["RM.labour.quantity"].value
    costs, wages = [], []
    for factor in (1.0, 1.5):
        result, at = solved(small, {"productivity": np.full(2, factor)})
        prices = small.economy.prices
        wages.append(prices.relative(at, small.economy.markets.labour))
        costs.append(wages[-1][:, None] * quantity / factor)
        assert (small.report(result, "abatement_cost") >= 100 * costs[-1] - 1e-9).all()
    assert (wages[1] > 1.25 * wages[0]).all()
    assert_allclose(costs[1], costs[0], rtol=0.1)


def test_capture_takes_fuel_and_processes_of_its_source_alike(small: Small) -> None:
    result, at = solved(small, {**small.capped([0.35, 0.9]), **limits(steel=1.0)})
    e, b = small.economy, small.benchmark
    made, left = e.emissions.sources.generated(at), e.emissions.direct(at)
    steel = b.position("FER")
    assert small.report(result, "captured")[0] == pytest.approx(1.0, abs=1e-7)
    share = 1.0 - left.process[0, steel] / made.process[0, steel]
    assert share == pytest.approx(1.0 / made.by_sector[0, steel], rel=1e-6)
    assert_allclose(left.industry[0, steel], (1.0 - share) * made.industry[0, steel], rtol=1e-12)
    others = [j for j in range(len(b.sectors)) if j != steel]
    assert_allclose(left.industry[:, others], made.industry[:, others], rtol=1e-14)
    assert_allclose(left.power, made.power, rtol=1e-14)
    assert e.emissions.imbalance(at).max() < 1e-12
    assert abs(e.abatement.imbalance(at)).max() < 1e-10
    assert e.storage.excess(at).max() < 1e-10
    assert small.report(result, "abatement_electricity")[0] == pytest.approx(
        load_abatement().electricity(2020)[STEEL], rel=1e-6
    )


def test_every_large_plant_has_one_option(small: Small) -> None:
    fits = fitted_to(small.benchmark.large_plants, small.benchmark.sectors)
    assert fits.sum() == len(small.benchmark.large_plants)
    assert (fits.sum(axis=0) <= 1.0).all()


def test_room_is_allotted_to_the_cheapest_and_kept_for_technologies(small: Small) -> None:
    economy, setting = small.economy, setting_of(small.setting.dataset)
    at = economy.first_year(setting)
    table = setting.assumptions.removal
    reserved = np.array([0.0, 2e5])
    wanted = np.full((2, len(OPTIONS)), 3e5)
    tons, flows = economy.storage.allotted(at, wanted, reserved)
    room = ALLOTTED * table.injection(at.year, setting.benchmark.regions)
    assert_allclose(tons.sum(axis=1), flows.sum(axis=1), rtol=1e-12)
    assert_allclose(flows.sum(axis=0) + reserved @ at.stocks["pipes"], room, rtol=1e-12)
    order = np.argsort(table.cost(at.year))
    assert (np.diff(tons[:, order], axis=1) <= 0.0).all()  # the cheaper, the more
    assert (tons[:, order[0]] == 3e5).all()
    assert not tons[:, order[-1]].any()


def test_regions_without_basins_pipe_to_the_nearest_with_room() -> None:
    table, regions = load_abatement(), ["SH", "JS", "AH"]
    way, left = table.routes(2040, regions), np.array([0.0, 5.0, 9.0])
    flows = _put(left, way[:, None], np.array([[8.0], [1.0], [2.0]]))[:, 0]
    assert flows.tolist() == [[0.0, 4.0, 4.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]
    assert left.tolist() == [0.0, 0.0, 3.0]


def test_what_is_caught_in_one_region_is_stored_in_another(small: Small) -> None:
    pipes = np.array([[0.25, 0.75], [0.0, 1.0]])
    values = {**small.capped([0.35, 0.9]), **limits(steel=1.0), "co2_routes": pipes}
    _, at = solved(small, values)
    assert_allclose(small.economy.storage.stored(at), [0.25, 0.75], rtol=1e-6)
    assert abs(small.economy.abatement.imbalance(at)).max() < 1e-10


def test_removed_tons_are_permits_of_net_pools_only(small: Small) -> None:
    year = small.setting.dataset.base_year
    direct = {}
    counts: Literal["gross", "net"]
    for counts in ("gross", "net"):
        pools = (
            Pool(name=f"pool {k}", regions=[r], cap={year: 0.35}, counts=counts)
            for k, r in enumerate(small.benchmark.regions)
        )
        one = of_scenario(small, *pools)
        values = {**opened(one), **limits(bioenergy=1.0)}
        result = one.solve(values)
        assert one.report(result, "removal")[0] == pytest.approx(1.0, abs=1e-7)
        direct[counts] = one.report(result, "co2_direct")[0]
        gross = 0.35 * base(small)[0]
        assert direct[counts] == pytest.approx(gross + (counts == "net"), rel=1e-6)
        assert abs(result.walras) < 1e-9


def test_a_price_equal_to_that_of_a_cap_gives_its_allocation(small: Small) -> None:
    year = small.setting.dataset.base_year
    regions = small.benchmark.regions
    pools = (
        Pool(name=f"pool {k}", regions=[r], cap={year: cap})
        for k, (r, cap) in enumerate(zip(regions, (0.8, 0.9), strict=True))
    )
    caps = of_scenario(small, *pools)
    capped = caps.solve(opened(caps))
    prices = caps.report(capped, "carbon_price")
    assert (prices > 1.0).all()
    economy = declared(small.setting, priced=True)
    priced = Small(small.setting, economy, Solver(economy.model))
    pools = (
        Pool(name=f"pool {k}", regions=[r], price={year: float(prices[k])})
        for k, r in enumerate(regions)
    )
    taxed = of_scenario(priced, *pools)
    result = taxed.solve(opened(taxed))
    for name in ("co2_direct", "gdp_real", "consumption", "carbon_price", "output"):
        assert_allclose(taxed.report(result, name), caps.report(capped, name), rtol=1e-9, atol=1e-9)
    assert np.isnan(taxed.report(result, "cap")).all()

    grown = caps.report(capped, "gdp_real") / gdp(small.benchmark)["expenditure"].to_numpy()
    pools = (
        Pool(name=f"pool {k}", regions=[r], intensity={year: float(cap / grown[k])})
        for k, (r, cap) in enumerate(zip(regions, (0.8, 0.9), strict=True))
    )
    intense = of_scenario(priced, *pools)
    result = intense.solve(opened(intense))
    for name in ("co2_direct", "gdp_real", "consumption", "carbon_price", "output", "cap"):
        assert_allclose(
            intense.report(result, name), caps.report(capped, name), rtol=1e-9, atol=1e-9
        )

    more = 1.05 * small.economy.model.parameters["labour_supply"].value
    result = intense.solve({**opened(intense), "labour_supply": more})
    now = intense.report(result, "gdp_real") / gdp(small.benchmark)["expenditure"].to_numpy()
    assert (now > 1.01 * grown).all()
    wanted = np.array([0.8, 0.9]) / grown * now * base(small)
    assert_allclose(intense.report(result, "co2_direct"), wanted, rtol=1e-8)
    assert_allclose(intense.report(result, "cap"), wanted, rtol=1e-8)


def test_an_intensity_holds_for_a_pool_as_a_whole(small: Small) -> None:
    """Permits grow with the GDP of all its regions; those for what sinks take up do not."""
    regions = list(small.benchmark.regions)
    pool = Pool(name="pool 0", regions=regions, intensity={2020: 0.8})
    setting = setting_of(small.setting.dataset, [pool])
    economy = declared(setting, ("pool 0",), priced=True)
    carbon, values = economy.carbon, economy.carbon.parameters(economy.first_year(setting))
    output = gdp(small.benchmark)["expenditure"].to_numpy()
    assert_allclose(output @ np.asarray(values[carbon.grows]), 1.0, rtol=1e-12)
    assert_allclose(values[carbon.stays], 0.0, atol=1e-12)
    assert np.asarray(values[carbon.cap]).sum() == pytest.approx(0.8 * base(small).sum())


def test_a_pool_may_cover_some_sectors_from_some_year_on(small: Small) -> None:
    year = small.setting.dataset.base_year
    covers = {year: ["ELE"], year + 5: ["ELE", "FER", "households"]}
    pool = Pool(name="pool 0", regions=list(small.benchmark.regions), price={year: 50.0},
                covers=covers)  # fmt: skip
    assert pool.coverage(year, ["ELE", "FER"]).tolist() == [1.0, 0.0]
    assert pool.coverage(year + 5, ["ELE", "FER"]).tolist() == [1.0, 1.0]
    assert pool.homes(year, ["RUR", "URB"]).tolist() == [0.0, 0.0]
    assert pool.homes(year + 7, ["RUR", "URB"]).tolist() == [1.0, 1.0]
    setting = setting_of(small.setting.dataset, [pool])
    economy = declared(setting, ("pool 0",), priced=True)
    covered = economy.carbon.parameters(economy.first_year(setting))
    sources = economy.emissions.sources
    assert np.asarray(covered[sources.process.covered]).sum() == 1.0
    assert not np.asarray(covered[sources.households.covered]).any()


def test_a_pool_may_cover_fuels_processes_and_households_by_name(small: Small) -> None:
    names = small.benchmark
    pool = Pool(name="pool 0", regions=["A"], cap={2020: 0.9}, covers=["ELE", "FER", "GEM", "RUR"],
                fuels=["COL"], processes=["FER"])  # fmt: skip
    setting = setting_of(small.setting.dataset, [pool])
    economy = declared(setting, ("pool 0",))
    at, sources = economy.first_year(setting), economy.emissions.sources
    values = {p.name: np.asarray(v) for p, v in economy.carbon.parameters(at).items()}
    covered = {
        name: values[getattr(sources, name).covered.name][..., 0]
        for name in ("industry", "power", "households", "process")
    }
    coal, steel = list(names.fuels).index("COL"), list(names.sectors).index("FER")
    assert np.argwhere(covered["process"]).tolist() == [[steel]]
    assert sorted(np.argwhere(covered["industry"])[:, 0]) == [
        list(names.sectors).index(name) for name in ("FER", "GEM", "ELE")
    ]
    for name in ("industry", "power", "households"):
        assert set(np.argwhere(covered[name])[:, 1]) == {coal}
    rural = list(names.households).index("RUR")
    assert set(np.argwhere(covered["households"])[:, 0]) == {rural}
    e = names.emissions
    electricity = names.electricity_place
    other = [k for k in (steel, list(names.sectors).index("GEM"), electricity)]
    mine = e.fuel[0, coal, other].sum() + e.technology[0, coal].sum()
    mine += e.household[0, rural, coal] + e.process[0, steel]
    assert values["cap"][0, 0] == pytest.approx(0.9 * mine)
    moved = replace(at, values=values)
    for lever in economy.carbon.levers()[:2]:
        again = {p.name: np.asarray(v) for p, v in lever.change(moved, lever.read(moved)).items()}
        for name, value in again.items():
            assert_allclose(value, values[name], rtol=1e-12, err_msg=name)
