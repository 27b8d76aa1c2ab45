"""A page, read as a browser would."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Page:
    """What a browser finds in a page."""

    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    policy: str = ""
    title: str = ""
    data: Any = None
    references: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._inside, self._text = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.page.tags.append(tag)
        self.page.references += [given[name] or "" for name in ("src", "href", "action") if name in given]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.page.policy = given["content"] or ""
        self._inside = "data" if given.get("type") == "application/json" else tag
        self._text = ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if self._inside == "data":
            self.page.data = json.loads(self._text)
        elif self._inside == "script":
            self.page.scripts.append(self._text)
        elif self._inside == "style":
            self.page.styles.append(self._text)
        elif self._inside == "title":
            self.page.title = self._text
        self._inside = ""


def read(text: str) -> Page:
    """Reads a page."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.page
