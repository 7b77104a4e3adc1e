"""Units as people read them in workbooks, figures and the report, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cge.results.names import LANGUAGES, Language

_SHOWN: Final[Mapping[str, tuple[float, str, str]]] = {
    "1e8 CNY": (0.1, "billion yuan", "十亿元"),
    "CNY/t": (1.0, "yuan/t", "元/吨"),
    "CNY/MWh": (1.0, "yuan/MWh", "元/兆瓦时"),
    "CNY/kW": (1.0, "yuan/kW", "元/千瓦"),
    "Mt": (1.0, "Mt", "百万吨"),
    "Mt CO2": (1.0, "Mt CO₂", "百万吨二氧化碳"),
    "Mtce": (1.0, "Mtce", "百万吨标准煤"),
    "TWh": (1.0, "TWh", "太瓦时"),
    "PJ": (1.0, "PJ", "拍焦"),
    "GW": (1.0, "GW", "吉瓦"),
    "GW/yr": (1.0, "GW a year", "吉瓦/年"),
    "million": (1.0, "million", "百万"),
    "million person": (1.0, "million people", "百万人"),
    "fraction": (100.0, "%", "%"),
    "index": (1.0, "base year = 1", "基年 = 1"),
    "ratio": (1.0, "ratio", "比值"),
    "h": (1.0, "hours", "小时"),
    "t/MWh": (1.0, "t/MWh", "吨/兆瓦时"),
}
"""What a value is multiplied by, and the unit that it then is in."""


def subscripted(text: str) -> str:
    """A text in which carbon dioxide has its subscript."""
    return text.replace("CO2", "CO₂")


def shown(unit: str, language: Language = "en") -> tuple[float, str]:
    """What a value in a unit of reports is multiplied by to be shown, and the unit in words.

    Arguments:
        unit: unit of a report; one that is not known is shown as it is.
        language: English or Chinese.
    """
    factor, *words = _SHOWN.get(unit, (1.0, unit, unit))
    return factor, words[LANGUAGES.index(language)]
