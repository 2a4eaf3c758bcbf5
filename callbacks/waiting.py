"""What a page shows before there is an analysis."""

from __future__ import annotations

from typing import Any

from dash.exceptions import PreventUpdate

from pages._ui.welcome import no_data, under_way

NO_DATA = "none"
AFTER_IMPORT = ("analyse", "segment")


def show(
    analysis_id: str | None, jobs: dict[str, Any] | None, hidden: bool, page: str = "/"
) -> tuple[Any, bool]:
    """What stands in the place of `page` without an analysis, and whether the page itself is hidden."""
    if analysis_id:
        if not hidden:
            raise PreventUpdate
        return None, False
    return instead(analysis_id, jobs, page)[0], True


def instead(analysis_id: str | None, jobs: dict[str, Any] | None, page: str = "/") -> tuple[Any, Any]:
    """What a page, by its address, shows without an analysis; nothing until it is known that there is none."""
    if analysis_id is None or jobs is None:
        raise PreventUpdate
    active = jobs.get("active") or []
    if not active:
        return no_data(page), NO_DATA
    job = next((item for item in active if item["state"] == "running"), active[0])
    # The data come in first; what follows works on them.
    step = 1 if job.get("kind") in AFTER_IMPORT else 0
    return under_way(job["label"], job["text"] or "Waiting for its turn", job["progress"], step), "waiting"
