"""What the tests of the language share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cge.language import DeclarationError

Refused = Callable[..., "pytest.RaisesExc[DeclarationError]"]


@pytest.fixture
def refused() -> Refused:
    """Expect a declaration error that says all of the given words."""

    def expect(*words: str) -> pytest.RaisesExc[DeclarationError]:
        everything = "".join(f"(?=.*{word})" for word in words)
        return pytest.raises(DeclarationError, match=f"(?s){everything}")

    return expect
