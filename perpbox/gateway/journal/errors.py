"""What can be wrong with a data directory, each in one line with the way out."""

from pathlib import Path


class JournalError(Exception):
    """The data directory cannot be used as it is. The text is for a person; nothing was changed."""


class Damaged(JournalError):
    """A record that cannot be read although whole ones follow it."""

    def __init__(self, path: Path, offset: int, seq: int, problem: str) -> None:
        self.path = path
        self.offset = offset
        self.seq = seq
        """The sequence number that the bad record should have."""
        folder = path.parent.parent
        super().__init__(
            f"{path} is damaged at byte {offset}, sequence number {seq}: {problem}. "
            f"Look with: perpbox journal verify {folder}. Give up what follows with: "
            f"perpbox journal truncate {folder} --keep {seq - 1}"
        )


class Broken(RuntimeError):
    """The box has stopped: what it was told last may not be on disk, and nobody was answered."""
