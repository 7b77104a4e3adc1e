"""Texts for MPSGE declare the models that they mean, and name what they cannot."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from cge.language import DeclarationError, Model, alias, ces, cobb_douglas, subset
from cge.mpsge import MPSGEError, MPSGEWarning, Translation, translate

TWO_GOODS = """
* Two goods, two factors, one consumer (the accounts of the textbooks' first model).
$ONTEXT
$MODEL:FIRST

$SECTORS:
  X  ! manufacturing
  Y  W

$COMMODITIES:
  PX  PY  PL  PK
  PW  ! cost of living

$CONSUMERS:  CONS

$PROD:X s:1
  O:PX  Q:100
  I:PL  Q: 40  A:CONS  T:TLX
  I:PK  Q: 60

$PROD:Y s:1
  O:PY  Q:100
  I:PL  Q:60
  I:PK
+       Q:40

$PROD:W s:1
  O:PW  Q:200
  I:PX  Q:100
  I:PY  Q:100

$DEMAND:CONS
  D:PW
  E:PL  Q:(100*LABOUR)
  E:PK  Q:100

$REPORT:
  V:LX  I:PL  PROD:X

$OFFTEXT
$SYSINCLUDE mpsgeset FIRST
PW.FX = 1;
"""


@pytest.fixture(scope="module")
def first() -> Translation:
    return translate(TWO_GOODS, data={"TLX": 0.0, "LABOUR": 1.0}, numeraire="PW")


def test_a_cobb_douglas_economy_has_its_closed_form(first: Translation) -> None:
    """Everybody spends fixed shares: with twice the labour, its price is half as high in goods."""
    first.model.check()
    found = first.solve(labour=2.0)
    assert float(found.price("PL")) / float(found.price("PK")) == pytest.approx(0.5, rel=1e-9)
    assert float(found.level("W")) == pytest.approx(np.sqrt(2.0), rel=1e-9)
    for sector, labour in (("X", 0.4), ("Y", 0.6)):
        assert float(found.level(sector)) == pytest.approx(2.0**labour, rel=1e-9)


def test_a_tax_wedge_and_its_revenue(first: Translation) -> None:
    """Labour in X costs 1 + t: with Cobb-Douglas its share of cost stays, with the tax in it.

    X sells half of income M; 0.4 of that is labour and tax, so labour is paid 0.2 M / (1 + t) there
    and 0.3 M in Y, and capital 0.5 M; the tax is the rest.
    """
    found = first.solve(tlx=1.0)
    income = float(found.income("CONS"))
    wages = 100.0 * float(found.price("PL"))
    assert wages == pytest.approx((0.1 + 0.3) * income, rel=1e-9)
    assert 100.0 * float(found.price("PK")) == pytest.approx(0.5 * income, rel=1e-9)


def test_what_is_left_out_is_said(first: Translation) -> None:
    assert first.notes == ("line 37: $report is left out",)
    with pytest.raises(MPSGEError, match="no data called 'TLY'; close ones: tlx"):
        first.solve(TLY=0.1)


EQUAL_YIELD = """
$MODEL:EQUAL
$SECTORS:
  X Y W TL TK
$COMMODITIES:
  PX PY PL PK PLS PKS PW
$CONSUMERS:
  CONS
$AUXILIARY:
  TAU  ! multiplier of both taxes
$PROD:X s:1
  O:PX  Q:120
  I:PLS Q:48
  I:PKS Q:72
$PROD:Y s:1
  O:PY  Q:120
  I:PLS Q:72
  I:PKS Q:48
$PROD:TL
  O:PLS Q:120
  I:PL  Q:100  A:CONS  N:TAU  M:TXL
$PROD:TK
  O:PKS Q:120
  I:PK  Q:100  A:CONS  N:TAU  M:TXK
$PROD:W s:0.7 a:1
  O:PW  Q:340
  I:PX  Q:120  a:
  I:PY  Q:120  a:
  I:PL  Q:100
$DEMAND:CONS
  D:PW
  E:PL  Q:200
  E:PK  Q:100
$CONSTRAINT:TAU
  W*PW*340 - PL*200 - PK*100 =E= 40*(PX + PY)/2;
$OFFTEXT
"""


def test_an_endogenous_tax_keeps_its_yield() -> None:
    """A tax on capital, which is in fixed supply, in the place of one on labour: no more waste.

    With all revenue from capital nothing drives a wedge between leisure and work, so the household
    is better off; revenue in terms of goods is that of the benchmark.
    """
    text = translate(EQUAL_YIELD, data={"TXL": 0.2, "TXK": 0.2}, start={"TAU": 1.0}, numeraire="PW")
    text.model.check()
    found = text.solve(TXL=0.0, TXK=0.4)
    tau = float(found.variable("TAU"))
    revenue = 0.4 * tau * float(found.price("PK")) * 100.0
    goods = 40.0 * (float(found.price("PX")) + float(found.price("PY"))) / 2.0
    assert revenue == pytest.approx(goods, rel=1e-8)
    assert float(found.price("PLS")) == pytest.approx(float(found.price("PL")) / 1.2, rel=1e-8)
    assert float(found.level("W")) > 1.0


RATIONED = """
$MODEL:JOBS
$SECTORS:
  Y W
$COMMODITIES:
  PY PL PK PW
$CONSUMERS:
  H
$AUXILIARY:
  U  ! unemployment
$PROD:Y s:SIGMA
  O:PY Q:100
  I:PL Q:60
  I:PK Q:40
$PROD:W
  O:PW Q:100
  I:PY Q:100
$DEMAND:H
  D:PW
  E:PL Q:60
  E:PL Q:(-60)  R:U
  E:PK Q:(40*K)
$CONSTRAINT:U
  PL =G= FLOOR*PW;
$OFFTEXT
"""


def test_rationed_labour_bears_a_fall_of_capital() -> None:
    """With the real wage at its floor the use of labour follows capital one for one.

    With constant returns a real wage fixes the ratio of capital and labour: a tenth less capital is
    a tenth less work. Above the floor there is no unemployment.
    """
    text = translate(RATIONED, data={"SIGMA": 0.5, "K": 1.0, "FLOOR": 1.0}, numeraire="PW")
    text.model.check()
    fallen = text.solve(K=0.9)
    assert float(fallen.variable("U")) == pytest.approx(0.1, rel=1e-8)
    assert float(fallen.level("Y")) == pytest.approx(0.9, rel=1e-8)
    risen = text.solve(K=1.1)
    assert float(risen.variable("U")) == pytest.approx(0.0, abs=1e-10)
    assert float(risen.price("PL")) > 1.0


REGIONS = """
$MODEL:TRADE
$SECTORS:
  Y(r,i)$Y0(r,i)
  A(r,i)
$COMMODITIES:
  PY(r,i)$Y0(r,i)
  PA(r,i)
  PL(r)
$CONSUMERS:
  RA(r)
$PROD:Y(r,i)$Y0(r,i)  s:0  va:1
  O:PY(r,i)  Q:Y0(r,i)   A:RA(r)  T:T(i)  P:(1-T0(i))
  I:PA(r,j)  Q:ID0(r,j,i)
  I:PL(r)    Q:(Y0(r,i)*(1-T0(i)) - sum(j, ID0(r,j,i)))  va:
$PROD:A(r,i)  s:2  m:ESUB(i)
  O:PA(r,i)  Q:(sum(rr, D0(rr,r,i)))
  I:PY(rr,i) Q:D0(rr,r,i)  m:
$DEMAND:RA(r)  s:1
  D:PA(r,i)  Q:C0(r,i)
  E:PL(r)    Q:L0(r)
  E:PL("north")$BORROW(r)  Q:BORROW(r)
$OFFTEXT
"""


def regional_data() -> dict[str, object]:
    """Two regions and two goods; the south makes no ore."""
    regions, goods = ["north", "south"], ["ore", "food"]
    made = pd.DataFrame([[40.0, 60.0], [0.0, 80.0]], index=regions, columns=goods)
    sales = np.zeros((2, 2, 2))  # seller, buyer, good
    sales[0, :, 0], sales[0, :, 1], sales[1, :, 1] = (25, 15), (60, 0), (15, 65)
    inputs = np.zeros((2, 2, 2))  # region, input, user
    inputs[0, 0], inputs[1, 0, 1] = (5, 10), 15
    tax = pd.Series({"food": 0.05, "ore": 0.1})  # in another order
    absorbed = sales.sum(axis=0) - inputs.sum(axis=2)
    labour = made.to_numpy() * (1 - np.array([0.1, 0.05])) - inputs.sum(axis=1)
    return {
        "Y0": made,
        "T0": tax,
        "T": tax,
        "ID0": ("r j i", inputs),
        "D0": ("rr r i", sales),
        "ESUB": ("i", [4.0, 3.0]),
        "C0": xr.DataArray(absorbed, dims=["r", "i"], coords={"r": regions, "i": goods}),
        "L0": pd.Series(labour.sum(axis=1), index=regions),
        "BORROW": ("r", [0.0, 0.0]),
    }


def regional() -> Translation:
    sets = {"r": ["north", "south"], "rr": alias("r"), "i": ["ore", "food"], "j": alias("i")}
    return translate(REGIONS, sets=sets, data=regional_data(), numeraire="PL")


def test_a_text_over_sets_is_the_model_declared_by_hand() -> None:
    """Letters, labels, conditions, sums and nests: the same counterfactual to every digit."""
    text = regional()
    found = text.solve(T=pd.Series({"ore": 0.3, "food": 0.05}))
    other = by_hand().solve(tax=("i", [0.3, 0.05]))
    for name in ("PY", "PA", "PL"):
        np.testing.assert_allclose(found.price(name), other.price(name), rtol=1e-9)
    np.testing.assert_allclose(found.level("A"), other.level("A"), rtol=1e-9)
    assert float(found.level("Y").sel(r="south", i="ore")) == 1.0  # there is none


def test_what_has_no_market_is_not_traded() -> None:
    """Sales of ore from the south, where there is none: at other sets, and at labels."""
    sales = np.array(regional_data()["D0"][1])  # type: ignore[index]
    phantom = sales.copy()
    phantom[1, 0, 0] = 7.0  # seller, buyer, good
    data = {**regional_data(), "A0": ("r i", sales.sum(axis=0)), "D0": ("rr r i", phantom)}
    source = REGIONS.replace("Q:(sum(rr, D0(rr,r,i)))", "Q:A0(r,i)").replace(
        "$OFFTEXT", '  E:PY("south","ore")  Q:9\n$OFFTEXT'
    )
    sets = {"r": ["north", "south"], "rr": alias("r"), "i": ["ore", "food"], "j": alias("i")}
    text = translate(source, sets=sets, data=data, numeraire="PL")
    text.model.check()
    assert not np.any(text.model.parameters["RA.PY.quantity"].value)
    found, other = (t.solve(T=("i", [0.3, 0.05])) for t in (text, regional()))
    np.testing.assert_allclose(found.price("PA"), other.price("PA"), rtol=1e-12)
    with pytest.raises(DeclarationError, match=r"market PY\[south,ore\]"):
        translate(
            source.replace("PY(r,i)$Y0(r,i)\n  PA", "PY(r,i)\n  PA"),
            sets=sets,
            data=data,
            numeraire="PL",
        ).model.check()


def by_hand() -> Model:
    """The same economy in the language."""
    d = regional_data()
    made = np.asarray(d["Y0"])
    inputs, sales = d["ID0"][1], d["D0"][1]  # type: ignore[index]
    m = Model("hand", r=["north", "south"], q=alias("r"), i=["ore", "food"], j=alias("i"))
    PY, PA, PL = m.commodity("PY", "r i"), m.commodity("PA", "r i"), m.commodity("PL", "r")
    RA = m.agent("RA", "r")
    tax = m.parameter("tax", "i", [0.1, 0.05])
    labour = made * (1 - tax.value) - inputs.sum(axis=1)
    m.activity(
        "Y",
        "r i",
        makes=PY["r i"](("r i", made), ("i", 1 - tax.value), taxes=tax.to(RA["r"])),
        uses=ces(0.0, PA["r j"](("r j i", inputs)), PL["r"](("r i", labour))),
    )
    m.activity(
        "A",
        "r i",
        makes=PA["r i"](("r i", sales.sum(axis=0))),
        uses=ces(("i", [4.0, 3.0]), PY["q i"](("q r i", sales))),
    )
    RA.owns(PL["r"], ("r", labour.sum(axis=1)))
    state_owned = made @ tax.value
    spent = (sales.sum(axis=0) - inputs.sum(axis=2)).sum(axis=1)
    assert spent.sum() == pytest.approx((labour.sum(axis=1) + state_owned).sum())
    shares = sales.sum(axis=0) - inputs.sum(axis=2)
    income = labour.sum(axis=1) + state_owned
    RA.spends(cobb_douglas(PA["r i"](("r i", shares * (income / spent)[:, None]))))
    m.numeraire(PL)
    return m


def test_a_label_in_quotes_is_one_member() -> None:
    """What the south owns of the north's labour is paid to it there."""
    text = regional()
    base, found = text.solve(), text.solve(BORROW=("r", [0.0, 5.0]))
    assert float(found.income("RA").sel(r="south")) > float(base.income("RA").sel(r="south"))
    assert float(found.price("PL").sel(r="north")) == pytest.approx(1.0)


def test_a_subset_in_a_block_leaves_the_others_out() -> None:
    text = """
$MODEL:FUELS
$SECTORS:
  Y(f)
$COMMODITIES:
  P(i)
  PL
$CONSUMERS:
  H
$PROD:Y(f)
  O:P(f) Q:Y0(f)
  I:PL   Q:Y0(f)
$DEMAND:H s:1
  D:P(f) Q:Y0(f)
  E:PL   Q:(sum(f, Y0(f)))
$OFFTEXT
"""
    sets = {"i": ["coal", "corn", "gas"], "f": subset("i", ["coal", "gas"])}
    made = pd.Series({"coal": 3.0, "corn": 7.0, "gas": 2.0})
    found = translate(text, sets=sets, data={"Y0": made}, numeraire="PL").solve()
    np.testing.assert_allclose(found.quantity("Y", "P"), [3.0, 0.0, 2.0], atol=1e-12)
    # Prices elsewhere are of no consequence, and the condition of a sector is at its block's set.
    priced = text.replace("Q:Y0(f)\n  I:PL", "Q:Y0(f)  P:P0(f)\n  I:PL")
    priced = priced.replace("Y(f)\n$COMM", "Y(i)$Y0(i)\n$COMM")
    third = translate(priced, sets=sets, data={"Y0": made, "P0": made * 0.0 + 1.0}, numeraire="PL")
    np.testing.assert_allclose(third.solve().quantity("Y", "P"), [3.0, 0.0, 2.0], atol=1e-12)
    # The same in other words: over all goods, where a condition asks for members of the subset.
    whole = text.replace("(f", "(i").replace("Q:Y0(i)", "Q:(max(Y0(i), 0, -1)$(f(i) and 1))")
    whole = whole.replace("sum(i, Y0(i))", "sum(i, Y0(i)$f(i))").replace("Y(i)\n", "Y(i)$f(i)\n")
    assert "P(i)\n  PL" in whole
    other = translate(whole, sets=sets, data={"Y0": made}, numeraire="PL")
    assert not other.notes
    assert "data y0" in repr(other)
    np.testing.assert_allclose(other.solve().quantity("Y", "P"), [3.0, 0.0, 2.0], atol=1e-12)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  I:PK  Q:K0(t+1)", "leads and lags such as t"),
        ("  I:PQ  Q:40", "line 14: 'PQ' is no commodity"),
        ("  I:PK  Q:40  A:GOV T:0.1", "line 14: 'GOV' is no consumer"),
        ("  I:PK  Q:40  T:0.1", "needs an agent A: before it"),
        ("  I:PK  Q:40  va:", "the nest 'va' is not declared in the head"),
        ("  I:PK  Q:K0", "'K0' is not among the data; known are none"),
        ("  I:PK  Q:40  A:CONS N:TAU", "'TAU' is no auxiliary variable"),
        ("  I:PK  Q:40  Z:3", "the field Z: is not understood here"),
        ("  I:PK  Q:(40", "where ) is expected"),
        ("  I:PK  Q:(sqrt(4, 9))", "sqrt takes 1 and has 2 arguments"),
        ("  I:PK  Q:(40$(ord(t) eq 1))", "the function ord is not read; hand its values over"),
        ("  I:PK  Q:40  Q:30", "the field Q: stands twice"),
        ("  I:PK  Q:40  A:CONS T:0.1 T:0.2", "T: stands twice after one A:"),
        ("  I:PK  Q:40  A:CONS", "the tax for CONS has to have T: or N:"),
        ("  K:PK  Q:40", "does not begin with O: or I:"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(line: str, said: str) -> None:
    text = f"""$MODEL:BAD
$SECTORS:
  X
$COMMODITIES:
  PX
  PL
  PK
$CONSUMERS:
  CONS

$PROD:X s:1
  O:PX Q:100
  I:PL Q:60
{line}
$DEMAND:CONS
  D:PX
  E:PL Q:60
  E:PK Q:40
$OFFTEXT
"""
    with pytest.raises(DeclarationError, match="line 14") as caught:
        translate(text, sets={"t": ["1", "2"]})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"start": {"PXX": 1.1}}, "start=: .* no sector or commodity .*'PXX'; close ones: PX"),
        ({"start": {"CONS": 9.0}}, "start=: .* variable 'CONS'; it is a consumer"),
        ({"lower": {"X": 0.5}}, "lower=: .* no auxiliary variable 'X'; it is a sector"),
        ({"lower": {"TAV": None}}, "lower=: .* no auxiliary variable 'TAV'; close ones: TAU"),
        ({"latent": ["Z"]}, "latent=: .* no sector 'Z'; known are X, Y, W, TL, TK"),
        ({"latent": "X"}, r"write latent=\['X'\]"),
        ({"free": ["pls", "PLL"]}, "free=: .* no commodity 'PLL'; close ones: PL"),
        ({"numeraire": "W"}, "numeraire=: .* no commodity 'W'; it is a sector"),
    ],
)
def test_what_is_said_of_no_declared_name_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(MPSGEError, match=said):
        translate(EQUAL_YIELD, data={"TXL": 0.2, "TXK": 0.2}, **options)


