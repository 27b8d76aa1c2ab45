"""Looks for secrets in every file that git knows: `python -m infra.supply.secrets`; 1 where one is found.

What looks like a secret and is none stands in known_secrets.toml, by the hash of the text, with the reason.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.layer_build import ROOT
from infra.supply.places import answered

EXPLAINED = Path(__file__).parent / "known_secrets.toml"
#: Files of nothing but hashes, which every rule about random text would name.
HASHES = ("package-lock.json", "known_secrets.toml", "requirements.txt", "dev.txt", "build.txt", "supply.txt")
#: Pictures, packed curves, and a script of another project that npm's lock knows by its hash.
NO_TEXT = (".png", ".svg", ".xz", "uPlot.iife.min.js")
#: Looks for keys of services that nobody here has an account of; each costs a look at every line.
NOT_OURS = (
    *("ArtifactoryDetector", "CloudantDetector", "DiscordBotTokenDetector", "IbmCloudIamDetector"),
    *("IbmCosHmacDetector", "IPPublicDetector", "MailchimpDetector", "SendGridDetector", "SoftlayerDetector"),
    *("SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector"),
)
#: Files that one call is given.
BATCH = 200

_COMMAND = ("detect-secrets", "scan", "--no-verify", *(f"--disable-plugin={name}" for name in NOT_OURS))


@dataclass(frozen=True, slots=True)
class Suspect:
    """A text that looks like a secret.

    Attributes:
        file: Where it is.
        line: On which line.
        kind: What it looks like.
        hash: SHA-1 of the text.
    """

    file: str
    line: int
    kind: str
    hash: str


def main() -> int:
    """Names every suspect that nobody has explained, and every explanation of nothing."""
    suspects = tuple(suspects_in(tracked(), ROOT))
    explained = known()
    new = [suspect for suspect in suspects if (suspect.file, suspect.hash) not in explained]
    gone = explained - {(suspect.file, suspect.hash) for suspect in suspects}
    for suspect in new:
        sys.stdout.write(
            f"{suspect.file}:{suspect.line}: looks like a secret ({suspect.kind}), {suspect.hash}\n"
        )
    sys.stdout.writelines(
        f"{file}: {digest} is explained and is not there\n" for file, digest in sorted(gone)
    )
    sys.stdout.write(
        f"{len(suspects)} suspects, {len(new)} not explained (infra/supply/known_secrets.toml)\n"
    )
    return int(bool(new or gone))


def tracked() -> tuple[str, ...]:
    """Every file that git knows, but for those without a text that a person wrote."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(
        name
        for name in listed.splitlines()
        if not name.endswith(HASHES + NO_TEXT) and (ROOT / name).is_file()
    )


def suspects_in(files: Sequence[str], folder: Path) -> Iterator[Suspect]:
    """What looks like a secret in these files of a folder; nothing is sent anywhere to try it."""
    for start in range(0, len(files), BATCH):
        done = answered((*_COMMAND, *files[start : start + BATCH]), folder)
        if done.returncode:
            raise RuntimeError(f"The files cannot be searched: {done.stderr[-500:]}")
        for file, found in json.loads(done.stdout)["results"].items():
            yield from (
                Suspect(file, each["line_number"], each["type"], each["hashed_secret"]) for each in found
            )


def known() -> frozenset[tuple[str, str]]:
    """File and hash of what is explained.

    Raises:
        ValueError: An entry has no reason.
    """
    entries = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))["known"]
    unexplained = [entry["file"] for entry in entries if len(entry.get("why", "")) < 20]
    if unexplained:
        raise ValueError(f"{EXPLAINED.name} gives no reason for what is in {', '.join(unexplained)}.")
    return frozenset((entry["file"], entry["hash"]) for entry in entries)


if __name__ == "__main__":
    sys.exit(main())
