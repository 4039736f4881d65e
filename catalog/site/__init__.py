"""The static site: pages in the public store, derived from release documents, in both languages, without script.

docs/site.md tells what pages there are, where their words stand, and when one is written again.
"""

from catalog.site.sources import Shared
from catalog.site.withdrawn import WithdrawnOf
from catalog.site.writer import DatasetReleases, write

__all__ = ["DatasetReleases", "Shared", "WithdrawnOf", "write"]
