"""One line into cells, one cell into a number, strictly.

Python's own `float` is too kind for a file that decides about money: it reads "1_000" and Arabic digits
(fault row 42). And `csv` lets one open quote swallow all rows that follow (row 49).
"""

import csv
import math
import re

_NUMBER = re.compile(rb"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

#: What writers put where they have no value. A missing loss is no point; it is never NaN.
_MISSING = frozenset({b"", b"none", b"null", b"na", b"n/a"})

#: NaN and infinity as C, Python, JavaScript, Java and Microsoft's runtime spell them, in lower case.
_NON_FINITE = {
    **dict.fromkeys((b"nan", b"nan(ind)", b"nan(snan)", b"1.#qnan", b"1.#snan", b"1.#ind"), math.nan),
    **dict.fromkeys((b"inf", b"infinity", b"1.#inf"), math.inf),
}


def number(cell: bytes) -> float | None:
    """The value of a cell: any float, non-finite ones included; None where it is missing.

    A number too large for a float, such as 1e999, is infinite.

    Raises:
        ValueError: The cell is neither a number of the strict ASCII grammar nor a known word.
    """
    word = cell.strip()
    if _NUMBER.fullmatch(word):
        return float(word)
    word = word.lower()
    if word in _MISSING:
        return None
    value = _NON_FINITE.get(word[1:] if word[:1] in (b"+", b"-") else word)
    if value is None:
        raise ValueError("not a number")
    return -value if word.startswith(b"-") else value


def cells(line: bytes, delimiter: bytes) -> list[bytes]:
    """The cells of one line; quotes count within the line only.

    Raises:
        ValueError: A quote opens and does not close, or closes in the middle of a cell.
    """
    if b'"' not in line:
        return line.split(delimiter)
    # Latin-1 maps every byte to one character and back, so that foreign bytes pass through unharmed.
    reader = csv.reader(
        [line.decode("latin-1")], delimiter=delimiter.decode(), strict=True, skipinitialspace=True
    )
    try:
        return [cell.encode("latin-1") for cell in next(reader)]
    except csv.Error as exc:
        raise ValueError("unbalanced quote") from exc


def without_trailing_blanks(found: list[bytes], width: int) -> list[bytes]:
    """The cells without the empty ones that trailing delimiters make beyond `width`."""
    end = len(found)
    while end > width and not found[end - 1].strip():
        end -= 1
    return found[:end]
