"""Substitutes of fuels: which users have which, and what each takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import AssumptionError, Substitutes, load_substitutes
from calibration.substitutes import ELECTRICITY
from sam.accounts import HOUSEHOLDS
from sam.concordance import load_sectors

FUELS = ("COL", "OIL", "GAS", "REF", "COK", "GDT")
USERS = (*load_sectors()["code"], *HOUSEHOLDS)
HEADER = "user,fuel,substitute,item,year,value,source,quality\n"


def substitutes(folder: Path, *lines: str) -> Substitutes:
    file = folder / "substitutes.csv"
    file.write_text(HEADER + "".join(f"{line},made up,assumed\n" for line in lines))
    return load_substitutes(file, whole=False)


def test_every_user_has_prices_lives_and_efficiencies() -> None:
    table = load_substitutes()
    energies = (*FUELS, ELECTRICITY)
    assert (table.of_users("price", USERS, 2020, energies) > 0.0).all()
    assert (table.of_users("life", USERS, 2020) >= 10.0).all()
    assert (table.of_users("logit", USERS, 2020) >= 1.0).all()
    assert ((saving := table.of_users("saving", USERS, 2040, energies)) >= 0.0).all()
    assert saving[USERS.index("FER"), energies.index("COK")] == 0.0, "coke is the reductant"


def test_substitutes_never_take_more_than_a_fuel_does() -> None:
    table = load_substitutes()
    pairs = table.switches(FUELS)
    for year in (2020, 2035, 2060):
        taken = table.numbers("potential", USERS, pairs, year)
        for fuel in FUELS:
            assert taken[:, [old == fuel for old, _ in pairs]].sum(axis=1).max() <= 1.0


def test_what_a_sector_says_of_a_fuel_holds_instead_of_its_group() -> None:
    table = load_substitutes()
    pairs = table.switches(FUELS)
    drive, battery = pairs.index(("REF", "electric_drive")), pairs.index(("REF", "battery"))
    found = table.numbers("potential", ["TRN", "CON"], pairs, 2030)
    assert found[0, drive] == found[1, battery] == 0.0 < min(found[0, battery], found[1, drive])


def test_power_stations_have_no_substitutes() -> None:
    table = load_substitutes()
    pairs = table.switches(FUELS)
    assert not table.numbers("potential", ["ELE"], pairs, 2060).any()


def test_substitutes_that_burn_an_absent_fuel_are_left_out() -> None:
    table = load_substitutes()
    assert ("COL", "GDT") in table.switches(FUELS)
    assert ("COL", "GDT") not in table.switches(("COL", "REF"))


def test_numbers_are_linear_between_years(tmp_path: Path) -> None:
    lines = ("TRN,REF,battery,device,2020,100", "TRN,REF,battery,device,2030,50")
    table = substitutes(tmp_path, *lines)
    found = [table.numbers("device", ["TRN"], [("REF", "battery")], y)[0, 0] for y in (2025, 2050)]
    assert found == pytest.approx([75.0, 50.0])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("TRN,REF,battery,potential,2020,1", "in 2020 substitutes take over"),
        ("TRM,REF,battery,energy,2020,1", "unknown user 'TRM'"),
        ("TRN,REF,battery,energy,2020,0", "a substitute needs energy"),
        ("TRN,REF,REF,energy,2020,1", "REF cannot replace itself"),
        ("TRN,REF,sail,energy,2020,1", "TRN REF, sail: has no device, potential; add a row"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(AssumptionError) as caught:
        substitutes(tmp_path, line, "TRN,REF,hydrogen,potential,2020,0.5")
    assert message in str(caught.value)


def test_sources_stand_beside_every_number() -> None:
    table = load_substitutes()
    assert all(row.source and row.quality for row in (*table.rows, *table.uses))
    assert np.isfinite([row.value for row in table.rows]).all()
