"""The gallery of wrong answers that are left: `make gallery`, or `python -m tests.curves.gallery`.

Writes docs/gallery.md and docs/pictures/gallery from tests/curves/figures.json, so `make quality` comes
first. Says which real curves still need a person's sentence.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from rich.console import Console

from tests.curves.figures import read_published
from tests.curves.gallery_items import Item, facts, injected_items, real_items
from tests.curves.gallery_pictures import FOLDER, draw_one, draw_sheet, picture_of
from tests.curves.gallery_sentences import read_sentences, unneeded, unwritten, write_sentences
from tests.curves.kinds import Kind
from tests.curves.more_kinds import MORE_KINDS
from tests.curves.sets import REAL
from tests.curves.standard_kinds import STANDARD_KINDS

PAGE = Path("docs/gallery.md")
_KINDS = {kind.name: kind for kind in STANDARD_KINDS + MORE_KINDS}
_HEAD = """\
# What is still judged wrongly

Every miss, false stop and false warning that is left on the real curves, and every miss and false stop on the
injected ones of the published seeds ([signals](signals.md) has the figures,
[tests/curves](../tests/curves/README.md) the curves). Written by `make gallery`; only the sentences on real
curves are by hand (`tests/curves/gallery_sentences.toml`).

In the pictures: training loss (blue), validation loss (grey), where the fault begins by the label (dashed,
amber), where the watch warns (dotted, violet) and where it stops (red).
"""


def page(real: list[Item], injected: list[Item]) -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_real_part(real), *_injected_part(injected)])


def sheets(injected: list[Item]) -> Iterator[tuple[Kind, list[Item], Path]]:
    """The injected items by their kind, with where the sheet of each kind is."""
    order = list(_KINDS)
    by_kind = sorted(injected, key=lambda item: order.index(item.case.label.kind))
    for name, items in groupby(by_kind, key=lambda item: item.case.label.kind):
        ordered = sorted(items, key=lambda item: (item.how, len(item.case.run), item.id))
        yield _KINDS[name], ordered, FOLDER / f"kind-{name}.png"


def _real_part(items: list[Item]) -> Iterator[str]:
    yield f"## Real curves: {len(items)}\n"
    sentences = read_sentences()
    for item in items:
        yield f"### `{item.id}`"
        yield f"![{item.case.label.label}, {item.how}]({_link(picture_of(item))})\n"
        yield f"{sentences.get(item.id) or 'No sentence yet.'}\n"
        yield f"{_in_sets(item)} {facts(item)} Label: {item.case.label.label} ({item.case.label.reason}).\n"


def _in_sets(item: Item) -> str:
    shown = {REAL[name].value: how for name, how in item.sets.items()}
    by_how = {how: [name for name, one in shown.items() if one == how] for how in shown.values()}
    told = "; ".join(f"{how} ({', '.join(names)})" for how, names in by_how.items())
    return f"{told[0].upper()}{told[1:]}."


def _injected_part(items: list[Item]) -> Iterator[str]:
    yield f"## Injected curves: {len(items)}\n"
    yield "Above each small picture its id (without `inj-`) and its rows.\n"
    for kind, some, sheet in sheets(items):
        yield f"### {kind.name}: {some[0].how}, {len(some)}"
        yield f"{kind.says[0].upper()}{kind.says[1:]}.\n"
        yield f"![{len(some)} curves of the kind {kind.name}]({_link(sheet)})\n"
        yield from (f"- `{item.id}` (seed {item.seed}, {item.how}): {facts(item)}" for item in some)
        yield ""


def _link(picture: Path) -> str:
    return picture.relative_to(PAGE.parent).as_posix()


def _draw(real: list[Item], injected: list[Item]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for stale in FOLDER.glob("*.png"):
        stale.unlink()
    for item in real:
        draw_one(item)
    for _, items, sheet in sheets(injected):
        draw_sheet(items, sheet)


def main() -> None:
    published = read_published()
    real, injected = real_items(published), injected_items(published)
    needed = [item.id for item in real]
    write_sentences(needed)
    PAGE.write_text(page(real, injected), "utf-8")
    _draw(real, injected)
    console = Console(soft_wrap=True)
    console.print(f"{PAGE}: {len(real)} real and {len(injected)} injected curves.")
    for id in unwritten(needed):
        console.print(f"Needs a sentence in gallery_sentences.toml: {id}", markup=False)
    for id in unneeded(needed):
        console.print(f"Judged rightly now, its sentence can go: {id}", markup=False)


if __name__ == "__main__":
    main()
