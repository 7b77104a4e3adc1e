"""Effects add up to the change, without residual, and are those of a case worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from cge.path import Pathway
from cge.results import NoDecomposition, emissions_change, gdp_change
from cge.results.decomposition import EFFECTS, EXPENDITURE, REGIONAL
from sam import Geography
from tests.results.made_up import baseline_and_policy, solves

YEAR = 2020


def path_of(output: object, emissions: object, consumption: object, homes: object) -> Pathway:
    """A path of one year with these numbers (region, sector) and (region)."""
    first = baseline_and_policy()[0]
    arrays = {
        "output": (("region", "sector", "year"), np.array(output, float)[..., None]),
        "emissions": (("region", "sector", "year"), np.array(emissions, float)[..., None]),
        "consumption": (("region", "year"), np.array(consumption, float)[..., None]),
        "household_emissions": (("region", "year"), np.array(homes, float)[..., None]),
    }
    regions = ["A", "B"][: len(arrays["output"][1])]
    data = xr.Dataset(arrays, coords={"region": regions, "year": [YEAR]})
    places = Geography({region: region for region in regions}, {}, "All")
    return replace(first, data=data, geography=places, solves=solves([YEAR]))


@pytest.fixture(scope="module")
def pair() -> tuple[Pathway, Pathway]:
    rng = np.random.default_rng(3)
    draws = [[rng.uniform(1.0, 9.0, shape) for shape in ((2, 3), (2, 3), 2, 2)] for _ in range(2)]
    for output, emissions, *_ in draws:
        emissions[1, 2] = 0.0  # nothing is burnt there
        output[1, 2] *= 2.0
    draws[0][1][0, 0] = 0.0  # begins to be burnt
    draws[1][0][0, 1] = draws[1][1][0, 1] = 0.0  # a sector that closes
    return path_of(*draws[0]), path_of(*draws[1])


def test_effects_add_up_to_the_change(pair: tuple[Pathway, Pathway]) -> None:
    table = emissions_change(*pair, YEAR)
    assert list(table.index) == ["A", "B", "All"]
    assert_allclose(table[list(EFFECTS)].sum(axis=1), table["change"], rtol=1e-12)
    assert_allclose(table["after"] - table["before"], table["change"], rtol=1e-12)
    assert table.loc["All", "change"] == pytest.approx(table.loc[["A", "B"], "change"].sum())


def test_the_way_back_is_the_opposite(pair: tuple[Pathway, Pathway]) -> None:
    there, back = emissions_change(*pair, YEAR), emissions_change(*pair[::-1], YEAR)
    assert_allclose(there[list(EFFECTS)], -back[list(EFFECTS)], rtol=1e-9, atol=1e-12)


def test_each_factor_alone_is_its_own_effect() -> None:
    """One region, two sectors: all doubles, a shift to the clean sector, and a cleaner one."""
    output, emissions = [[1.0, 3.0]], [[2.0, 3.0]]
    before = path_of(output, emissions, [1.0], [1.0])
    for after, effect, change in (
        (path_of([[2.0, 6.0]], [[4.0, 6.0]], [1.0], [1.0]), "activity", 5.0),
        (path_of([[0.5, 3.5]], [[1.0, 3.5]], [1.0], [1.0]), "structure", -0.5),
        (path_of(output, [[2.0, 1.5]], [1.0], [1.0]), "intensity", -1.5),
        (path_of(output, emissions, [1.5], [1.5]), "household consumption", 0.5),
        (path_of(output, emissions, [1.0], [0.25]), "household intensity", -0.75),
        (path_of(output, [[2.0, 0.0]], [1.0], [1.0]), "intensity", -3.0),
        (path_of(output, emissions, [1.0], [0.0]), "household intensity", -1.0),
    ):
        effects = emissions_change(before, after, YEAR).loc["All"]
        assert effects[effect] == pytest.approx(change, rel=1e-12)
        others = [name for name in EFFECTS if name != effect]
        assert_allclose(effects[others].to_numpy(float), 0.0, atol=1e-12)


def test_a_textbook_case() -> None:
    """Two sectors, by the formula with a pocket calculator: L(30, 20) = 10 / ln 1.5 = 24.663."""
    before = path_of([[50.0, 50.0]], [[20.0, 10.0]], [1.0], [0.0])
    after = path_of([[90.0, 60.0]], [[30.0, 10.0]], [1.0], [0.0])
    effects = emissions_change(before, after, YEAR).loc["All"]
    mean = 10.0 / np.log(1.5)
    assert effects["activity"] == pytest.approx((mean + 10.0) * np.log(1.5))
    assert effects["structure"] == pytest.approx(mean * np.log(1.2) + 10.0 * np.log(0.8))
    assert effects["intensity"] == pytest.approx(
        mean * np.log((30 / 90) / (20 / 50)) + 10.0 * np.log((10 / 60) / (10 / 50))
    )


def test_a_sector_that_closes_is_structure() -> None:
    before = path_of([[50.0, 50.0]], [[20.0, 10.0]], [1.0], [0.0])
    after = path_of([[100.0, 0.0]], [[40.0, 0.0]], [1.0], [0.0])
    effects = emissions_change(before, after, YEAR).loc["All"]
    assert effects["activity"] == pytest.approx(0.0, abs=1e-12)
    assert effects["intensity"] == pytest.approx(0.0, abs=1e-12)
    assert effects["structure"] == pytest.approx(10.0)


def test_gdp_is_what_is_spent() -> None:
    first = baseline_and_policy()[0]
    regions, parts = ["A", "B"], dict(zip(EXPENDITURE, (50.0, 20.0, 30.0, 15.0, 12.0), strict=True))
    paths = []
    for k, sent in ((1.0, 4.0), (1.1, 6.0)):
        values = {name: np.array([[k * value], [2.0 * value]]) for name, value in parts.items()}
        signs = {name: -1.0 if name == "imports" else 1.0 for name in parts}
        gdp = sum(signs[name] * values[name] for name in parts) + np.array([[sent], [-sent]])
        data = xr.Dataset(
            {name: (("region", "year"), v) for name, v in {**values, "gdp_real": gdp}.items()},
            coords={"region": regions, "year": [YEAR]},
        )
        places = Geography({region: region for region in regions}, {}, "All")
        paths.append(replace(first, data=data, geography=places, solves=solves([YEAR])))
    table = gdp_change(paths[0], paths[1], YEAR)
    assert table.loc["A", "consumption"] == pytest.approx(5.0)
    assert table.loc["A", "imports"] == pytest.approx(-1.2)
    assert table.loc["A", REGIONAL] == pytest.approx(2.0)
    assert table.loc["All", REGIONAL] == 0.0
    columns = [*EXPENDITURE, REGIONAL]
    assert_allclose(table[columns].sum(axis=1), table["change"], rtol=1e-12)


def test_what_is_missing_is_named(pair: tuple[Pathway, Pathway]) -> None:
    with pytest.raises(NoDecomposition, match=r"does not report gdp_real, government"):
        gdp_change(*pair, YEAR)
    with pytest.raises(NoDecomposition, match=r"has no year 2031; give one from 2020 to 2020"):
        emissions_change(*pair, 2031)
