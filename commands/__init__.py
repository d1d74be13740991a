"""One file per command; the file name is the command's name (``_`` becomes ``-``). Each has a ``command``, a click command.

A command parses, calls one function, prints. Its docstring is its help and ends with an example. Heavy imports happen inside it.
"""
