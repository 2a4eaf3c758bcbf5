"""Reading the result of a campaign: from a file, or from a saved campaign and newer transactions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from data.accounting import counted
from data.campaign.plans import HOLDOUT, TREAT, batches_of, outcomes_of
from data.errors import InputError, LapwingError, QuestionError
from data.names import CUSTOMER_ID, PRED_SPEND
from data.reading import ImportOptions
from data.store import OUTCOMES, READOUT, READOUTS, Analysis, Campaign, Dataset, Manifest, write_json
from jobs.readout_columns import (
    ARM,
    SPEND,
    Column,
    Roles,
    control_of,
    control_question,
    recognised,
    role_question,
)
from jobs.readout_files import few_arms, look_at, outcomes_in
from jobs.scoring import currency_of
from jobs.workplace import Report, Workplace, part
from models.campaign.params import CampaignParams
from models.campaign.readout import PAID, read_out

if TYPE_CHECKING:
    import pandas as pd

_NEXT: Final = "next.parquet"


@dataclass(frozen=True)
class Readout:
    """What was read: the result as JSON values, and the customers it was read from."""

    name: str
    result: dict[str, Any]
    outcomes: pd.DataFrame


def look(place: Workplace, path: Path, name: str, options: ImportOptions, report: Report) -> dict[str, Any]:
    """What the columns of a result file are, with the roles they seem to play, as JSON values.

    Raises InputError for a file that cannot be used and QuestionError where how to read it is open.
    """
    found = look_at(place, path, name, options, report)
    roles = recognised(found.columns, Roles())
    arm = next((each for each in found.columns if each.name == roles.arm), None)
    return {
        "name": name,
        "rows": found.staged.rows + found.staged.odd_rows,
        "columns": [each.to_dict() for each in found.columns],
        "roles": roles.to_dict(),
        "control": control_of(arm) if arm else None,
    }


def read_file(
    place: Workplace,
    path: Path,
    name: str,
    options: ImportOptions,
    roles: Roles,
    *,
    params: CampaignParams,
    control: str | None = None,
    analysis: Analysis | None = None,
    spend_is: str = PAID,
    report: Report = lambda _share, _text: None,
) -> Readout:
    """Read the result in the file `path`, which its owner calls `name`; nothing is published.

    `roles` name columns, those left open are found by their names; `control` is the arm that was left out.
    `spend_is` says whether amounts are what was "paid", or at "list" price before the discount.
    With a customer id, the predicted spend of `analysis` is the covariate where the file has none. The costs
    (discount, cost per contact, fixed cost, margin, redemption) and the seed are those of `params`. Raises
    InputError in one sentence for a file that cannot be used, and QuestionError where a column, the control,
    the decimal mark or how the file is read is open.
    """
    seen = look_at(place, path, name, options, part(report, 0.0, 0.6))
    settled = recognised(seen.columns, roles)
    asked = tuple(
        role_question(name, role, seen.columns) for role in (ARM, SPEND) if not getattr(settled, role)
    )
    if asked:
        raise QuestionError(asked)
    chosen = {role: column or "" for role, column in settled.to_dict().items()}
    column = seen.column(chosen[ARM])
    arms = few_arms(name, column)
    left_out = _control(name, column, control)
    report(0.65, "Reading the amounts")
    predicted = analysis.file(_NEXT) if analysis is not None and chosen[CUSTOMER_ID] else None
    found = outcomes_in(place, seen, chosen, options, predicted)
    frame = found.frame
    # The control as most rows have it.
    spelled = next((arm for arm in frame["arm"].unique() if arm.casefold() == left_out.casefold()), None)
    if spelled is None or frame["arm"].nunique() < 2:
        raise InputError(
            f"After leaving out rows that cannot be used, {name} has no two arms to compare: {_left_out(found.account)}."
        )
    of_analysis = predicted is not None and not chosen["covariate"]
    result = {
        "source": {"kind": "file", "name": name, "sha256": seen.staged.sha256},
        "roles": chosen,
        "arms": list(arms),
        "account": found.account,
        "currency": _currency(place, analysis),
        "notes": _notes(found.account, len(frame), chosen, analysis if of_analysis else None),
        "predicted": None,
    }
    return _compared(name, result, frame, str(spelled), params, None, spend_is, report)


def _control(name: str, column: Column, given: str | None) -> str:
    values = {value.casefold(): value for value, _ in column.values}
    if given:
        if given.strip().casefold() not in values:
            told = ", ".join(f"“{value}”" for value, _ in column.values)
            raise InputError(f"There is no arm “{given}” in '{column.name}' of {name}: it has {told}.")
        return values[given.strip().casefold()]
    if (found := control_of(column)) is None:
        raise QuestionError((control_question(name, column),))
    return found


def _left_out(account: Mapping[str, Any]) -> str:
    told = [f"{counted(each['rows'], 'row')}: {each['words']}" for each in account["left_out"]]
    return "; ".join(told) or "none was left out"


def _currency(place: Workplace, analysis: Analysis | None) -> str | None:
    if analysis is None:
        return None
    try:
        return currency_of(place.store.dataset(analysis.dataset_id))
    except LapwingError:
        return None


def _notes(
    account: Mapping[str, Any], customers: int, roles: Mapping[str, str], analysis: Analysis | None
) -> list[str]:
    """What is worth knowing of how the file was read, in sentences."""
    notes = []
    if account["no_amount"]:
        notes.append(f"{counted(account['no_amount'], 'row')} without an amount: counted as nothing spent.")
    if account["without_id"]:
        notes.append(
            f"{counted(account['without_id'], 'row')} without a customer id: each counted as a customer."
        )
    if customers < account["rows_used"]:
        notes.append(
            f"Several rows of one customer were added up: {counted(account['rows_used'], 'row')} of "
            f"{counted(customers, 'customer')}."
        )
    known = account["covariate_known"]
    if analysis is not None:
        cutoff = dt.date.fromisoformat(analysis.manifest["last_date"])
        notes.append(
            f"The predicted spend of {known:,} of {counted(customers, 'customer')} is known from the analysis of "
            f"{analysis.name}, which ends on {cutoff:%-d %b %Y}: the comparison with it is fair only where that was before "
            "the campaign began."
            if known
            else f"None of the customer ids is in the analysis of {analysis.name}: no predicted spend could be used."
        )
    elif roles["covariate"] and known < customers:
        notes.append(
            f"'{roles['covariate']}' cannot be read for {counted(customers - known, 'customer')}: they count as average in it."
        )
    return notes


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
        "predicted": _predicted(campaign) if days >= wanted else None,
    }
    frame = found.assign(covariate=found[PRED_SPEND], converted=(found["orders"] > 0).astype("int64"))
    share = float(facts["treated"]) / float(facts["customers"])
    return _compared(
        campaign.name, result, frame, HOLDOUT, params, {TREAT: share, HOLDOUT: 1.0 - share}, PAID, report
    )


def as_of(campaign: Mapping[str, Any]) -> dt.date:
    """The last day that a campaign, as its manifest says it, knew of."""
    return dt.date.fromisoformat(str(campaign["as_of"])[:10])


def days_there(campaign: Mapping[str, Any], last: dt.date, start: dt.date | None = None) -> int:
    """Days after a campaign's start that data up to `last` hold, at most those of its horizon."""
    passed = (last - (start or as_of(campaign))).days
    return max(0, min(passed, int(campaign["horizon_days"])))


