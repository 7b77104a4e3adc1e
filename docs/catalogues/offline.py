"""What pages of the site would load from elsewhere when opened: nothing, or the build fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

_LOADING = {
    "audio": "src", "embed": "src", "iframe": "src", "img": "src", "input": "src", "link": "href",
    "object": "data", "script": "src", "source": "src", "video": "src",
}  # fmt: skip
"""The attribute by which an element loads something."""

_NAMED = ("canonical", "alternate", "author", "license", "next", "prev", "search", "index")
"""Relations of links that are named and not loaded."""

_ELSEWHERE = re.compile(r"^(?:https?:)?//", re.IGNORECASE)
_IN_STYLES = re.compile(r"(?:url\(|@import)\s*['\"]?\s*((?:https?:)?//[^'\")\s;]+)", re.IGNORECASE)


class _Page(HTMLParser):
    """Addresses elsewhere that a page loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = given.get(_LOADING.get(tag, "")) or ""
        named = tag == "link" and (given.get("rel") or "").lower() in _NAMED
        if _ELSEWHERE.match(address) and not named:
            self.found.append(address)
        self.found += _IN_STYLES.findall(given.get("style") or "")


def loaded(page: str) -> list[str]:
    """Addresses elsewhere that a page loads when it is opened.

    Arguments:
        page: HTML.
    """
    styles = re.findall(r"<style[^>]*>(.*?)</style>", page, re.DOTALL | re.IGNORECASE)
    return [*_Page(page).found, *_IN_STYLES.findall("\n".join(styles))]


def reaching_out(site: Path) -> Iterator[tuple[Path, str]]:
    """Pages and style sheets of a built site with what they load from elsewhere."""
    for file in sorted(site.rglob("*.html")):
        yield from ((file, address) for address in loaded(file.read_text("utf-8")))
    for file in sorted(site.rglob("*.css")):
        yield from ((file, address) for address in _IN_STYLES.findall(file.read_text("utf-8")))
