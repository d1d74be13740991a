"""What test files share: one real Elasticsearch for the whole session."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support import index as support


@pytest.fixture(scope="session", autouse=True)
def _no_silent_end() -> Iterator[None]:
    """A test that ends the process, as :func:`cli.main` does, fails: it would take all tests after it along, with exit code 0."""
    mine, end = os.getpid(), os._exit

    def guarded(code: int) -> NoReturn:
        if os.getpid() == mine and "pytest" in sys.modules:
            pytest.fail(f"a test ended the whole run with exit code {code}")
        end(code)

    os._exit = guarded
    yield
    os._exit = end


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A real Elasticsearch of our own, started when first asked for; TOCSIN_TEST_ELASTIC names one that runs already."""
    yield from support.served("session")


@pytest.fixture(scope="session")
def secure() -> Iterator[tuple[str, Path]]:
    """A real server with users, passwords and API keys, and its folder; whoever kills it starts it again."""
    support.needs_tool()
    folder = Path("/tmp") / f"tocsin-test-secure-{os.getpid()}"  # the server's own user must reach it
    try:
        yield support.start_server(folder, "--secure"), folder
    finally:
        support.stop_server(folder)
