"""The layers under the functions' own Python: every handler starts cold, and a run is judged by its curve."""

import os
import shutil
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from finetune_guard import bootstrap
from finetune_guard.core.decisions import Mode
from finetune_guard.core.reporting import Outcome
from finetune_guard.core.verdict import Evidence, VerdictKind
from infra.layer_build import PYTHON, ROOT, built
from tests.contracts.moto_world import NOBODY
from tests.infra.deployed import Deployed
from tests.infra.moto_over_http import served
from tests.infra.played_account import playing
from tests.infra.played_stack import PlayedStack
from tests.infra.played_stories import SETTINGS
from tests.infra.test_functions import SETTINGS as HANDLERS
from tests.infra.trial import (
    INSTALLED,
    Runtime,
    Start,
    files_of,
    interpreter,
    packages,
    unpacked,
    where_python_is,
)
from tests.local.bedrock.harness import MICRO, conversation, pairs

#: Megabytes that a function has at least (tests/infra/test_functions.py); a process of ours must stay below.
LEAST_MEMORY = 512
#: Seconds to import a handler on a machine that does other things too; idle it takes a fifth of that.
LONGEST_IMPORT = 10.0


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    python = interpreter()
    if python is None:
        pytest.skip(f"there is no Python {PYTHON} on this machine, so the layers are not run by it")
    # Beside the build, so that files can be linked and nothing is copied.
    folder = ROOT / "build" / "layers" / "trial" / f"run-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield Runtime(python, unpacked(folder, python), folder)
    finally:
        shutil.rmtree(folder)


@dataclass
class ColdStack(PlayedStack):
    """The played stack, whose functions all start cold in a process of Lambda's Python."""

    runtime: Runtime | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    starts: list[tuple[str, Start]] = field(default_factory=list)

    def call(self, handler: str, event: Mapping[str, object]) -> Any:
        assert self.runtime is not None
        variables = self.names.deployed.functions()[handler]["Environment"]["Variables"]
        ours = {name: self.text(value) for name, value in variables.items()}
        started = self.runtime.start(handler, event, {**ours, **self.environment})
        self.starts.append((handler, started))
        return started.answer


def _cold(stack: PlayedStack, runtime: Runtime, endpoints: Mapping[str, str]) -> ColdStack:
    nobody = {name: value for name, value in NOBODY.items() if name != "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"}
    environment = {**nobody, **endpoints, "AWS_ENDPOINT_URL_BEDROCK": stack.bedrock.endpoint}
    return ColdStack(stack.names, stack.recorder, stack.bedrock, runtime=runtime, environment=environment)


@dataclass(frozen=True)
class Judged:
    """A rehearsal that ended."""

    outcome: str
    verdict: VerdictKind | None
    evidence: Evidence
    starts: list[tuple[str, Start]]


@pytest.fixture(scope="module")
def judged(runtime: Runtime, deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """A rehearsal from pre-flight to its report."""
    with playing(deployed, tmp_path_factory.mktemp("cold"), **SETTINGS) as warm, served() as endpoints:
        stack = _cold(warm, runtime, endpoints)
        data = "\n".join(conversation(*pair) for pair in pairs()[:200])
        config = {
            "job_name": "cold",
            "base_model_id": MICRO,
            "training_data_path": stack.upload("cold.jsonl", data.encode()),
            "output_data_path": f"s3://{stack.bucket}/output/",
            "hyperparameters": {"epochCount": "1"},
            "rehearsal": {"steps": 20},
        }
        walk = stack.begin(config, Mode.MINI_RUN)
        stack.play(lambda: walk.state == "Ended")
        stack.call("clean_up", {})
        run = bootstrap.run_store(stack.outputs["TableName"]).run(walk.run_id)
        [job] = run.jobs
        return Judged(walk.outcome, job.verdict, job.evidence, stack.starts)


@pytest.mark.fault(88)
def test_every_handler_was_started_by_the_functions_python(judged: Judged) -> None:
    assert {handler for handler, _ in judged.starts} == set(HANDLERS)
    assert {start.python.rpartition(".")[0] for _, start in judged.starts} == {PYTHON}


@pytest.mark.fault(88)
def test_a_tick_judged_the_curve_and_the_run_was_reported(judged: Judged) -> None:
    ticks = [start.answer for handler, start in judged.starts if handler == "watch"]
    assert sum(tick["closed"] for tick in ticks) == 1
    assert all(tick["errors"] == [] for tick in ticks)
    assert judged.evidence is Evidence.CURVE_AT_COMPLETION
    assert judged.verdict in {VerdictKind.HEALTHY, VerdictKind.SUSPICIOUS}
    assert judged.outcome == Outcome.COMPLETED


def test_numpy_is_loaded_where_records_are_compared_or_a_curve_judged_only(judged: Judged) -> None:
    with_numpy = {
        handler for handler, start in judged.starts if any("/numpy/" in file for file in start.files)
    }
    assert with_numpy == {"preflight", "watch"}


def test_nothing_is_imported_but_the_function_its_layers_and_python_itself(
    judged: Judged, runtime: Runtime
) -> None:
    allowed = (str(runtime.opt), str(runtime.folder / "task"), where_python_is(runtime.python))
    for handler, start in judged.starts:
        strange = [file for file in start.files if file and not file.startswith(allowed)]
        assert [Path(file).name for file in strange] == ["lambda_runtime.py"], handler


def test_a_cold_start_fits_into_the_smallest_function(judged: Judged) -> None:
    assert max(start.peak_mb for _, start in judged.starts) < LEAST_MEMORY
    assert max(start.import_seconds for _, start in judged.starts) < LONGEST_IMPORT


def test_every_module_of_the_package_can_be_imported(runtime: Runtime) -> None:
    modules = runtime.start("", {}, {}).answer
    assert len(modules) > 100
    assert "finetune_guard.usecases.judge_curve" in modules


def test_a_module_that_is_in_no_layer_would_be_missed(runtime: Runtime) -> None:
    lean = Runtime(runtime.python, runtime.folder / "nothing", runtime.folder)
    with pytest.raises(AssertionError, match="No module named 'aws_lambda_powertools'"):
        lean.start("watch", {}, {})


def test_no_two_layers_hold_the_same_file() -> None:
    """Lambda unpacks them over each other, and the later one would win in silence."""
    one, other, guard = files_of(INSTALLED[0]), files_of(INSTALLED[1]), files_of("guard")
    assert one & other == one & guard == other & guard == set()


def test_what_was_run_is_what_is_deployed_but_for_the_processor(runtime: Runtime) -> None:
    deployed = built("aws")
    shipped = packages(deployed.runtime.folder / "python") | packages(deployed.numeric.folder / "python")
    assert packages(runtime.opt) == shipped


def test_what_was_run_is_compiled_for_this_machine_and_the_functions_python(runtime: Runtime) -> None:
    objects = [path for path in runtime.opt.rglob("*.so") if ".cpython-" in path.name]
    assert len(objects) > 10
    assert all(f".cpython-{PYTHON.replace('.', '')}-" in path.name for path in objects)
    own = struct.unpack_from("<H", Path(runtime.python).resolve().read_bytes()[:20], 18)[0]
    assert {struct.unpack_from("<H", path.read_bytes()[:20], 18)[0] for path in objects} == {own}
