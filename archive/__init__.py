"""What was collected, for good: spool files, Parquet segments by day, and the SQLite file of what changes.

``store.Archive`` and ``state.State`` are the two doors; nothing else of this room needs to be known outside.
"""
