"""Pictures: plain values to inline SVG, and nothing else: no store, no dataset, no language.

Texts and numbers come in as they are to be read; docs/site.md says which picture is for what. Every function gives
markup for a page; colours and letters stand in style.css under "pictures".
"""

from catalog.site.draw.axes import Steps
from catalog.site.draw.bars import BarRow, bars
from catalog.site.draw.before_after import before_after
from catalog.site.draw.columns import columns
from catalog.site.draw.dots import MapDot, MapWords, dots
from catalog.site.draw.heat import HeatRow, heat
from catalog.site.draw.histogram import Bin, histogram
from catalog.site.draw.lines import Band, Series, lines, zero_shown
from catalog.site.draw.range_line import RangeDot, range_line
from catalog.site.draw.scale import Scale, scale_of, time_ticks
from catalog.site.draw.small_multiples import small_multiples
from catalog.site.draw.sparkline import sparkline
from catalog.site.draw.stacked import Part, stacked
from catalog.site.draw.strip import StripCell, strip
from catalog.site.draw.svg import Alt, key
from catalog.site.draw.tiles import Tile, tiles

__all__ = [
    "Alt", "Band", "BarRow", "Bin", "HeatRow", "MapDot", "MapWords", "Part", "RangeDot", "Scale", "Series", "Steps",
    "StripCell", "Tile", "bars", "before_after", "columns", "dots", "heat", "histogram", "key", "lines", "range_line",
    "scale_of", "small_multiples", "sparkline", "stacked", "strip", "tiles", "time_ticks", "zero_shown",
]  # fmt: skip
