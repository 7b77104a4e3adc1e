"""A run that is stopped hands back the years it has solved, to be kept and taken up again."""

from __future__ import annotations

import pytest
import xarray as xr

from cge.path import Pathway, Stopped, run
from tests.path.conftest import LAST, Build


def test_a_stopped_run_is_taken_up_again(scenario: Build, baseline: Pathway) -> None:
    def stop(year: int) -> None:
        if year == 2021:
            raise KeyboardInterrupt

    policy = scenario("policy", {2020: 1.0, LAST: 0.85})
    with pytest.raises(Stopped, match="stopped after 2 years") as stopped:
        run(policy, baseline=baseline, on_year=stop)
    path, progress = stopped.value.path, stopped.value.progress
    assert path.data["year"].to_numpy().tolist() == [2020, 2021]
    rest = run(policy, baseline=baseline, after=progress)
    xr.testing.assert_identical(rest.data, run(policy, baseline=baseline).data)
    xr.testing.assert_identical(path.data, rest.data.sel(year=[2020, 2021]))