def test_what_is_handed_over_and_not_read_is_noted() -> None:
    sets = {"i": ["a", "b"], "j": alias("i"), "k": ["c"]}
    data = {"TLX": 0.0, "LABOUR": 1.0, "CAPITAL": ("j", [1.0, 2.0])}
    text = translate(TWO_GOODS, sets=sets, data=data, numeraire="PW")
    assert text.notes[1] == "data 'capital' are handed over, and no number of the text reads them"
    assert [note.split(" is ")[0] for note in text.notes[2:]] == [f"the set {k!r}" for k in "ijk"]
    with pytest.raises(MPSGEError, match="no number of the text reads 'Capital'"):
        text.changes(Capital=("i", [1.0, 1.0]))
    assert not regional().notes  # all its sets, aliases and data are read


def test_an_auxiliary_variable_under_a_condition_is_refused() -> None:
    text = EQUAL_YIELD.replace("$CONSTRAINT:TAU", "$CONSTRAINT:TAU$TXL")
    with pytest.raises(MPSGEError, match=r"line 34: .* TAU is under a condition"):
        translate(text, data={"TXL": 0.2, "TXK": 0.2})


def test_a_constraint_of_no_auxiliary_variable_is_refused() -> None:
    text = TWO_GOODS.replace("$REPORT:", "$CONSTRAINT:TAU\n  W =E= 1;\n$REPORT:")
    with pytest.raises(MPSGEError, match=r"line 37: .*TAU is of no auxiliary variable; known are"):
        translate(text, data={"TLX": 0.0, "LABOUR": 1.0})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Y(r,i)$Y0(r,i)  s:0", "Y(r)  s:0", r"line 12: \$PROD:Y has 1 sets, .* declared over 2"),
        ("A:RA(r)  T:T(i)", "A:RA(r)  N:TAU", r"line 25: it is over i, .* no sum runs over"),
    ],
)
def test_sets_that_do_not_fit_are_named_with_their_line(old: str, new: str, said: str) -> None:
    text = REGIONS.replace(old, new)
    if "N:TAU" in new:
        text = text.replace("$PROD:Y", "$AUXILIARY:\n  TAU\n$PROD:Y")
        text = text.replace("$OFFTEXT", "$CONSTRAINT:TAU\n  PA('north',i) =G= 1;\n$OFFTEXT")
    sets = {"r": ["north", "south"], "rr": alias("r"), "i": ["ore", "food"], "j": alias("i")}
    with pytest.raises(MPSGEError, match=said):
        translate(text, sets=sets, data=regional_data(), numeraire="PL").model.check()


