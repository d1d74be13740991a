"""What test files share: one real Elasticsearch for the whole session."""

from collections.abc import Iterator

import pytest

from tests.support import index as support


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A real Elasticsearch of our own, started when first asked for; TOCSIN_TEST_ELASTIC names one that runs already."""
    yield from support.served("session")
