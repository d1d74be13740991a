"""Search engines: each file is one, with ``open_index(settings, folder)``."""
