"""Metric files that are nearly right, or nothing like it; of the right ones the curve is known beforehand."""

import codecs
from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.damage import damaged
from tests.fuzz.holding import Document

STEPS = ("step_number", "step", "Step Number", "global_step", "iteration", "STEP")
EPOCHS = ("epoch_number", "epoch", "Epoch")
LOSSES = ("training_loss", "Training Loss", "train/loss", "loss")
EVALUATED = ("validation_loss", "eval_loss", "val/loss")
FURTHER = ("perplexity", "learning_rate", "grad_norm", "elapsed_s", "max_memory_allocated_gib", "note", "")
DELIMITERS = (",", ",", ",", "\t", ";")
NEWLINES = ("\n", "\n", "\n", "\r\n", "\r")
ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")

#: Cells that a reader must take for what they are, or refuse.
CELLS = (
    *("", " ", "nan", "-nan", "NaN(ind)", "inf", "-Infinity", "1.#QNAN", "null", "N/A", "none", "1e999"),
    *(
        "-1e999",
        "1e-999",
        "1_000",
        "1,5",
        "0x10",
        "1.",
        ".5",
        ".",
        "-",
        "+",
        "e5",
        "1e",
        "1e+",
        "--1",
        "1.2.3",
    ),
    *(
        "١٢",
        "１２",
        "½",
        "1 2",
        "1\x00",
        "\x00",
        "1\u202e2",
        "\u200b1",
        "=1+1",
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
    ),
    *("9" * 400, "0." + "0" * 400 + "1", "1e" + "9" * 400, "9" * 5000, str(10**11), str(2**63), "-1", "1.5"),
    *('"', '"1', '1"', '""', '"1"', '"1,2"', "'1'", "${1}", "%s", "<b>1</b>", "True", "x" * 300, "\ufeff1"),
)
PATCHES = (
    *(
        b"",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n\n",
        b",",
        b",,",
        b";",
        b"\t",
        b'"',
        b'""',
        b"\x00",
        b"\xff",
        b"\xfe",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
        b"\x1b[2J",
        b"e",
        b".",
        b"-",
    ),
    *(b"step_number,epoch_number,training_loss\n", b"step,loss\n", b"loss,step\n", b"step;loss\n", b"step\n"),
    *(b"9" * 400, b"," * 3000, b'"' * 2001, b"\n" * 500, b"step," * 200, b"\x00" * 64, b"nan," * 100),
)
NOT_CSV = (
    *(
        b"",
        b"\n",
        b"\x00",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"{",
        b"[",
        b'{"points": [{}]}',
        b"PK\x03\x04",
    ),
    *(
        b"\x1f\x8b\x08",
        b"<html>",
        b"step_number",
        b"step_number,training_loss",
        b"%PDF-1.7",
        b"a\x00",
        b"\x00s",
    ),
    *(b'{"log_history": [{"step": 1, "loss": NaN}]}', b"[" * 3000, b'{"points":' * 2000, b"step\tloss\r\r\r"),
)


def document(random: Random) -> Document:
    """A file of one kind or another."""
    kind = random.random()
    if kind < 0.03:
        return Document(random.choice(NOT_CSV) + random.randbytes(random.choice([0, 0, 3, 200])), None)
    if kind < 0.35:
        return _sound(random)
    made = _odd(random)
    return Document(damaged(made, random, PATCHES) if kind < 0.85 else made, None)


