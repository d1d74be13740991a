"""Documents that a server refused, each with its reason, kept in a file until they are taken in or asked for again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.errors import StopRun


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refused document: its id, why, and what was sent."""

    id: str
    reason: str
    source: dict[str, Any]


class RejectedList:
    """The list of a workspace: ``rejected.jsonl`` in its index folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rejected.jsonl"

    def read(self) -> list[Rejected]:
        """What is on the list. Raises StopRun if the file is damaged."""
        try:
            lines = self.path.read_text("utf-8").splitlines()
            return [Rejected(**json.loads(line)) for line in lines]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise StopRun(
                f"the list of refused documents cannot be read: {error}", where=str(self.path), hint="delete it; tocsin index sync"
            ) from None

    def update(self, settled: Collection[str], refused: Iterable[Rejected]) -> None:
        """Take ``settled`` ids off and put ``refused`` on, at once."""
        new = {item.id: item for item in refused}
        items = [item for item in self.read() if item.id not in settled and item.id not in new] + list(new.values())
        if not items:
            self.path.unlink(missing_ok=True)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        draft.write_text("".join(json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in items), "utf-8", "surrogatepass")
        draft.replace(self.path)
