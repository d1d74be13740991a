"""."""

VERSION = "2"
"""Written with every edge and group; raise it when the same posts would give other edges."""
