"""Reading a layout as a person would."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


def text_of(component: Any) -> str:
    """All words of a component, in order."""
    if isinstance(component, Component):
        return text_of(getattr(component, "children", None))
    if isinstance(component, list | tuple):
        # Words of which some are linked stay words with one blank between them.
        return " ".join(" ".join(map(text_of, component)).split())
    return "" if component is None else str(component)
