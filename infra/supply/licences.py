"""Lists the licences of what is deployed: `python -m infra.supply.licences`; 1 where one is not allowed."""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import metadata

from infra.layer_build import ROOT
from infra.supply.places import DEPLOYED

#: Licences that ask for no more than their text to be kept.
ALLOWED = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "MIT", "MIT-0", "PSF-2.0", "Zlib"}
)
#: What packages without an SPDX expression say of themselves, and what their licence files say.
SPELLED = {
    "Apache License 2.0": "Apache-2.0",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
}
_NAME = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def deployed() -> Iterator[str]:
    """The names of the packages in the layers."""
    for lock in DEPLOYED:
        yield from _NAME.findall((ROOT / lock).read_text(encoding="utf-8"))


def licence_of(name: str) -> str:
    """The SPDX expression of an installed package; "" where it says none."""
    said = metadata(name)
    given = next((said[field].strip() for field in ("License-Expression", "License") if field in said), "")
    return SPELLED.get(given, given)


def allowed(expression: str) -> bool:
    """Whether the licence is one that is allowed: of "or" one part, of "and" every part."""
    choices = (choice.strip(" ()").split(" AND ") for choice in expression.split(" OR "))
    return any(all(part.strip(" ()") in ALLOWED for part in parts) for parts in choices)


def main() -> int:
    """Lists them; 1 where one is not allowed."""
    found = {name: licence_of(name) for name in sorted(set(deployed()))}
    sys.stdout.writelines(f"{name}: {licence or 'none told'}\n" for name, licence in found.items())
    refused = [name for name, licence in found.items() if not allowed(licence)]
    if refused:
        sys.stdout.write(f"NOT ALLOWED: {', '.join(refused)}. Read the licence; see ALLOWED in {__file__}.\n")
    return int(bool(refused))


if __name__ == "__main__":
    sys.exit(main())
