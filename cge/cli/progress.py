"""How far a run is: a bar on a terminal, a line for each year in a file; on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cge.cli.shared import say

if TYPE_CHECKING:
    from cge.scenario import Scenario

OnYear = Callable[["Scenario"], Callable[[int], None]]
"""What to call with each year of a scenario that is solved."""


@contextmanager
def progress(scenarios: Sequence[Scenario], *, quiet: bool) -> Iterator[OnYear]:
    """Show which years of all scenarios are solved, and when code is being compiled.

    Arguments:
        scenarios: what will be solved, in order.
        quiet: whether to show no years.
    """
    from rich.console import Console

    from cge.equilibrium.cache import compilation_told

    if Console(stderr=True).is_terminal and not quiet:
        with _bar(scenarios) as on_year:
            yield on_year
    else:
        with compilation_told(say):
            yield _silence if quiet else _lines(scenarios)


def _silence(_: Scenario) -> Callable[[int], None]:
    """Nothing for any year."""
    return lambda year: None


def _place(scenarios: Sequence[Scenario], scenario: Scenario, year: int) -> tuple[int, int]:
    """The number of a year among all years of all scenarios, and how many there are."""
    before = scenarios[: list(scenarios).index(scenario)]
    number = sum(len(each.years) for each in before) + scenario.years.index(year) + 1
    return number, sum(len(each.years) for each in scenarios)


def _lines(scenarios: Sequence[Scenario]) -> OnYear:
    """A line for each year."""

    def on_year(scenario: Scenario) -> Callable[[int], None]:
        def line(year: int) -> None:
            number, total = _place(scenarios, scenario, year)
            say(f"{scenario.name} {year}: solved ({number} of {total} years)")

        return line

    return on_year


@contextmanager
def _bar(scenarios: Sequence[Scenario]) -> Iterator[OnYear]:
    """A bar over all years."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from cge.equilibrium.cache import compilation_told

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with (
        Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar,
        compilation_told(lambda text: console.print(text, markup=False, highlight=False)),
    ):
        total = sum(len(scenario.years) for scenario in scenarios)
        task = bar.add_task("calibrating", total=total)

        def on_year(scenario: Scenario) -> Callable[[int], None]:
            def advance(year: int) -> None:
                number, _ = _place(scenarios, scenario, year)
                bar.update(task, completed=number, description=f"{scenario.name} {year}")

            return advance

        yield on_year