@pytest.mark.parametrize("field", ["A:CONS T:0.1", "P:2", "va:"])
def test_endowments_have_no_taxes_prices_and_nests(field: str) -> None:
    text = TWO_GOODS.replace("E:PK  Q:100", f"E:PK  Q:100  {field}")
    with pytest.raises(MPSGEError, match=r"line 35: an endowment has the fields Q: and R:"):
        translate(text, data={"TLX": 0.0, "LABOUR": 1.0})


def test_an_equality_that_a_bound_keeps_from_holding_is_said() -> None:
    """A share of income written so that it falls with its variable rests at the bound, zero."""
    text = TWO_GOODS.replace("$CONSUMERS:", "$AUXILIARY:\n  S\n$CONSUMERS:")
    text = text.replace("$REPORT:", "$CONSTRAINT:S\n  CONS =E= S*PW*200;\n$REPORT:")
    more: dict[str, Any] = {
        "data": {"TLX": 0.0, "LABOUR": 1.0},
        "start": {"S": 1.0},
        "numeraire": "PW",
    }
    with pytest.warns(MPSGEWarning, match="equality of S does not hold"):
        found = translate(text, **more).solve(LABOUR=4.0)
    assert float(found.variable("S")) == 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = translate(text, **more, lower={"S": None}).solve(LABOUR=4.0)
    assert float(found.variable("S")) == pytest.approx(2.0, rel=1e-9)


