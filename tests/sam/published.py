"""A small economy, booked and named as the usual kinds of published SAMs do it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

ECONOMY = """
C1 A1 20, C2 A1 30, L A1 30, K A1 15, AT A1 5,
C1 A2 40, C2 A2 60, L A2 50, K A2 40, AT A2 10,
A1 C1 100, RW C1 20, MT C1 2, ST C1 4, T C1 6,
A2 C2 200, RW C2 30, MT C2 3, ST C2 8,
C2 T 6,
HR L 30, HU L 50, HR K 5, EN K 45, RW K 5,
HU EN 25, DT EN 6, SI EN 14,
C1 HR 20, C2 HR 15, DT HR 1, SI HR 4,
C1 HU 30, C2 HU 45, DT HU 4, SI HU 1,
GV AT 15, GV MT 5, GV ST 12, GV DT 11,
C2 GV 30, HR GV 5, SI GV 8,
C1 SI 10, C2 SI 30, DS SI 2, C1 DS 2,
C1 RW 10, C2 RW 25, HU RW 5, SI RW 15
"""
"""Who receives, who pays, how much: balanced, with a GDP of 167."""

GDP = 167.0
MOVED = 6.0
"""What the first good pays for being moved."""
KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("A1", "A2"), "activity"),
        **dict.fromkeys(("C1", "C2"), "commodity"),
        "T": "margin",
        **dict.fromkeys(("L", "K"), "factor"),
        **dict.fromkeys(("AT", "MT", "ST", "DT"), "tax"),
        **dict.fromkeys(("HR", "HU"), "household"),
        "EN": "enterprise",
        "GV": "government",
        "SI": "investment",
        "DS": "inventory",
        "RW": "row",
    }
)
ACCOUNTS = tuple(KINDS)


def matrix(called: Mapping[str, str], *, makes: bool = True) -> pd.DataFrame:
    """The economy as a square table of names; accounts of one name are added up.

    Arguments:
        called: name by account.
        makes: whether goods pay those who make them (not where both are one account).
    """
    lines = [part.split() for part in ECONOMY.replace("\n", "").split(",")]
    order = list(dict.fromkeys(called[account] for account in ACCOUNTS))
    table = pd.DataFrame(0.0, order, order)
    for receiver, payer, value in lines:
        if not makes and receiver.startswith("A") and payer.startswith("C"):
            continue
        table.loc[called[receiver], called[payer]] += float(value)
    return table


def names(text: str) -> Mapping[str, str]:
    return MappingProxyType(dict(zip(ACCOUNTS, text.split("|"), strict=True)))


NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Lofgren": names(
            "AGR-A|NAGR-A|AGR-C|NAGR-C|TRNCSTDOM|LAB|CAP|ACTTAX|TAR|STAX|YTAX|R-HHD|U-HHD|ENT|GOV|"
            "S-I|DSTK|ROW"
        ),
        "IFPRI": names(
            "amaiz|aserv|cmaiz|cserv|trc|flab-u|fcap|atax|mtax|stax|dtax|hhd-r1|hhd-u1|ent|gov|s-i|"
            "dstk|row"
        ),
        "IFPRI, dashes": names(
            "a-maiz|a-serv|c-maiz|c-serv|trc|f-lab|f-cap|atax|mtax|stax|dtax|hhd-r|hhd-u|ent|gov|"
            "s-i|dstk|row"
        ),
        "PEP": names(
            "J-AGR|J-SER|I-AGR|I-SER|I-SER|L-USK|K-CAP|AG-TP|AG-TM|AG-TI|AG-TD|AG-HR|AG-HU|AG-FIRM|"
            "AG-GVT|OTH-INV|OTH-VSTK|AG-ROW"
        ),
        "GTAP": names(
            "a_agr|a_svc|c_agr|c_svc|c_svc|UnSkLab|Capital|ptax|tmm_agr|tssd_agr|dirtax|hhsld|"
            "hhsld|regh|govt|cgds|cgds|ww_usa"
        ),
        "English": names(
            "Farming activity|Services activity|Food products|Service products|Trade margins|"
            "Labour|Capital|Taxes on production|Import duties|Sales tax|Income tax|"
            "Rural households|Urban households|Enterprises|Government|Savings-Investment|"
            "Changes in stocks|Rest of the world"
        ),
        "Chinese": names(
            "农业活动|服务业活动|农产商品|服务商品|商业运输费用|劳动力|资本|生产税|关税|产品税|个人所得税|"
            "农村居民|城镇居民|企业|政府|储蓄-投资|存货|国外"
        ),
        "Spanish": names(
            "Actividades agropecuarias|Actividades de servicios|Bienes agropecuarios|"
            "Productos de servicios|Márgenes de comercio|Trabajo|Capital|Impuestos a la producción|"
            "Aranceles|IVA|Impuestos directos|Hogares rurales|Hogares urbanos|Empresas|Gobierno|"
            "Ahorro-Inversión|Variación de existencias|Resto del mundo"
        ),
        "French": names(
            "Activités agricoles|Activités de services|Produits agricoles|Produits de services|"
            "Marges de commerce|Travail|Capital K|Impôts sur la production|Droits de douane|TVA|"
            "Impôts directs|Ménages ruraux|Ménages urbains|Entreprises|Gouvernement|"
            "Épargne-Investissement|Variation des stocks|Reste du monde"
        ),
        "industries by name": names(
            "Farming|Services|Maize|Banking|TTM|Labor|Capital|Production taxes|Tariffs|Excise|"
            "Direct taxes|Rural households|Urban households|Firms|Gov|Savings|Inventories|ROW"
        ),
    }
)
"""The economy in several conventions; some add up margins, stocks or households with others."""

HOSOE = names("BRD|MLK|BRD|MLK|MLK|LAB|CAP|IDT|TRF|TRF|DTX|HOH|HOH|HOH|GOV|INV|INV|EXT")
"""Industry and good in one account."""
