"""Energy balances of the China Energy Statistical Yearbook."""

from sam.readers.energy_balance.balance import (
    EnergyBalance,
    read_energy_balance,
    read_energy_balances,
)
from sam.readers.energy_balance.layout import fuels, processes

__all__ = [
    "EnergyBalance",
    "fuels",
    "processes",
    "read_energy_balance",
    "read_energy_balances",
]
