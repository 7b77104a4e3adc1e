"""Single rows laid over the project's tables: what they replace, what stays, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration import (
    AssumptionError,
    Assumptions,
    CalibrationError,
    ElasticityError,
    fitted,
    load_assumptions,
    load_elasticities,
)
from calibration.elasticities import ELASTICITIES, KEYS
from calibration.tables import DATA
from sam import Dataset
from sam.accounts import HOUSEHOLDS, TECHNOLOGIES
from sam.concordance import load_sectors

SECTORS = load_sectors()["code"].tolist()
LABELS = {
    "region": ["A", "B"],
    "sector": SECTORS,
    "technology": list(TECHNOLOGIES),
    "household": list(HOUSEHOLDS),
}


def written(folder: Path, table: str, *rows: str) -> Path:
    """A file with rows of a table; sources and qualities are made up."""
    header = (DATA / f"{table}.csv").read_text(encoding="utf-8").splitlines()[0]
    file = folder / "mine.csv"
    file.write_text("\n".join([header, *(f"{row},me,assumed" for row in rows)]), encoding="utf-8")
    return file


def laid(folder: Path, table: str, *rows: str) -> Assumptions:
    """The assumptions with rows laid over a table."""
    return load_assumptions({table: written(folder, table, *rows)})


def test_one_elasticity_of_one_sector(tmp_path: Path) -> None:
    usual = load_assumptions()
    mine = laid(tmp_path, "elasticities", "foreign,,FER,,2.5")
    before, after = (a.elasticities.values("foreign", LABELS) for a in (usual, mine))
    steel = SECTORS.index("FER")
    assert after[steel] == 2.5 != before[steel]
    np.testing.assert_array_equal(np.delete(after, steel), np.delete(before, steel))
    assert mine.hash != usual.hash
    for name in ELASTICITIES:
        if name != "foreign":
            np.testing.assert_array_equal(
                mine.elasticities.values(name, LABELS), usual.elasticities.values(name, LABELS)
            )


@settings(max_examples=50)
@given(
    name=st.sampled_from([*ELASTICITIES]),
    chosen=st.sets(st.sampled_from(KEYS)),
    data=st.data(),
)
def test_what_is_given_holds_wherever_it_speaks(
    name: str, chosen: set[str], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also where the project's table has rows with more labels."""
    keys = [key for key in ELASTICITIES[name].keys if key in chosen]
    labels = {key: data.draw(st.sampled_from(LABELS[key])) for key in keys}
    value = -3.3 if name == "frisch" else 3.3
    row = ",".join([name, *(labels.get(key, "") for key in KEYS), str(value)])
    mine = load_elasticities(written(tmp_path_factory.mktemp("rows"), "elasticities", row))
    found, usual = (t.values(name, LABELS) for t in (mine, load_elasticities()))
    cells = np.ix_(
        *(
            [LABELS[key].index(labels[key])] if key in labels else range(len(LABELS[key]))
            for key in ELASTICITIES[name].keys
        )
    )
    assert (found[cells] == value).all()
    others = np.ones(found.shape, bool)
    others[cells] = False
    np.testing.assert_array_equal(found[others], usual[others])


def test_single_rows_of_the_other_tables(tmp_path: Path) -> None:
    usual = load_assumptions()
    mine = laid(tmp_path, "technologies", "onshore_wind,cost,0.3").technologies
    assert mine.names == usual.technologies.names
    assert dict(zip(mine.names, mine.cost, strict=True))["onshore_wind"] == 0.3
    np.testing.assert_array_equal(mine.shares, usual.technologies.shares)
    mine_ = laid(tmp_path, "resources", "COL,0.1").resources
    np.testing.assert_array_equal(mine_.shares(["COL", "OIL"]), [0.1, 0.5])
    removal = laid(tmp_path, "removal_costs", "bioenergy,biomass,2020,900").removal
    np.testing.assert_array_equal(removal.cost(2040)[1:], usual.removal.cost(2040)[1:])
    assert removal.cost(2040)[0] == 900.0
    pipes = laid(tmp_path, "storage", "distance,SH,JS,2020,100").removal
    assert pipes.routes(2040, ["SH", "JS"])[0, 1] < usual.removal.routes(2040, ["SH", "JS"])[0, 1]


