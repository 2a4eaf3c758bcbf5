"""The real jobs, held at a stage until the test says go on; workers load this module by name."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from jobs import bodies
from jobs.context import JobContext, Report


def analyse(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Analyse as always, but note every report in `folder`, and stop at the first from the share `hold_from` on.

    The file `held` then names this process and the stage; the work goes on when there is a file `go`.
    """
    folder, held = Path(params["folder"]), False

    def holding(share: float, text: str) -> None:
        nonlocal held
        report(share, text)
        with (folder / "reports").open("a") as file:
            file.write(f"{share}\t{text}\n")
        if not held and share >= params["hold_from"]:
            held = True
            draft = folder / "draft"
            draft.write_text(f"{os.getpid()}\t{text}")
            draft.rename(folder / "held")
            while not (folder / "go").exists():
                time.sleep(0.01)

    return bodies.analyse_job(context, params, holding)


BODIES = {**bodies.BODIES, "analyse": analyse}
