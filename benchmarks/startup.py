"""From starting the server to its first answer, with nothing heavy loaded in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing

from benchmarks.measure import ROOT, Figure


def measure() -> list[Figure]:
    """Seconds from `python -m app` to the first answer of /, an existing empty workspace."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        env = {"LAPWING_HOME": home, "LAPWING_PORT": str(port), "LAPWING_AUTOSAMPLE": "false"}
        start = time.perf_counter()
        server = subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env=os.environ | env)
        try:
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/").read()
                    break
                except OSError:
                    time.sleep(0.02)
                    if server.poll() is not None or time.perf_counter() - start > 60:
                        raise
            return [Figure("server start to first response", time.perf_counter() - start, "s", 3.0)]
        finally:
            server.terminate()
            server.wait()
