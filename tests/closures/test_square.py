"""What does not fit is named: variables without conditions, conditions without variables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cge.language import DeclarationError, scale, shift
from closures import ClosureError, Fixed, Freed, State, Swap, impose, match, price_index
from tests.closures.models import CLOSURES, EXPORTS, INVESTED, Small, small


@pytest.fixture
def economy() -> Small:
    return small()


def real_wage(economy: Small, state: State) -> object:
    return state.price(economy.labour) / economy.prices(state)


def consumption(economy: Small, state: State) -> object:
    return state.quantity(economy.model.agents["HH"], "goods")


def refused(economy: Small, *swaps: Swap) -> str:
    """Message of the refusal, which leaves the model as it was."""
    parameters = dict(economy.model.parameters)
    with pytest.raises(ClosureError) as caught:
        impose(economy.model, swaps)
    assert not economy.model.auxiliaries
    assert economy.model.parameters == parameters
    return str(caught.value)


def mentions(message: str, *words: str) -> None:
    for word in words:
        assert word in message, message


def labour(economy: Small) -> tuple[Freed, Fixed]:
    freed = Freed("jobs", "r", {economy.supply: scale})
    return freed, Fixed("wage", "r", lambda s: real_wage(economy, s), falls=True)


def saving(economy: Small) -> tuple[Freed, Fixed]:
    return Freed("thrift", "r", {economy.rate: scale}), Fixed("capital", "r", economy.investment)


def test_free_and_fixed_are_paired_by_their_letters(economy: Small) -> None:
    abroad = Freed("abroad", "", {economy.outside: shift})
    rate = Fixed("rate", "", lambda s: s.price(economy.exchange))
    jobs, wage = labour(economy)
    swaps = match([abroad, jobs], [wage, rate])
    assert [(s.name, s.fixed.name) for s in swaps] == [("abroad", "rate"), ("jobs", "wage")]


def test_a_variable_without_a_condition(economy: Small) -> None:
    (jobs, wage), (thrift, _) = labour(economy), saving(economy)
    with pytest.raises(ClosureError) as caught:
        match([jobs, thrift], [wage])
    mentions(str(caught.value), "variable 'thrift'", "over 'r'", "no condition", "saving_rate")


def test_a_condition_without_a_variable(economy: Small) -> None:
    (jobs, wage), (_, capital) = labour(economy), saving(economy)
    with pytest.raises(ClosureError) as caught:
        match([jobs], [wage, capital])
    mentions(str(caught.value), "condition 'capital'", "over 'r'", "no variable")


def test_letters_that_differ(economy: Small) -> None:
    jobs, _ = labour(economy)
    national = Fixed("wage", "", lambda s: real_wage(economy, s).mean())
    mentions(refused(economy, Swap(jobs, national)), "'jobs' over 'r'", "'wage' (scalar)")
    with pytest.raises(ClosureError, match="'jobs' over 'r' has no condition"):
        match([jobs], [national])


def test_a_parameter_freed_twice(economy: Small) -> None:
    (jobs, wage), (_, capital) = labour(economy), saving(economy)
    again = Freed("hours", "r", {economy.supply: scale})
    message = refused(economy, Swap(jobs, wage), Swap(again, capital))
    mentions(message, "'labour_force'", "twice", "'jobs' for 'wage'", "'hours' for 'capital'")


def test_a_parameter_that_the_model_has_freed_already(economy: Small) -> None:
    jobs, wage = labour(economy)
    model = impose(economy.model, [Swap(jobs, wage)])
    again = Freed("hours", "r", {economy.supply: scale})
    with pytest.raises(ClosureError, match="'labour_force' is freed twice, as 'jobs' for a cond"):
        impose(model, [Swap(again, saving(economy)[1])])


def test_a_quantity_fixed_twice(economy: Small) -> None:
    (jobs, wage), (thrift, _) = labour(economy), saving(economy)
    message = refused(economy, Swap(jobs, wage), Swap(thrift, wage))
    mentions(message, "condition 'wage' stands twice")


def test_a_parameter_of_another_model(economy: Small) -> None:
    _, wage = labour(economy)
    stranger = Freed("jobs", "r", {small().supply: scale})
    mentions(refused(economy, Swap(stranger, wage)), "'labour_force' is no parameter")


def test_a_parameter_without_the_letters_of_its_variable(economy: Small) -> None:
    world = economy.model.parameter("world", "", 1.0)
    message = refused(economy, Swap(Freed("gift", "r", {world: scale}), labour(economy)[1]))
    mentions(message, "'gift' over 'r'", "'world' (scalar)", "['r']")


def test_a_variable_that_moves_no_parameter(economy: Small) -> None:
    message = refused(economy, Swap(Freed("idle", "r", {}), labour(economy)[1]))
    mentions(message, "'idle' moves no parameter")


def test_a_condition_of_the_wrong_shape(economy: Small) -> None:
    jobs, _ = labour(economy)
    lone = Fixed("rate", "r", lambda s: s.price(economy.exchange))
    mentions(refused(economy, Swap(jobs, lone)), "'rate'", "shape ()", "(2,)")


def test_a_condition_that_is_no_number(economy: Small) -> None:
    jobs, _ = labour(economy)
    broken = Fixed("broken", "r", lambda s: 0.0 * real_wage(economy, s) * np.inf)
    with np.errstate(invalid="ignore"):
        mentions(refused(economy, Swap(jobs, broken)), "'broken'", "finite")


def test_a_condition_that_nothing_moves(economy: Small) -> None:
    """Owned capital is given: no wage or employment changes it."""
    jobs, _ = labour(economy)
    given = Fixed("capital_stock", "r", lambda s: s.parameter("capital"))
    message = refused(economy, Swap(jobs, given))
    mentions(message, "condition capital_stock[north]", "depends on nothing", "jobs[north]")


def test_a_variable_that_moves_nothing(economy: Small) -> None:
    """A parameter that no market, activity or agent reads."""
    weather = economy.model.parameter("weather", "r", 1.0)
    (jobs, wage), (_, capital) = labour(economy), saving(economy)
    message = refused(
        economy, Swap(jobs, wage), Swap(Freed("rain", "r", {weather: scale}), capital)
    )
    mentions(message, "variable rain[north]", "moves nothing", "wage[north]", "capital[south]")


def test_conditions_that_say_the_same(economy: Small) -> None:
    """The exchange rate and its square: neither jobs nor foreign saving can tell them apart."""
    first = Freed("abroad", "", {economy.outside: lambda x, v: x + EXPORTS * v})
    second = Freed("jobs", "", {economy.supply: scale})
    once = Fixed("rate", "", lambda s: s.price(economy.exchange) / economy.prices(s))
    twice = Fixed(
        "rate_squared", "", lambda s: (s.price(economy.exchange) / economy.prices(s)) ** 2
    )
    message = refused(economy, Swap(first, once), Swap(second, twice))
    mentions(message, "conditions rate, rate_squared", "not independent", "abroad", "jobs")


def test_variables_that_do_the_same(economy: Small) -> None:
    """Foreign saving given twice, in the same proportions, is one variable."""
    more = economy.model.parameter("more", "r", 0.0)
    economy.model.agents["INV"].owns(economy.exchange[""], more)
    shares = INVESTED / INVESTED.sum()
    first = Freed("loans", "", {economy.outside: lambda x, v: x + shares * v})
    second = Freed("grants", "", {more: lambda x, v: x + shares * v})
    rate = Fixed("rate", "", lambda s: s.price(economy.exchange) / economy.prices(s))
    eaten = Fixed("eaten", "", lambda s: consumption(economy, s).sum())
    message = refused(economy, Swap(first, rate), Swap(second, eaten))
    mentions(message, "rate", "eaten", "not independent", "loans", "grants")


def test_a_bound_on_the_wrong_side(economy: Small) -> None:
    """The real wage falls with employment; a swap that denies it would choose the wrong branch."""
    jobs = Freed("jobs", "r", {economy.supply: scale}, upper=0.0)
    wage = Fixed("wage", "r", lambda s: real_wage(economy, s))
    message = refused(economy, Swap(jobs, wage))
    mentions(message, "variable jobs[north] has a bound", "wage[north]", "falls=True")


def test_a_basket_has_the_letters_of_its_goods(economy: Small) -> None:
    weight = economy.model.parameter("weight", "", 1.0)
    with pytest.raises(ClosureError, match="'weight' over '' weighs PL over 'r'"):
        price_index({economy.labour: weight})


def test_a_model_that_is_not_determined_by_itself(economy: Small) -> None:
    """A good that is only bought and sold by one agent has no price of its own."""
    model = economy.model
    gem = model.commodity("GEM")
    model.agents["HH"].owns(gem[""], ("r", [1.0, -1.0]))
    with pytest.raises(DeclarationError, match="not determined"):
        impose(model, [Swap(*labour(economy))])
    assert not model.auxiliaries


@pytest.mark.parametrize("build", CLOSURES.values(), ids=CLOSURES)
def test_named_closures_are_square(economy: Small, build: Callable[[Small], object]) -> None:
    swaps = build(economy)
    model = impose(economy.model, swaps)  # type: ignore[arg-type]
    assert model.auxiliaries
    model.check()
    assert not economy.model.auxiliaries


def test_responses_are_derivatives(economy: Small) -> None:
    """A tenth of a per cent more employment moves the real wage as the table says."""
    table = impose(economy.model, [Swap(*labour(economy))]).responses()
    assert list(table.index) == ["jobs[north]", "jobs[south]"]
    plain, size = small(), 1e-4
    for k, column in enumerate(table.columns):
        wages = []
        for sign in (1.0, -1.0):
            force = plain.supply.value.copy()
            force[k] *= np.exp(sign * size)
            state = plain.model.solve(labour_force=force).state
            wages.append(np.asarray(real_wage(plain, state)))
        slope = -(wages[0] - wages[1]) / (2.0 * size)  # the condition rises as the wage falls
        np.testing.assert_allclose(table[column], slope, rtol=1e-5, atol=1e-7)


def test_nothing_is_imposed_without_swaps(economy: Small) -> None:
    before = dict(economy.model.parameters)
    assert impose(economy.model, ()) is economy.model
    assert economy.model.parameters == before
    assert economy.model.responses().empty
