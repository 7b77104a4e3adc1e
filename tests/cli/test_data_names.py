"""A SAM as published on the command line: checked at once, or told what it lacks."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cge.cli import BAD_INPUT, CHECK_FAILED, app
from tests.economies import tiny_dataset, write_dataset
from tests.sam import published

TABLE = published.matrix(published.NAMES["IFPRI"])
OPEN = {"atax": "t1", "mtax": "t2", "stax": "t3", "dtax": "t4", "gov": "who"}
UNTOLD = TABLE.rename(index=OPEN, columns=OPEN)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def cge(*arguments: str) -> tuple[int, str, str]:
    """Exit code, output and error output of ``cge data``."""
    result = CliRunner().invoke(app, ["data", *arguments])
    return result.exit_code, result.stdout, result.stderr


def commands(text: str) -> list[list[str]]:
    """The commands that a remedy tells: ``cge data kinds ...``, then ``cge data check ...``."""
    make = text[text.index("cge data kinds") :].partition(" writes them;")[0]
    check = text[text.rindex("cge data check") :].partition("\n")[0]
    return [shlex.split(command)[2:] for command in (make, check)]


def test_a_bare_square_file_is_checked_in_one_command() -> None:
    TABLE.to_csv("my sam.csv")
    code, out, err = cge("check", "my sam.csv")
    assert (code, err) == (0, "")
    head, told, *lines = out.splitlines()
    assert head.startswith("my sam.csv: SAM; regions Home; 18 accounts")
    assert told.startswith("The file names accounts and tells no kinds. Checked with these")
    assert "  activity: amaiz, aserv" in lines
    assert "  household: hhd-r1, hhd-u1" in lines
    (passed,) = [line for line in lines if line.startswith("passed: ")]
    assert {"balance", "gdp_identity"} <= {*passed.removeprefix("passed: ").split(", ")}
    make, check = commands(out)
    assert cge(*make)[:2] == (0, "Written: kinds.csv\n")
    code, again, _ = cge(*check)
    assert code == 0
    assert "tells no kinds" not in again
    assert again.splitlines()[1:] == out.splitlines()[-len(again.splitlines()) + 1 :]


def test_what_is_out_of_balance_is_told_by_its_bare_name() -> None:
    table = TABLE.copy()
    table.loc["gov", "dtax"] += 5.0
    table.to_csv("sam.csv")
    code, out, _ = cge("check", "sam.csv", "--only", "balance")
    assert code == CHECK_FAILED
    assert "\n  dtax receives 11 and pays 16 (unit not stated), 31.2 % of the larger apart\n" in out
    code, out, _ = cge("check", "sam.csv", "--only", "balance", "--json")
    record = json.loads(out)
    assert record["suggested_kinds"]["gov"] == "government"
    assert record["findings"][0]["accounts"] == ["Home/tax/dtax"]


def test_accounts_without_a_kind_are_told_with_all_else_that_can_be_said() -> None:
    table = UNTOLD.copy()
    table.loc["hhd-u1", "row"] += 5.0
    table.to_csv("sam.csv")
    code, out, err = cge("check", "sam.csv")
    assert code == BAD_INPUT
    assert out.startswith("sam.csv: 18 accounts that have names and no kinds")
    assert "2 accounts do not receive what they pay\n" in out
    assert "\n  row receives 55 and pays 60, 8.33 % of the larger apart\n" in out
    assert out.rstrip().splitlines()[-1] == "  unknown: t1, t2, t3, t4, who"
    assert err.startswith("Error: sam.csv: 5 accounts have no kind, so nothing more is checked")
    make, check = commands(err)
    code, out, _ = cge(*make)
    assert (code, out) == (0, "Written: kinds.csv; without a kind: t1, t2, t3, t4, who\n")
    code, _, err = cge(*check)
    assert code == BAD_INPUT
    assert "the kind of 't1', one of activity, commodity" in err
    path = Path("kinds.csv")
    text = path.read_text().replace("\nwho,,", "\nwho,government,")
    path.write_text(re.sub(r"\n(t\d),,", r"\n\1,tax,", text))
    code, out, err = cge(*check, "--only", "balance")
    assert (code, err) == (CHECK_FAILED, "")
    code, out, err = cge("check", "sam.csv", "--json")
    assert (code, out) == (BAD_INPUT, "")


def test_the_suggestion_is_printed_or_written_once() -> None:
    TABLE.to_csv("sam.csv")
    code, out, _ = cge("kinds", "sam.csv")
    assert code == 0
    assert out.startswith("account,kind,reason\namaiz,activity,named so by IFPRI\n")
    Path("kinds.csv").write_text("mine")
    code, _, err = cge("kinds", "sam.csv", "--out", "kinds.csv")
    assert (code, Path("kinds.csv").read_text()) == (BAD_INPUT, "mine")
    assert "kinds.csv: is there and may hold corrections; name another file" in err
    assert cge("kinds", "sam.csv", "--out", "nowhere/kinds.csv")[0] == BAD_INPUT
    assert cge("kinds", "none.csv")[0] == BAD_INPUT


def test_kinds_are_for_tables_that_tell_none() -> None:
    dataset = tiny_dataset()
    folder = str(write_dataset(dataset, Path("tiny")))
    code, _, err = cge("check", folder, "--kinds", "kinds.csv")
    assert code == BAD_INPUT
    assert "is a dataset: leave out" in err
    assert "--kinds" in err
    dataset.sam.write("sam.csv")
    pd.DataFrame({"account": ["a"], "kind": ["tax"]}).to_csv("kinds.csv", index=False)
    code, _, err = cge("check", "sam.csv", "--kinds", "kinds.csv")
    assert code == BAD_INPUT
    assert "tells the kinds of its accounts; leave out `kinds` (--kinds)" in err
    code, _, err = cge("kinds", "sam.csv")
    assert code == BAD_INPUT
    assert "there is nothing to suggest" in err


def test_a_sheet_is_named_in_the_remedy() -> None:
    with pd.ExcelWriter("book.xlsx", engine="openpyxl") as book:
        pd.DataFrame({"a": ["notes"]}).to_excel(book, sheet_name="Read me")
        TABLE.to_excel(book, sheet_name="SAM 2020")
    code, out, _ = cge("check", "book.xlsx", "--sheet", "SAM 2020")
    assert code == 0
    make, check = commands(out)
    assert cge(*make)[0] == 0
    assert cge(*check)[0] == 0
    assert cge("check", "book.xlsx")[0] == 0


def test_the_remedy_carries_what_was_given() -> None:
    wrong = TABLE.T.copy()
    wrong["Total"] = 1.0
    with pd.ExcelWriter("book.xlsx", engine="openpyxl") as book:
        TABLE.to_excel(book, sheet_name="good")
        wrong.to_excel(book, sheet_name="rows pay")
    options = ["--sheet", "rows pay", "--region", "Atlantis", "--transposed", "--ignore-totals"]
    Path("kinds.csv").write_text("mine")
    code, out, err = cge("check", "book.xlsx", *options)
    assert (code, err) == (0, "")
    assert "regions Atlantis" in out
    make, check = commands(out)
    assert make == ["kinds", "book.xlsx", *options[:2], *options[4:], "--out", "kinds2.csv"]
    assert check == ["check", "book.xlsx", *options, "--kinds", "kinds2.csv"]
    assert cge(*make)[0] == 0
    code, again, _ = cge(*check)
    assert (code, "tells no kinds" in again) == (0, False)
    assert "0 errors" in again
    assert Path("kinds.csv").read_text() == "mine"
    without = cge("check", "book.xlsx", *options[:-1])
    assert without[0] == BAD_INPUT
    assert "(--ignore-totals)" in without[2]


def test_a_transposed_table_of_names_is_told_and_turned() -> None:
    TABLE.T.to_csv("sam.csv")
    code, out, _ = cge("check", "sam.csv")
    assert code != 0
    assert "--transposed" in out
    code, out, err = cge("check", "sam.csv", "--transposed")
    assert (code, err) == (0, "")
    assert "0 errors" in out
    told = cge("kinds", "sam.csv", "--transposed")[1]
    assert sorted(told.splitlines()) == sorted(told_of(TABLE).splitlines())


def told_of(table: pd.DataFrame) -> str:
    table.to_csv("other.csv")
    return cge("kinds", "other.csv")[1]


def test_kinds_are_suggested_of_the_sheet_that_is_checked() -> None:
    scaled = 2.0 * TABLE
    with pd.ExcelWriter("book.xlsx", engine="openpyxl") as book:
        pd.DataFrame(1.0, ["x", "y"], ["x", "y"]).to_excel(book, sheet_name="weights")
        UNTOLD.to_excel(book, sheet_name="old")
        TABLE.to_excel(book, sheet_name="new")
        scaled.to_excel(book, sheet_name="draft")
        book.book["old"].sheet_state = "hidden"
    head = cge("check", "book.xlsx")[1].splitlines()[1]
    assert (
        head == "read from book.xlsx, sheet 'new'; also in this workbook: 'draft', 'old' (hidden)"
    )
    code, out, err = cge("kinds", "book.xlsx")
    assert (code, out) == (0, told_of(TABLE))
    assert err.startswith("Warning: book.xlsx: read the sheet 'new'; ['draft'] hold SAMs too")
    assert cge("kinds", "book.xlsx", "--sheet", "new")[2] == ""
    wrong = TABLE.copy()
    wrong["Total"] = 1.0
    wrong.to_csv("sam.csv")
    code, _, err = cge("kinds", "sam.csv")
    assert code == BAD_INPUT
    assert "(--ignore-totals)" in err
    assert cge("kinds", "sam.csv", "--ignore-totals")[:2] == (0, told_of(TABLE))
