"""The three schemas of text as types: what msgspec reads of a line in one step.

A key that a type does not know, a missing one or one of another type makes msgspec refuse the line; what
exactly is wrong is then found at leisure (schemas.py). The types that hold no cycle are left out of Python's
collector, which makes reading faster.
"""

from msgspec import UNSET, Struct, UnsetType


class PromptCompletion(Struct, forbid_unknown_fields=True, gc=False):
    """A record of the schema prompt-completion."""

    prompt: str
    completion: str


class ClaudeTurn(Struct, forbid_unknown_fields=True, gc=False):
    """A turn of plain text."""

    role: str
    content: str


class ClaudeMessages(Struct, forbid_unknown_fields=True, gc=False):
    """A record of Claude's messages."""

    messages: list[ClaudeTurn]
    system: str | UnsetType | None = UNSET


class S3Location(Struct, forbid_unknown_fields=True, gc=False):
    """An object on S3, as the Converse API names it."""

    uri: str
    bucketOwner: str | UnsetType = UNSET  # noqa: N815  (the service's own spelling)


class Source(Struct, forbid_unknown_fields=True, gc=False):
    """Where a medium is; `bytes` is what Converse takes and fine-tuning does not."""

    s3Location: S3Location | UnsetType = UNSET  # noqa: N815
    bytes: str | UnsetType = UNSET


class Medium(Struct, forbid_unknown_fields=True, gc=False):
    """An image or a video."""

    format: str
    source: Source


class ReasoningText(Struct, forbid_unknown_fields=True, gc=False):
    """What a model thought before its answer."""

    text: str
    signature: str | UnsetType = UNSET


class Reasoning(Struct, forbid_unknown_fields=True, gc=False):
    """A block of reasoning; only as text."""

    reasoningText: ReasoningText  # noqa: N815


class Block(Struct, forbid_unknown_fields=True, gc=False):
    """A content block of the Converse API: exactly one of these."""

    text: str | UnsetType = UNSET
    image: Medium | UnsetType = UNSET
    video: Medium | UnsetType = UNSET
    reasoningContent: Reasoning | UnsetType = UNSET  # noqa: N815


class SystemBlock(Struct, forbid_unknown_fields=True, gc=False):
    """A block of a system prompt."""

    text: str


class ConversationTurn(Struct, forbid_unknown_fields=True, gc=False):
    """A turn of content blocks."""

    role: str
    content: list[Block]


class Conversation(Struct, forbid_unknown_fields=True, gc=False):
    """A record of the schema bedrock-conversation-2024."""

    messages: list[ConversationTurn]
    schemaVersion: str | UnsetType | None = UNSET  # noqa: N815
    system: list[SystemBlock] | UnsetType | None = UNSET


Shape = PromptCompletion | ClaudeMessages | Conversation
