"""The elections that can be watched, a folder each; data, not code."""
