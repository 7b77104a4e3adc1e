"""Errors at declaration name the thing and the place, and say what to do."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from cge.language import Model, alias, ces, cet, cobb_douglas, leontief, les, subset
from tests.language.conftest import Refused

GOODS = ["coal", "steel", "food"]


@pytest.fixture
def model() -> Model:
    return Model("small", r=["north", "south"], i=GOODS, q=alias("r"), f=subset("i", ["coal"]))


# Dimensions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["region", "R", "1"])
def test_a_dimension_is_one_lower_case_letter(letter: str, refused: Refused) -> None:
    with refused(repr(letter), "one lower-case letter"):
        Model("m", **{letter: ["north"]})


def test_labels_are_unique_and_not_missing(refused: Refused) -> None:
    with refused("dimension 'r'", "repeated", "north"):
        Model("m", r=["north", "north"])
    with refused("dimension 'r'", "empty"):
        Model("m", r=[])


def test_a_subset_has_known_members(refused: Refused) -> None:
    with refused("dimension 'f'", "gas", "known are coal, steel"):
        Model("m", i=["coal", "steel"], f=subset("i", ["coal", "gas"]))
    with refused("dimension 'f'", "members"):
        Model("m", i=["coal", "steel"], f=subset("i", []))


def test_subsets_of_subsets_and_of_aliases() -> None:
    m = Model(
        "m",
        i=["a", "b", "c", "d"],
        j=alias("i"),
        f=subset("j", ["b", "d"]),
        g=subset("f", ["d"]),
        h=alias("g"),
    )
    np.testing.assert_array_equal(m.dims["f"].positions, [1, 3])
    np.testing.assert_array_equal(m.dims["h"].positions, [3])
    assert m.dims["h"].base == "i"


def test_an_unknown_letter_is_refused(model: Model, refused: Refused) -> None:
    with refused("unknown dimension letter 'x'", "declared are r, i, q, f"):
        model.commodity("P", "r x")
    with refused("unknown dimension letter 'x'"):
        Model("m", r=["north"], q=alias("x"))


# Names and letters --------------------------------------------------------------------------------


def test_names_are_unique_across_kinds(model: Model, refused: Refused) -> None:
    model.commodity("P", "r")
    with refused("'P' is already taken"):
        model.agent("P")
    with refused("'p:P'", "contains ':'"):
        model.agent("p:P")


def test_families_are_declared_over_whole_dimensions(model: Model, refused: Refused) -> None:
    with refused("PF", "declare it over 'i'", "'f' is a subset"):
        model.commodity("PF", "r f")
    with refused("PF", "a letter stands twice"):
        model.commodity("PF", "r r")


@pytest.mark.parametrize("use", ["r", "i r", "r i q", "q q", "f r"])
def test_a_use_at_wrong_letters_is_refused(model: Model, use: str, refused: Refused) -> None:
    P = model.commodity("P", "r i")
    with refused(r"P\[", "declared over 'r i'"):
        P[use]


@pytest.mark.parametrize("use", ["r i", "q i", "r f", "q f", "ri"])
def test_a_use_at_letters_aliases_and_subsets_is_fine(model: Model, use: str) -> None:
    assert model.commodity("P", "r i")[use].use == use.replace(" ", "")


# Flows --------------------------------------------------------------------------------------------


def test_a_negative_quantity_names_flow_and_member(model: Model, refused: Refused) -> None:
    P, PL = model.commodity("P", "r i"), model.commodity("PL", "r")
    labour = np.ones((2, 3))
    labour[1, 2] = -0.5
    with refused(r"Y\.PL", "quantity must be >= 0, found -0.5 at south,food$"):
        model.activity("Y", "r i", makes=P["r i"](1.0), uses=PL["r"](("r i", labour)))


def test_a_minimum_above_the_quantity_is_refused(model: Model, refused: Refused) -> None:
    P, HH = model.commodity("P", "i"), model.agent("HH")
    with refused(r"HH\.P", "quantity beyond the minimum must be >= 0, found -0.5 at food"):
        HH.spends(les(P["i"]([3.0, 2.0, 1.0], minimum=[1.0, 1.0, 1.5])))


def test_a_price_at_or_below_zero_is_refused(model: Model, refused: Refused) -> None:
    P, GOV = model.commodity("P", "i"), model.agent("GOV")
    with refused(r"Y\.P", "price must be > 0, found 0 at coal"):
        model.activity("Y", "i", makes=P["i"](1.0, price=[0.0, 1.0, 1.0]), uses=P["i"](1.0))
    whole = model.parameter("whole", "i", [0.0, 1.0, 0.0])
    with refused(
        r"Z\.P", "'whole'", "taxes on an output must be < 1, found 1 at steel"
    ):  # a tax that takes all revenue
        model.activity(
            "Z", "i", makes=P["i"](1.0, taxes=whole.to(GOV[""]), name="P"), uses=P["i"](1.0)
        )
    with refused("commodity Q", "price 0"):
        model.commodity("Q", price=0.0)
    with refused("activity W", "level -1"):
        model.activity("W", "i", makes=P["i"](1.0), uses=P["i"](1.0), level=-1.0)


def test_a_good_with_price_zero_may_not_be_substituted(model: Model, refused: Refused) -> None:
    P, PC = model.commodity("P", "i"), model.commodity("PC", may_be_zero=0.1)
    with refused(r"Y\.PC", "price of PC may be zero", "leontief"):
        model.activity("Y", "i", makes=P["i"](1.0), uses=ces(0.5, P["i"](1.0), PC[""](1.0)))


def test_a_good_with_price_zero_may_not_hide_in_a_nest(model: Model, refused: Refused) -> None:
    P, PL = model.commodity("P", "i"), model.commodity("PL")
    PC = model.commodity("PC", may_be_zero=0.1)

    def uses(fuel: list[float]) -> object:
        return ces(0.5, PL[""](1.0), leontief(P["i"](fuel, name="fuel"), PC[""](1.0)))

    with refused(r"Y\.PC", "price of PC may be zero", "nothing else", "steel", "1 such cell"):
        model.activity("Y", "i", makes=P["i"](1.0), uses=uses([1.0, 0.0, 1.0]))
    model.activity("Z", "i", makes=P["i"](1.0), uses=uses([1.0, 1.0, 1.0]))


def test_taxes_go_to_agents_at_letters_of_the_flow(model: Model, refused: Refused) -> None:
    P, GOV = model.commodity("P", "r i"), model.agent("GOV", "r")
    rate = model.parameter("rate", "i", 0.1)
    with refused(r"Y\.P", "P, no agent"):
        model.activity("Y", "r i", makes=P["r i"](1.0, taxes=rate.to(P["r i"])), uses=P["r i"](1.0))
    with refused(r"Z\.P", "recipient", r"\['q'\]", "lacks"):
        model.activity("Z", "r i", makes=P["r i"](1.0, taxes=rate.to(GOV["q"])), uses=P["r i"](1.0))


def test_a_rate_has_letters_of_the_flow_only(model: Model, refused: Refused) -> None:
    PL, GOV = model.commodity("PL", "r"), model.agent("GOV", "r")
    rate = model.parameter("rate", "i", 0.1)
    with refused("'rate' has letters", "'i'", "lacks"):
        model.activity("Y", "r", makes=PL["r"](1.0, taxes=rate.to(GOV["r"])), uses=PL["r"](1.0))


def test_minimum_and_payment_stand_where_they_mean_something(
    model: Model, refused: Refused
) -> None:
    P, GOV = model.commodity("P", "r"), model.agent("GOV", "r")
    with refused(r"Y\.P", "minimum is for the purchases of agents"):
        model.activity("Y", "r", makes=P["r"](1.0), uses=P["r"](1.0, minimum=0.5))
    with refused(r"Z\.P", "paid_by is for outputs"):
        model.activity("Z", "r", makes=P["r"](1.0), uses=P["r"](1.0, paid_by=GOV["r"]))


def test_only_commodities_are_traded(model: Model, refused: Refused) -> None:
    GOV = model.agent("GOV", "r")
    with refused("GOV is no commodity"):
        GOV["r"](1.0)
    with refused("GOV is no commodity"):
        GOV.owns(GOV["r"], 1.0)


def test_a_nest_without_inputs_is_refused(model: Model, refused: Refused) -> None:
    P = model.commodity("P", "r")
    with refused("a nest without flows"):
        model.activity("V", "r", makes=P["r"](1.0), uses=ces(0.5))


def test_a_nest_may_be_used_again(model: Model) -> None:
    """Each use has flows and parameters of its own, at the letters of its owner."""
    P, PL, Q = model.commodity("P", "r"), model.commodity("PL", "r"), model.commodity("Q", "r i")
    labour = PL["r"](1.0)
    nest = ces(model.parameter("sigma", "", 0.5), labour, leontief(labour, P["r"](2.0)))
    Y = model.activity("Y", "r", makes=P["r"](1.0), uses=nest)
    Z = model.activity("Z", "r i", makes=Q["r i"](1.0), uses=ces(0.2, nest, nest))
    assert [leaf.name for leaf in Y.uses.leaves] == ["PL[r]", "PL[r]#2", "P[r]#2"]
    assert len({leaf.quantity for leaf in (*Y.uses.leaves, *Z.uses.leaves)}) == 9
    assert {leaf.letters for leaf in Z.uses.leaves} == {"ri"}
    assert {leaf.letters for leaf in Y.uses.leaves} == {"r"}


def test_what_is_written_does_not_change(model: Model) -> None:
    P, PL = model.commodity("P", "r"), model.commodity("PL", "r")
    leaf = PL["r"](1.0)
    nest = ces(0.5, leaf)
    model.activity("Y", "r", makes=P["r"](1.0), uses=nest)
    assert (leaf.quantity, leaf.price, leaf.name) == (1.0, None, "")
    with pytest.raises(FrozenInstanceError):
        nest.each = "r"  # type: ignore[misc]


def test_flows_of_one_commodity_get_different_names(model: Model) -> None:
    P, PA = model.commodity("P", "r i"), model.commodity("PA", "r i")
    A = model.activity(
        "A",
        "r i",
        makes=PA["r i"](1.0),
        uses=ces(2.0, P["r i"](1.0), P["q i"](1.0), P["q i"](1.0)),
    )
    assert [leaf.name for leaf in A.uses.leaves] == ["P[ri]", "P[qi]", "P[qi]#2"]


# Agents and auxiliaries ---------------------------------------------------------------------------


def test_an_elasticity_of_supply_needs_a_price_to_compare(model: Model, refused: Refused) -> None:
    PL, PC = model.commodity("PL", "r"), model.commodity("PC", "r", may_be_zero=0.1)
    HH = model.agent("HH", "r")
    with refused("HH owns PL", "elasticity and relative_to together"):
        HH.owns(PL["r"], 1.0, elasticity=0.5)
    with refused(r"HH\.PC", "price may be zero"):
        HH.owns(PC["r"], 1.0, elasticity=0.5, relative_to=PL["r"])


def test_gifts_go_to_agents(model: Model, refused: Refused) -> None:
    PL, HH = model.commodity("PL", "r"), model.agent("HH", "r")
    with refused("HH gives to PL", "no agent"):
        HH.gives(0.5, PL["r"])


def test_an_agent_spends_on_one_tree(model: Model, refused: Refused) -> None:
    P, HH = model.commodity("P", "r"), model.agent("HH", "r")
    HH.spends(cobb_douglas(P["r"](1.0)))
    with refused("HH already spends"):
        HH.spends(cobb_douglas(P["r"](1.0)))


def test_auxiliaries_move_parameters_over_their_letters(model: Model, refused: Refused) -> None:
    rate = model.parameter("rate", "i", 0.1)
    with refused("auxiliary t", "'rate' over 'i'", r"lacks \['r'\]"):
        model.auxiliary("t", "r", moves={rate: lambda a, b: a + b}, until=lambda s: 0.0)
    other = Model("other", i=GOODS).parameter("rate", "i", 0.1)
    with refused("auxiliary t", "'rate' is not in this model"):
        model.auxiliary("t", "i", moves={other: lambda a, b: a + b}, until=lambda s: 0.0)


# The benchmark ------------------------------------------------------------------------------------


def economy(output: float = 10.0, wants: float = 10.0, labour: float = 10.0) -> Model:
    """Labour makes bread, a household eats it: north and south alike."""
    m = Model("economy", r=["north", "south"])
    P, PL, HH = m.commodity("P", "r"), m.commodity("PL", "r"), m.agent("HH", "r")
    m.activity("Y", "r", makes=P["r"]([10.0, output]), uses=PL["r"](10.0))
    HH.owns(PL["r"], [10.0, labour]).spends(P["r"]([10.0, wants]))
    return m


def test_a_model_needs_a_numeraire(refused: Refused) -> None:
    with refused("economy", "no numeraire", "Model.numeraire"):
        economy().check()


def test_a_balanced_benchmark_passes() -> None:
    m = economy()
    m.numeraire(m.commodities["PL"])
    m.check()


def test_an_unbalanced_market_is_named_with_its_size(refused: Refused) -> None:
    m = economy(wants=9.0)
    m.numeraire(m.commodities["PL"])
    with refused(r"market P\[south\]: demand 9, supply 10 \(-1.05e-01\)", r"agent HH\[south\]"):
        m.check()


def test_profit_and_idle_factors_are_named(refused: Refused) -> None:
    m = economy(output=11.0, labour=12.0)
    m.numeraire(m.commodities["PL"])
    with refused(
        r"activity Y\[south\]: unit cost differs from revenue by -9.53 %",
        r"market PL\[south\]: demand 10, supply 12",
        r"agent HH\[south\]: income 12 against 10 spent",
    ):
        m.check()


def test_the_unsolved_market_is_checked_too(refused: Refused) -> None:
    m = Model("walras")
    P, HH = m.commodity("P"), m.agent("HH")
    HH.owns(P[""], 9.0).spends(P[""](10.0))
    m.numeraire(P)
    with refused("market P: demand 10, supply 9"):
        m.check()


def test_many_problems_are_counted(refused: Refused) -> None:
    m = Model("bad", i=8)
    P, HH = m.commodity("P", "i"), m.agent("HH")
    HH.owns(P["i"], 9.0).spends(P["i"](10.0))
    m.numeraire(P)
    with refused(r"\(and 4 more\)"):
        m.check()


def test_a_commodity_without_flows_is_named(refused: Refused) -> None:
    m = economy()
    m.commodity("PX", "r")
    m.numeraire(m.commodities["PL"])
    with refused("commodity PX is never made, used or owned"):
        m.check()


def test_an_agent_that_only_hands_on_gives_all(refused: Refused) -> None:
    m = economy()
    POOL = m.agent("POOL")
    POOL.gives(("r", [0.5, 0.4]), m.agents["HH"]["r"])
    m.numeraire(m.commodities["PL"])
    with refused("agent POOL hands on a share of its income that is not one"):
        m.check()


def test_an_agent_that_gives_everything_cannot_buy(refused: Refused) -> None:
    m = economy()
    with refused("HH.gives", "given away must be < 1, found 1 at north"):
        m.agents["HH"].gives(1.0, m.agent("GOV")[""])


def test_outputs_transform_and_inputs_substitute(model: Model) -> None:
    P, PL = model.commodity("P", "r i"), model.commodity("PL", "r")
    Y = model.activity(
        "Y", "r", makes=cet(2.0, P["r i"](1.0)), uses=ces(0.5, PL["r"](1.0), leontief(PL["r"](1.0)))
    )
    assert Y.makes.root.fixed_elasticity == -2.0
    assert Y.uses.root.fixed_elasticity == 0.5
    assert [leaf.sign for leaf in (*Y.makes.leaves, *Y.uses.leaves)] == [-1, 1, 1]


def test_a_model_prints_its_size() -> None:
    assert repr(economy()) == ("Model('economy': 4 prices, 2 activity levels, 2 incomes)")


def test_capacity_owner_and_latency_come_together(model: Model, refused: Refused) -> None:
    P, GOV = model.commodity("P", "r"), model.agent("GOV", "r")
    with refused("activity Y", "capacity needs an owner"):
        model.activity("Y", "r", makes=P["r"](1.0), uses=P["r"](1.0), latent=1.0, capacity=1.0)
    with refused("activity Z", "latent"):
        model.activity("Z", "r", makes=P["r"](1.0), uses=P["r"](1.0), capacity=1.0, owner=GOV["r"])
    with refused("activity W", "owner P is no agent"):
        model.activity(
            "W", "r", makes=P["r"](1.0), uses=P["r"](1.0), latent=1.0, capacity=1.0, owner=P["r"]
        )
