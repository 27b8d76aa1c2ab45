"""What each fault of a training or validation file means, and what to do.

A fault is told by code, count and place; a record's text is never part of it.
"""

from dataclasses import dataclass

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.sources import AWS_PREPARE, DERIVED, JUDGEMENT

AWS_NOVA_DATA = "AWS, Nova user guide, fine-tune-prepare-data-understanding"
AWS_NOVA_VALIDATOR = "AWS samples: data validator for Nova"
AWS_LLAMA_VALIDATOR = "AWS samples: data validator for Llama"
JSON_STANDARD = "RFC 8259"
OURS = "limit of this version"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a fault says to a person.

    Attributes:
        severity: "error", "warning" or "info".
        sentence: What is wrong and what was expected, with names in braces for what differs: of a fault of a
            file those that its check knows, otherwise those of problems.words_of.
        advice: What to do.
        source: Where the rule is from.
    """

    severity: str
    sentence: str
    advice: str
    source: str


MEANINGS = {
    DataFault.EMPTY: Meaning(
        "error", "The file has no records.", "Write one JSON record a line.", AWS_PREPARE
    ),
    DataFault.COMPRESSED: Meaning(
        "error", "The file is compressed; Bedrock reads plain JSONL.", "Decompress it first.", AWS_PREPARE
    ),
    DataFault.UTF16: Meaning(
        "error", "The file is UTF-16 or UTF-32; UTF-8 was expected.", "Save it as UTF-8.", JSON_STANDARD
    ),
    DataFault.UNREADABLE: Meaning("error", "This cannot be read: {reason}", "Check the path.", AWS_PREPARE),
    DataFault.DIRECTORY: Meaning(
        "error", "This is a directory; one JSONL file was expected.", "Name the file in it.", AWS_PREPARE
    ),
    DataFault.TOO_LARGE: Meaning(
        "error",
        "The file has {size} bytes; the base takes at most {most}.",
        "Split or sample it.",
        AWS_PREPARE,
    ),
    DataFault.BEYOND_READING: Meaning(
        "error", "The file has {size} bytes; this version reads at most {most}.", "Split or sample it.", OURS
    ),
    DataFault.UNUSED: Meaning(
        "warning",
        "{base} takes no validation file in fine-tuning; it is not sent.",
        "Leave validation_data_path out.",
        AWS_PREPARE,
    ),
    DataFault.FILE_NAME: Meaning(
        "error",
        "The name has characters that this base does not take: letters, digits, _ - . and / only.",
        "Rename the file.",
        AWS_NOVA_DATA,
    ),
    DataFault.BOM: Meaning(
        "warning", "The file begins with a byte-order mark.", "Save it as UTF-8 without one.", JSON_STANDARD
    ),
    DataFault.TOO_LONG: Meaning(
        "error", "A line is longer than 1 MiB, which no base accepts.", "Split or drop the record.", OURS
    ),
    DataFault.LONE_SURROGATE: Meaning(
        "warning",
        "A text holds half of a surrogate pair (such as \\ud83d alone), which readers replace or refuse.",
        "Write the whole character, or drop the half.",
        JSON_STANDARD,
    ),
    DataFault.NOT_UTF8: Meaning("error", "A line is not UTF-8.", "Save the file as UTF-8.", JSON_STANDARD),
    DataFault.NOT_JSON: Meaning(
        "error", "A line is not JSON; one whole record a line was expected.", "Mend the line.", AWS_PREPARE
    ),
    DataFault.TOO_DEEP: Meaning(
        "error", "A line nests too deeply to be a record.", "Drop the line.", JUDGEMENT
    ),
    DataFault.HUGE_NUMBER: Meaning(
        "error", "A line holds a number too long or too large to be read.", "Write it as text.", JUDGEMENT
    ),
    DataFault.DUPLICATE_KEY: Meaning(
        "error", "A record has a key twice; which one counts is undefined.", "Keep one.", JSON_STANDARD
    ),
    DataFault.NOT_A_NUMBER: Meaning(
        "error", "A record holds NaN or Infinity, which is not JSON.", "Use null or text.", JSON_STANDARD
    ),
    DataFault.BLANK_LINE: Meaning(
        "warning", "There are blank lines between the records.", "Remove them.", JUDGEMENT
    ),
    DataFault.NOT_AN_OBJECT: Meaning(
        "error", "A line is JSON but no object.", "Write records as {schema}.", AWS_PREPARE
    ),
    DataFault.WRONG_SCHEMA: Meaning(
        "error", "A record is not what {schema} wants.", "Convert the file to {schema}.", AWS_PREPARE
    ),
    DataFault.EXTRA_KEY: Meaning(
        "warning", "A record has keys that {schema} does not know.", "Remove them.", AWS_PREPARE
    ),
    DataFault.EMPTY_TEXT: Meaning(
        "warning", "A prompt, completion or turn is empty.", "Drop or complete the record.", JUDGEMENT
    ),
    DataFault.EMPTY_TURN: Meaning(
        "error",
        "A turn has neither text nor a medium, which this base refuses.",
        "Drop or complete the record.",
        AWS_NOVA_VALIDATOR,
    ),
    DataFault.ROLE_ORDER: Meaning(
        "error",
        "Turns must begin with user, alternate and end with assistant.",
        "Mend the order.",
        "AWS samples: data validators for Nova and Claude 3 Haiku",
    ),
    DataFault.RESERVED_WORD: Meaning(
        "error",
        "A text holds a word that this base reserves: {reserved}.",
        "Reword it.",
        f"{AWS_NOVA_DATA}; AWS samples: data validators for Nova and Claude 3 Haiku",
    ),
    DataFault.MEDIA: Meaning(
        "error", "An image or video stands outside a user's turn.", "Move it.", AWS_PREPARE
    ),
    DataFault.TEXT_ONLY: Meaning(
        "error",
        "A record holds an image or video; this base is trained on text alone.",
        "Drop the record, or choose a base that takes images.",
        AWS_NOVA_VALIDATOR,
    ),
    DataFault.TOO_MANY_MEDIA: Meaning(
        "error",
        "A record has more media than this base takes: {images}, never images and a video together.",
        "Split the record.",
        AWS_NOVA_VALIDATOR,
    ),
    DataFault.MEDIA_SOURCE: Meaning(
        "error",
        "An image or video is not what this base takes: {media}.",
        "Upload it there and name it by its URI.",
        f"{AWS_NOVA_DATA}; AWS, preparing-image-text-data",
    ),
    DataFault.MIXED_MEDIA: Meaning(
        "error",
        "Some records have images and some have videos; this base takes one kind in a file.",
        "Train on one kind.",
        AWS_NOVA_DATA,
    ),
    DataFault.REASONING: Meaning(
        "error",
        "Reasoning stands where this base takes none: it belongs into an answer, and to Nova 2 only.",
        "Remove it.",
        "AWS, nova-2-sft-data-prep",
    ),
    DataFault.SYSTEM_BLOCKS: Meaning(
        "error", "A system prompt has more than one block.", "Join its blocks.", AWS_LLAMA_VALIDATOR
    ),
    DataFault.OVER_TOKENS: Meaning(
        "error",
        "A record is over the base's limit of {tokens} tokens even at 6 characters a token, AWS's own "
        "planning number.",
        "Shorten it.",
        AWS_PREPARE,
    ),
    DataFault.PERHAPS_OVER_TOKENS: Meaning(
        "warning",
        "A record may be over the base's limit of {tokens} tokens: it is at 3 characters a token (code, "
        "languages that are not English), not at 6.",
        "Shorten it if it is code or not English.",
        JUDGEMENT,
    ),
    DataFault.LEAKED_RECORD: Meaning(
        "error",
        "Validation records are also training records, so the validation loss cannot show overfitting.",
        "Remove them from one of the two files.",
        DERIVED,
    ),
    DataFault.LEAKED_PROMPT: Meaning(
        "warning",
        "Prompts of validation records are also asked in training, case and white space aside.",
        "Keep every prompt in one of the two files.",
        DERIVED,
    ),
    DataFault.REPEATED: Meaning(
        "warning",
        "More than 5 percent of the records repeat an earlier one; these are trained on more often.",
        "Remove them, or raise the epochs.",
        DERIVED,
    ),
    DataFault.REPEATED_AS_ADVISED: Meaning(
        "info",
        "More than 5 percent of the records repeat an earlier one; AWS advises that for Nova below 1,000.",
        "",
        "AWS, Nova user guide, customize-fine-tune-hyperparameters",
    ),
    DataFault.CONSTANT_ANSWER: Meaning(
        "warning",
        "One answer is that of more than 60 percent of the records; a model learns to give it always.",
        "Balance the answers.",
        JUDGEMENT,
    ),
    DataFault.REPEATED_PROMPT: Meaning(
        "warning",
        "More than 20 percent of the records ask an earlier prompt again and answer it differently.",
        "Keep one answer to each prompt.",
        JUDGEMENT,
    ),
}