@pytest.mark.parametrize(
    ("nests", "said"),
    [
        ("a(b):1 b(a):1", "line 16: the nest 'a' hangs from itself: a, b"),
        ("s:2", "line 16: the nest 's' is declared twice"),
    ],
)
def test_nests_that_hang_nowhere_or_stand_twice_are_refused(nests: str, said: str) -> None:
    text = TWO_GOODS.replace("$PROD:X s:1", f"$PROD:X s:1 {nests}")
    with pytest.raises(MPSGEError, match=said):
        translate(text, data={"TLX": 0.0, "LABOUR": 1.0})


def test_names_are_told_apart_whatever_their_case() -> None:
    with pytest.raises(MPSGEError, match="sets: I and i are one name"):
        translate(TWO_GOODS, sets={"I": ["a"], "i": ["b"]})
    with pytest.raises(MPSGEError, match="data: LABOUR and labour are one name"):
        translate(TWO_GOODS, data={"LABOUR": 1.0, "labour": 2.0, "TLX": 0.0})


def test_a_given_and_a_moved_tax_add_up() -> None:
    """One tax field with both kinds of rate, of which the second is M times the variable."""
    both = TWO_GOODS.replace("T:TLX", "T:TLX  N:TAU  M:2").replace(
        "$CONSUMERS:", "$AUXILIARY:\n  TAU\n$CONSUMERS:"
    )
    both = both.replace("$REPORT:", "$CONSTRAINT:TAU\n  TAU =E= MORE;\n$REPORT:")
    data = {"TLX": 0.0, "LABOUR": 1.0, "MORE": 0.0}
    found = translate(both, data=data, numeraire="PW").solve(TLX=0.6, MORE=0.2)
    income, wages = float(found.income("CONS")), 100.0 * float(found.price("PL"))
    assert wages == pytest.approx((0.2 / 2.0 + 0.3) * income, rel=1e-9)  # 0.6 + 2 x 0.2


def test_a_text_may_begin_out_of_balance() -> None:
    """Declared with twice the labour of the equilibrium that it has elsewhere."""
    data = {"TLX": 0.0, "LABOUR": 2.0}
    with pytest.raises(DeclarationError, match="balanced=False"):
        translate(TWO_GOODS, data=data, numeraire="PW").solve()
    found = translate(TWO_GOODS, data=data, numeraire="PW", balanced=False).solve()
    assert float(found.level("W")) == pytest.approx(np.sqrt(2.0), rel=1e-9)


def test_sections_that_change_the_model_are_not_skipped() -> None:
    with pytest.raises(MPSGEError, match=r"line 2: \$vintage is not understood"):
        translate("$MODEL:M\n$VINTAGE:\n  X\n$OFFTEXT")
    with pytest.raises(MPSGEError, match="has 0 lines"):
        translate("PARAMETER X;")
