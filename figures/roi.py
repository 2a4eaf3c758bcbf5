"""The charts of the ROI simulator: results of `models.roi` and `models.campaign` in, figures out.

Each is a pure function; names that people gave are never markup. Each brings its height as `layout.height`.
What a click on a chart was on is its `customdata`.
"""

from __future__ import annotations

from figures.roi_curve import profit_curve
from figures.roi_heat import heat
from figures.roi_notes import curve_note, drivers_note, range_note
from figures.roi_range import outcome_histogram, scenario_bars
from figures.roi_sides import compare, segment_bars
from figures.roi_summary import summary_svg
from figures.roi_tornado import tornado

__all__ = [
    "compare",
    "curve_note",
    "drivers_note",
    "heat",
    "outcome_histogram",
    "profit_curve",
    "range_note",
    "scenario_bars",
    "segment_bars",
    "summary_svg",
    "tornado",
]
