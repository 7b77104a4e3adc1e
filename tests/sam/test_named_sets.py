"""Names within sets, legends and codes around a table, and tables without payments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from sam import SAM, KindsMissing, SAMError, SourceError, suggest_kinds
from tests.sam import published
from tests.sam.test_named import KINDS, SOUND, TABLE, rows_of, written

PEP = published.matrix(published.NAMES["PEP"])
Rows = list[list[object]]


def in_two_lines(last: str = "") -> Rows:
    """The table under two lines of headings, set over element, the set at its first element."""
    parted = [str(name).partition("-") for name in PEP.index]
    sets = [s if k == 0 or parted[k - 1][0] != s else None for k, (s, _, _) in enumerate(parted)]
    elements = [element for _, _, element in parted]
    body = [
        [of, name, *line]
        for of, name, line in zip(sets, elements, PEP.to_numpy().tolist(), strict=True)
    ]
    return [[None, None, *sets], [None, None, *elements], *body]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_names_that_repeat_are_told_by_their_sets(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path / f"sam{suffix}", in_two_lines())
    with pytest.raises(KindsMissing) as missing:
        SAM.read(path)
    assert set(missing.value.suggestion.accounts) == set(PEP.index)
    with pytest.raises(KindsMissing) as bare:
        SAM.from_matrix(PEP)
    assert dict(missing.value.suggestion) == dict(bare.value.suggestion)


@pytest.mark.parametrize("sign", [".", "_"])
def test_sets_may_be_parted_by_other_signs(sign: str) -> None:
    def renamed(name: object) -> str:
        return str(name).replace("-", sign, 1)

    with pytest.raises(KindsMissing) as dashed:
        SAM.from_matrix(PEP)
    with pytest.raises(KindsMissing) as found:
        SAM.from_matrix(PEP.rename(index=renamed, columns=renamed))
    expected = {renamed(name): kind for name, kind in dashed.value.suggestion.items()}
    assert dict(found.value.suggestion) == expected


def test_names_that_repeat_without_sets_are_told_to_differ(tmp_path: Path) -> None:
    rows = [line[1:] for line in in_two_lines()[1:]]
    with pytest.raises(SourceError, match="if accounts share a name, give each its own"):
        SAM.read(written(tmp_path / "sam.csv", rows))


def test_a_legend_below_is_a_note(tmp_path: Path) -> None:
    legend: Rows = [[name, f"what {name} is"] for name in TABLE.index]
    path = written(tmp_path / "sam.csv", [*rows_of(), [], ["Legend"], *legend])
    assert SAM.read(path, kinds=KINDS).matrix().equals(SOUND.matrix())


def test_a_second_table_below_is_told_to_go_elsewhere(tmp_path: Path) -> None:
    path = written(tmp_path / "sam.csv", [*rows_of(), [], *rows_of()])
    with pytest.raises(SourceError, match=r"second table begins here.*sheet of its own"):
        SAM.read(path, kinds=KINDS)


@pytest.mark.parametrize("across", [False, True])
def test_codes_between_names_and_payments_are_headings(tmp_path: Path, across: bool) -> None:
    head, *body = rows_of()
    codes = [str(round(1.1 + 0.1 * k, 1)) for k in range(len(body))]
    rows: Rows = [[head[0], None, *head[1:]]]
    if across:
        rows.append([None, None, *codes])
    rows += [[line[0], code, *line[1:]] for line, code in zip(body, codes, strict=True)]
    path = written(tmp_path / "sam.csv", rows)
    assert SAM.read(path, kinds=KINDS).matrix().equals(SOUND.matrix())


def test_an_account_whose_heading_is_lost_is_no_code(tmp_path: Path) -> None:
    rows = rows_of()
    rows[0][1] = None
    with pytest.raises(SourceError, match=f"{TABLE.index[0]!r}.*has a column, too"):
        SAM.read(written(tmp_path / "sam.csv", rows), kinds=KINDS)


@pytest.mark.parametrize("blank", [None, 0])
def test_headings_without_payments_are_no_sam(tmp_path: Path, blank: object) -> None:
    head, *body = rows_of()
    rows = [head, *([line[0], *[blank] * (len(line) - 1)] for line in body)]
    with pytest.raises(SourceError, match="has headings but no payments"):
        SAM.read(written(tmp_path / "sam.csv", rows), kinds=KINDS)


def test_advice_on_frames_can_be_followed(tmp_path: Path) -> None:
    path = tmp_path / "sam.csv"
    TABLE.replace(0.0, None).to_csv(path)
    with pytest.raises(SAMError, match="index_col=0"):
        SAM.from_matrix(pd.read_csv(path), kinds=KINDS)
    with pytest.raises(SAMError, match=r"\.fillna\(0\)"):
        SAM.from_matrix(pd.read_csv(path, index_col=0), kinds=KINDS)
    found = SAM.from_matrix(pd.read_csv(path, index_col=0).fillna(0), kinds=KINDS)
    assert found.matrix().equals(SOUND.matrix())


@pytest.mark.parametrize("read", [SAM.from_matrix, SAM.from_frame, suggest_kinds])
def test_an_array_names_no_accounts(read: Callable[[object], object]) -> None:
    with pytest.raises(SAMError, match="put it in a frame"):
        read(TABLE.to_numpy())


def test_all_open_accounts_are_told_and_none_is_guessed() -> None:
    lacking = {name: kind for name, kind in KINDS.items() if name not in TABLE.index[:2]}
    with pytest.raises(SAMError, match=f'"{TABLE.index[0]}": "KIND", "{TABLE.index[1]}": "KIND"'):
        SAM.from_matrix(TABLE, kinds=lacking)
    with pytest.raises(SAMError, match=f"did you mean {TABLE.index[0]!r}"):
        SAM.from_matrix(TABLE, kinds={**lacking, TABLE.index[0].swapcase(): "activity"})


def test_activities_that_factors_pay_show_a_table_in_which_rows_pay() -> None:
    names = {name: f"x{k}" for k, name in enumerate(TABLE.index) if KINDS[name] == "household"}
    table = TABLE.rename(index=names, columns=names)
    assert not suggest_kinds(table).turned
    assert suggest_kinds(table.T).turned
