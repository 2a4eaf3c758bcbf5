"""The real jobs, held at a stage until the test says go on; workers load this module by name."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from jobs import bodies
from jobs.context import Body, JobContext, Report


def held(body: Body) -> Body:
    """The body as always, but every report is noted in `folder`, and it stops at the first from the share `hold_from` on.

    The file `held` then names this process and the stage; the work goes on when there is a file `go`.
    """

    def run(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
        folder, is_held = Path(params["folder"]), False

        def holding(share: float, text: str) -> None:
            nonlocal is_held
            report(share, text)
            with (folder / "reports").open("a") as file:
                file.write(f"{share}\t{text}\n")
            if not is_held and share >= params["hold_from"]:
                is_held = True
                draft = folder / "draft"
                draft.write_text(f"{os.getpid()}\t{text}")
                draft.rename(folder / "held")
                while not (folder / "go").exists():
                    time.sleep(0.01)

        return body(context, params, holding)

    return run


BODIES = {
    **bodies.BODIES,
    "analyse": held(bodies.analyse_job),
    "segment": held(bodies.segment_job),
}
