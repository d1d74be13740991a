"""The floor every room stands on: records, settings, errors, the workspace. Standard library only."""
