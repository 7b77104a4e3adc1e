"""Calibration: from a base year and assumptions to the benchmark of M3C.

``calibrate(load_dataset("yrd2020"))`` gives the benchmark; ``replication_report`` shows that it is
an equilibrium; the assumptions (``load_assumptions``: elasticities, cost structure of generation,
natural resources, removal, prospects, drift, substitutes) are tables with sources that a user may
replace. So are those on the power sector, each read on its own: plants, the fleet of the base year,
potentials, lines, and the facts, claims and studies that a run is held against.
"""

from calibration.abatement import Abatement, load_abatement
from calibration.assumptions import Assumptions, load_assumptions, read_assumptions
from calibration.benchmark import Benchmark
from calibration.calibrate import calibrate, fitted
from calibration.drift import Drift, load_drift
from calibration.elasticities import Elasticities, load_elasticities
from calibration.errors import AssumptionError, CalibrationError, ElasticityError
from calibration.facts import Claims, Facts, load_claims, load_facts
from calibration.fleet import Fleet, load_fleet
from calibration.investment import Investment, load_investment
from calibration.lines import Lines, load_lines
from calibration.plants import Plants, load_plants
from calibration.potentials import Potentials, load_potentials
from calibration.prospects import Prospects, load_prospects
from calibration.replication import replication_report, worst_residual
from calibration.report import describe, emission_factors, emissions, gdp, generation_shares
from calibration.resources import Resources, load_resources
from calibration.studies import Studies, load_studies
from calibration.substitutes import Substitutes, load_substitutes
from calibration.tables import Rows
from calibration.technologies import Technologies, load_technologies

__all__ = [
    "Abatement",
    "AssumptionError",
    "Assumptions",
    "Benchmark",
    "CalibrationError",
    "Claims",
    "Drift",
    "Elasticities",
    "ElasticityError",
    "Facts",
    "Fleet",
    "Investment",
    "Lines",
    "Plants",
    "Potentials",
    "Prospects",
    "Resources",
    "Rows",
    "Studies",
    "Substitutes",
    "Technologies",
    "calibrate",
    "describe",
    "emission_factors",
    "emissions",
    "fitted",
    "gdp",
    "generation_shares",
    "load_abatement",
    "load_assumptions",
    "load_claims",
    "load_drift",
    "load_elasticities",
    "load_facts",
    "load_fleet",
    "load_investment",
    "load_lines",
    "load_plants",
    "load_potentials",
    "load_prospects",
    "load_resources",
    "load_studies",
    "load_substitutes",
    "load_technologies",
    "read_assumptions",
    "replication_report",
    "worst_residual",
]
