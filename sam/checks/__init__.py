"""Checks of a base year: small named functions that say what is wrong, where, and what to do.

``run_checks(load_dataset("yrd2020"))`` runs all that apply; each is also a function of its own with
its limits as arguments.
"""

from sam.checks.control_totals import check_control_totals
from sam.checks.emissions import check_emission_intensities, check_unpaid_emissions
from sam.checks.energy import (
    check_emission_factors,
    check_energy_prices,
    emission_factor_ranges,
)
from sam.checks.finding import Finding, Limits, Severity, Subject
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
from sam.checks.run import CHECKS, Check, CheckReport, run_checks
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

__all__ = [
    "CHECKS",
    "Check",
    "CheckReport",
    "Finding",
    "Limits",
    "Severity",
    "Subject",
    "check_balance",
    "check_control_totals",
    "check_coverage",
    "check_direct_tax_rates",
    "check_emission_factors",
    "check_emission_intensities",
    "check_empty_accounts",
    "check_energy_prices",
    "check_gdp_identity",
    "check_labour_shares",
    "check_national_table",
    "check_negative_cells",
    "check_orientation",
    "check_own_trade",
    "check_product_tax_rates",
    "check_production_tax_rates",
    "check_purchases_across_regions",
    "check_saving_rates",
    "check_stocks",
    "check_tariff_rates",
    "check_trade_mirror",
    "check_unpaid_emissions",
    "check_value_added_shares",
    "emission_factor_ranges",
    "run_checks",
]
