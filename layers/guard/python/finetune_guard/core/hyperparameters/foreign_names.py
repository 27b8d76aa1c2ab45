"""What other trainers call a thing, and the name that Bedrock's bases have for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from finetune_guard.core.hyperparameters.base_model import BATCH, EPOCHS, WARMUP


@dataclass(frozen=True, slots=True)
class Foreign:
    """A name from elsewhere.

    Attributes:
        names: What does the same on some base of Bedrock, nearest first; empty where nothing does.
        advice: What to do where no base has the like; a sentence.
    """

    names: tuple[str, ...] = ()
    advice: str = ""


_EPOCHS = Foreign((EPOCHS, "stepCount"))
_BATCH = Foreign((BATCH,))
_RATE = Foreign(("learningRate", "learningRateMultiplier"))
_WARMUP = Foreign((WARMUP,))
_PATIENCE = Foreign(("earlyStoppingPatience",))
_DECAY = Foreign((), f"Leave it out: no base exposes weight decay; a lower {EPOCHS} curbs overfitting.")
_SCHEDULE = Foreign((), f"Leave it out: Bedrock sets the schedule; its one knob is {WARMUP}, on some bases.")
_LORA = Foreign((), "Leave it out: Bedrock chooses how it fine-tunes, and exposes no LoRA setting.")
_STEPS = Foreign((), f"Leave it out: {EPOCHS} and records give the steps; rehearsal.steps cuts a rehearsal.")
_OPTIMIZER = Foreign((), "Leave it out: Bedrock chooses the optimizer and its settings.")
_HARDWARE = Foreign((), "Leave it out: Bedrock chooses precision and hardware.")
_SEED = Foreign((), "Leave it out: no base exposes a seed.")

#: By name in lower case, without "_" and "-".
_FOREIGN = {
    **dict.fromkeys(("epochs", "nepochs", "numepochs", "numtrainepochs"), _EPOCHS),
    **dict.fromkeys(("batch", "microbatchsize", "perdevicetrainbatchsize", "trainbatchsize"), _BATCH),
    **dict.fromkeys(("learningrate", "lr", "learningratemultiplier", "lrmultiplier"), _RATE),
    **dict.fromkeys(("warmup", "warmupsteps", "warmupratio", "numwarmupsteps", "lrwarmupsteps"), _WARMUP),
    **dict.fromkeys(("patience", "earlystopping"), _PATIENCE),
    **dict.fromkeys(("weightdecay", "l2", "dropout"), _DECAY),
    **dict.fromkeys(
        ("scheduler", "lrscheduler", "lrschedulertype", "learningratescheduler", "minlr"), _SCHEDULE
    ),
    **dict.fromkeys(("lorarank", "loraalpha", "loradropout", "rank", "peft", "targetmodules"), _LORA),
    **dict.fromkeys(("steps", "maxsteps", "numsteps", "trainingsteps"), _STEPS),
    **dict.fromkeys(("optimizer", "optim", "adambeta1", "adambeta2", "maxgradnorm", "momentum"), _OPTIMIZER),
    **dict.fromkeys(
        ("bf16", "fp16", "gradientcheckpointing", "gradientaccumulationsteps", "quantization"), _HARDWARE
    ),
    **dict.fromkeys(("seed", "randomseed"), _SEED),
}


def plain_name(name: str) -> str:
    """A name without case, "_" and "-": "warmup_steps" and "warmupSteps" are the same."""
    return name[:60].lower().replace("_", "").replace("-", "")


def foreign(name: str) -> Foreign | None:
    """What is known of a name from elsewhere; None for an unknown one."""
    return _FOREIGN.get(plain_name(name))


def nearest_name(key: str, names: Iterable[str]) -> str:
    """The one of `names` that most likely does what `key` was meant to do; "" where none does."""
    known = {plain_name(name): name for name in names}
    plain, elsewhere = plain_name(key), foreign(key)
    if plain in known:
        return known[plain]
    if elsewhere is not None:
        return next((name for name in elsewhere.names if name in known.values()), "")
    close = get_close_matches(plain, known, 1, 0.6)
    return known[close[0]] if close else ""
