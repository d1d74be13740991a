"""Reasons to look at a narrative: one file each, found by its name.

Every module has a docstring for analysts and ``reason(case) -> Reason | None``: None unless there are numbers and evidence.
"""
