"""What the body of a job is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Report = Callable[[float, str], None]
"""`report(fraction done, one line of text)`: cheap, may be called as often as one likes."""


@dataclass(frozen=True)
class JobContext:
    """The job's surroundings.

    `folder` is the job's own temporary folder (also TMPDIR), removed when the job ends in any way.
    Call `commit()` right before the first step that others can see, the rename that publishes: it
    returns if the job may go on, and from then on the job cannot be cancelled. If a cancel was asked
    before, it does not return.
    """

    job_id: str
    home: Path
    folder: Path
    commit: Callable[[], None]


Body = Callable[[JobContext, dict[str, Any], Report], dict[str, Any]]
