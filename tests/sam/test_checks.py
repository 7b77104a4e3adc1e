"""Checks of a SAM: silent on a sound economy, and each names the place and the size of a slip."""

from __future__ import annotations

import math
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.payments import READS
from sam import SAM, Dataset
from sam.checks import (
    CHECKS,
    Finding,
    check_balance,
    check_coverage,
    check_direct_tax_rates,
    check_empty_accounts,
    check_gdp_identity,
    check_labour_shares,
    check_negative_cells,
    check_own_trade,
    check_product_tax_rates,
    check_production_tax_rates,
    check_purchases_across_regions,
    check_saving_rates,
    check_tariff_rates,
    check_trade_mirror,
    check_value_added_shares,
    run_checks,
)
from sam.checks.finding import amount, per_cent
from sam.errors import CheckError
from sam.matrix import COLUMNS, from_payments
from tests.economies import tiny_dataset

Payment = tuple[str, str, str, str, str, str]

KEYS = list(COLUMNS[:-1])


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return tiny_dataset(0, ("A", "B", "C"))


@pytest.fixture(scope="module")
def sam(dataset: Dataset) -> SAM:
    return dataset.sam


def paid(sam: SAM, payment: Payment) -> float:
    frame = sam.frame
    match = (frame[KEYS] == list(payment)).all(axis=1)
    return float(frame.loc[match, "value"].sum())


def changed(sam: SAM, changes: dict[Payment, float]) -> SAM:
    """A SAM with some payments at other values, whatever that does to its accounts."""
    kept = sam.frame.set_index(KEYS)["value"].to_dict()
    kept.update(changes)
    lines = [(*payment, value) for payment, value in kept.items()]
    return SAM(pd.DataFrame(lines, columns=list(COLUMNS)), sam.unit, strict=False)


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [finding.message for finding in findings]
    return findings[0]


STEEL, MACHINES = ("A", "activity", "FER"), ("A", "commodity", "GEM")


@pytest.mark.parametrize("seed", range(3))
def test_a_sound_economy_breaks_no_identity(seed: int) -> None:
    """Every check that follows from theory; ratios drawn at random may be odd."""
    report = run_checks(tiny_dataset(seed, ("A", "B")), flows=READS)
    assert report.errors == []
    assert report.findings["empty_accounts"] == ()
    assert set(report.skipped) == {
        "trade_mirror",
        "own_trade",
        "control_totals",
        "national_table",
    }


def test_sizes_are_readable() -> None:
    assert [amount(value) for value in (14_744.06, 1_234_567.8, 0.25)] == [
        "14,744.1",
        "1,234,568",
        "0.25",
    ]
    assert [amount(value, 4) for value in (14_744.06, -603.098)] == ["14,744", "-603.1"]
    assert [per_cent(value) for value in (2.0, 0.0123, 10.0)] == ["200 %", "1.23 %", "1,000 %"]


def test_an_account_out_of_balance(sam: SAM) -> None:
    payment = (*MACHINES, *STEEL)
    value = paid(sam, payment)
    broken = changed(sam, {payment: value + 7.0})
    found = check_balance(broken)
    assert {f.accounts for f in found} == {("A/commodity/GEM",), ("A/activity/FER",)}
    sizes = {f.accounts[0]: f.size for f in found}
    assert sizes["A/commodity/GEM"] == pytest.approx(7.0)  # receives more than it pays
    assert sizes["A/activity/FER"] == pytest.approx(-7.0)
    smaller = min(
        sam.balance().set_index(["region", "kind", "account"]).row_total[[MACHINES, STEEL]]
    )
    assert found[0].size == pytest.approx(7.0 if smaller == MACHINES else -7.0)
    assert "rebalance" in found[0].message
    assert check_balance(broken, tolerance=0.1) == []


