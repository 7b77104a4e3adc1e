"""What accounts are: said by name, pattern, file or function, and sectors parted in two."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import SAM, Kinds, KindsMissing, SAMError, SourceError, suggest_kinds
from sam.accounts import KINDS
from sam.checks import run_checks
from sam.input_output.leontief import input_output
from sam.kinds import KIND_WORDS, PRODUCT_TAX, SECTOR, Rule
from tests.sam import published

NAMES = published.NAMES["IFPRI, dashes"]
TABLE = published.matrix(NAMES)
MAP = {NAMES[account]: kind for account, kind in published.KINDS.items()}
SOUND = SAM.from_matrix(TABLE, kinds=MAP)

PATTERNS = {
    "a-*": "activity",
    "c-*": "commodity",
    "f-*": "factor",
    "hhd-?": "Household",
    "?tax": "tax",
    **{name: MAP[name] for name in ("trc", "ent", "gov", "s-i", "dstk", "row")},
}


def same(left: SAM, right: SAM = SOUND) -> None:
    pd.testing.assert_frame_equal(left.matrix(), right.matrix())


class TestMaps:
    def test_names_patterns_functions_and_maps_say_the_same(self) -> None:
        same(SAM.from_matrix(TABLE, kinds=PATTERNS))
        same(SAM.from_matrix(TABLE, kinds=MAP.get))
        same(SAM.from_matrix(TABLE, kinds=Kinds.of(PATTERNS)))
        spaced = TABLE.rename(index=lambda name: f" {name} ")
        same(SAM.from_matrix(spaced.rename(columns=str.strip), kinds=PATTERNS))

    def test_a_name_wins_over_patterns(self) -> None:
        kinds = {**PATTERNS, "hhd-u": "enterprise"}
        assert SAM.from_matrix(TABLE, kinds=kinds).names("enterprise") == ["hhd-u", "ent"]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"?-r*": "factor"}, r"'hhd-r' fits 'hhd-\?' \(household\) and '\?\?\?-r' \(factor\)"),
            ({"gof": "government"}, r"'gof' .*table lacks \(did you mean 'gov'\?\)"),
            (
                {"z*": "factor"},
                r"'z\*' \(factor\) fits no account of the table, which are 'a-maiz'",
            ),
            (
                {"gov": "goverment"},
                r"unknown kind 'goverment' of 'gov' \(did you mean 'government'",
            ),
            ({"gov": 3}, r"unknown kind 3 of 'gov'; kinds are activity, commodity"),
        ],
    )
    def test_what_does_not_fit_is_named(self, change: Mapping[str, str], message: str) -> None:
        change = {("???-r" if name == "?-r*" else name): kind for name, kind in change.items()}
        with pytest.raises(SAMError, match=message):
            SAM.from_matrix(TABLE, kinds={**PATTERNS, **change})

    def test_what_is_not_said_is_named_and_the_remedy_works(self) -> None:
        bare = {name: kind for name, kind in MAP.items() if name not in ("trc", "dstk")}
        with pytest.raises(SAMError, match="'trc', 'dstk' have no kind; add them to `kinds`"):
            SAM.from_matrix(TABLE, kinds=bare)
        with pytest.raises(SAMError, match="'trc', 'dstk' have no kind"):
            SAM.from_matrix(TABLE, kinds=bare.get)
        same(SAM.from_matrix(TABLE, kinds={**bare, "trc": "margin", "dstk": "inventory"}))

    def test_kinds_of_a_table_that_tells_them_are_refused(self) -> None:
        for door, table in ((SAM.from_matrix, SOUND.matrix()), (SAM.from_frame, SOUND.frame)):
            with pytest.raises(SAMError, match="tells the kinds of its accounts; leave out"):
                door(table, kinds=MAP)
            with pytest.raises(SAMError, match="there is nothing to suggest"):
                suggest_kinds(table)

    def test_brackets_are_signs_like_others(self) -> None:
        names = ["hh[1]", "hh[2]", "L"]
        table = pd.DataFrame(1.0, names, names)
        sam = SAM.from_matrix(table, kinds={"hh[*": "household", "L": "factor"})
        assert sam.names("household") == names[:2]

    def test_what_is_said_twice_or_of_no_kind_is_refused(self) -> None:
        with pytest.raises(SAMError, match=r"'gov' \(tax\) is said twice; keep one"):
            Kinds.of({"gov": "government", " gov": "tax"})
        with pytest.raises(SAMError, match=r"unknown kind 'goods' of 'c-\*'"):
            Kinds((Rule("c-*", "goods"),))

    def test_what_is_no_map_is_refused(self) -> None:
        with pytest.raises(SAMError, match=r"by a mapping, a file or a function, not by 3; write"):
            SAM.from_matrix(TABLE, kinds=3)  # type: ignore[arg-type]

    def test_rules_and_a_function_are_not_given_together(self) -> None:
        with pytest.raises(SAMError, match="by rules or by a function, not by both; leave one out"):
            Kinds((Rule("gov", "government"),), MAP.get)

    def test_regions(self) -> None:
        assert SOUND.regions == ["Home"]
        assert SAM.from_matrix(TABLE, kinds=MAP, region="Chad").regions == ["Chad"]
        with pytest.raises(SAMError, match="no account is left for the region 'Chad'"):
            SAM.from_matrix(pd.DataFrame([[1.0]], ["x"], ["x"]), kinds={"x": "row"}, region="Chad")


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


class TestFiles:
    def test_a_file_says_kinds_regions_and_names(self, tmp_path: Path) -> None:
        path = tmp_path / "kinds.csv"
        rest = [f"{name},{kind},," for name, kind in PATTERNS.items() if name not in ("gov", "trc")]
        rows = ("Account,kind,region,name", *rest, "gov,GOVERNMENT,CN,state", "", " trc ,margin,,t")
        path.write_text(lines(*rows))
        sam = SAM.from_matrix(TABLE, kinds=path)
        assert sam.accounts.query("kind == 'government'").to_numpy().tolist() == [
            ["CN", "government", "state"]
        ]
        assert sam.names("margin") == ["t"]
        same(SAM.from_matrix(TABLE, kinds=str(path)), sam)

    def test_a_workbook_says_them_as_well(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        book.active.append(["account", "kind"])
        for line in MAP.items():
            book.active.append(line)
        book.save(tmp_path / "kinds.xlsx")
        same(SAM.from_matrix(TABLE, kinds=tmp_path / "kinds.xlsx"))

    @pytest.mark.parametrize(
        ("rows", "error", "message"),
        [
            (
                ("name,kind", "gov,tax"),
                SourceError,
                "row 1.*expected the headings account and kind",
            ),
            (("account;kind", "gov;tax"), SourceError, "expected the headings account and kind"),
            (("account,kind,sector", "a,tax,b"), SourceError, "expected the headings"),
            (("account,kind",), SourceError, "no row below the headings"),
            (("account,kind", "gov,"), SourceError, "row 2, column B.*the kind of 'gov', one of"),
            (("account,kind", ",tax"), SourceError, "row 2, column A.*an account or a pattern"),
            (("account,kind", "a,tax", "a,tax"), SourceError, "row 3, column A: found 'a', .*once"),
            (
                ("account,kind", "a,taxes"),
                SAMError,
                "kinds.csv, row 2: unknown kind 'taxes' of 'a'",
            ),
            (
                ("account,kind", *(f"{a},{k}" for a, k in MAP.items()), "hh,household"),
                SAMError,
                r"kinds.csv, row 20: 'hh' \(household\) names an account that the table lacks",
            ),
            (
                ("account,kind,name", *(f"{a},{k},x" for a, k in MAP.items())),
                SAMError,
                "'a-maiz' and 'a-serv' both become Home/activity/x; give them different names",
            ),
        ],
    )
    def test_what_is_wrong_in_a_file_is_named(
        self, tmp_path: Path, rows: tuple[str, ...], error: type[Exception], message: str
    ) -> None:
        (tmp_path / "kinds.csv").write_text(lines(*rows))
        with pytest.raises(error, match=message):
            SAM.from_matrix(TABLE, kinds=tmp_path / "kinds.csv")

    def test_a_hidden_sheet_says_nothing(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        old, now = book.active, book.create_sheet("now")
        old.sheet_state = "hidden"
        for sheet, change in ((old, {"gov": "household"}), (now, {})):
            for line in [("account", "kind"), *{**MAP, **change}.items()]:
                sheet.append(line)
        book.active = 1
        book.save(tmp_path / "kinds.xlsx")
        same(SAM.from_matrix(TABLE, kinds=tmp_path / "kinds.xlsx"))

    def test_a_row_far_below_is_not_lost(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        for line in [("account", "kind"), *MAP.items()]:
            book.active.append(line)
        book.active["A320"], book.active["B320"] = "gov", "tax"
        book.save(tmp_path / "kinds.xlsx")
        with pytest.raises(SourceError, match="a text in cell A320, which stands alone"):
            SAM.from_matrix(TABLE, kinds=tmp_path / "kinds.xlsx")

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="file not found"):
            SAM.from_matrix(TABLE, kinds=tmp_path / "kinds.csv")


class TestMissing:
    def test_the_error_shows_a_map_and_its_remedies_work(self, tmp_path: Path) -> None:
        TABLE.to_csv(tmp_path / "sam.csv")
        with pytest.raises(KindsMissing) as found:
            SAM.read(tmp_path / "sam.csv")
        error = found.value
        text = str(error)
        assert isinstance(error, SAMError)
        assert text.startswith(f"{tmp_path / 'sam.csv'}: SAM: 18 accounts have names and no kinds")
        for name in TABLE.index:
            assert name in text
        same(SAM.read(tmp_path / "sam.csv", kinds=error.suggestion))
        error.suggestion.save(tmp_path / "kinds.csv")
        same(SAM.read(tmp_path / "sam.csv", kinds=tmp_path / "kinds.csv"))
        same(SAM.read(tmp_path / "sam.csv", kinds=suggest_kinds(tmp_path / "sam.csv")))

    def test_what_is_open_is_said_and_added(self, tmp_path: Path) -> None:
        table = pd.DataFrame([[0.0, 1.0], [1.0, 0.0]], ["x", "gov"], ["x", "gov"])
        with pytest.raises(KindsMissing, match="Take it and add what is open") as found:
            SAM.from_matrix(table)
        suggestion = found.value.suggestion
        assert suggestion.unknown == ("x",)
        sam = SAM.from_matrix(table, kinds={**suggestion, "x": "activity"})
        assert sam.names("government") == ["gov"]
        suggestion.save(tmp_path / "kinds.csv")
        with pytest.raises(SourceError, match="row 2, column B: found 'an empty cell'"):
            SAM.from_matrix(table, kinds=tmp_path / "kinds.csv")
        with pytest.raises(SAMError, match="'x' has no kind"):
            SAM.from_matrix(table, kinds=suggestion)
        with pytest.raises(SAMError, match="cannot be written"):
            suggestion.save(tmp_path / "nowhere" / "kinds.csv")


class TestMargins:
    def test_gdp_of_one_country_knows_no_other_regions_and_nets_margins(self) -> None:
        gdp = SOUND.gdp()["Home"]
        assert not [item for _, item in gdp.index if "region" in item]
        assert gdp["expenditure", "trade and transport margins"] == 0.0
        assert gdp.xs("GDP", level="item").tolist() == [published.GDP] * 3
        two = SOUND.frame.replace({"row_region": {"Home": "B"}, "col_region": {"Home": "B"}})
        both = SAM(pd.concat([SOUND.frame, two]).drop_duplicates(SOUND.frame.columns[:-1].tolist()))
        assert ("expenditure", "sales to other regions") in both.gdp().index

    def test_margins_out_of_balance_keep_the_identity_of_gdp(self) -> None:
        frame = SOUND.frame.copy()
        frame.loc[(frame["col"] == "trc"), "value"] += 1.0  # the service sells more
        gdp = SAM(frame).gdp()["Home"]
        assert gdp["difference", "expenditure less production"] == pytest.approx(1.0)

    def test_multipliers_pass_margins_through(self) -> None:
        system = input_output(SOUND)
        assert "margin" in system.products.get_level_values("kind")
        assert "margin" not in system.finals.get_level_values("kind")
        np.testing.assert_allclose(system.inverse @ system.final_output.sum(1), system.output)

    def test_margins_come_after_commodities(self) -> None:
        assert KINDS[:3] == ("activity", "commodity", "margin")
        assert SOUND.macro().index.tolist()[:3] == ["activity", "commodity", "margin"]


SECTORS = published.matrix(published.HOSOE, makes=False)
SECTOR_KINDS = {
    **dict.fromkeys(("BRD", "MLK"), SECTOR),
    **dict.fromkeys(("LAB", "CAP"), "factor"),
    **dict.fromkeys(("IDT", "DTX"), "tax"),
    "TRF": PRODUCT_TAX,
    "HOH": "household",
    "GOV": "government",
    "INV": "investment",
    "EXT": "row",
}


class TestSectors:
    def test_a_sector_is_an_activity_and_a_commodity(self) -> None:
        sam = SAM.from_matrix(SECTORS, kinds=SECTOR_KINDS)
        sam.check(0.0)
        assert sam.gdp()["Home"].xs("GDP", level="item").tolist() == [published.GDP] * 3
        whole = {**published.HOSOE}
        apart = SAM.from_matrix(  # the same economy with the two booked apart
            published.matrix({**whole, "C1": "cBRD", "C2": "cMLK", "T": "cMLK"}),
            kinds={
                **SECTOR_KINDS,
                **dict.fromkeys(("BRD", "MLK"), "activity"),
                **dict.fromkeys(("cBRD", "cMLK"), "commodity"),
                "TRF": "tax",
            },
        )
        renamed = apart.aggregate(accounts={"cBRD": "BRD", "cMLK": "MLK"}, kinds="commodity")
        order = sam.matrix().index
        gap = (sam.matrix() - renamed.matrix().loc[order, order]).stack([0, 1, 2])
        moved = published.MOVED  # of goods paid for being moved, and movers: inputs of activities
        assert sorted(gap[gap != 0.0]) == [-moved, -moved, moved, moved, moved, moved]
        pd.testing.assert_series_equal(
            sam.gdp()["Home"]["expenditure"], apart.gdp()["Home"]["expenditure"]
        )

    def test_a_tax_is_on_production_unless_the_map_says_otherwise(self) -> None:
        sam = SAM.from_matrix(SECTORS, kinds=SECTOR_KINDS)
        gdp = sam.gdp()["Home"]["income"]
        assert gdp[["taxes on production", "taxes on products"]].tolist() == [15.0, 17.0]
        plain = SAM.from_matrix(SECTORS, kinds={**SECTOR_KINDS, "TRF": "tax"})
        gdp = plain.gdp()["Home"]["income"]
        assert gdp[["taxes on production", "taxes on products"]].tolist() == [32.0, 0.0]
        assert gdp["GDP"] == published.GDP

    @settings(max_examples=40, deadline=None)
    @given(st.data())
    def test_parting_keeps_what_it_should(self, data: st.DataObject) -> None:
        """Any payments, balanced or not: totals of other accounts, imbalance of sectors, GDP."""
        names = list("abcdefg")
        words = [
            "sector",
            "sector",
            *data.draw(st.lists(st.sampled_from(KIND_WORDS), min_size=5, max_size=5)),
        ]
        kinds = dict(zip(names, words, strict=True))
        cells = st.lists(st.integers(0, 9), min_size=7, max_size=7)
        values = data.draw(st.lists(cells, min_size=7, max_size=7))
        table = pd.DataFrame(values, names, names, dtype=float)
        sam = SAM.from_matrix(table, kinds=kinds, strict=False)
        balance = sam.balance().set_index("account")["difference"]
        expected = table.sum(axis=1) - table.sum()
        for name in names:
            assert balance[[name]].sum() == pytest.approx(expected[name])
        outputs = sam.frame.query("row_kind == 'activity' and col_kind == 'commodity'")
        own = outputs[outputs["row"] == outputs["col"]]["value"].sum()
        assert sam.frame["value"].sum() == pytest.approx(table.to_numpy().sum() + own)
        for name in (n for n, word in kinds.items() if word == "sector"):
            activity = sam.balance().query(f"kind == 'activity' and account == '{name}'")
            assert activity["difference"].abs().sum() == pytest.approx(0.0)

    def test_sectors_without_inputs_or_output(self) -> None:
        names = ["oil", "row", "hh"]
        table = pd.DataFrame([[0, 1, 8], [9, 0, 0], [0, 8, 0]], names, names, dtype=float)
        sam = SAM.from_matrix(table, kinds={"oil": "sector", "row": "row", "hh": "household"})
        assert sam.names("activity") == []  # all of it is imported
        sam.check(0.0)


class TestSuggestion:
    @pytest.mark.parametrize("convention", published.NAMES)
    def test_published_forms_are_known(self, convention: str) -> None:
        names = published.NAMES[convention]
        table = published.matrix(names)
        suggestion = suggest_kinds(table)
        wanted: dict[str, set[str]] = {}
        for account, kind in published.KINDS.items():
            wanted.setdefault(names[account], set()).add(kind)
        for name, kinds in wanted.items():
            assert suggestion[name] in kinds, (name, suggestion.reasons[name])
        sam = SAM.from_matrix(table, kinds=suggestion)
        sam.check(0.0)
        assert sam.gdp()["Home"].xs("GDP", level="item").tolist() == [published.GDP] * 3

    def test_sectors_are_told_by_their_payments(self) -> None:
        suggestion = suggest_kinds(SECTORS)
        assert dict(suggestion) == SECTOR_KINDS
        assert suggestion.reasons["LAB"].startswith("named so by")
        assert suggestion.reasons["BRD"].startswith("by its payments")

    def test_plain_words_yield_to_payments(self) -> None:
        names = {
            **published.NAMES["industries by name"],
            "A1": "Land transport",
            "A2": "Government services",
            "C1": "Tax consultancy",
            "C2": "Household appliances",
        }
        suggestion = suggest_kinds(published.matrix(names))
        assert {suggestion[names[a]] for a in ("A1", "A2")} == {"activity"}
        assert {suggestion[names[a]] for a in ("C1", "C2")} == {"commodity"}
        assert suggestion.unknown == ()

    @pytest.mark.parametrize("convention", ["IFPRI, dashes", "PEP", "GTAP", "English", "Chinese"])
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("text_ind", "tran_ind"),
            ("trad-services", "tele_com"),
            ("h-tech", "k-pop"),
            ("l-glass", "m_ining"),
            ("cattle", "coffee"),
            ("tobacco_prod", "labs"),
            ("capital goods", "govt services"),
            ("land transport", "row crops"),
            ("stk-breeding", "entertainment"),
            ("Taxi services", "Tax consultancy"),
            ("lab_equip", "cap-making"),
            ("tim_ber", "hhardware"),
            ("Live stock", "Hogares de ancianos"),
            ("Travail temporaire", "Terre cuite"),
            ("居民服务", "资本品"),
        ],
    )
    def test_payments_rule_out_names_of_every_convention(
        self, convention: str, first: str, second: str
    ) -> None:
        usual = published.NAMES[convention]
        makers = dict.fromkeys((first, second), "activity")
        goods = dict.fromkeys((first, second), "commodity")
        both = dict.fromkeys((first, second), SECTOR)
        for names, wanted, makes in (
            ({**usual, "A1": first, "A2": second}, makers, True),
            ({**usual, "C1": first, "C2": second}, goods, True),
            ({**usual, "A1": first, "A2": second, "C1": first, "C2": second}, both, False),
        ):
            moved = {"T": names["C2"]} if usual["T"] == usual["C2"] else {}
            suggestion = suggest_kinds(published.matrix({**names, **moved}, makes=makes))
            told = {name: suggestion.get(name) for name in wanted}
            assert told == {name: kind if told[name] else None for name, kind in wanted.items()}
            for account, kind in published.KINDS.items():
                name = names[account]
                if name in wanted or account[0] in "ACT":
                    continue
                assert suggestion[name] in (kind, "investment", PRODUCT_TAX), name

    def test_a_name_that_payments_rule_out_tells_why(self) -> None:
        names = {**published.NAMES["GTAP"], "A2": "t_ex", "C2": "tex_tiles", "T": "tex_tiles"}
        reason = suggest_kinds(published.matrix(names)).reasons["tex_tiles"]
        assert "GTAP would call it product_tax, but it pays factors and producers" in reason

    def test_taxes_on_factors_are_named_after_them_by_pep(self) -> None:
        names = {**published.NAMES["PEP"], "AT": "AG-USK"}
        assert suggest_kinds(published.matrix(names))["AG-USK"] == "tax"

    def test_a_government_that_nobody_names_is_no_investor(self) -> None:
        names = {
            **published.NAMES["IFPRI, dashes"],
            **dict.fromkeys(("AT", "MT", "ST", "DT", "GV"), "treasury"),
        }
        suggestion = suggest_kinds(published.matrix(names))
        assert suggestion.get("treasury") in (None, "government")
        direct = pd.DataFrame(
            [
                [0, 90, 0, 0, 0, 0],
                [0, 0, 0, 70, 20, 10],
                [90, 0, 0, 0, 0, 0],
                [0, 0, 90, 0, 0, 0],
                [0, 0, 0, 20, 0, 0],
                [0, 10, 0, 0, 0, 0],
            ],
            index=(order := ["a-x", "c-x", "f-lab", "hhd", "treasury", "row"]),
            columns=order,
            dtype=float,
        )
        assert suggest_kinds(direct).unknown == ("treasury",)

    def test_a_transposed_table_is_told_and_its_payments_are_not_believed(self) -> None:
        suggestion = suggest_kinds(SECTORS.T)
        assert suggestion.turned
        assert suggestion.unknown == ("BRD", "MLK")
        with pytest.raises(KindsMissing, match=r"rows seem to pay .* turn the table first"):
            SAM.from_matrix(SECTORS.T)
        assert not suggest_kinds(SECTORS).turned

    def test_where_nothing_tells_nothing_is_said(self) -> None:
        table = published.matrix({account: f"x{k}" for k, account in enumerate(published.KINDS)})
        suggestion = suggest_kinds(table)
        assert dict(suggestion) == {}
        assert set(suggestion.reasons.values()) == {"neither its name nor its payments tell"}

    def test_many_accounts_are_summed_up(self) -> None:
        names = [f"a-{k}" for k in range(100)]
        suggestion = suggest_kinds(pd.DataFrame(1.0, names, names))
        assert str(suggestion).endswith("a-7 and 92 more")
        assert len(suggestion.table()) == 100


class TestTitles:
    def test_one_country_is_told_by_bare_names(self) -> None:
        table = TABLE.copy()
        table.loc["gov", "dtax"] += 7.0
        sam = SAM.from_matrix(table, kinds=MAP)
        with pytest.raises(SAMError, match="gov receives 50, pays 43"):
            sam.check()
        assert "worst dtax" in repr(sam)
        report = run_checks(sam)
        (first, second) = report.findings["balance"]
        assert {first.accounts[0], second.accounts[0]} == {"Home/tax/dtax", "Home/government/gov"}
        assert first.problem.startswith("dtax receives 11 and pays 18")

    def test_a_name_of_two_accounts_comes_with_its_kind(self) -> None:
        sam = SAM.from_matrix(SECTORS, kinds=SECTOR_KINDS)
        assert sam.titles[:4] == ["activity BRD", "activity MLK", "commodity BRD", "commodity MLK"]
        assert "LAB" in sam.titles
