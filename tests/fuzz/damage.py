"""What happens to a file on its way."""

from collections.abc import Sequence
from random import Random


def damaged(content: bytes, random: Random, patches: Sequence[bytes]) -> bytes:
    """The content with some bytes put in, left out, turned, copied or cut off."""
    for _ in range(random.choice([1, 1, 2, 5])):
        at, end = sorted(random.randrange(len(content) + 1) for _ in range(2))
        piece = content[at:end]
        content = random.choice(
            [
                content[:at] + random.choice(patches) + content[at:],
                content[:at] + content[end:] if len(piece) < 40 else content[: at + 1] + content[at + 2 :],
                content[:at] + random.randbytes(random.randrange(1, 4)) + content[at + 1 :],
                content[:end] + piece + content[end:],
                content[:end],
                content[:at]
                + bytes(byte ^ 1 << random.randrange(8) for byte in piece[:1])
                + content[at + 1 :],
            ]
        )
    return content
