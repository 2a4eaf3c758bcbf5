"""Arms that were read are compared: the last step of every readout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jobs.workplace import Report
from models.campaign.params import CampaignParams
from models.campaign.readout import PAID, read_out

if TYPE_CHECKING:
    import pandas as pd

# As it is called where something is said of it.
PREDICTED: Final = "predicted spend"


@dataclass(frozen=True)
class Readout:
    """What was read: the result as JSON values, and the customers it was read from."""

    name: str
    result: dict[str, Any]
    outcomes: pd.DataFrame


def compared(
    name: str,
    result: Mapping[str, Any],
    frame: pd.DataFrame,
    control: str,
    params: CampaignParams,
    *,
    covariate: str = PREDICTED,
    planned: Mapping[str, float] | None = None,
    spend_is: str = PAID,
    report: Report,
) -> Readout:
    """The readout `name` of the customers in `frame`, their column `covariate` being what that word says.

    Raises InputError as `models.campaign.readout.read_out` does.
    """
    report(0.8, "Comparing the arms")
    columns = [name for name in ("arm", "spend", "converted", "discount") if name in frame.columns]
    known = covariate if frame["covariate"].notna().sum() > 1 else None
    given = frame[columns].assign(**{known: frame["covariate"]}) if known else frame[columns]
    found = read_out(
        given, control=control, params=params, covariate=known, planned=planned, spend_is=spend_is
    )
    report(1.0, "Done")
    return Readout(name, {**result, "control": control, "read": found}, frame)
