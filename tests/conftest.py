"""What test files share: one real Elasticsearch for the whole session."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import index as support


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
