"""An ensemble that is wrong says where, in its own words; what it draws is what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.errors import CalibrationError
from cge.ensemble import EnsembleError, load_ensemble
from cge.ensemble.changes import changed
from tests.ensemble.conftest import ENSEMBLE


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("count: 2", "cuont: 2", r"line 3, draws.cuont: unknown key 'cuont'; did you mean 'count'"),
        ("count: 2", "count: 3", r"line 3, draws.count: 3 base draws .* take 2 or 4"),
        ("count: 2", "count: two", r"line 3, draws.count: is 'two'"),
        ("sobol", "sobel", r"line 3, draws.method: is 'sobel'; choose 'latin_hypercube'"),
        ("uniform", "unifrom", r"line 8, .*distribution: unknown law 'unifrom'; did you mean 'uni"),
        ("low: 0.5", "lo: 0.5", r"line 8, .*distribution.lo: unknown key 'lo'; did you mean 'low'"),
        ("low: 0.5", "low: 2.5", r"line 8, .*distribution.low: low 2.5 is not below high 1.5"),
        ("as: factor", "as: share", r"line 9, .*as: is 'share'; choose 'factor' or 'level'"),
        ("as: factor", "is: factor", r"line 9, .*unknown key 'is'"),
        ("elasticities", "elasticity", r"line 6, .*table: unknown table of assumptions"),
        ("name: foreign", "nane: foreign", r"line 7, .*unknown column .*did you mean 'name'"),
        ("name: foreign", "name: forein", r"line 7, .*unknown name .*did you mean 'foreign'"),
        ("[overnight]", "[overnight], year: 1999", r"unknown year of table 'plants' '1999'"),
        ("plants", "elasticities", r"unknown column of table 'elasticities' 'technology'"),
        ("[A, Atlantis]", "[A, Atlants]", r"outputs.regions\[1\]: unknown region 'Atlants'"),
        ("[policy.yaml]", "[policy]", r"line 2, scenarios\[0\]: .*policy: no such file"),
        ("[policy.yaml]", "[policy.yaml, baseline]", r"scenarios\[1\]: .*is a baseline"),
        ("name: cost of wind", "name: trade", r"uncertain\[1\]: 'trade' is given twice"),
    ],
)
def test_mistakes_are_located(place: Path, old: str, new: str, told: str) -> None:
    file = place / "wrong.yaml"
    file.write_text(ENSEMBLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(EnsembleError, match=told):
        load_ensemble(file)


def test_closures_are_known(place: Path) -> None:
    file = place / "wrong.yaml"
    file.write_text(f"{ENSEMBLE}closures: {{stiff: {{labour: fixed_wage}}}}\n", encoding="utf-8")
    with pytest.raises(EnsembleError, match=r"line 17, closures.stiff: .*unknown closure"):
        load_ensemble(file)


def test_no_row_is_moved_twice(place: Path) -> None:
    twice = ENSEMBLE.replace(
        "outputs:",
        """\
  - name: wind at sea
    table: plants
    where: {technology: offshore_wind, year: 2030}
    distribution: {law: normal, mean: 1.0, deviation: 0.1, low: 0.5}
outputs:""",
    )
    (place / "wrong.yaml").write_text(twice, encoding="utf-8")
    with pytest.raises(EnsembleError, match="'cost of wind' and 'wind at sea' move the same row"):
        load_ensemble(place / "wrong.yaml")


def test_draws_follow_from_the_seed_alone(place: Path) -> None:
    first, second = (load_ensemble(place / "ensemble.yaml") for _ in range(2))
    assert first.key == second.key
    assert np.array_equal(first.design.points, second.design.points)


def test_a_draw_moves_its_rows_and_no_others(place: Path) -> None:
    plan = load_ensemble(place / "ensemble.yaml")
    trade, wind = 0.75, 1.25
    moved = changed(plan.tables, plan.ensemble.uncertain, [trade, wind], sectors=plan.sectors)
    for before, after in zip(plan.tables.elasticities.rows, moved.elasticities.rows, strict=True):
        factor = trade if before.name == "foreign" else 1.0
        assert after.value == factor * before.value
    windy = [
        after.value / before.value
        for before, after in zip(plan.tables.plants.rows, moved.plants.rows, strict=True)
        if (before.technology, before.item) == ("onshore_wind", "overnight")
    ]
    assert windy == pytest.approx(np.full(len(windy), wind))
    assert moved.prospects == plan.tables.prospects


def test_a_number_that_a_table_refuses_is_refused(place: Path) -> None:
    plan = load_ensemble(place / "ensemble.yaml")
    with pytest.raises(
        CalibrationError,
        match=r"^table elasticities.csv, line .*foreign .* must be a number from 0",
    ):
        changed(plan.tables, plan.ensemble.uncertain, [-1.0, 1.0], sectors=plan.sectors)


def test_the_ensemble_of_the_page_fits(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "ensembles.md").read_text(encoding="utf-8")
    text = page.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "page.yaml").write_text(text.replace(", mine.yaml]", "]"), encoding="utf-8")
    plan = load_ensemble(tmp_path / "page.yaml")
    assert plan.size == 200
    assert plan.scenarios == ["baseline", "enhanced_carbon_neutrality"]
