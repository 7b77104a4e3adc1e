"""The fixed point of two models, on an economy that stands in: residuals are never damped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_array_equal

from cge.coupling import CouplingError, NotConverged, Session, Tolerance, couple
from tests.coupling.stand_in import Economy

Opens = Callable[..., Session]
Answer = Mapping[str, Any]


def mirror(function: Callable[[Any], Any]) -> Callable[[Session], Answer]:
    """A partner that answers with a function of demand, which is what x is set to."""

    def partner(session: Session) -> Answer:
        demand = session.get("demand")
        return {"x": demand.copy(data=function(demand.to_numpy())).assign_attrs(units="index")}

    return partner


def in_turn(*answers: Answer) -> Callable[[Session], Answer]:
    """A partner that gives its answers one after the other, and then the last one for ever."""
    left: Iterator[Answer] = iter(answers)
    return lambda session: next(left, answers[-1])


def series(*values: float) -> pd.Series[float]:
    return pd.Series(values, index=list("ABC"))


# ---------------------------------------------------------------------- residuals and damping


def test_a_contraction_converges_to_its_fixed_point(opens: Opens) -> None:
    session = opens(Economy())
    result = couple(session, mirror(np.cos), tolerance=1e-10, rounds=100)
    assert result.converged
    assert session.get("x").to_numpy() == pytest.approx(0.7390851332, abs=1e-9)
    assert result.residual <= 1e-10
    assert session.solved


def test_residuals_are_those_of_the_whole_step(opens: Opens) -> None:
    """At 1.5 the map 1 + x / 2 is off by 0.25, with damping 0.1 all the same."""
    for damping in (1.0, 0.1):
        session = opens(Economy())
        session.set("x", series(1.5, 1.5, 1.5))
        partner = mirror(lambda x: 1.0 + 0.5 * x)
        result = couple(session, partner, damping=damping, rounds=200, tolerance=1e-8)
        assert result.rounds["residual"].iloc[0] == pytest.approx(0.25 / 1.5, rel=1e-4)
        assert session.get("x").to_numpy() == pytest.approx(2.0, abs=1e-6)


def test_damping_is_the_share_of_the_first_step_from_what_is_in_force(opens: Opens) -> None:
    economy = Economy()
    couple(opens(economy), mirror(lambda x: 0.0 * x + 3.0), damping=0.25, rounds=2, throw=False)
    assert_array_equal(economy.solves, [[1.0] * 3, [1.5] * 3])


def test_damping_finds_what_a_full_step_misses(opens: Opens) -> None:
    """The map 3 - 1.5 x oscillates ever wider at full steps."""
    session = opens(Economy())
    assert couple(session, mirror(lambda x: 3.0 - 1.5 * x), tolerance=1e-8).converged
    assert session.get("x").to_numpy() == pytest.approx(1.2, abs=1e-6)


def test_models_that_do_not_agree_are_reported_with_their_rounds(opens: Opens) -> None:
    with pytest.raises(NotConverged, match="do not agree") as caught:
        couple(opens(Economy()), mirror(lambda x: np.where(x > 1.2, 0.0, 2.0)), rounds=30)
    assert "x at A" in str(caught.value)
    assert caught.value.convergence.residual > 0.5
    assert len(caught.value.convergence.rounds) == 30


def test_limits_that_mean_nothing_are_refused(opens: Opens) -> None:
    limits: list[dict[str, Any]] = [
        *({"rounds": rounds} for rounds in (0, "3", None, 2.5, True, np.nan)),
        *({"damping": damping} for damping in (0.0, 1.5, "a", None, True, np.nan)),
    ]
    for wrong in limits:
        with pytest.raises(CouplingError, match="give at least one round, and a damping above 0"):
            couple(opens(Economy()), mirror(np.cos), **wrong)
    unknown = Tolerance(absolute={"demnd": 1.0, 3: 1.0})  # type: ignore[dict-item]
    with pytest.raises(CouplingError, match="absolute tolerances of unknown items demnd, 3; see"):
        couple(opens(Economy()), mirror(np.cos), tolerance=unknown)


def test_models_that_are_none_are_refused(opens: Opens) -> None:
    session: Any = opens(Economy())
    for wrong in ((session, None), (None, mirror(np.cos)), (mirror(np.cos), session)):
        with pytest.raises(CouplingError, match="give a Session and a partner that can be called"):
            couple(*wrong)


# ---------------------------------------------------------------------- agreement


def test_a_small_entry_that_flips_for_ever_never_agrees(opens: Opens) -> None:
    """It is hidden behind a neighbour 10,000 times as large in any norm of the whole item."""
    flips = (series(1.0, 1e4, 1e4), series(1.5, 1e4, 1e4))
    partner = in_turn(*({"x": flips[k % 2]} for k in range(40)))
    result = couple(opens(Economy()), partner, rounds=30, throw=False)
    assert not result.converged
    assert {(d.item, d.entry) for d in result.worst if d.off > 1.0} == {("x", "A")}


def test_rounding_around_zero_does_not_keep_models_from_agreeing(opens: Opens) -> None:
    partner = in_turn(*({"x": series(k % 2 * 1e-15, 1.0 + k % 2 * 1e-14, 2.0)} for k in range(20)))
    assert len(couple(opens(Economy()), partner).history) <= 3


def test_what_is_read_must_stand_still_as_well(opens: Opens) -> None:
    """The partner always answers the same, though demand is not yet what it was."""
    economy, drift = Economy(), iter([5.0, 4.0, 3.0, 3.0, 3.0])
    economy.respond = lambda x: x * next(drift, 3.0)

    def partner(session: Session) -> Answer:
        session.get("demand")
        return {"x": series(2.0, 2.0, 2.0)}

    result = couple(opens(economy), partner)
    assert result.rounds["residual"].iloc[1] == 0.0
    assert result.rounds["movement"].iloc[1] > 0.1
    assert len(result.history) > 2
    assert list(result.history[-1].read) == ["demand"]
    unread = couple(opens(Economy()), in_turn({"x": series(2.0, 2.0, 2.0)}))
    assert len(unread.history) == 2
    assert "Read: nothing" in unread.report()


def remembering(rounds: int, always: bool = False) -> Callable[[Session], Answer]:
    """A partner of 2 - x / 2 that answers from memory after some rounds, reading or not."""
    known: list[Answer] = []

    def partner(session: Session) -> Answer:
        if len(known) < rounds:
            known.append(mirror(lambda x: 2.0 - 0.5 * x)(session))
        elif always:
            session.get("demand")
        return known[-1]

    return partner


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_an_answer_from_memory_agrees_with_no_other_economy(opens: Opens, rounds: int) -> None:
    """It stands still, and what it was made for does not hold any more."""
    with pytest.raises(
        NotConverged, match=r"Read: demand, .*\(read earlier, no longer: demand\)"
    ) as e:
        couple(opens(Economy()), remembering(rounds), rounds=12)
    found = e.value.convergence
    assert found.rounds["residual"].iloc[-1] == 0.0
    assert found.behaviour.kind == "memory"
    assert "demand at A has moved since; let it read the same items in every" in str(e.value)


def test_what_is_no_longer_read_may_stand_still(opens: Opens) -> None:
    """Demand of an economy that does not respond is what it was when it was read."""
    economy = Economy(respond=lambda x: 0.0 * x + 1.0)
    result = couple(opens(economy), remembering(1))
    assert result.converged
    assert result.history[-1].unread == ("demand",)
    assert "(read earlier, no longer: demand)" in result.report()


def test_reading_the_same_items_in_every_round_works(opens: Opens) -> None:
    assert couple(opens(Economy()), remembering(1, always=True)).history[-1].unread == ()
    session = opens(Economy())
    turns: Iterator[int] = iter(range(100))

    def partner(session: Session) -> Answer:  # reads the cap in every other round
        if next(turns) % 2:
            session.get("cap")
        return mirror(lambda x: 2.0 - 0.5 * x)(session)

    assert couple(session, partner).converged
    assert session.get("x").to_numpy() == pytest.approx(4.0 / 3.0, rel=1e-4)


def test_the_entries_that_differ_most_are_named_worst_first(opens: Opens) -> None:
    session = opens(Economy())
    session.set("x", series(1.0, 2.0, 4.0))
    result = couple(
        session, in_turn({"x": series(1.0, 3.0, 4.5)}), rounds=1, throw=False, tolerance=1e-3
    )
    found = [(d.entry, d.before, d.after, round(d.off)) for d in result.worst]
    assert found == [("B", 2.0, 3.0, 500), ("C", 4.0, 4.5, 125), ("A", 1.0, 1.0, 0)]
    assert "x at B, 2 used, 3 answered (500 tolerances)" in result.report()
    assert "x at A" not in result.report()


# ---------------------------------------------------------------------- what is handed over


def test_entries_that_are_left_to_the_scenario_are_counted_and_named(opens: Opens) -> None:
    session = opens(Economy())
    half = {r: {"COL": 310.0 if r == "A" else np.nan, "FER": np.nan} for r in "ABC"}
    result = couple(session, in_turn({"cost": (half, "CNY/MWh")}))
    assert result.handed.to_numpy().tolist() == [
        ["cost", 1, 6, ["A FER", "B COL", "B FER", "C COL", "C FER"]]
    ]
    assert "1 of 6 entries of cost (left to the scenario: A FER, B COL, " in result.report()
    assert session.get("cost").to_numpy().tolist() == [[310.0, 300.0]] + [[300.0, 300.0]] * 2


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"x": series(np.nan, np.nan, np.nan)}, "item 'x': no number is handed over"),
        ({"x": {"A": None, "B": None, "C": None}}, "item 'x': no number is handed over"),
        ({}, "the partner hands nothing over"),
        ({"x": None}, "the partner hands nothing over"),
        (None, "the partner answers NoneType; let it return a mapping"),
        ({"demand": series(1.0, 1.0, 1.0)}, "item 'demand' is read, not set"),
        ({"X": series(1.0, 1.0, 1.0)}, "unknown item 'X'"),
        ({"x": series(1.0, 1.0, 1.0)[:2]}, "missing labels of 'region': C"),
        ({"cap": {"east": 1.0}}, "(in an answer: the pair (value, 'Mt CO2'))"),
        ({"x": 1.0}, "found float without labels of region"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(opens: Opens, answer: Any, message: str) -> None:
    with pytest.raises(CouplingError) as caught:
        couple(opens(Economy()), in_turn(answer))
    assert message in str(caught.value)


def test_the_remedy_for_missing_labels_works_in_an_answer(opens: Opens) -> None:
    """Where the scenario may decide a template is filled, and else what is in force changed."""

    def open_item(session: Session) -> Answer:
        value = session.template("x")
        value.loc["A"] = 3.0
        return {"x": value}

    def other(session: Session) -> Answer:
        value = session.get("efficiency")
        value.loc["A", "FER"] = 3.0
        return {"efficiency": value}

    remedies = {
        "x": ("session.template('x') filled where they are known: NaN leaves", open_item),
        "efficiency": ("for example a changed copy of session.get('efficiency')", other),
    }
    for item, (words, remedy) in remedies.items():
        some = {"A": 3.0} if item == "x" else {"A": {"FER": 3.0}}
        with pytest.raises(CouplingError) as caught:
            couple(opens(Economy()), in_turn({item: some}))
        assert words in str(caught.value)
        assert "session.update" not in str(caught.value)
        session = opens(Economy())
        assert couple(session, remedy).converged
        assert session.get(item).max() == 3.0
        assert session.get(item).sel(region="B").max() == session.get(item).min()


def test_an_item_that_appears_later_starts_from_what_is_in_force(opens: Opens) -> None:
    economy = Economy()
    session = opens(economy)
    session.set("efficiency", session.get("efficiency"))
    better = {"x": series(2.0, 2.0, 2.0), "efficiency": session.get("efficiency") * 2.0}
    result = couple(session, in_turn({"x": series(2.0, 2.0, 2.0)}, better), damping=0.5)
    first = result.history[1]
    assert_array_equal(first.used["efficiency"], 1.5)
    assert result.history[2].used["efficiency"].to_numpy() == pytest.approx(1.5 + 1.5 * 0.625)
    assert_array_equal(session.get("efficiency"), 3.0)


def test_an_item_that_vanishes_is_refused_unless_it_is_left_to_the_scenario(opens: Opens) -> None:
    x = {"x": series(2.0, 2.0, 2.0)}
    rounds = [{**x, "cap": ({"east": cap}, "Mt CO2")} for cap in (400.0, 300.0)]
    with pytest.raises(CouplingError, match="the partner no longer hands over cap, which would"):
        couple(opens(Economy()), in_turn(*rounds, x))
    session = opens(Economy())
    result = couple(session, in_turn(*rounds, {**x, "cap": None}))
    assert session.get("cap").item() == 500.0
    assert np.isnan(result.used["cap"].item())
    assert "0 of 1 entries of cap (left to the scenario: east)" in result.report()


def test_units_may_change_from_round_to_round(opens: Opens) -> None:
    session = opens(Economy())
    answers = [({"east": 400.0}, "Mt CO2"), ({"east": 4e8}, "t"), ({"east": 4e5}, "kt CO2")]
    result = couple(session, in_turn(*({"cap": answer} for answer in answers)))
    assert len(result.history) == 2
    assert session.get("cap").item() == pytest.approx(400.0)


def test_the_same_answer_in_any_form_is_the_same_economy(opens: Opens) -> None:
    wanted = xr.DataArray(
        [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dims=["region", "sector"],
        coords={"region": list("ABC"), "sector": ["COL", "FER"]},
    )  # fmt: skip
    for form in (
        wanted,
        wanted.transpose()[:, ::-1],
        wanted.to_series(),
        wanted.to_pandas().T,
        wanted.to_dict(),
        {r: {s: float(wanted.sel(region=r, sector=s)) for s in ("FER", "COL")} for r in "CBA"},
    ):
        session = opens(Economy())
        couple(session, in_turn({"efficiency": form}))
        assert_array_equal(session.get("efficiency"), wanted)


def test_a_partner_that_changes_the_session_is_refused(opens: Opens) -> None:
    def meddles(session: Session) -> Answer:
        session.set("x", series(3.0, 3.0, 3.0))
        session.solve_year()
        return {"x": series(2.0, 2.0, 2.0)}

    def tries(session: Session) -> Answer:
        here = session.snapshot()
        meddles(session)
        session.restore(here)
        return {"x": series(2.0, 2.0, 2.0)}

    session = opens(Economy())
    with pytest.raises(CouplingError, match="the partner has set, cleared, solved or advanced"):
        couple(session, meddles)
    assert_array_equal(session.get("x"), 1.0)
    assert couple(session, tries).converged
