import pytest
from dash.exceptions import PreventUpdate

from callbacks.waiting import instead, show
from tests.layouts import text_of

JOB = {"label": "Import", "text": "Reading", "progress": 0.4, "state": "running"}


def test_a_page_waits_for_its_analysis() -> None:
    assert show("x", None, True) == (None, False)
    with pytest.raises(PreventUpdate):
        show("x", None, False)
    shown, hidden = show("", {"active": []}, False)
    assert "No customers yet" in text_of(shown)
    assert hidden


def test_nothing_is_said_until_it_is_known_that_there_is_nothing() -> None:
    for analysis_id, jobs in ((None, {"active": []}), ("", None)):
        with pytest.raises(PreventUpdate):
            instead(analysis_id, jobs)


def test_the_job_that_runs_is_shown_before_those_that_wait() -> None:
    queued = JOB | {"label": "Sample", "text": "", "state": "queued"}
    assert "Reading" in text_of(instead("", {"active": [queued, JOB]})[0])
    assert "Waiting for its turn" in text_of(instead("", {"active": [queued]})[0])
