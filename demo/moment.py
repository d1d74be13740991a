"""Runs a command of Tocsin as on another night: the exercise's first night is over, but not by the clock.

python -m demo.moment 2027-03-01T04:00:00+00:00 scan
"""

from __future__ import annotations

import functools
import sys
from datetime import datetime


def main() -> None:
    """The first argument is the moment (ISO 8601 with a zone), the others are the command's own."""
    import cli
    from nightly import night

    moment = datetime.fromisoformat(sys.argv[1])
    sys.argv = ["tocsin", *sys.argv[2:]]
    vars(night)["Night"] = functools.partial(night.Night, now=moment)
    cli.main()


if __name__ == "__main__":
    main()
