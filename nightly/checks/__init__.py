"""What ``tocsin doctor`` looks at: each file is one check, with ``look(workspace) -> Iterable[Look]``."""
