"""Assumption tables: a wrong row is one paragraph with file, line, entry and remedy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import (
    AssumptionError,
    CalibrationError,
    ElasticityError,
    calibrate,
    describe,
    load_assumptions,
    load_elasticities,
    load_resources,
    load_technologies,
)
from calibration.elasticities import ARRAYS, ELASTICITIES, KEYS, complete
from calibration.tables import DATA
from sam import Dataset
from sam.accounts import HOUSEHOLDS, TECHNOLOGIES
from sam.concordance import load_sectors
from tests.economies import SECTORS

TABLE = (DATA / "elasticities.csv").read_text()
LINES = len(TABLE.splitlines())
LABELS = {
    "region": ["A", "B"],
    "sector": load_sectors()["code"].tolist(),
    "technology": list(TECHNOLOGIES),
    "household": list(HOUSEHOLDS),
}


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text)
    return path


def message_of(path: Path) -> str:
    with pytest.raises(ElasticityError) as found:
        load_elasticities(path, whole=True)
    message = str(found.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("row", "finding"),
    [
        ("foreign,,FER,,-2,me,assumed", "imports against domestic goods) is -2, must be a number"),
        ("foreign,,FER,,nan,me,assumed", "is nan, must be a number from 0 to 100"),
        ("foreign,,FER,,inf,me,assumed", "is inf, must be a number from 0 to 100"),
        ("foreign,,FER,,,me,assumed", "value is '': give a number in plain decimals"),
        ("foreign,,FER,,two,me,assumed", "value is 'two': give a number in plain decimals"),
        ("foreign,,FER,,2_5,me,assumed", "value is '2_5': give a number in plain decimals"),
        ("foreign,,FER,,２,me,assumed", "value is '２': give a number in plain decimals"),
        ("foreign,,STEEL,,2,me,assumed", "unknown sector 'STEEL'; known: AGR, BUS"),
        ("foreign,A,FER,,2,me,assumed", "foreign varies over sector, not over region"),
        ("frisch,,,,-0.5,me,assumed", "is -0.5, must be a number from -100 to -1.01"),
        (
            "foriegn,,FER,,2,me,assumed",
            "unknown elasticity 'foriegn'; did you mean 'foreign'? known: top, kle",
        ),
        (
            "foreign,,FER,,2,me,guess",
            "quality is 'guess': Input should be 'published', 'recalled'",
        ),
        ("foreign,,FER,,2,,assumed", "source is '': String should have at least 1 character"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, finding: str) -> None:
    message = message_of(written(tmp_path, f"{TABLE}\n{row}\n"))
    entry = " ".join(filter(None, row.split(",")[:3]))
    assert f", line {LINES + 2}, {entry}: " in message  # a blank line is a line
    assert finding in message
    assert message.endswith("; correct this row")


def test_a_column_given_twice_is_named(tmp_path: Path) -> None:
    lines = TABLE.splitlines()
    doubled = "\n".join(f"{line},{'value' if k == 0 else '2'}" for k, line in enumerate(lines))
    assert message_of(written(tmp_path, doubled)).endswith("unknown none, given twice value")


def test_a_column_without_a_name_is_told(tmp_path: Path) -> None:
    trailing = TABLE.replace("\n", ",\n")
    assert "unknown one without a name, given twice none" in message_of(written(tmp_path, trailing))


def test_an_endless_cell_is_refused_at_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, f"{TABLE}{chr(0) * 200_000}\n")
    assert f"line {LINES + 1}: a cell has more than 131,072 characters" in message_of(path)


def test_a_table_that_is_not_utf8_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(TABLE.encode() + b"foreign,,FER,,2,caf\xe9,assumed\n")
    assert f"line {LINES + 1}: is no UTF-8" in message_of(path)


def test_a_value_given_twice_is_named_with_both_lines(tmp_path: Path) -> None:
    row = "kle,B,FER,,{},me,assumed\n"
    path = written(tmp_path, TABLE + row.format(0.3) + row.format(0.4))
    assert message_of(path).endswith(
        f"lines {LINES + 1} and {LINES + 2}: kle B FER is given twice (0.3 and 0.4); keep one row"
    )


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (TABLE + "foreign,,FER,,2,Smith, 1990,assumed\n", "has 8 cells, the header has 7"),
        (TABLE.replace(",", ";"), "columns must be name, region, sector, household"),
        ("", "missing name, value, source, quality"),
        (TABLE.splitlines()[0], "has no rows; start from the table in"),
        (
            "\n".join(line for line in TABLE.splitlines() if line[:4] != "kle,"),
            "no row for kle; copy these rows from",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_named(tmp_path: Path, text: str, finding: str) -> None:
    assert finding in message_of(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "does not exist; correct the path" in message_of(tmp_path / "nowhere.csv")


def test_a_sector_without_a_value_is_named(tmp_path: Path) -> None:
    rows = [line for line in TABLE.splitlines() if not line.startswith("foreign,,FER")]
    table = load_elasticities(written(tmp_path, "\n".join(rows)), whole=True)
    with pytest.raises(
        ElasticityError, match=r"no value of 'foreign'.* for FER \(1 missing in all\)"
    ):
        complete(table, LABELS)


def test_a_region_or_household_that_the_dataset_lacks_is_named(
    tmp_path: Path, dataset: Dataset
) -> None:
    for row, finding in (
        ("kle,Q,FER,,0.4,me,assumed", "the unknown region 'Q'"),
        ("frisch,,,POOR,-4,me,assumed", "the unknown household 'POOR'"),
    ):
        table = load_elasticities(written(tmp_path, f"{TABLE}{row}\n"))
        with pytest.raises(ElasticityError, match=f"{finding}; the dataset has"):
            calibrate(dataset, load_assumptions().replace(elasticities=table))


def test_every_default_value_has_a_source_and_a_quality() -> None:
    tables = (load_elasticities().rows, load_resources().rows)
    for rows in tables:
        assert all(row.source and row.quality for row in rows)
    frame = load_elasticities().to_frame()
    assert set(frame["name"]) == set(ELASTICITIES)
    assert list(frame.columns) == ["name", *KEYS, "value", "source", "quality"]


def test_the_more_labels_a_row_has_the_more_it_counts(tmp_path: Path) -> None:
    rows = "kle,B,FER,,0.3,me,assumed\nkle,B,,,0.7,me,assumed\n"
    table = load_elasticities(written(tmp_path, TABLE + rows))
    usual = load_elasticities().values("kle", LABELS)
    found = table.values("kle", LABELS)
    steel = LABELS["sector"].index("FER")
    np.testing.assert_array_equal(found[0], usual[0])
    assert found[1, steel] == 0.3
    assert (np.delete(found[1], steel) == 0.7).all()


def test_trade_elasticities_rise_with_nearness() -> None:
    """Origins within a country are closer substitutes than home and abroad."""
    values = complete(load_elasticities(), LABELS)
    np.testing.assert_allclose(values["local"], 1.5 * values["foreign"])
    np.testing.assert_allclose(values["origin"], 2.0 * values["foreign"])
    assert values["income"].shape == (2, 2, 40)
    assert values["generation"].shape == (2,)
    assert values.keys() == ARRAYS.keys()


def test_replacing_a_value_is_checked_like_a_row() -> None:
    table = load_elasticities(sectors=["PEAT"])
    assert table.replace("foreign", 3.0, sector="PEAT").rows[-1].sector == "PEAT"
    twice = table.replace("foreign", 3.0, sector="FER").replace("foreign", 4.0, sector="FER")
    steel = LABELS["sector"].index("FER")
    assert twice.values("foreign", LABELS)[steel] == 4.0
    assert (table.replace("kle", 0.0).values("kle", LABELS) == 0.0).all()
    for change, finding in (
        (lambda: table.replace("foreign", -1.0), "replace foreign: .* is -1, must be a number"),
        (lambda: table.replace("foreign", 2.0, sector="STEEL"), "replace foreign STEEL: unknown"),
        (lambda: table.replace("foreing", 2.0), "unknown elasticity 'foreing'"),
        (lambda: table.replace("foreign", 2.0, setcor="FER"), "setcor is 'FER': Extra inputs"),
    ):
        with pytest.raises(ElasticityError, match=finding):
            change()


TECHNOLOGY_TABLE = (DATA / "technologies.csv").read_text()
FUEL_TABLE = (DATA / "technology_fuels.csv").read_text()


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (TECHNOLOGY_TABLE.replace("wind,cost,0.47", "wind,cost,0"), "a cost per kWh must be posit"),
        (TECHNOLOGY_TABLE.replace("wind,fixed,0.2", "wind,fixed,1.2"), "must not exceed 1"),
        (
            TECHNOLOGY_TABLE.replace("wind,fixed,0.2", "wind,fixed,0.3"),
            "of 'onshore_wind' sum to 1.1, not",
        ),
        (TECHNOLOGY_TABLE.replace("wind,fixed,", "wind,labour,"), "wind labour is given twice"),
        (TECHNOLOGY_TABLE.replace("wind,fixed,", "wind,land,"), "item is 'land': Input should be"),
        (
            "\n".join(
                x for x in TECHNOLOGY_TABLE.splitlines() if not x.startswith("onshore_wind,fixed")
            ),
            "technology 'onshore_wind' has no row for 'fixed'; add it",
        ),
    ],
)
def test_a_wrong_technology_is_named(tmp_path: Path, text: str, finding: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(AssumptionError) as found:
        load_technologies(path, whole=True)
    assert finding in str(found.value)
    assert str(found.value).startswith(str(path))


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            FUEL_TABLE.replace("gas,GAS", "gas,GSA"),
            "line 5, gas GSA: unknown sector 'GSA'; did you mean 'GAS'?",
        ),
        (
            FUEL_TABLE.replace("gas,GAS", "ccgt,GAS"),
            "line 5, ccgt GAS: unknown technology 'ccgt'; known",
        ),
        (FUEL_TABLE.replace("gas,GAS,0.6", "gas,GAS,0.5"), "shares of 'gas' sum to 0.9, not 1"),
    ],
)
def test_a_wrong_fuel_is_named_in_its_own_file(tmp_path: Path, text: str, finding: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(AssumptionError) as found:
        load_technologies(fuels_path=path)
    assert finding in str(found.value)
    assert str(found.value).startswith(str(path))


def test_a_wrong_resource_is_named(tmp_path: Path) -> None:
    text = (DATA / "resources.csv").read_text()
    for old, new, finding in (
        (
            "COL,0.4",
            "COAL,0.4",
            "line 3, COAL: unknown sector 'COAL'; did you mean 'COL'\\? known: AGR",
        ),
        ("COL,0.4", "COL,1", "line 3, COL: value is '1': Input should be less than 1"),
        ("COL,0.4", "AGR,0.4", "lines 2 and 3: AGR is given twice"),
    ):
        with pytest.raises(AssumptionError, match=finding):
            load_resources(written(tmp_path, text.replace(old, new)))


def test_resources_take_their_share_of_capital_income(dataset: Dataset) -> None:
    b, share = calibrate(dataset), load_resources().shares(SECTORS)  # activity
    rent, capital = b.production.resource, b.production.capital  # region, activity
    np.testing.assert_allclose(rent, share * (rent + capital), rtol=1e-12)
    owners = [sector for sector in b.sectors if rent[:, b.position(sector)].any()]
    assert owners == ["AGR", "COL", "GAS"]
    assert "natural resources in AGR, COL, GAS" in describe(b)


def test_all_named_errors_are_calibration_errors() -> None:
    assert issubclass(ElasticityError, CalibrationError)
    assert issubclass(AssumptionError, CalibrationError)
