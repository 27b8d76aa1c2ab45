"""Where a local machine keeps what it has: everything below one folder, so that removing it removes all."""

from dataclasses import dataclass
from pathlib import Path

#: The repository.
ROOT = Path(__file__).resolve().parents[2]
#: The machine of `make local-up`.
HOME = ROOT / ".local"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and files of one local machine.

    Attributes:
        home: The folder that holds them all.
    """

    home: Path = HOME

    @property
    def engine_state(self) -> Path:
        """What the engine remembers over a restart."""
        return self.home / "engine"

    @property
    def bedrock_state(self) -> Path:
        """The stand-in's jobs, models and calls."""
        return self.home / "bedrock"

    @property
    def bedrock_settings(self) -> Path:
        """The stand-in's settings, as they were at its start."""
        return self.home / "bedrock-settings.json"

    @property
    def bedrock_faults(self) -> Path:
        """The stand-in's fault script, which may be changed while it runs."""
        return self.home / "bedrock-faults.json"

    @property
    def temporary(self) -> Path:
        """TMPDIR of all processes: the engine unpacks each function there and leaves it."""
        return self.home / "tmp"

    @property
    def certificate(self) -> Path:
        """What the engine signs itself when it speaks TLS, anew with each start."""
        return self.temporary / "ministack-tls" / "server.crt"

    @property
    def logs(self) -> Path:
        """One log for each process and each CDK command."""
        return self.home / "log"

    @property
    def processes(self) -> Path:
        """A record for each process that was started."""
        return self.home / "processes"

    @property
    def inbox(self) -> Path:
        """The mails that have arrived, one .eml each."""
        return self.home / "inbox"

    @property
    def outputs(self) -> Path:
        """The stack's outputs, as the CDK CLI writes them."""
        return self.home / "outputs.json"

    @property
    def addresses(self) -> Path:
        """The ports of the last start, so that the next one takes the same."""
        return self.home / "ports.json"

    @property
    def environment(self) -> Path:
        """Export lines for a shell."""
        return self.home / "env"

    @property
    def resumable(self) -> Path:
        """There while the engine's state is whole: deployed to the end, and saved by an orderly end."""
        return self.home / "resumable"

    @property
    def lock(self) -> Path:
        """Held while a machine is started or ended."""
        return self.home / "lock"

    def make(self) -> None:
        """Makes the folders that processes write to."""
        for folder in (
            self.engine_state,
            self.bedrock_state,
            self.temporary,
            self.logs,
            self.processes,
            self.inbox,
        ):
            folder.mkdir(parents=True, exist_ok=True)
