"""Reading files as they come: what they are, how their text is cut, what each column means."""

from data.reading.inspecting import inspect_file
from data.reading.options import Detected, ImportOptions, Inspection, Report, Staged, no_report
from data.reading.staging import stage

__all__ = [
    "Detected",
    "ImportOptions",
    "Inspection",
    "Report",
    "Staged",
    "inspect_file",
    "no_report",
    "stage",
]
