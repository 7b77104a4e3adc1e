"""Colours of figures and of the report, which colour-blind readers can tell apart."""

from __future__ import annotations

from typing import Final

COLOURS: Final = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4d4d4d", "#7a3b12",
    "#66c2a5", "#999999",
)  # fmt: skip
"""Okabe and Ito's palette, and further ones."""

GREY: Final = "#777777"

TECHNOLOGIES: Final = {
    "coal": "#4d4d4d", "coal_capture": "#8c8c8c", "gas": "#D55E00", "gas_capture": "#f0a06a",
    "oil": "#7a3b12", "nuclear": "#CC79A7", "hydro": "#0072B2", "onshore_wind": "#56B4E9",
    "offshore_wind": "#2f8fbf", "utility_solar": "#E69F00", "distributed_solar": "#F0E442",
    "biomass": "#009E73", "bioenergy_capture": "#66c2a5",
}  # fmt: skip
"""Technologies by label."""

SOURCES: Final = {
    "coal": "#4d4d4d", "oil": "#7a3b12", "gas": "#D55E00", "biomass": "#009E73",
    "nuclear": "#CC79A7", "hydro": "#0072B2", "wind": "#56B4E9", "solar": "#E69F00",
    "trade": "#999999",
}  # fmt: skip
"""Sources of primary energy by label."""

AREAS: Final = {
    "energy": "#0072B2", "industry": "#4d4d4d", "buildings": "#E69F00", "transport": "#D55E00",
    "agriculture": "#009E73", "removal": "#CC79A7",
}  # fmt: skip
"""Areas of investment by label."""
