"""The part of a page that a program writes, between two marks; what stands around it is written by hand."""

from collections.abc import Iterable
from pathlib import Path


def with_part(page: str, marks: tuple[str, str], lines: Iterable[str], path: Path) -> str:
    """The page with the part between its marks written anew.

    Args:
        page: As it stands.
        marks: The line before the part, and the line after it.
        lines: What stands between them.
        path: The page's, for the error.

    Raises:
        ValueError: The page has not exactly one pair of marks.
    """
    first, last = marks
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end or first in after:
        raise ValueError(f"{path} must have the marks once each: {first} and {last}")
    return "\n".join((before + first, *lines, last + after))