def test_room_for_carbon_dioxide_is_that_of_the_potentials_in_force(tmp_path: Path) -> None:
    """Basins of a user hold for whoever stores, read from a file or given in Python."""
    usual = load_assumptions()
    mine = laid(tmp_path, "potentials", "JS,co2_injection,total,340")
    twice = mine.removal.injection(2050, ["JS", "AH"]) / usual.removal.injection(2050, ["JS", "AH"])
    np.testing.assert_allclose(twice, [2.0, 1.0], rtol=1e-12)
    given = usual.replace(potentials=mine.potentials).removal
    np.testing.assert_array_equal(
        given.injection(2050, ["JS"]), mine.removal.injection(2050, ["JS"])
    )
    assert given.content == mine.removal.content != usual.removal.content


def test_what_is_one_thing_is_replaced_as_a_whole(tmp_path: Path) -> None:
    fuels = laid(tmp_path, "technology_fuels", "gas,GAS,1").technologies.fuel_mix(["GAS", "GDT"])
    names = load_assumptions().technologies.names
    np.testing.assert_array_equal(fuels[names.index("gas")], [1.0, 0.0])
    split = laid(tmp_path, "removal", "upkeep,labour,0.25", "upkeep,GEM,0.75").removal
    assert split.split("upkeep", ["GEM", "SPM"])[1].tolist() == [0.75, 0.0]
    paths = laid(tmp_path, "prospects", "world,,2020,1", "world,,2040,4").prospects
    np.testing.assert_allclose(
        paths.factors("world", [""], [2020, 2030, 2040, 2060])[0], [1, 2, 4, 4]
    )
    saving = load_assumptions().prospects.factors("saving", [""], [2060])
    np.testing.assert_array_equal(paths.factors("saving", [""], [2060]), saving)


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        (
            "elasticities",
            "foriegn,,FER,,2",
            "unknown elasticity 'foriegn'; did you mean 'foreign'",
        ),
        ("elasticities", "foreign,,FERR,,2", "unknown sector 'FERR'; did you mean 'FER'"),
        ("technologies", "hydor,cost,0.3", "'hydor' has no row for 'fuel'; add it, or did you"),
        ("technology_fuels", "gsa,GAS,1", "unknown technology 'gsa'; did you mean 'gas'"),
        ("technology_fuels", "gas,GAS,0.9", "fuel shares of 'gas' sum to 0.9, not 1"),
        ("resources", "COAL,0.3", "unknown sector 'COAL'; did you mean 'COL'"),
        ("removal", "upkeep,labour,0.2", "shares of 'upkeep' sum to 0.2, not 1"),
        ("removal_costs", "air,biomass,2020,9", "option is 'air': Input should be"),
        ("removal_costs", "steel,rate,2020,9", "rate is a share and must not exceed 1"),
        ("storage", "distance,SH,TJ,2020,9", "unknown region 'TJ'"),
        ("prospects", "resource,COAL,2020,1", "unknown sector 'COAL'; did you mean 'COL'"),
        ("prospects", "world,,2060,3", "world begins in 2060, and that value would hold in all"),
    ],
)
def test_a_row_about_nothing_is_refused(table: str, row: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(CalibrationError) as caught:
        laid(tmp_path, table, row)
    assert said in str(caught.value)
    assert str(tmp_path / "mine.csv") in str(caught.value)


def test_the_remedy_of_a_path_that_begins_late_works(tmp_path: Path) -> None:
    with pytest.raises(AssumptionError, match="so add its row of 2020"):
        laid(tmp_path, "prospects", "resource,,2060,3")
    mine = laid(tmp_path, "prospects", "resource,,2020,1", "resource,,2060,3").prospects
    found = mine.factors("resource", ["COL", "OIL"], [2020, 2060])
    np.testing.assert_allclose(found, [[1, 3], [1, 3]], rtol=1e-12)


@pytest.mark.parametrize("table", ["elasticities", "technologies", "resources", "prospects"])
def test_a_whole_table_laid_over_itself_changes_nothing(table: str, tmp_path: Path) -> None:
    usual = load_assumptions()
    file = tmp_path / "whole.csv"
    file.write_text(usual.to_csv()[table], encoding="utf-8")
    assert load_assumptions({table: file}) == usual
    assert load_assumptions({table: file}, whole=True).hash == usual.hash


def test_labels_that_the_dataset_lacks_are_found_without_calibrating(
    tmp_path: Path, dataset: Dataset
) -> None:
    fitted(dataset, load_assumptions())
    mine = laid(tmp_path, "elasticities", "kle,Q,FER,,0.4")
    with pytest.raises(ElasticityError, match="the unknown region 'Q'; the dataset has"):
        fitted(dataset, mine)


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(AssumptionError, match="is a folder; name the file in it"):
        load_assumptions({"resources": tmp_path})
