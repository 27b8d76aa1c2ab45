"""More traps and failures than the first injector knew, each after real training logs.

KINDS.md says where each was seen, with figures. A range reaches from what was seen to where the
opposite sort begins: a scar's floor begins at the 1.4 times at which a harmless step ends, and a
restart jumps as high as a scar does. What stays of the healthy curve is its noise.
"""

import math
from random import Random
from statistics import median

from tests.curves.kinds import Kind
from tests.curves.standard_kinds import level

Made = tuple[list[float], int]

#: Decimals to which a Hugging Face console prints a loss.
PRINTED = 4
#: Share of the first loss above which no rounding explains an exact 0.
UNLEARNED = 0.1


def noise_of(values: list[float]) -> list[float]:
    """Each row divided by the median of its neighbours, two on each side; around 1 and above 0.

    Not of itself: every fifth row is its own median, and two such rows in turn would look pinned. In
    logarithms, so that a steep fall is no noise.
    """
    logs = [math.log(value) for value in values]
    around = [logs[max(0, row - 2) : row] + logs[row + 1 : row + 3] for row in range(len(logs))]
    return [math.exp(log - median(near)) for log, near in zip(logs, around, strict=True)]


def level_before(values: list[float], row: int) -> float:
    """Median of the last rows before this one: a fifteenth of the run, 3 to 10."""
    return level(values, row - 1, min(10, max(3, len(values) // 15)))


def _row(values: list[float], rng: Random, first: float, last: float) -> int:
    """An onset between two shares of the run; at least 2 rows before it and 4 from it on."""
    return min(len(values) - 4, max(2, int(len(values) * rng.uniform(first, last))))


def _log_uniform(rng: Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _unlearned(values: list[float], onset: int, factors: list[float]) -> list[float]:
    """From the onset on: the level before it times a factor for each row, with the curve's own noise."""
    base, noise = level_before(values, onset), noise_of(values)
    tail = [base * factor * noise[row] for row, factor in enumerate(factors, onset)]
    return values[:onset] + tail


def restart(values: list[float], rng: Random) -> Made:
    """A resume, a warm restart of the learning rate, a spike that recovers: up at once, decaying back.

    One to three bumps to 1.1–2.7 times the curve, gone by a factor e in 1–10 % of the run (a higher one
    in less, down to 3.5 %); the last is all but gone at the end. Seen: 2.3 to 3.0 at a resume; .0091 to
    .0104, at .0095 after a sixth of the run; 3 to 8 and back to 3.
    """
    n = len(values)
    heights = [_log_uniform(rng, 1.1, 2.7) - 1 for _ in range(rng.randint(1, 3))]
    decay = max(0.7, n * rng.uniform(0.01, min(0.1, 0.06 / max(heights))))
    last = max(3, int(n - 1 - 4 * decay))
    starts = sorted(rng.randint(2, last) for _ in heights)

    def lift(row: int) -> float:
        bumps = zip(starts, heights, strict=True)
        return max((h * math.exp((s - row) / decay) for s, h in bumps if s <= row), default=0.0)

    return [value * (1 + lift(row)) for row, value in enumerate(values)], starts[0]


def shelf(values: list[float], rng: Random) -> Made:
    """A blip whose rows all stand at one height: 1 row to 5 % of the run, at least 3, at 1.3–4 times.

    Seen: 4.91, 5.09, 4.83 after 2.99, then 2.79.
    """
    n, out = len(values), list(values)
    onset, height = _row(values, rng, 0.05, 0.9), rng.uniform(1.3, 4)
    for row in range(onset, min(n - 1, onset + rng.randint(1, max(3, n // 20)))):
        out[row] *= height
    return out, onset


def staircase(values: list[float], rng: Random) -> Made:
    """Memorising epoch by epoch: a drop at each border, flat or rising within the epoch.

    Two to six epochs; each begins at .5–.95 of the one before and rises by 0–17 % within. Seen: drops
    to .49–.99, rises of 1–16 %.
    """
    n = len(values)
    epoch = n // rng.randint(2, min(6, n // 4))
    drop, rise = rng.uniform(0.5, 0.95), rng.uniform(0, 0.17)
    factors = [drop ** (row // epoch) * (1 + rise * (row % epoch) / epoch) for row in range(epoch, n)]
    return _unlearned(values, epoch, factors), epoch


def cycle(values: list[float], rng: Random) -> Made:
    """Batches grouped by length: one pattern over and over from the first row on, while the means fall.

    A period of 4–50 rows, at most a twelfth of the run where that is 5 or more; the hardest batch at
    1.3–2.7 times the easiest, at the pattern's start or end. Seen: 1.24 to 3.36 in 5 rows; 1.38 to 2.84
    in 5 rows. Trainers sort groups of 50 batches by length, which is 5, 10 or 50 rows of a log.
    """
    period = rng.randint(4, min(50, max(5, len(values) // 12)))
    ratio, first = _log_uniform(rng, 1.3, 2.7), rng.random() < 0.5
    pattern = [ratio ** ((row / (period - 1)) ** 2) for row in range(period)]
    pattern = pattern[::-1] if first else pattern
    mean = sum(pattern) / period
    return [value * pattern[row % period] / mean for row, value in enumerate(values)], 0


def outliers(values: list[float], rng: Random) -> Made:
    """Small batches with a few hard records: single rows far above the curve, all along.

    2–12 % of the rows at up to 10 times the curve, but not above twice the first loss. Seen: .80, 4.27,
    .77 with a batch of one row a log; 26 of 160 rows at up to 600 times a level that had fallen to
    .0003 from .7.
    """
    share, ceiling = rng.uniform(0.02, 0.12), 2 * values[0]
    out = list(values)
    hit = [row for row in range(2, len(values) - 2) if rng.random() < share] or [len(values) // 2]
    for row in hit:
        out[row] *= _log_uniform(rng, 1, max(1, min(10, ceiling / out[row])))
    return out, hit[0]


def plateau(values: list[float], rng: Random) -> Made:
    """Late learning: flat at the first level for 15–50 % of the run, then the curve falls as it did.

    Seen: 1.55 for 14 of 42 rows, then down to .0015; 9.76 for a twelfth of the run, then 7.4.
    """
    length = _row(values, rng, 0.15, 0.5)
    flat = [values[0] * ratio for ratio in noise_of(values)[-length:]]
    return flat + values[: len(values) - length], 0


def fading(values: list[float], rng: Random) -> Made:
    """Memorised data in a log of four decimals: a smooth fall that ends in .0001 and in rows of 0.

    From 10–60 % of the run on a geometric fall to 1e-6–1e-3 of the curve. Seen: .0001 steps before the
    end; 0.0 by rounding (labelling rule R2 calls it healthy).
    """
    onset = _row(values, rng, 0.1, 0.6)
    rate = math.log(_log_uniform(rng, 1e-6, 1e-3)) / (len(values) - onset)
    tail = [value * math.exp(rate * row) for row, value in enumerate(values[onset:], 1)]
    return values[:onset] + [round(value, PRINTED) for value in tail], onset


def scar(values: list[float], rng: Random) -> Made:
    """A spike that comes back only in part: it decays to a higher floor, where nothing is learned.

    A floor of 1.4–3.5 times the level, the peak 1.1–2.5 times the floor, the decay gone by a factor e
    in 1–6 % of the run. Seen: 1.41, 3.32, 6.44, 5.48, 4.86, 4.87, 4.60; 1.8, 7.7, 3.4; 1.7, 7.5, 5.3.
    """
    onset = _row(values, rng, 0.05, 0.85)
    floor, peak = _log_uniform(rng, 1.4, 3.5), rng.uniform(1.1, 2.5)
    decay = max(0.7, len(values) * rng.uniform(0.01, 0.06))
    factors = [floor * (1 + (peak - 1) * math.exp(-row / decay)) for row in range(len(values) - onset)]
    return _unlearned(values, onset, factors), onset


def ratchet(values: list[float], rng: Random) -> Made:
    """Spikes that each leave a higher floor: every one alone looks like a recovered one.

    Three to six spikes of 1.5–5 times the floor, each gone by a factor e in .5–2 % of the run, and the
    floor in the end at 1.5–3 times the level. The fault begins with the first spike. Seen: spikes that
    start to recover and then diverge; 5.4, 6,377, 13.2, 8.3, 5.9, and then 146,732, 104,813, … 19,970.
    """
    n = len(values)
    onset, count = _row(values, rng, 0.05, 0.5), rng.randint(3, 6)
    apart = max(1.0, (n - onset) * rng.uniform(0.5, 0.9) / count)
    step = math.pow(_log_uniform(rng, 1.5, 3), 1 / count)
    heights = [rng.uniform(0.5, 4) for _ in range(count)]
    decay = max(0.3, n * rng.uniform(0.005, 0.02))

    def factor(row: int) -> float:
        spike = min(count - 1, int(row / apart))
        since = row - math.ceil(spike * apart)
        return math.pow(step, spike + 1) * (1 + heights[spike] * math.exp(-since / decay))

    return _unlearned(values, onset, [factor(row) for row in range(n - onset)]), onset


def flicker(values: list[float], rng: Random) -> Made:
    """Single rows jump to a high level and come back, ever more of them, until it stays there.

    The level is 2–8 times the one before; the share of rows there grows from 10 % to all within 4–25 %
    of the run. Seen: .80, 4.27, .77, .56, .82, and 6.66 twenty rows later.
    """
    growing = rng.uniform(0.04, 0.25)
    onset, ramp = _row(values, rng, 0.05, 0.85 - growing), max(2.0, len(values) * growing)
    blown = _log_uniform(rng, 2, 8)
    share = [0.1 + 0.9 * row / ramp for row in range(len(values) - onset)]
    factors = [blown * rng.uniform(0.8, 1.2) if rng.random() < odds else 1.0 for odds in share]
    return _unlearned(values, onset, [blown, *factors[1:]]), onset


def zeroed(values: list[float], rng: Random) -> Made:
    """Gradients that became NaN behind a loss logged as 0: up to three rows higher, then exactly 0.

    The rows before the zeros stand at 1.2–1.8 times the curve. It begins where a tenth of the first
    loss is left: a log of four decimals ends what is nearly learned in the same way. Seen: .95, 1.28,
    1.35, 0; .61, 1.07, 0; 1.2 to .8 within 114 steps, then 0.
    """
    onset = _row(values, rng, 0.05, 0.9)
    higher = rng.randint(0, min(3, len(values) - onset - 3))
    while onset > 1 and values[onset + higher - 1] < UNLEARNED * values[0]:
        onset -= 1
    raised = [value * rng.uniform(1.2, 1.8) for value in values[onset : onset + higher]]
    return values[:onset] + raised + [0.0] * (len(values) - onset - higher), onset


def oscillation(values: list[float], rng: Random) -> Made:
    """Swings to the end without progress, as a learning rate at the edge of stability makes them.

    From 5–50 % of the run on; a period of 2–20 rows and at least four of them; peak to peak .5–1.5 of
    the mean; a sine, an alternation, or a sine that grows over a quarter of the rest. The mean stands
    between the level (the troughs lie below it) and where the troughs touch the level. Seen: .22 to .5
    and back, over and over.
    """
    onset = _row(values, rng, 0.05, 0.5)
    rest = len(values) - onset
    shape = rng.choice(("sine", "alternating", "growing"))
    period = 2 if shape == "alternating" else rng.uniform(2.5, min(20.0, rest / 4))
    half = rng.uniform(0.25, 0.75)
    mean = rng.uniform(1, 1 / (1 - half))
    grown = [min(1.0, row / (rest / 4)) if shape == "growing" else 1.0 for row in range(rest)]
    wave = [math.cos(2 * math.pi * row / period) for row in range(rest)]
    pairs = zip(grown, wave, strict=True)
    return _unlearned(values, onset, [1 + g * (mean * (1 + half * w) - 1) for g, w in pairs]), onset


MORE_KINDS: tuple[Kind, ...] = (
    Kind("restart", "harmless", restart, "up at once to 1.1–2.7 times, decaying back, one to three times",
         ("facebookresearch/fairseq#4066", "kohya-ss/musubi-tuner#667",
          "bigscience-workshop/Megatron-DeepSpeed#57")),
    Kind("shelf", "harmless", shelf, "1 row to 5 % of the run at one height of 1.3–4 times, then back",
         ("adu3110/LLM-Project-to-Build-and-Fine-Tune-a-Large-Language-Model",)),
    Kind("staircase", "harmless", staircase, "a drop at each epoch border, flat or rising within",
         ("PAVANPAGARWADEKAR/PaLM_new", "YuriiYa/ts_google_deployment", "lm-sys/FastChat#2025")),
    Kind("cycle", "harmless", cycle, "a length-grouped pattern from the first row on, while the means fall",
         ("artidoro/qlora#228", "filipTurk/onjyfans2", "tloen/alpaca-lora#246")),
    Kind("outliers", "harmless", outliers, "2–12 % of the rows at up to 10 times the curve",
         ("Priyanshisharma22/fake-news", "haotian-liu/LLaVA#918")),
    Kind("plateau", "harmless", plateau, "flat for 15–50 % of the run before it falls",
         ("Dude-0313/LogClassifier_Roberta_V1", "ShivamGoyal03/MediMind", "stas00/ml-engineering")),
    Kind("fading", "harmless", fading, "a smooth fall that prints 0.0 by rounding",
         ("dgovorov7/gameAi-pa4", "Priyanshisharma22/fake-news")),
    Kind("scar", "failure", scar, "a spike that comes back to a floor 1.4–3.5 times higher",
         ("ml-explore/mlx-examples#620", "stas00/ml-engineering")),
    Kind("ratchet", "failure", ratchet, "three to six spikes that each leave a higher floor",
         ("stas00/ml-engineering", "ZJULearning/pixel_link#45")),
    Kind("flicker", "failure", flicker, "ever more single rows at 2–8 times the level, until all are",
         ("haotian-liu/LLaVA#918",)),
    Kind("zeroed", "failure", zeroed, "up to three higher rows, then exactly 0",
         ("haotian-liu/LLaVA#1231", "unslothai/unsloth#712", "hiyouga/ChatGLM-Efficient-Tuning#267")),
    Kind("oscillation", "warning", oscillation, "swings of .5–1.5 of the mean to the end, nothing learned",
         ("thtrieu/darkflow#118", "haotian-liu/LLaVA#1375")),
)  # fmt: skip