@settings(max_examples=20)
@given(place=st.integers(0, 10_000), factor=st.floats(1.01, 100.0))
def test_any_payment_that_is_changed_unsettles_its_two_accounts(place: int, factor: float) -> None:
    """Whatever the payment, receiver and payer are named, with what they gain and lose."""
    sam = tiny_dataset(1).sam
    line = sam.frame[sam.frame["value"] > 1e-3 * sam.frame["value"].max()]
    *payment, value = line.iloc[place % len(line)].tolist()
    found = check_balance(changed(sam, {tuple(payment): factor * value}), tolerance=1e-9)
    more = (factor - 1.0) * value
    receiver, payer = ("/".join(payment[side]) for side in (slice(0, 3), slice(3, 6)))
    sizes = {finding.accounts[0]: finding.size for finding in found}
    assert sizes == {receiver: pytest.approx(more), payer: pytest.approx(-more)}


def test_worst_imbalance_comes_first(sam: SAM) -> None:
    broken = changed(
        sam,
        {
            (*MACHINES, *STEEL): 1.001 * paid(sam, (*MACHINES, *STEEL)),
            ("B", "factor", "LAB", "B", "activity", "TRD"): 0.0,
        },
    )
    found = check_balance(broken)
    table = broken.balance()
    size = table[["row_total", "column_total"]].max(axis=1)
    relative = (table["difference"].abs() / size).sort_values(ascending=False)
    order = [f"{r.region}/{r.kind}/{r.account}" for r in table.loc[relative.index].itertuples()]
    assert [f.accounts[0] for f in found] == order[: len(found)]
    assert found[0].region == "B"


@pytest.mark.parametrize("ulps", [-1, 0, 1])
def test_equal_findings_keep_their_order_whatever_the_last_bits(sam: SAM, ulps: int) -> None:
    """Two payments are negative by the same amount, the second perhaps more by rounding."""
    first, second = (*MACHINES, *STEEL), ("A", "factor", "LAB", *STEEL)
    near = -4.0 * (1.0 + ulps * sys.float_info.epsilon)
    found = check_negative_cells(changed(sam, {first: -4.0, second: near}))
    assert [finding.accounts[0] for finding in found] == ["A/commodity/GEM", "A/factor/LAB"]


def test_negative_cells(sam: SAM) -> None:
    payment = (*MACHINES, *STEEL)
    broken = changed(sam, {payment: -4.0, ("A", "factor", "LAB", *STEEL): -2.0})
    first, second = check_negative_cells(broken)
    assert (first.accounts, first.size) == (("A/commodity/GEM", "A/activity/FER"), -4.0)
    assert second.accounts[0] == "A/factor/LAB"
    assert "opposite payment" in first.advice
    assert check_negative_cells(changed(sam, {("A", "tax", "OTX", *STEEL): -2.0})) == []  # subsidy


@pytest.mark.parametrize("side", ["receives", "pays"])
def test_empty_accounts(sam: SAM, side: str) -> None:
    bank, power = ("A", "enterprise", "BANK"), ("A", "commodity", "ELE")
    payment = (*bank, *power) if side == "receives" else (*power, *bank)
    finding = only(check_empty_accounts(changed(sam, {payment: 3.0})))
    assert (finding.accounts, finding.size) == (("A/enterprise/BANK",), 3.0)
    assert f"{side} 3 1e8 CNY and " in finding.problem


def test_gdp_by_income_and_by_expenditure(sam: SAM) -> None:
    """A wage too high breaks income, a consumption too high expenditure, in region and nation."""
    wage = ("B", "factor", "LAB", "B", "activity", "AGR")
    found = check_gdp_identity(changed(sam, {wage: paid(sam, wage) + 5.0}))
    assert {(f.region, f.accounts[0].split("/")[1]) for f in found} == {
        ("B", "activity"),
        ("nation", "activity"),
    }
    assert all(f.size == pytest.approx(5.0) for f in found)
    food = ("C", "commodity", "AGR", "C", "household", "RUR")
    found = check_gdp_identity(changed(sam, {food: paid(sam, food) - 2.0}))
    assert [f.region for f in found] == ["C", "nation"]  # the same sum is less of the nation's GDP
    assert all(f.size == pytest.approx(-2.0) for f in found)
    assert "expenditure" in found[0].problem


