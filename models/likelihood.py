"""Maximum likelihood with bounds, few looks at all the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
# The mean negative log likelihood of a customer and its gradient, both of the log parameters, shape (k,).
Objective = Callable[[Floats], tuple[float, Floats]]

# So many customers find where the maximum is, to a few percent; beyond them all are looked at only near it.
SAMPLE: Final = 20_000
_STEP: Final = 1e-4
_INSIDE: Final = 1e-3


def minimise(
    objective: Objective, bounds: list[tuple[float, float]], start: Floats, sample: Objective | None = None
) -> tuple[Floats, float]:
    """The log parameters, shape (k,), with the smallest objective within bounds, and that objective.

    `sample` is the same objective of some of the customers: its minimum is the start and its curvature
    there the shape of the steps, so that the objective of all of them is needed a few times only.
    """
    if sample is not None:
        start, _ = minimise(sample, bounds, start)
        inverse = _inverse_hessian(sample, start)
        if _inside(start, bounds) and inverse is not None:
            found = minimize(
                objective,
                start,
                jac=True,
                method="BFGS",
                options={"hess_inv0": inverse, "gtol": 1e-8, "maxiter": 100},
            )
            if np.isfinite(found.fun) and _inside(found.x, bounds):
                return np.asarray(found.x, dtype=np.float64), float(found.fun)
    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8},
    )
    return np.asarray(found.x, dtype=np.float64), float(found.fun)


def saved_numbers(values: Mapping[str, Any], parameters: tuple[str, ...]) -> dict[str, float]:
    """Parameters and log likelihood read back from JSON.

    Raises ValueError unless each is a finite number, and each parameter above 0.
    """
    read = {}
    for name in (*parameters, "log_likelihood"):
        value = values.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
            raise ValueError(f"{name} of the saved model must be a number, not {value!r}.")
        if name in parameters and value <= 0:
            raise ValueError(f"{name} of the saved model must be above 0, not {value!r}.")
        read[name] = float(value)
    return read


def _inside(at: Floats, bounds: list[tuple[float, float]]) -> bool:
    return all(low + _INSIDE < value < high - _INSIDE for value, (low, high) in zip(at, bounds, strict=True))


def _inverse_hessian(objective: Objective, at: Floats) -> Floats | None:
    """From central differences of the gradient; None where the objective does not curve upwards."""
    rows = [
        (objective(at + step)[1] - objective(at - step)[1]) / (2.0 * _STEP)
        for step in _STEP * np.eye(len(at))
    ]
    hessian = (np.array(rows) + np.array(rows).T) / 2.0
    if np.linalg.eigvalsh(hessian)[0] <= 1e-9:
        return None
    inverse = np.linalg.inv(hessian)
    return np.asarray((inverse + inverse.T) / 2.0, dtype=np.float64)
