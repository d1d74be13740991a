"""Why something could not be had: a short slug that is counted, a sentence, and whether it may pass by itself."""

from __future__ import annotations

import re

from models.errors import SkipRecord

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,30}")


class Lost(SkipRecord):
    """One address is lost for ``cause``. ``may_pass``: asking again another time can help, so nothing may be remembered that hides it."""

    def __init__(self, cause: str, text: str = "", *, where: str = "", may_pass: bool = False) -> None:
        super().__init__(cause, where=where, hint=text)
        self.cause, self.may_pass = cause, may_pass


def cause_of(error: SkipRecord) -> str:
    """The slug under which a SkipRecord is counted: its message if that is one, else ``bad-page``."""
    return error.message if _SLUG.fullmatch(error.message) else "bad-page"
