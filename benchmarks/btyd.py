"""The purchase and value models of a million customers, and `lifetimes` on the same histories.

`lifetimes` 0.11.3 is the library that others use; it is not kept up, and needs numpy 1. It is installed
in a virtual environment of its own under benchmarks/results/, the first time this runs.
"""

from __future__ import annotations

import json
import subprocess
import time
import venv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import LARGE_CUSTOMERS, RESULTS, Figure
from models.btyd import Btyd, fit_btyd
from models.value import fit_gamma_gamma

Floats = NDArray[np.float64]
LIFETIMES = ("lifetimes==0.11.3", "numpy==1.26.4", "scipy==1.12.0", "pandas==2.1.4", "autograd==1.6.2")
DAYS = 730
TIMES = 3
# In the other environment: the histories' file and the name of the model in, seconds and parameters out.
FIT = """
import json, sys, time
import lifetimes, numpy
x, t_x, observed = numpy.load(sys.argv[1])
model = getattr(lifetimes, sys.argv[2])()
start = time.perf_counter()
model.fit(x, t_x, observed)
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, **{name: float(value) for name, value in model.params_.items()}}))
"""


def measure() -> list[Figure]:
    """Best of three for each fit and prediction; then BG/NBD and MBG/NBD beside `lifetimes`."""
    figures = []
    customers = f"{LARGE_CUSTOMERS:,} customers"
    daily = simulated(LARGE_CUSTOMERS, seed=1)
    weekly = (daily[0], np.ceil(daily[1] / 7), np.ceil(daily[2] / 7))
    for unit, history in (("days", daily), ("weeks", weekly)):
        distinct = len(np.unique(np.column_stack(history), axis=0))
        figures.append(Figure(f"distinct histories in {unit} of {customers}", distinct, ""))
        for name, modified in (("MBG/NBD", True), ("BG/NBD", False)):
            before = time.process_time()
            seconds = best(lambda h=history, m=modified: fit_btyd(*h, modified=m))
            busy = (time.process_time() - before) / TIMES
            figures.append(Figure(f"fit of {name} in {unit}, {customers}", seconds, "s", 0.5))
            figures.append(Figure("  processor, mean", busy, "s"))
    model = fit_btyd(*daily)
    answers: dict[str, Callable[[], object]] = {
        "p_alive": lambda: model.p_alive(*daily),
        "expected orders": lambda: model.expected_orders(*daily, 90.0),
        "purchase probability": lambda: model.purchase_prob(*daily, 90.0),
    }
    figures += [Figure(f"{what}, {customers}", best(action), "s", 0.5) for what, action in answers.items()]
    values = order_values(LARGE_CUSTOMERS, seed=1)
    seconds = best(lambda: fit_gamma_gamma(*values))
    figures.append(Figure(f"fit of Gamma-Gamma, {customers}", seconds, "s", 0.5))
    return figures + beside_lifetimes(daily)


def beside_lifetimes(history: tuple[Floats, Floats, Floats]) -> list[Figure]:
    """Both libraries one after the other on the same histories; nothing where `lifetimes` cannot be had."""
    try:
        python = lifetimes_python()
    except (OSError, subprocess.SubprocessError) as error:
        print(f"btyd      beside lifetimes: skipped, it could not be installed ({error})")
        return []
    path = RESULTS / "histories.npy"
    np.save(path, np.stack(history))
    figures = []
    for name, theirs, modified in (
        ("BG/NBD", "BetaGeoFitter", False),
        ("MBG/NBD", "ModifiedBetaGeoFitter", True),
    ):
        fitted: list[Btyd] = []
        ours = best(lambda m=modified, f=fitted: f.append(fit_btyd(*history, modified=m)))
        command = [str(python), "-W", "ignore", "-c", FIT, str(path), theirs]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            print(f"btyd      {name} beside lifetimes: skipped, lifetimes did not fit it ({reason})")
            continue
        found = json.loads(done.stdout)
        apart = max(abs(getattr(fitted[0], each) / found[each] - 1.0) for each in ("r", "alpha", "a", "b"))
        figures += [
            Figure(f"fit of {name} by lifetimes, the same customers", found["seconds"], "s"),
            Figure("  our time over that of lifetimes", ours / found["seconds"], "x", 1 / 30),
            Figure("  largest relative difference of a parameter", apart, "", 1e-3),
        ]
    path.unlink()
    return figures


def lifetimes_python() -> Path:
    """The interpreter of an environment with `lifetimes`, made the first time; raises where it cannot be."""
    home = RESULTS / "lifetimes"
    python = home / "bin" / "python"
    complete = home / "complete"
    if not complete.is_file():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *LIFETIMES],
            check=True,
            stderr=subprocess.DEVNULL,
            timeout=600,
        )
        complete.touch()
    return python


def best(action: Callable[[], object]) -> float:
    """Seconds of the fastest of `TIMES` calls."""
    spent = []
    for _ in range(TIMES):
        start = time.perf_counter()
        action()
        spent.append(time.perf_counter() - start)
    return min(spent)


def simulated(customers: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """x, t_x, T in whole days over two years of customers who follow MBG/NBD (r .6, alpha 60, a .5, b 1.5)."""
    random = np.random.default_rng(seed)
    observed = np.floor(random.uniform(0, DAYS, customers))
    rate, leaving = random.gamma(0.6, 1 / 60.0, customers), random.beta(0.5, 1.5, customers)
    x, t_x, clock = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    alive = np.arange(customers)
    while len(alive):
        alive = alive[random.random(len(alive)) >= leaving[alive]]
        clock[alive] += random.exponential(1.0, len(alive)) / rate[alive]
        alive = alive[clock[alive] <= observed[alive]]
        x[alive] += 1
        t_x[alive] = clock[alive]
    return x, np.ceil(t_x), observed


def order_values(customers: int, seed: int) -> tuple[Floats, Floats]:
    """Orders and their mean value of customers who follow Gamma-Gamma as CDNOW's do, paid in cents."""
    random = np.random.default_rng(seed)
    orders = 1.0 + random.negative_binomial(0.6, 0.15, customers)
    rate = random.gamma(3.74, 1 / 15.44, customers)
    return orders, np.maximum(np.round(random.gamma(6.25 * orders) / rate, 2), 0.01) / orders