def test_purchases_across_regions(sam: SAM) -> None:
    payment = ("B", "commodity", "GEM", *STEEL)
    finding = only(check_purchases_across_regions(changed(sam, {payment: 6.0})))
    assert finding.accounts == ("B/commodity/GEM", "A/activity/FER")
    assert (finding.region, finding.size) == ("A", 6.0)
    assert "inflow" in finding.advice


def through_accounts(sam: SAM, name: str | None) -> SAM:
    """Sales between regions through trade accounts: one of the nation or one per destination.

    What a region sells goes to an account named after the buyer, or to one of the nation.
    """
    frame = sam.frame
    apart = frame["row_region"] != frame["col_region"]
    sold = frame["row_kind"].eq("activity") & frame["col_kind"].eq("commodity") & apart
    lines = [(*row[:-1], row[-1]) for row in frame[~sold].itertuples(index=False, name=None)]
    for row in frame[sold].itertuples(index=False, name=None):
        seller, buyer, value = row[:3], row[3:6], row[6]
        account = ("CN", "trade", name) if name else (seller[0], "trade", buyer[0])
        lines += [(*seller, *account, value), (*account, *buyer, value)]
    table = pd.DataFrame(lines, columns=list(COLUMNS))
    return SAM(table.groupby(KEYS, sort=False)[["value"]].sum().reset_index(), strict=False)


@pytest.mark.parametrize("name", ["DOM", None])
def test_trade_accounts_that_mirror(sam: SAM, name: str | None) -> None:
    through = through_accounts(sam, name)
    through.check()
    assert check_trade_mirror(through) == []
    assert check_own_trade(through) == []


def test_national_trade_nets_to_zero_by_commodity(sam: SAM) -> None:
    """Steel booked as machines on the way balances the account, and is found all the same."""
    through = through_accounts(sam, "DOM")
    trade = ("CN", "trade", "DOM")
    steel, machines = ((*trade, "B", "commodity", good) for good in ("FER", "GEM"))
    broken = changed(
        through, {steel: paid(through, steel) - 3.0, machines: paid(through, machines) + 3.0}
    )
    assert not [f for f in check_balance(broken) if "trade" in f.accounts[0]]
    found = check_trade_mirror(broken)
    assert {f.accounts[0]: round(f.size, 9) for f in found} == {
        "CN/commodity/FER": 3.0,
        "CN/commodity/GEM": -3.0,
    }
    assert "over the nation" in found[0].problem


def test_outflow_of_one_region_is_inflow_of_the_other(sam: SAM) -> None:
    through = through_accounts(sam, None)
    inflow = ("A", "trade", "B", "B", "commodity", "GEM")
    broken = changed(through, {inflow: 1.5 * paid(through, inflow)})
    finding = only(check_trade_mirror(broken))
    assert finding.region == "B"
    assert finding.accounts == ("A/commodity/GEM", "B/commodity/GEM")
    assert finding.size == pytest.approx(-0.5 * paid(through, inflow))
    assert "A sells" in finding.problem


def test_a_region_that_trades_with_itself(sam: SAM) -> None:
    own = ("A", "trade", "A")
    broken = changed(sam, {(*STEEL, *own): 2.0, (*own, "A", "commodity", "FER"): 2.0})
    assert [f.size for f in check_own_trade(broken)] == [2.0, 2.0]


def test_production_tax_rates(sam: SAM) -> None:
    output = float(sam.frame.loc[(sam.frame[KEYS[:3]] == list(STEEL)).all(axis=1), "value"].sum())
    tax = ("A", "tax", "OTX", *STEEL)
    finding = only(check_production_tax_rates(changed(sam, {tax: 0.4 * output})))
    assert finding.accounts == ("A/activity/FER",)
    assert finding.size == pytest.approx(0.4)
    assert check_production_tax_rates(changed(sam, {tax: 0.4 * output}), limits=(0.0, 0.5))
    assert only(check_production_tax_rates(changed(sam, {tax: -0.3 * output}))).size < -0.2


def renamed(sam: SAM, kind: str, old: str, new: str) -> SAM:
    return sam.aggregate(accounts={old: new}, kinds=[kind])


