"""What a test adds to a snippet of Python that readers copy."""

END = "\nimport os, sys\nsys.stdout.flush()\nos._exit(0)\n"
"""Ends the snippet once all of it has run; one that raises still ends with its error.

A thread of Arrow that lets go of a buffer while Python takes itself apart aborts the process, with the output complete
(https://github.com/apache/arrow/issues/45017): on a busy machine about one in twenty that read Parquet with pandas.
"""
