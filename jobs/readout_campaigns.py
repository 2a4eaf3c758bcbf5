"""Reading the result of a saved campaign: from newer transactions, or from a file that is its test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.accounting import counted
from data.campaign.plans import HOLDOUT, TREAT, batches_of, outcomes_of
from data.errors import InputError
from data.names import CUSTOMER_ID, PRED_SPEND
from data.store import Campaign
from jobs.readout_compare import Readout, compared
from jobs.workplace import Report, Workplace
from models.campaign.params import CampaignParams

if TYPE_CHECKING:
    import pandas as pd


def read_campaign(
    place: Workplace,
    campaign_id: str,
    dataset_id: str,
    *,
    params: CampaignParams,
    start: dt.date | None = None,
    report: Report = lambda _share, _text: None,
) -> Readout:
    """Read the result of a saved campaign from the newer transactions of a data set; nothing is published.

    Purchases count from the day after `start` on (default: the last day that the campaign knew of). Raises
    InputError where the data set holds no day of them, NotFoundError where campaign or data set is gone.
    """
    campaign, dataset = place.store.campaign(campaign_id), place.store.dataset(dataset_id)
    report(0.1, "Adding up what each customer spent")
    found = outcomes_of(
        place.store,
        campaign,
        dataset,
        start=start,
        partial=True,
        threads=place.settings.threads,
        memory_mb=place.settings.memory_mb,
    )
    facts = campaign.manifest
    begin = start or as_of(facts)
    days, wanted = days_there(facts, dataset.last_date, begin), int(facts["horizon_days"])
    notes = []
    if days < wanted:
        notes.append(
            f"Only {counted(days, 'day')} of the {wanted} are there yet: this is how it stands so far, and looking again "
            "and again until it looks good misleads. Read it once the time is over."
        )
    result = {
        "source": {
            "kind": "campaign",
            "name": campaign.name,
            "campaign_id": campaign.id,
            "dataset_id": dataset.id,
            "dataset": dataset.name,
            "start": begin.isoformat(),
            "days": days,
            "horizon_days": wanted,
        },
        "roles": {},
        "arms": [TREAT, HOLDOUT],
        "account": {
            "rows_in": len(found),
            "rows_used": len(found),
            "left_out": [],
            "customers": len(found),
            "covariate_known": len(found),
        },
        "currency": facts.get("currency"),
        "notes": notes,
        # What was predicted is of the whole horizon.
        "predicted": predicted_of(campaign) if days >= wanted else None,
    }
    frame = found.assign(covariate=found[PRED_SPEND], converted=(found["orders"] > 0).astype("int64"))
    planned = shares_of(campaign, [TREAT, HOLDOUT], HOLDOUT)
    return compared(campaign.name, result, frame, HOLDOUT, params, planned=planned, report=report)


def as_of(campaign: Mapping[str, Any]) -> dt.date:
    """The last day that a campaign, as its manifest says it, knew of."""
    return dt.date.fromisoformat(str(campaign["as_of"])[:10])


def days_there(campaign: Mapping[str, Any], last: dt.date, start: dt.date | None = None) -> int:
    """Days after a campaign's start that data up to `last` hold, at most those of its horizon."""
    passed = (last - (start or as_of(campaign))).days
    return max(0, min(passed, int(campaign["horizon_days"])))


def predicted_of(campaign: Campaign) -> dict[str, Any]:
    """The net profit that was expected of those who are contacted."""
    total, treated = 0.0, 0
    for batch in batches_of(campaign):
        chosen = batch.filter(pc.equal(batch.column("arm"), TREAT))
        total += float(pc.sum(chosen.column("incremental_profit")).as_py() or 0.0)
        treated += chosen.num_rows
    fixed = float((campaign.manifest.get("params") or {}).get("fixed_cost", 0.0))
    return {"net_profit": total - fixed, "customers": treated}


def shares_of(campaign: Campaign, arms: Sequence[str], control: str) -> dict[str, float]:
    """The planned share of each arm; several arms that were contacted are taken as equal ones."""
    held = float(campaign.manifest["held_out"]) / float(campaign.manifest["customers"])
    return planned_shares(held, arms, control)


def planned_shares(held_out: float, arms: Sequence[str], control: str) -> dict[str, float]:
    """The share of each arm where `held_out` of all were left out, as `control`, and the others are equal."""
    each = (1.0 - held_out) / (len(arms) - 1)
    return {arm: held_out if arm == control else each for arm in arms}


def against_list(campaign: Campaign, frame: pd.DataFrame, control: str) -> list[str]:
    """How the customers of a result file and their arms differ from the campaign's list, in sentences.

    Raises InputError where none of them is of the campaign.
    """
    listed = pq.read_table(campaign.customers, columns=[CUSTOMER_ID, "arm"]).to_pandas()
    both = frame[[CUSTOMER_ID, "arm"]].merge(
        listed.rename(columns={"arm": "planned"}), on=CUSTOMER_ID, how="left"
    )
    known = both[both["planned"].notna()]
    if known.empty:
        raise InputError(
            f"No customer of the file is in the campaign {campaign.name}: choose another campaign, another column of the "
            "customer, or no campaign."
        )
    strangers, absent = len(both) - len(known), len(listed) - len(known)
    moved = int(((known["arm"] == control) != (known["planned"] == HOLDOUT)).sum())
    told = []
    if absent:
        told.append(
            f"{absent:,} of the {counted(len(listed), 'customer')} of the campaign are not in the file. Everybody belongs in it, "
            "those who bought nothing with 0: a file of buyers only misleads."
        )
    if strangers:
        told.append(f"{counted(strangers, 'customer')} of the file are not in the campaign's list.")
    if moved:
        told.append(
            f"{counted(moved, 'customer')} got another arm than was drawn for them. They count as the file has them; where they "
            "were chosen for a reason, the comparison is no longer fair."
        )
    return told