def test_a_production_tax_counts_whatever_its_name_and_whoever_collects_it(sam: SAM) -> None:
    """A turnover tax to an account of the author's naming, another tax to government itself."""
    made = sam.frame[(sam.frame[KEYS[:3]] == list(STEEL)).all(axis=1)]
    output, none = float(made["value"].sum()), ("A", "tax", "OTX", *STEEL)
    own = {
        ("A", "tax", "VAT", *STEEL): 0.25 * output,
        ("A", "government", "GOV", *STEEL): output / 5,
    }
    finding = only(check_production_tax_rates(changed(sam, {none: 0.0, **own})))
    assert finding.size == pytest.approx(0.45)
    back = {(*STEEL, "A", "tax", "SUB"): 0.2 * output}  # a subsidy that the tax account pays
    finding = only(
        check_production_tax_rates(changed(sam, {none: 0.0, **own, **back}), limits=(-0.2, 0.2))
    )
    assert finding.size == pytest.approx(0.25)


def test_product_tax_rates(sam: SAM) -> None:
    """On supply before tax; duties are judged apart, on imports."""
    steel = ("B", "commodity", "FER")
    paid_to = sam.frame[(sam.frame[KEYS[3:]] == list(steel)).all(axis=1)]
    supply = float(paid_to.loc[paid_to["row_kind"] != "tax", "value"].sum())
    excise, duty = ("B", "tax", "EXC", *steel), ("B", "tax", "TAR", *steel)
    assert check_product_tax_rates(changed(sam, {duty: 2.0 * supply})) == []
    finding = only(check_product_tax_rates(changed(sam, {excise: 1.2 * supply})))
    assert (finding.accounts, finding.size) == (("B/commodity/FER",), pytest.approx(1.2))
    finding = only(check_product_tax_rates(changed(sam, {excise: -0.6 * supply})))
    assert finding.size == pytest.approx(-0.6)
    used = {(*steel, "B", "government", "GOV"): 9.0 * supply}  # consumption, no subsidy
    assert check_product_tax_rates(changed(sam, used)) == []


def test_a_duty_without_imports_has_no_rate(sam: SAM) -> None:
    duty = ("A", "tax", "TAR", "A", "commodity", "ELE")  # nobody imports electricity
    finding = only(check_tariff_rates(changed(sam, {duty: 1.0})))
    assert finding.accounts == ("A/commodity/ELE",)
    assert math.isinf(finding.size)
    assert finding.record()["size"] is None


def test_tariff_rates(sam: SAM) -> None:
    imports = paid(sam, ("ROW", "row", "ROW", "B", "commodity", "AGR"))
    duty = ("B", "tax", "TAR", "B", "commodity", "AGR")
    finding = only(check_tariff_rates(changed(sam, {duty: 0.5 * imports})))
    assert (finding.region, finding.size) == ("B", pytest.approx(0.5))


@pytest.mark.parametrize(
    ("kind", "name"), [("household", "URB"), ("enterprise", "ENT")], ids=["people", "companies"]
)
def test_direct_tax_rates(sam: SAM, kind: str, name: str) -> None:
    frame = sam.frame
    received = frame[(frame["row_kind"] == kind) & (frame["row"] == name)]
    income = float(received.loc[received["row_region"] == "A", "value"].sum())
    tax = ("A", "government", "GOV", "A", kind, name)
    finding = only(check_direct_tax_rates(changed(sam, {tax: 0.6 * income})))
    assert finding.accounts == (f"A/{kind}/{name}",)
    assert finding.size == pytest.approx(0.6)


def test_transfers_are_negative_taxes(sam: SAM) -> None:
    """A household that gets as much from the state as it pays has no tax, whatever the sums."""
    tax = ("A", "government", "GOV", "A", "household", "URB")
    back = ("A", "household", "URB", "A", "government", "GOV")
    assert check_direct_tax_rates(changed(sam, {tax: 1e6, back: 1e6})) == []


def test_grants_beyond_taxes_are_no_negative_tax(sam: SAM) -> None:
    """Poor households live on them; a tax that is itself negative has the wrong sign."""
    tax = ("A", "government", "GOV", "A", "household", "URB")
    back = ("A", "household", "URB", "A", "government", "GOV")
    assert check_direct_tax_rates(changed(sam, {tax: 0.0, back: 1e6})) == []
    assert only(check_direct_tax_rates(changed(sam, {tax: -1e6}))).size < 0.0


