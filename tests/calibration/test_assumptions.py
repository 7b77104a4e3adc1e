"""All assumptions as one object: handed over, written, read back, and told apart by a hash."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration import (
    AssumptionError,
    Assumptions,
    ElasticityError,
    load_abatement,
    load_assumptions,
    load_elasticities,
    load_technologies,
)
from calibration.assumptions import TABLES
from calibration.tables import DATA
from sam.dataset import QUALITIES

APART = ("claims", "studies")
"""Tables that results are held against: nothing of M3C rests on them."""


@pytest.fixture(scope="module")
def usual() -> Assumptions:
    return load_assumptions()


def written(folder: Path, texts: Mapping[str, str]) -> dict[str, Path]:
    """Texts of tables as files whose names say nothing."""
    files = {}
    for k, (table, text) in enumerate(texts.items()):
        files[table] = folder / f"{k}.csv"
        files[table].write_text(text, encoding="utf-8")
    return files


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def test_a_table_is_named_after_its_file(usual: Assumptions) -> None:
    assert {path.stem for path in DATA.glob("*.csv")} == {*TABLES, *APART}
    assert set(usual.tables()) == set(TABLES)


def test_what_is_written_reads_back_equal(usual: Assumptions, tmp_path: Path) -> None:
    mine = usual.replace(
        elasticities=usual.elasticities.replace("foreign", 1.0 / 3.0, sector="FER"),
        removal=usual.removal.with_cost(0.1 + 0.2),
    )
    read = load_assumptions(written(tmp_path, mine.to_csv()), whole=True)
    assert read == mine
    assert read.hash == mine.hash
    assert read.elasticities.rows[-1].value == 1.0 / 3.0
    assert load_assumptions(written(tmp_path, usual.to_csv())).hash == usual.hash != mine.hash


def test_every_value_is_listed_with_source_and_quality(usual: Assumptions) -> None:
    frames = usual.to_frames()
    for name, frame in frames.items():
        assert len(frame) == len(usual.tables()[name])
        assert {"value", "source", "quality"} <= set(frame.columns)
        assert frame["source"].str.len().min() > 0
        assert set(frame["quality"]) <= set(QUALITIES)
    assert "option" in frames["removal_costs"].columns


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("elasticities", "kle,,,,0.5,", "kle,,,,0.51,"),
        ("technologies", "wind,cost,0.47", "wind,cost,0.48"),
        ("technology_fuels", "oil,REF,0.9", "oil,COK,0.9"),
        ("resources", "COL,0.4", "COL,0.41"),
        ("removal_costs", "bioenergy,biomass,2020,700", "bioenergy,biomass,2020,701"),
        ("prospects", "resource,,2060,1,", "resource,,2059,1,"),
    ],
)
def test_the_hash_tells_labels_and_numbers_apart(
    table: str, old: str, new: str, usual: Assumptions, tmp_path: Path
) -> None:
    text = (DATA / f"{table}.csv").read_text(encoding="utf-8")
    other = load_assumptions(written(tmp_path, {table: changed(text, old, new)}))
    assert other.hash != usual.hash
    assert other != usual


def test_the_hash_does_not_depend_on_the_words_of_sources(
    usual: Assumptions, tmp_path: Path
) -> None:
    texts = {"resources": changed(usual.to_csv()["resources"], "Land: GTAP", "Land: the GTAP")}
    assert load_assumptions(written(tmp_path, texts)).hash == usual.hash


@settings(max_examples=5)
@given(st.randoms(use_true_random=False))
def test_the_hash_does_not_depend_on_the_order_of_lines(shuffle: random.Random) -> None:
    """Where order has no meaning: that of technologies is their order in the model."""
    usual = load_assumptions()

    def shuffled(rows: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(shuffle.sample(rows, len(rows)))

    other = usual.replace(
        elasticities=replace(usual.elasticities, rows=shuffled(usual.elasticities.rows)),
        resources=replace(usual.resources, rows=shuffled(usual.resources.rows)),
        removal=replace(
            usual.removal,
            rows=shuffled(usual.removal.rows),
            costs=shuffled(usual.removal.costs),
            storage=shuffled(usual.removal.storage),
        ),
        prospects=replace(usual.prospects, rows=shuffled(usual.prospects.rows)),
        technologies=replace(usual.technologies, fuel_rows=shuffled(usual.technologies.fuel_rows)),
    )
    assert other.hash == usual.hash
    turned = replace(usual.technologies, rows=usual.technologies.rows[::-1])
    assert usual.replace(technologies=turned).hash != usual.hash


def test_the_hash_keeps_the_order_that_decides_between_equally_special_rows() -> None:
    """Of a row for a region and one for a sector, the later one holds for both together."""
    table = load_elasticities()
    region, sector = ({"region": "A"}, {"sector": "FER"})
    one = table.replace("kle", 0.3, **region).replace("kle", 0.7, **sector)
    two = table.replace("kle", 0.7, **sector).replace("kle", 0.3, **region)
    labels = {"region": ["A"], "sector": ["FER"]}
    assert one.values("kle", labels)[0, 0] == 0.7
    assert two.values("kle", labels)[0, 0] == 0.3
    usual = load_assumptions()
    assert usual.replace(elasticities=one).hash != usual.replace(elasticities=two).hash


def test_an_unknown_table_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(AssumptionError, match=r"'technology'; did you mean 'technologies'\?"):
        load_assumptions({"technology": tmp_path / "mine.csv"})


def test_a_wrong_row_is_named_with_its_own_file(tmp_path: Path) -> None:
    text = changed(
        (DATA / "removal.csv").read_text(encoding="utf-8"), "biomass,AGR,", "biomass,ARG,"
    )
    files = written(tmp_path, {"removal": text})
    with pytest.raises(
        AssumptionError,
        match=r"0.csv, line 12, biomass ARG: unknown sector 'ARG'; did you mean 'AGR'",
    ):
        load_assumptions(files)
    removal = load_assumptions(files, sectors=["ARG"]).removal
    assert removal.split("biomass", ["ARG"])[1].tolist() == [0.85]
    text = "name,region,sector,household,value,source,quality\ntop,,,,-1,me,assumed\n"
    with pytest.raises(ElasticityError, match=r"0.csv, line 2, top"):
        load_assumptions(written(tmp_path, {"elasticities": text}))


def test_a_price_given_twice_is_named(tmp_path: Path) -> None:
    text = (DATA / "removal_costs.csv").read_text(encoding="utf-8")
    files = written(tmp_path, {"removal_costs": text + "bioenergy,biomass,2020,600,me,assumed\n"})
    with pytest.raises(AssumptionError, match=r"biomass 2020 is given twice \(700 and 600\)"):
        load_assumptions(files)


def test_removal_buys_from_sectors_that_exist() -> None:
    table = load_abatement()
    labour, goods = table.bill(2020, ["AGR", "FER"], "ELE")
    np.testing.assert_allclose(labour + goods.sum(axis=1), table.cost(2020), rtol=1e-12)
    worked, bought = table.split("biomass", ["AGR", "FER"])
    assert (worked, *bought) == pytest.approx((0.15, 0.85, 0.0))


def test_tables_put_together_by_hand_are_checked_too() -> None:
    table = load_technologies()
    kept = tuple(row for row in table.rows if (row.technology, row.item) != ("hydro", "fixed"))
    with pytest.raises(AssumptionError, match="technology 'hydro' has no row for 'fixed'; add it"):
        replace(table, rows=kept)
    with pytest.raises(AssumptionError, match="has no row for 'electricity_price'; add it"):
        replace(load_abatement(), costs=load_abatement().costs[:1])
