"""What a base model takes as one record, beyond its schema: reserved words, media, reasoning.

From AWS's user guides and published validators; what they do not tell is not judged.
"""

from dataclasses import dataclass, replace

from finetune_guard.core.hyperparameters.base_model import BaseModel, RecordSchema
from finetune_guard.core.s3_location import bucket_of


@dataclass(frozen=True, slots=True)
class MediaRules:
    """Which media a user's turn may hold.

    Attributes:
        images: Accepted formats of images, lower case.
        videos: Accepted formats of videos, lower case; none where the base takes no video.
        max_images: Most images of one record; None where no source tells.
        one_kind: Whether a file may hold images or videos, not both.
        same_bucket: Whether the media must lie in the bucket of the file that names them.
        bucket: That bucket; "" where it is not known, as for a file of this machine.
    """

    images: frozenset[str]
    videos: frozenset[str] = frozenset()
    max_images: int | None = None
    one_kind: bool = False
    same_bucket: bool = False
    bucket: str = ""


@dataclass(frozen=True, slots=True)
class RecordRules:
    """What one record must be.

    Attributes:
        schema: Its schema.
        max_tokens: Most tokens of one record; None where no source tells.
        reserved: Words that no text may hold.
        media: None where a record is text alone.
        reasoning: Whether an answer may hold its reasoning.
        any_version: Whether schemaVersion may be any text, or missing.
        refuses_empty: Whether a turn without text and media is refused, not merely useless.
        max_system_blocks: Most blocks of a system prompt; None for any number.
    """

    schema: RecordSchema
    max_tokens: int | None = None
    reserved: tuple[str, ...] = ()
    media: MediaRules | None = None
    reasoning: bool = False
    any_version: bool = False
    refuses_empty: bool = False
    max_system_blocks: int | None = None


def rules_of(base: BaseModel, uri: str = "") -> RecordRules:
    """What a record of the file `uri` must be for `base`."""
    limits = base.limits
    family = _FAMILIES.get(base.family, RecordRules(limits.schema))
    media = None if limits.multimodal is False else family.media
    if media and media.same_bucket:
        media = replace(media, bucket=bucket_of(uri))
    return replace(family, schema=limits.schema, max_tokens=limits.max_tokens, media=media)


#: Nova user guide, fine-tune-prepare-data-understanding, and the upper-case forms of AWS's validator.
_NOVA_WORDS = (
    "System:",
    "SYSTEM:",
    "User:",
    "USER:",
    "Bot:",
    "BOT:",
    "Assistant:",
    "ASSISTANT:",
    "Thought:",
    "[EOS]",
    "<image>",
    "<video>",
)
_NOVA = RecordRules(
    schema=RecordSchema.CONVERSATION,
    reserved=_NOVA_WORDS,
    media=MediaRules(
        images=frozenset({"jpeg", "png", "gif", "webp"}),
        videos=frozenset({"mov", "mkv", "mp4", "webm"}),
        max_images=10,
        one_kind=True,
        same_bucket=True,
    ),
    any_version=True,
    refuses_empty=True,
)
#: nova-2-sft-data-prep: the format of Nova, fewer media formats, and reasoning.
_NOVA_2 = replace(
    _NOVA,
    media=MediaRules(
        images=frozenset({"png", "jpeg", "gif"}),
        videos=frozenset({"mov", "mkv", "mp4"}),
        one_kind=True,
        same_bucket=True,
    ),
    reasoning=True,
)
#: AWS's validator for Llama, and preparing-image-text-data for the formats.
_LLAMA = RecordRules(RecordSchema.CONVERSATION, max_system_blocks=1)
_LLAMA_VISION = replace(_LLAMA, media=MediaRules(images=frozenset({"gif", "jpeg", "png", "webp"})))
#: AWS's validator for Claude 3 Haiku.
_CLAUDE = RecordRules(RecordSchema.CLAUDE_MESSAGES, reserved=("\nHuman:", "\nAssistant:"))

_FAMILIES = {
    "amazon-nova": _NOVA,
    "amazon-nova-2": _NOVA_2,
    "anthropic-claude-3": _CLAUDE,
    "meta-llama-3.2": _LLAMA_VISION,
    "meta-llama-3.3": _LLAMA,
}
