"""What pages do: one module a page, each with `register(app, services)`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.services import Services

# A page's module has the page's name; `shell` serves what is on every page, `guide` the first run,
# `statistics` a tab of the data page.
CALLBACK_MODULES = (
    "shell",
    "overview",
    "data",
    "statistics",
    "guide",
    "segments",
    "propensity",
    "performance",
    "roi",
    "predict",
)


def register_all(app: Dash, services: Services) -> None:
    """Register the callbacks of every page with `app`."""
    for name in CALLBACK_MODULES:
        import_module(f"callbacks.{name}").register(app, services)