def large(random: Random, size: int) -> bytes:
    """About `size` bytes of one thing, which is what a reader may choke on."""
    line: Callable[[int], bytes] = random.choice(
        [
            lambda row: b"%d,%d,%r\n" % (row, row // 1000, 1 / (row + 1)) if row else b"step,epoch,loss\n",
            lambda row: b'"%d",0,nan\n' % row if row else b"step,epoch,loss\n",
            lambda row: b"step,oops,%d\n" % row if row else b"step,epoch,loss\n",
            lambda row: b"%d,0,1\n" % (row % 7) if row else b"step,epoch,loss\n",
            lambda row: b"%d,0,1\n" % -row if row else b"step,epoch,loss\n",
            lambda row: b"," * 60_000 + b"\n" if row else b"step,epoch,loss\n",
            lambda row: b"step,loss\nloss,step\n",
            lambda row: b"9" * 60_000 + b",1,2\n" if row else b"step,epoch,loss\n",
            lambda row: b"\r",
            lambda row: b"\x00",
            lambda row: b"step",
            lambda row: b'"',
        ]
    )
    first = line(0) + line(1)
    repeated = max(1, size // max(1, len(line(1))))
    if len(first) < 8:
        return line(1) * repeated
    lines = [line(row) for row in range(min(repeated, 40_000))]
    return b"".join(lines) * max(1, size // max(1, sum(map(len, lines))))


def _sound(random: Random) -> Document:
    """Rows of rising steps, spelled in one of the ways that writers have; perhaps shuffled, or some twice."""
    delimiter = random.choice(DELIMITERS)
    count = random.choice([0, 1, 2, 5, 12, 40])
    rows = [(step, _loss(random)) for step in sorted(random.sample(range(5000), count))]
    further = random.sample(FURTHER, random.randrange(3))
    names = [random.choice(STEPS), random.choice(LOSSES), *further]
    if random.random() < 0.7:
        names.append(random.choice(EPOCHS))
    places = random.sample(range(len(names)), len(names))
    if not names[places[-1]]:
        # A last column without a name is taken for trailing delimiters, and its values for cells too many.
        places.reverse()
    told = rows * (2 if random.random() < 0.1 else 1)
    if random.random() < 0.3:
        random.shuffle(told)
    lines = [[names[place] for place in places]]
    for step, loss in told:
        cells = [str(step), loss, *("0.5" for _ in names[2:])]
        if len(names) > 2 + len(further):
            cells[-1] = "0"
        lines.append([cells[place] for place in places])
    return Document(_written(lines, delimiter, random), tuple(rows))


def _odd(random: Random) -> bytes:
    """Lines of a header and of cells that may be anything."""
    delimiter = random.choice(DELIMITERS)
    names = [random.choice(STEPS), random.choice(EPOCHS), random.choice((*LOSSES, *EVALUATED))]
    names += random.choices((*FURTHER, *STEPS, *LOSSES, *EVALUATED), k=random.randrange(4))
    if random.random() < 0.1:
        random.shuffle(names)
    lines, step, epoch = [names], random.choice([0, 0, 1, 10**11 - 3]), 0
    for _ in range(random.choice([0, 1, 3, 8, 8, 30])):
        cells = [str(step), str(epoch), _loss(random), *("1" for _ in names[3:])]
        if random.random() < 0.25:
            cells[random.randrange(len(cells))] = random.choice(CELLS)
        if random.random() < 0.05:
            cells = cells[: random.randrange(len(cells))] or [random.choice(CELLS)]
        lines.append(names if random.random() < 0.02 else cells)
        step += random.choices([1, 0, 2, -3, -step], (80, 5, 5, 5, 3))[0]
        epoch += random.random() < 0.1
    return _written(lines, delimiter, random)


def _loss(random: Random) -> str:
    value = random.choice([random.uniform(0, 8), random.gauss(0, 1e3), 10 ** random.uniform(-320, 308)])
    if random.random() < 0.05:
        return random.choice(["nan", "NaN", "inf", "-inf", "Infinity", "1e999"])
    return random.choice([repr(value), f"{value:.6g}", f"{value:.3E}"])


def _written(lines: Sequence[Sequence[str]], delimiter: str, random: Random) -> bytes:
    newline, encoding = random.choice(NEWLINES), random.choice(ENCODINGS)
    quoted = random.random() < 0.15
    text = newline.join(
        delimiter.join(f'"{cell}"' if quoted and '"' not in cell else cell for cell in line) for line in lines
    )
    end = newline if random.random() < 0.8 else ""
    content = (text + end).encode(encoding, "surrogatepass")
    return codecs.BOM_UTF8 + content if random.random() < 0.01 and encoding == "utf-8" else content
