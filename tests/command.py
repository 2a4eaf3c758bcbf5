"""The `lapwing` command as a person runs it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def run(lapwing: str, *arguments: object, home: Path) -> Done:
    """Run `lapwing` with a workspace of its own and nothing else from the environment."""
    done = subprocess.run(
        [lapwing, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "LAPWING_HOME": str(home)},
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