def test_coverage_of_a_foreign_sam_is_told_in_a_line(sam: SAM) -> None:
    """What another model needs is no warning of this one, unless it is asked for."""
    foreign = renamed(renamed(sam, "factor", "LAB", "work"), "factor", "CAP", "wealth")
    report = run_checks(foreign, flows=READS)
    lost = len(check_coverage(foreign, flows=READS))
    assert lost > 10
    told = report.skipped["coverage"]
    for words in ("no factor LAB or CAP", f"{lost} of its {len(sam.frame)} payments", "--only"):
        assert words in told
    assert "coverage" not in report.findings
    assert len(run_checks(foreign, flows=READS, only=["coverage"]).errors) == lost
    assert len(run_checks(foreign, flows=READS, errors=["coverage"]).findings["coverage"]) == lost
    assert "coverage" in run_checks(sam, flows=READS).findings


def test_value_added_shares(sam: SAM) -> None:
    frame = sam.frame
    spent = frame["col_kind"].eq("activity") & frame["col"].eq("AGR") & frame["col_region"].eq("C")
    added = frame[spent & frame["row_kind"].isin(["factor", "tax"])]
    none = {tuple(line[:6]): 0.0 for line in added.itertuples(index=False, name=None)}
    finding = only(check_value_added_shares(changed(sam, none)))
    assert (finding.accounts, finding.size) == (("C/activity/AGR",), 0.0)


def test_income_paid_straight_to_owners_is_value_added(sam: SAM) -> None:
    """A SAM without factor accounts: farms pay families, firms keep their profit."""
    frame = sam.frame
    farm = ("C", "activity", "AGR")
    added = frame[(frame[KEYS[3:]] == list(farm)).all(axis=1) & (frame["row_kind"] == "factor")]
    moved = {tuple(line[:6]): 0.0 for line in added.itertuples(index=False, name=None)}
    moved["C", "household", "RUR", *farm] = float(added["value"].sum())
    assert check_value_added_shares(changed(sam, moved)) == []


def test_labour_shares(sam: SAM) -> None:
    wage = ("A", "factor", "LAB", *STEEL)
    finding = only(check_labour_shares(changed(sam, {wage: 0.0})))
    assert (finding.accounts, finding.size) == (("A/activity/FER",), 0.0)


@pytest.mark.parametrize("collector", [("tax", "PIT"), ("government", "GOV")])
def test_whoever_collects_income_tax_it_is_the_same(collector: tuple[str, str]) -> None:
    """Of 100 earned 60 are taxed away and 30 saved, three quarters of what is left."""
    people = from_payments(
        [
            ("A", "household", "H", "A", "factor", "LAB", 100.0),
            ("A", *collector, "A", "household", "H", 60.0),
            ("A", "commodity", "AGR", "A", "household", "H", 10.0),
            ("A", "investment", "INV", "A", "household", "H", 30.0),
        ]
    )
    assert only(check_direct_tax_rates(people)).size == pytest.approx(0.6)
    assert only(check_saving_rates(people)).size == pytest.approx(0.75)


def test_saving_rates(sam: SAM) -> None:
    """The rate is of income after taxes; what is drawn on wealth is no income."""
    saving = ("A", "investment", "INV", "A", "household", "URB")
    tax = paid(sam, ("A", "government", "GOV", "A", "household", "URB"))
    frame = sam.frame
    urban = frame["row_region"].eq("A") & frame["row"].eq("URB")
    disposable = float(frame.loc[urban, "value"].sum()) - tax
    finding = only(check_saving_rates(changed(sam, {saving: 0.7 * disposable})))
    assert finding.accounts == ("A/household/URB",)
    assert finding.size == pytest.approx(0.7)
    drawn = ("A", "household", "URB", "A", "investment", "INV")
    lived = changed(sam, {saving: 0.0, drawn: 0.5 * disposable})
    assert only(check_saving_rates(lived)).size == pytest.approx(-0.5)


