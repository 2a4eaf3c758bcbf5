"""Reading the result of a campaign: from a file, or from a saved campaign and newer transactions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from data.accounting import counted
from data.errors import InputError, LapwingError, QuestionError
from data.names import CUSTOMER_ID, DISCOUNT
from data.reading import ImportOptions
from data.store import OUTCOMES, READOUT, READOUTS, Analysis, Campaign, Dataset, Manifest, write_json
from jobs.readout_campaigns import against_list, planned_shares, predicted_of, read_campaign, shares_of
from jobs.readout_columns import (
    ARM,
    COVARIATE,
    SPEND,
    Column,
    Roles,
    control_of,
    control_question,
    few_arms,
    recognised,
    role_question,
)
from jobs.readout_compare import PREDICTED, Readout, compared
from jobs.readout_files import look_at
from jobs.readout_rows import outcomes_in
from jobs.scoring import currency_of
from jobs.workplace import Report, Workplace, part
from models.campaign.params import CampaignParams
from models.campaign.readout import PAID

__all__ = ["Readout", "look", "publish_readout", "read_campaign", "read_file", "read_job"]

_NEXT: Final = "next.parquet"


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
    campaign: Campaign | None = None,
    held_out: float | None = None,
    spend_is: str = PAID,
    report: Report = lambda _share, _text: None,
) -> Readout:
    """Read the result in the file `path`, which its owner calls `name`; nothing is published.

    `roles` name columns, those left open are found by their names; `control` is the arm that was left out.
    `spend_is` says whether amounts are what was "paid", or at "list" price before the discount. `campaign` is the
    saved one that the file is the test of: planned shares, predicted spend and predicted profit are its; else
    `held_out` is the share that was planned to be left out (default: equal arms), and with a customer id the
    predicted spend of `analysis` is the covariate where the file has none. The costs (discount, cost per contact,
    fixed cost, margin, redemption) are those of `params`. Raises InputError in one sentence for a file that
    cannot be used, and QuestionError where a column, the control, the decimal mark or how the file is read is open.
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
    predicted = campaign.customers if campaign else analysis.file(_NEXT) if analysis else None
    found = outcomes_in(place, seen, chosen, options, predicted if chosen[CUSTOMER_ID] else None)
    frame = found.frame
    # The control as most rows have it.
    spelled = next((arm for arm in frame["arm"].unique() if arm.casefold() == left_out.casefold()), None)
    if spelled is None or frame["arm"].nunique() < 2:
        raise InputError(
            f"After leaving out rows that cannot be used, {name} has no two arms to compare: {_left_out(found.account)}."
        )
    notes = _notes(found.account, len(frame), chosen, analysis)
    told = frame["arm"].unique().tolist()
    planned = planned_shares(held_out, told, str(spelled)) if held_out else None
    if campaign is not None:
        planned = shares_of(campaign, told, str(spelled))
        notes = [*_of_list(campaign, frame, str(spelled), chosen), *notes]
    result = {
        "source": {"kind": "file", "name": name, "sha256": seen.staged.sha256}
        | ({"campaign_id": campaign.id, "campaign": campaign.name} if campaign else {}),
        "roles": chosen,
        "arms": list(arms),
        "account": found.account,
        "currency": campaign.manifest.get("currency") if campaign else _currency(place, analysis),
        "notes": notes,
        "predicted": predicted_of(campaign) if campaign else None,
    }
    return compared(
        name,
        result,
        frame,
        str(spelled),
        params,
        covariate=f"“{chosen[COVARIATE]}”" if chosen[COVARIATE] else PREDICTED,
        planned=planned,
        spend_is=spend_is,
        report=report,
    )


def _of_list(campaign: Campaign, frame: Any, control: str, roles: Mapping[str, str]) -> list[str]:
    if roles[CUSTOMER_ID]:
        return against_list(campaign, frame, control)
    return [
        f"Without a column of the customer it cannot be told whether these are the customers of {campaign.name}."
    ]


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
    if account["discount_unread"]:
        notes.append(
            f"{counted(account['discount_unread'], 'row')} with a discount that cannot be read: counted as none given."
        )
    if roles[DISCOUNT]:
        notes.append(f"'{roles[DISCOUNT]}' is taken as the money that was given off to each customer.")
    if analysis is None or not roles[CUSTOMER_ID] or roles[COVARIATE]:
        return notes
    known = account["covariate_known"]
    cutoff = dt.date.fromisoformat(analysis.manifest["last_date"])
    notes.append(
        f"The predicted spend of {known:,} of {counted(customers, 'customer')} is known from the analysis of "
        f"{analysis.name}, which ends on {cutoff:%-d %b %Y}: the comparison with it is fair only where that was before "
        "the campaign began."
        if known
        else f"None of the customer ids is in the analysis of {analysis.name}: no predicted spend could be used."
    )
    return notes


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

    `params`: {path, name, title, options, roles, control, costs, spend_is, held_out, and campaign_id or
    analysis_id}, or {campaign_id, dataset_id, start, costs}.
    """
    costs = CampaignParams.from_params(params.get("costs") or {}, CampaignParams())
    campaign = place.store.campaign(str(params["campaign_id"])) if params.get("campaign_id") else None
    if campaign is not None and not params.get("path"):
        dataset = place.store.dataset(str(params["dataset_id"]))
        start = dt.date.fromisoformat(str(params["start"])) if params.get("start") else None
        found = read_campaign(place, campaign.id, dataset.id, params=costs, start=start, report=report)
        return {"readout_id": publish_readout(place, found, dataset=dataset)}
    path, name = Path(params["path"]), str(params["name"])
    options = ImportOptions.from_dict(params.get("options") or {})
    if params.get("look"):
        return {"look": look(place, path, name, options, report)}
    analysis = None
    if campaign is None and params.get("analysis_id"):
        analysis = place.store.analysis(str(params["analysis_id"]))
    found = read_file(
        place,
        path,
        name,
        options,
        Roles.of(params.get("roles")),
        params=costs,
        control=params.get("control"),
        analysis=analysis,
        campaign=campaign,
        held_out=params.get("held_out"),
        spend_is=str(params.get("spend_is") or PAID),
        report=report,
    )
    of = str(campaign.manifest["dataset_id"]) if campaign else analysis.dataset_id if analysis else None
    known = _dataset(place, of) if found.result["roles"][CUSTOMER_ID] else None
    return {"readout_id": publish_readout(place, found, dataset=known, title=params.get("title"))}


def _dataset(place: Workplace, dataset_id: str | None) -> Dataset | None:
    # A campaign outlives the data set that it was planned with.
    with suppress(LapwingError):
        return place.store.dataset(dataset_id) if dataset_id else None
    return None
