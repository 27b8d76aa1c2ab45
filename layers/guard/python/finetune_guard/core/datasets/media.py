"""What a conversation holds beside its text: images, videos and reasoning."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import UNSET

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.record_rules import MediaRules, RecordRules
from finetune_guard.core.datasets.shapes import Block, ConversationTurn, Medium
from finetune_guard.core.s3_location import SCHEME

#: What AWS's validator for Nova lets stand after s3://.
_PLACE = re.compile(r"[\w\-/.]+")


@dataclass(frozen=True, slots=True)
class BesideText:
    """What was found beside the texts of a record.

    Attributes:
        faults: What is wrong with it, each once.
        media_turns: Places of the turns that hold a medium, from 0.
        uris: Where the media are, in their order.
        characters: Of the reasoning, which is trained on too.
        kind: "image" or "video"; "" where there is neither, or both.
    """

    faults: tuple[DataFault, ...] = ()
    media_turns: frozenset[int] = frozenset()
    uris: tuple[str, ...] = ()
    characters: int = 0
    kind: str = ""


NOTHING = BesideText()


def text_of(content: list[Block]) -> str:
    """The joined texts of a turn."""
    if len(content) == 1:
        return content[0].text or ""
    return "".join([block.text for block in content if block.text])


def plain_texts(turns: list[ConversationTurn]) -> list[str] | None:
    """The texts of turns that hold one text each, as nearly all do; None where one holds anything else."""
    texts = []
    for turn in turns:
        block = turn.content[0] if len(turn.content) == 1 else None
        if block is None or block.text is UNSET or block.image is not UNSET or block.video is not UNSET:
            return None
        if block.reasoningContent is not UNSET:
            return None
        texts.append(block.text)
    return texts


def look_beside_text(turns: list[ConversationTurn], rules: RecordRules) -> BesideText | None:
    """Images, videos and reasoning of a record, judged; None where a block is not exactly one thing."""
    if not all(turn.content and all(map(_is_one, turn.content)) for turn in turns):
        return None
    media, thoughts = list(_media(turns)), list(_thoughts(turns))
    kinds = {held.kind for held in media}
    faults = set(_of_media(media, rules))
    if any(role != "assistant" or not rules.reasoning for role, _ in thoughts):
        faults.add(DataFault.REASONING)
    return BesideText(
        faults=tuple(sorted(faults)),
        media_turns=frozenset(held.turn for held in media),
        uris=tuple(_uri(held.medium) for held in media),
        characters=sum(len(text) for _, text in thoughts),
        kind=kinds.pop() if len(kinds) == 1 else "",
    )


def _is_one(block: Block) -> bool:
    held = (block.text, block.image, block.video, block.reasoningContent)
    return sum(1 for value in held if value is not UNSET) == 1


class _Held(NamedTuple):
    """A medium, and the turn that holds it."""

    turn: int
    role: str
    kind: str
    medium: Medium


def _media(turns: list[ConversationTurn]) -> Iterator[_Held]:
    for place, turn in enumerate(turns):
        for block in turn.content:
            if block.image:
                yield _Held(place, turn.role, "image", block.image)
            elif block.video:
                yield _Held(place, turn.role, "video", block.video)


def _thoughts(turns: list[ConversationTurn]) -> Iterator[tuple[str, str]]:
    """The role and the text of every block of reasoning."""
    for turn in turns:
        for block in turn.content:
            if block.reasoningContent:
                yield turn.role, block.reasoningContent.reasoningText.text


def _of_media(media: list[_Held], rules: RecordRules) -> Iterator[DataFault]:
    if any(held.role != "user" for held in media):
        yield DataFault.MEDIA
    if media and rules.media is None:
        yield DataFault.TEXT_ONLY
    if rules.media is None:
        return
    images = sum(1 for held in media if held.kind == "image")
    videos = len(media) - images
    if (rules.media.max_images or images) < images or videos > 1 or (images and videos):
        yield DataFault.TOO_MANY_MEDIA
    if not all(_acceptable(held, rules.media) for held in media):
        yield DataFault.MEDIA_SOURCE


def _acceptable(held: _Held, rules: MediaRules) -> bool:
    formats = rules.images if held.kind == "image" else rules.videos
    uri = _uri(held.medium)
    place = uri.removeprefix(SCHEME)
    placed = uri.startswith(SCHEME) and _PLACE.fullmatch(place) is not None
    return held.medium.format.lower() in formats and placed and rules.bucket in ("", place.partition("/")[0])


def _uri(medium: Medium) -> str:
    return medium.source.s3Location.uri if medium.source.s3Location else ""
