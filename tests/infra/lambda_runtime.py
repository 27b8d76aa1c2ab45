"""One cold start of a function, as Lambda makes it: nothing to import but its own file and its layers.

python3.13 -I -S lambda_runtime.py TASK OPT HANDLER < event.json

TASK is the folder with the function's file, OPT what the layers unpack to, HANDLER the name of the file. The
last line of the output is what came of it, as JSON. Nothing of the tests is imported here.
"""

import importlib
import json
import pkgutil
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: The terminal is no part of any function, and what it imports no part of any layer.
NOT_DEPLOYED = ("finetune_guard.cli", "finetune_guard.__main__")


class Context:
    """What Lambda tells a function about itself."""

    function_version, log_group_name, log_stream_name = "$LATEST", "group", "stream"
    memory_limit_in_mb, aws_request_id = 1024, "one"

    def __init__(self, name: str) -> None:
        self.function_name, self.invoked_function_arn = name, f"arn:aws:lambda:us-east-1:1:function:{name}"

    def get_remaining_time_in_millis(self) -> int:
        """As at the start of a tick."""
        return 55_000


def invoked(handler: str, event: Any) -> dict[str, Any]:
    """What the function answers to an event, and what its cold start took."""
    began = time.perf_counter()
    module = importlib.import_module(handler)
    imported = time.perf_counter() - began
    return {"answer": module.handler(event, Context(handler)), "import_seconds": imported}


def every_module() -> dict[str, Any]:
    """The modules of the package, each imported."""
    names = list(_names("finetune_guard"))
    for name in names:
        importlib.import_module(name)
    return {"answer": names, "import_seconds": 0.0}


def _names(package: str) -> Iterator[str]:
    """The modules below a package, but for those of the terminal, which no layer could import."""
    for found in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        if found.name not in NOT_DEPLOYED:
            yield found.name
            if found.ispkg:
                yield from _names(found.name)


def _peak_mb() -> float:
    """The most memory held since the start; getrusage would count what the starting process held."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def main() -> None:
    """Prints what came of one start."""
    task, opt, handler = sys.argv[1:]
    sys.path[:] = [task, opt, *sys.path]
    result = invoked(handler, json.load(sys.stdin)) if handler else every_module()
    files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    facts = {"python": sys.version.split()[0], "peak_mb": _peak_mb(), "files": sorted(files)}
    print(json.dumps({**result, **facts}))  # noqa: T201  the answer to whoever started this


if __name__ == "__main__":
    main()