def test_most_money_beyond_a_limit_comes_first(sam: SAM) -> None:
    frame = sam.frame
    made = frame[frame["row_kind"] == "activity"].groupby(["row_region", "row"])["value"].sum()
    large, small = made.idxmax(), made.idxmin()
    taxes = {
        (region, "tax", "OTX", region, "activity", name): rate * made[region, name]
        for (region, name), rate in ((large, 0.31), (small, 0.35))
    }
    first, second = check_production_tax_rates(changed(sam, taxes))
    assert first.accounts == (f"{large[0]}/activity/{large[1]}",)
    assert first.size < second.size


def test_coverage(sam: SAM, dataset: Dataset) -> None:
    payment = ("A", "household", "RUR", "A", "household", "URB")  # family help
    finding = only(check_coverage(changed(sam, {payment: 9.0}), flows=READS))
    assert finding.accounts == ("A/household/RUR", "A/household/URB")
    assert finding.size == 9.0
    assert check_coverage(dataset, flows=READS) == []


def test_severity_is_the_callers_choice(sam: SAM) -> None:
    broken = changed(sam, {("A", "factor", "LAB", *STEEL): 0.0})
    usual = run_checks(broken, only=["balance", "labour_shares"])
    assert {f.check for f in usual.errors} == {"balance"}
    assert {f.check for f in usual.warnings} == {"labour_shares"}
    swapped = run_checks(
        broken, only=["balance", "labour_shares"], errors=["labour_shares"], warnings=["balance"]
    )
    assert {f.check for f in swapped.errors} == {"labour_shares"}
    assert {f.check for f in swapped.warnings} == {"balance"}
    assert len(swapped.all()) == len(usual.all())


def test_accounts_named_otherwise_are_no_false_alarm(sam: SAM) -> None:
    other = renamed(renamed(sam, "factor", "LAB", "labour"), "tax", "TAR", "duty")
    report = run_checks(other)
    assert "no factor is named LAB" in report.skipped["labour_shares"]
    assert "no tax is named TAR" in report.skipped["tariff_rates"]
    assert report.findings["product_tax_rates"] == ()
    nobody = from_payments(
        [
            ("A", "household", "H", "A", "government", "G", 1.0),
            ("A", "government", "G", "A", "household", "H", 1.0),
        ]
    )
    report = run_checks(nobody)
    assert "nobody produces" in report.skipped["gdp_identity"]
    assert report.errors == []


def test_a_sam_alone_skips_what_needs_more(sam: SAM) -> None:
    report = run_checks(sam)
    energy = {"energy_prices", "emission_factors", "emission_intensities", "unpaid_emissions"}
    trade = {"trade_mirror", "own_trade"}
    assert set(report.skipped) == {
        *energy,
        *trade,
        "control_totals",
        "national_table",
        "coverage",
    }
    assert set(report.findings) == set(CHECKS) - set(report.skipped)
    assert "no tables of energy" in report.skipped["energy_prices"]
    assert "skipped energy_prices, emission_factors, emission_intensities" in str(report)
    assert "skipped coverage: no model" in str(report)


def test_a_report_shows_the_worst_and_counts_all(sam: SAM) -> None:
    wages = sam.frame[sam.frame["row"].eq("LAB") & sam.frame["col_kind"].eq("activity")]
    lost = {tuple(line[:6]): 0.0 for line in wages.itertuples(index=False, name=None)}
    report = run_checks(changed(sam, lost), only=["labour_shares"])
    count = len(report.findings["labour_shares"])
    text = report.describe(shown=2)
    assert f"labour_shares ({count}, the worst 2)" in text
    assert text.count("/activity/") == 2
    assert f"0 errors, {count} warnings" in text
    assert len(report.table()) == count
    assert report.record()["warnings"] == count


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"only": ["balanced"]}, "unknown check 'balanced'; checks are orientation, balance"),
        ({"errors": ["balance"], "warnings": ["balance"]}, "both errors and warnings"),
    ],
)
def test_checks_that_do_not_exist(sam: SAM, options: dict[str, list[str]], message: str) -> None:
    with pytest.raises(CheckError, match=message):
        run_checks(sam, **options)  # type: ignore[arg-type]
