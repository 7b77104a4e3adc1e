"""What is said of draws is what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cge.ensemble import EnsembleError, Outcomes, indices, regression
from cge.ensemble.outcomes import Measure


def test_quantiles_are_those_of_the_draws(whole: Outcomes) -> None:
    prices = whole.values("carbon_price", region="A")[2021]
    found = whole.quantiles(["carbon_price"])
    row = found[(found["scenario"] == "policy") & (found["region"] == "A")].set_index("year")
    assert row.loc[2021, "0.5"] == pytest.approx(np.median(prices))
    assert row.loc[2021, "mean"] == pytest.approx(prices.mean())
    assert row.loc[2021, "deviation"] == pytest.approx(prices.std())


def test_per_cent_is_against_the_baseline_of_the_same_draw(whole: Outcomes) -> None:
    policy = whole.values("gdp_real", region="Atlantis")
    before = whole.values("gdp_real", region="Atlantis", scenario="baseline")
    change = whole.values("gdp_real", region="Atlantis", measure="per_cent")
    pd.testing.assert_frame_equal(change, 100.0 * (policy / before - 1.0))
    assert (change[2021] < 0.0).all()


class Linear(Outcomes):
    """Draws of a quantity that is a straight line in what was drawn."""

    def table(self, variable: str, measure: Measure = "value") -> pd.DataFrame:
        """Three times the first number less the second."""
        x = self.points.to_numpy()
        place = {"closure": "own", "scenario": "policy", "region": "A", "year": 2021}
        return pd.DataFrame({"draw": self.points.index, "value": 3.0 * x[:, 0] - x[:, 1], **place})


@pytest.fixture
def linear(whole: Outcomes) -> Outcomes:
    return Linear(whole.folder, whole.about, whole.points, whole.done, whole.failures)


def test_regression_finds_a_straight_line(linear: Outcomes) -> None:
    found = regression(linear, ["gdp_real"]).set_index("input")
    assert found["slope"].to_dict() == pytest.approx({"trade": 3.0, "cost of wind": -1.0})
    assert found["r2"].tolist() == pytest.approx([1.0, 1.0])


def test_indices_of_a_straight_line_are_all_direct(linear: Outcomes) -> None:
    """With two base draws they are rough, but what is drawn first weighs most."""
    found = indices(linear, ["gdp_real"]).set_index("input")
    assert found.loc["trade", "total"] > found.loc["cost of wind", "total"]


def test_what_does_not_vary_has_no_causes(whole: Outcomes) -> None:
    """Emissions are capped, and the base year is what it is."""
    capped = indices(whole, ["co2_direct"])
    assert not ((capped["scenario"] == "policy") & (capped["region"] == "Atlantis")).any()
    assert 2020 not in set(regression(whole)["year"])


def test_indices_need_the_points_of_sobol(whole: Outcomes) -> None:
    asked = {**whole.about["asked"], "draws": {"method": "latin_hypercube", "count": 8}}
    other = Outcomes(whole.folder, {**whole.about, "asked": asked}, whole.points, whole.done, ())
    with pytest.raises(EnsembleError, match="draws are by latin_hypercube"):
        indices(other)


def test_names_that_there_are_not_are_told(whole: Outcomes) -> None:
    with pytest.raises(EnsembleError, match="unknown variable 'gdp_reel'; did you mean 'gdp_real'"):
        whole.table("gdp_reel")
    with pytest.raises(EnsembleError, match="unknown scenario of 'gdp_real' 'polcy'; did you mean"):
        whole.values("gdp_real", scenario="polcy")


def test_a_fan_shows_median_and_ranges(whole: Outcomes, tmp_path: Path) -> None:
    figure: Figure = whole.figure("per_cent", ["gdp_real"])
    (axes,) = figure.axes
    assert len(axes.collections) == 2  # ranges
    (median,) = axes.get_lines()[:1]
    found = whole.quantiles(["gdp_real"], measure="per_cent").query("region == 'A'")
    assert np.asarray(median.get_ydata(), float) == pytest.approx(found["0.5"].to_numpy())
    figure.savefig(tmp_path / "fan.pdf")
