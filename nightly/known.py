"""What the user gave to compare with: the claims and the model of style of a workspace. Without them a night says less, and says so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import TocsinError
from models.workspace import Workspace

if TYPE_CHECKING:
    from nlp.resemblance.night import Known


def known(workspace: Workspace) -> tuple[Known, tuple[str, ...]]:
    """What can be used, and why the rest cannot. Files of the default names may be missing; what is there must be right."""
    from models import claims
    from nlp.resemblance import files
    from nlp.resemblance.night import Known

    refused: list[str] = []
    noted: tuple[claims.Claim, ...] = ()
    model = None
    try:
        if (path := _there(workspace, "resemblance.claims")) is not None:
            noted = claims.read(path)
    except TocsinError as error:
        refused.append(str(error))
    try:
        if (path := _there(workspace, "resemblance.style")) is not None:
            model = files.load(path)
    except TocsinError as error:
        refused.append(str(error))
    return Known(noted, model), tuple(refused)


def _there(workspace: Workspace, setting: str) -> Path | None:
    """The file of a setting; None if it is the default one and missing, or if the setting is empty."""
    from models.settings import BY_KEY

    name = str(workspace.settings[setting])
    path = workspace.root / name
    return path if name and (path.exists() or name != BY_KEY[setting].default) else None
