"""All checks of a SAM or a dataset in one call, with the severity that the caller wants."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import pandas as pd

from sam.accounts import ACTIVITY, FACTOR, LABOUR, TARIFF, TAX, TRADE
from sam.checks.control_totals import check_control_totals
from sam.checks.emissions import check_emission_intensities, check_unpaid_emissions
from sam.checks.energy import check_emission_factors, check_energy_prices
from sam.checks.finding import Finding, Severity, Subject, matrix_of, titled
from sam.checks.gdp import check_gdp_identity
from sam.checks.national_table import check_national_table
from sam.checks.orientation import check_orientation
from sam.checks.rates import (
    check_direct_tax_rates,
    check_labour_shares,
    check_product_tax_rates,
    check_production_tax_rates,
    check_saving_rates,
    check_tariff_rates,
    check_value_added_shares,
)
from sam.checks.stocks import check_stocks
from sam.checks.structure import (
    check_balance,
    check_coverage,
    check_empty_accounts,
    check_negative_cells,
)
from sam.checks.trade import (
    check_own_trade,
    check_purchases_across_regions,
    check_trade_mirror,
)
from sam.coverage import Flow, names_demanded
from sam.dataset import Dataset
from sam.errors import CheckError
from sam.matrix import SAM
from sam.report import control_totals

Check: TypeAlias = Callable[..., list[Finding]]
"""Takes a subject, by name its limits and a severity, and says what it finds."""

_TABLES: Mapping[Check, tuple[str, ...]] = {
    check_energy_prices: ("energy",),
    check_emission_factors: ("combustion", "energy"),
    check_emission_intensities: ("combustion",),
    check_unpaid_emissions: (),
    check_control_totals: ("provenance",),
    check_national_table: ("national",),
}
"""Checks of datasets, and the tables beside the SAM that each needs."""

_NO_TRADE = "no accounts of domestic trade: each payment between regions books both sides"

_ACCOUNTS: Mapping[Check, tuple[str, str | None, str]] = {
    check_gdp_identity: (ACTIVITY, None, "no accounts of kind activity: nobody produces"),
    check_trade_mirror: (TRADE, None, _NO_TRADE),
    check_own_trade: (TRADE, None, _NO_TRADE),
    check_tariff_rates: (TAX, TARIFF, f"no tax is named {TARIFF}: none is known as a duty"),
    check_labour_shares: (FACTOR, LABOUR, f"no factor is named {LABOUR}: none is known as labour"),
}
"""Kind, and name where it matters, of an account that a check needs; why it is skipped without."""

CHECKS: Mapping[str, Check] = {
    function.__name__.removeprefix("check_"): function
    for function in (
        check_orientation,
        check_balance,
        check_negative_cells,
        check_empty_accounts,
        check_stocks,
        check_gdp_identity,
        check_trade_mirror,
        check_own_trade,
        check_purchases_across_regions,
        check_production_tax_rates,
        check_product_tax_rates,
        check_tariff_rates,
        check_direct_tax_rates,
        check_value_added_shares,
        check_labour_shares,
        check_saving_rates,
        check_energy_prices,
        check_emission_factors,
        check_emission_intensities,
        check_unpaid_emissions,
        check_control_totals,
        check_national_table,
        check_coverage,
    )
}
"""Every check by name, in the order in which they run."""

NOTHING: Mapping[str, Check] = MappingProxyType({})
"""No checks beyond those of this package."""

SHOWN = 5
"""Findings of a check that a report prints."""


@dataclass(frozen=True)
class CheckReport:
    """What the checks of a SAM or a dataset found.

    Attributes:
        findings: by check that ran, the worst first.
        skipped: checks that did not run, and why.
    """

    findings: Mapping[str, tuple[Finding, ...]]
    skipped: Mapping[str, str]

    def all(self, severity: Severity | None = None) -> list[Finding]:
        """All findings, or those of one severity, errors first."""
        found = [finding for part in self.findings.values() for finding in part]
        wanted = [f for f in found if severity is None or f.severity == severity]
        return sorted(wanted, key=lambda finding: finding.severity != "error")

    @property
    def errors(self) -> list[Finding]:
        """Findings that no model should be calibrated on."""
        return self.all("error")

    @property
    def warnings(self) -> list[Finding]:
        """Findings to look at."""
        return self.all("warning")

    def table(self) -> pd.DataFrame:
        """One row per finding: ``check, severity, region, accounts, size, unit, message``."""
        columns = ["check", "severity", "region", "accounts", "size", "unit", "message"]
        return pd.DataFrame([finding.record() for finding in self.all()], columns=columns)

    def record(self) -> dict[str, Any]:
        """The report as plain values for JSON."""
        return {
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "checked": list(self.findings),
            "skipped": dict(self.skipped),
            "findings": [finding.record() for finding in self.all()],
        }

    def describe(self, shown: int = SHOWN) -> str:
        """Findings by check, the worst of each with what to do, and a summary."""
        return "\n".join(self._lines(shown))

    def __str__(self) -> str:
        return self.describe()

    def _lines(self, shown: int) -> Iterator[str]:
        for name, found in self.findings.items():
            if not found:
                continue
            more = f", the worst {shown}" if len(found) > shown else ""
            yield f"{found[0].severity} {name} ({len(found)}{more})"
            for finding in found[:shown]:
                yield f"  {finding.problem}"
            for advice in dict.fromkeys(finding.advice for finding in found[:shown]):
                yield f"  -> {advice}"
        silent = [name for name, found in self.findings.items() if not found]
        if silent:
            yield f"passed: {', '.join(silent)}"
        for reason in dict.fromkeys(self.skipped.values()):
            names = [name for name, other in self.skipped.items() if other == reason]
            yield f"skipped {', '.join(names)}: {reason}"
        counts = ((self.errors, "error"), (self.warnings, "warning"))
        yield ", ".join(f"{len(found)} {word}{'s' * (len(found) != 1)}" for found, word in counts)


def run_checks(
    subject: Subject,
    *,
    flows: Sequence[Flow] | None = None,
    further: Mapping[str, Check] = NOTHING,
    only: Collection[str] = (),
    errors: Collection[str] = (),
    warnings: Collection[str] = (),
) -> CheckReport:
    """Run all checks that apply to a SAM or a dataset.

    Arguments:
        subject: a SAM, or a dataset with energy and emissions beside it.
        flows: what a model reads of a SAM, ``calibration.payments.READS`` for M3C; without it
            coverage is skipped, as it is for a SAM with none of the names that the model asks
            for, unless it is named in ``only`` or ``errors``.
        further: checks of a dataset that know a model, by name, which run last:
            ``calibration.refusals.CHECKS`` for M3C.
        only: names of the checks to run; default: all.
        errors: names of checks whose findings are errors.
        warnings: names of checks whose findings are warnings.

    Returns:
        The findings by check, and the checks that do not apply with the reason.

    Raises:
        CheckError: a name is unknown, or is both error and warning.
    """
    checks = {**CHECKS, **further}
    _check_names(checks, only, errors, warnings)
    sam = matrix_of(subject)
    places = ("/".join(label) for label in sam.accounts.itertuples(index=False, name=None))
    titles = dict(zip(places, sam.titles, strict=True))
    found: dict[str, tuple[Finding, ...]] = {}
    skipped: dict[str, str] = {}
    for name, function in checks.items():
        if only and name not in only:
            continue
        asked = name in only or name in errors
        reason = _reason_to_skip(function, subject, flows, asked)
        if reason:
            skipped[name] = reason
            continue
        options: dict[str, Any] = {"flows": flows} if function is check_coverage else {}
        if name in errors:
            options["severity"] = "error"
        elif name in warnings:
            options["severity"] = "warning"
        found[name] = tuple(titled(finding, titles) for finding in function(subject, **options))
    return CheckReport(found, skipped)


def _reason_to_skip(
    function: Check, subject: Subject, flows: Sequence[Flow] | None, asked: bool
) -> str:
    """Why a check does not apply; empty where it does, or where it is asked for by name."""
    tables = _TABLES.get(function, ())
    if not isinstance(subject, Dataset) and _is_of_datasets(function):
        return "a SAM alone has no tables of energy, emissions and totals; check a dataset"
    for table in tables:
        if getattr(subject, table).empty:
            return f"the table {table} is empty"
    if function is check_control_totals and _has_no_totals(subject):
        return "no row of provenance has a target"
    if function in _ACCOUNTS:
        kind, name, reason = _ACCOUNTS[function]
        names = matrix_of(subject).names(kind)
        if not names or (name is not None and name not in names):
            return reason
    if function is check_coverage:
        if flows is None:
            return "no model is given to compare with"
        if isinstance(subject, SAM) and not asked:
            return _foreign(subject, flows)
    return ""


def _foreign(sam: SAM, flows: Sequence[Flow]) -> str:
    """How much a model would read of a SAM that is made for another; empty where it is not."""
    lacks = [
        f"{kind} {' or '.join(names)}"
        for kind, names in names_demanded(flows).items()
        if not {*names} & {*sam.names(kind)}
    ]
    lost = len(check_coverage(sam, flows=flows)) if lacks else 0
    if not lost:
        return ""
    return (
        f"made for another model, as it has no {' and no '.join(lacks)}: {lost} of its "
        f"{len(sam.frame)} payments would not be read; ask for coverage alone to see them "
        "(--only coverage, only=['coverage'])"
    )


def _is_of_datasets(function: Check) -> bool:
    return function in _TABLES or function not in CHECKS.values()


def _has_no_totals(subject: Subject) -> bool:
    return not isinstance(subject, Dataset) or control_totals(subject).empty


def _check_names(
    checks: Collection[str],
    only: Collection[str],
    errors: Collection[str],
    warnings: Collection[str],
) -> None:
    for name in (*only, *errors, *warnings):
        if name not in checks:
            raise CheckError(f"unknown check {name!r}; checks are {', '.join(checks)}")
    both = sorted({*errors} & {*warnings})
    if both:
        raise CheckError(f"checks {both} are to be both errors and warnings; choose one")