def _predicted(campaign: Campaign) -> dict[str, Any]:
    """The net profit that was expected of those who are contacted."""
    total, treated = 0.0, 0
    for batch in batches_of(campaign):
        chosen = batch.filter(pc.equal(batch.column("arm"), TREAT))
        total += float(pc.sum(chosen.column("incremental_profit")).as_py() or 0.0)
        treated += chosen.num_rows
    fixed = float((campaign.manifest.get("params") or {}).get("fixed_cost", 0.0))
    return {"net_profit": total - fixed, "customers": treated}


def _compared(
    name: str,
    result: dict[str, Any],
    frame: pd.DataFrame,
    control: str,
    params: CampaignParams,
    shares: Mapping[str, float] | None,
    spend_is: str,
    report: Report,
) -> Readout:
    report(0.8, "Comparing the arms")
    covariate = "covariate" if frame["covariate"].notna().sum() > 1 else None
    if covariate:
        # A customer of whom nothing is known counts as average: that biases no arm.
        frame = frame.assign(covariate=frame["covariate"].fillna(frame["covariate"].mean()))
    columns = [name for name in ("arm", "spend", "converted", "discount", covariate) if name in frame.columns]
    found = read_out(
        frame[columns], control=control, params=params, covariate=covariate, planned=shares, spend_is=spend_is
    )
    report(1.0, "Done")
    return Readout(name, {**result, "control": control, "read": found}, frame)


def publish_readout(
    place: Workplace, found: Readout, *, dataset: Dataset | None = None, title: str | None = None
) -> str:
    """Publish a readout, of customers of `dataset` where they are known, and return its id."""

    def fill(folder: Path) -> Manifest:
        write_json(folder / READOUT, found.result)
        found.outcomes.to_parquet(folder / OUTCOMES, index=False)
        return {
            "kind": "readout",
            "source": found.result["source"],
            "customers": len(found.outcomes),
            "control": found.result["control"],
            "dataset_id": dataset.id if dataset else None,
            "series": dataset.series if dataset else None,
            **place.made_by(),
        }

    return place.store.publish(READOUTS, title or found.name, fill, place.scratch, place.commit)


def read_job(place: Workplace, params: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """The work of the job "readout": look at an upload (`look`), or read it or a campaign and publish the result.

    `params`: {path, name, options, roles, control, costs, analysis_id} or {campaign_id, dataset_id, costs}.
    """
    costs = CampaignParams.from_params(params.get("costs") or {}, CampaignParams())
    if params.get("campaign_id"):
        campaign_id, dataset_id = str(params["campaign_id"]), str(params["dataset_id"])
        start = dt.date.fromisoformat(str(params["start"])) if params.get("start") else None
        found = read_campaign(place, campaign_id, dataset_id, params=costs, start=start, report=report)
        return {"readout_id": publish_readout(place, found, dataset=place.store.dataset(dataset_id))}
    path, name = Path(params["path"]), str(params["name"])
    options = ImportOptions.from_dict(params.get("options") or {})
    if params.get("look"):
        return {"look": look(place, path, name, options, report)}
    analysis = place.store.analysis(str(params["analysis_id"])) if params.get("analysis_id") else None
    found = read_file(
        place,
        path,
        name,
        options,
        Roles.of(params.get("roles")),
        params=costs,
        control=params.get("control"),
        analysis=analysis,
        spend_is=str(params.get("spend_is") or PAID),
        report=report,
    )
    known = (
        place.store.dataset(analysis.dataset_id) if analysis and found.result["roles"][CUSTOMER_ID] else None
    )
    return {"readout_id": publish_readout(place, found, dataset=known, title=params.get("title"))}
