"""How expressions look: names and letters as the model has them, numbers short."""

from __future__ import annotations

from typing import Any

from sympy import Indexed, Symbol
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from cge.equations.looks import below, index, power
from cge.equations.notation import Notation

_DIGITS = 6


def text(expression: Any) -> str:
    """An expression as text, such as ``sum(Y.PA[r,j,i], j)``."""
    shown: str = _Text({"order": "none"}).doprint(expression)
    return shown


def latex(expression: Any, notation: Notation) -> str:
    """An expression as LaTeX in the looks of a notation."""
    shown: str = _Latex(notation).doprint(expression)
    return shown


class _Text(StrPrinter):  # type: ignore[misc]  # sympy is not typed
    """Sums and products over letters, labels in brackets."""

    printmethod = "_as_text"  # expressions do not print themselves

    def _print_Indexed(self, expr: Any) -> str:
        return f"{expr.base.label}[{','.join(str(k) for k in expr.indices)}]"

    def _print_Float(self, expr: Any) -> str:
        return f"{float(expr):.{_DIGITS}g}"

    def _print_Pow(self, expr: Any, rational: bool = True) -> str:
        shown: str = super()._print_Pow(expr, rational=rational)
        return shown

    def _print_Sum(self, expr: Any) -> str:
        return f"sum({self._print(expr.function)}, {_letters(expr)})"

    def _print_Product(self, expr: Any) -> str:
        return f"prod({self._print(expr.function)}, {_letters(expr)})"

    def _print_Ratio(self, expr: Any) -> str:
        return f"({self._print(expr.args[0])})"

    def _print_Piecewise(self, expr: Any) -> str:
        (special, when), (general, _) = expr.args
        return f"{self._print(special)} if {when.lhs} = {when.rhs} else {self._print(general)}"

    def _print_Among(self, expr: Any) -> str:
        term, where, among = expr.args
        return f"({self._print(term)} if {where} in {among})"


class _Latex(LatexPrinter):  # type: ignore[misc]  # sympy is not typed
    """Sums without limits, names in the looks of a notation, letters as subscripts."""

    def __init__(self, notation: Notation) -> None:
        super().__init__({"order": "none", "fold_short_frac": False, "mul_symbol": r" \, "})
        self.notation = notation

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        name: str = expr.name
        return _grouped(self.notation.latex.get(name, name))

    def _print_Indexed(self, expr: Any) -> str:
        look = self.notation.latex[str(expr.base.label)]
        return _grouped(below(look, (index(str(k)) for k in expr.indices)))

    def _print_Pow(self, expr: Any) -> str:
        base = self._print(expr.base)
        if isinstance(expr.base, Indexed | Symbol) and "^" in base and not expr.exp.is_number:
            return power(rf"\left( {base} \right)", self._print(expr.exp))
        shown: str = super()._print_Pow(expr)
        return shown

    def _print_Float(self, expr: Any) -> str:
        mantissa, _, exponent = f"{float(expr):.{_DIGITS}g}".partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa

    def _print_Sum(self, expr: Any) -> str:
        return self._over(r"\sum", expr)

    def _print_Product(self, expr: Any) -> str:
        return self._over(r"\prod", expr)

    def _over(self, sign: str, expr: Any) -> str:
        letters = below(sign, (index(str(limit[0])) for limit in expr.limits))
        return f"{letters} {self.parenthesize(expr.function, PRECEDENCE['Mul'])}"

    def _print_Ratio(self, expr: Any, exp: Any = None) -> str:
        return power(rf"\left( {self._print(expr.args[0])} \right)", exp)

    def _print_Among(self, expr: Any, exp: Any = None) -> str:
        term, where, among = expr.args
        shown = rf"\left[ {self._print(term)} \right]_{{{where} \in \{{{among}\}}}}"
        return power(shown, exp)


def _letters(expr: Any) -> str:
    return ",".join(str(limit[0]) for limit in expr.limits)


def _grouped(look: str) -> str:
    """A symbol that has a superscript, ready for an exponent."""
    return f"{{{look}}}" if "^" in look else look
