"""Every component id that a callback or a script names, as `page-thing`."""

from __future__ import annotations

from typing import Final

# Shell: on every page.
SHELL_LOCATION: Final = "shell-location"
SHELL_NAV: Final = "shell-nav"
SHELL_DATASET: Final = "shell-dataset"
SHELL_THEME: Final = "shell-theme"
SHELL_THEME_VALUE: Final = "shell-theme-value"
SHELL_PUBLISHED: Final = "shell-published"
# The job that this browser tab asked for; the data page follows it and the picker goes to what it makes.
SHELL_JOB_STARTED: Final = "shell-job-started"
SHELL_JOBS: Final = "shell-jobs"
SHELL_JOBS_STATE: Final = "shell-jobs-state"
SHELL_JOBS_TICK: Final = "shell-jobs-tick"
SHELL_JOB_LABEL: Final = "shell-job-label"
SHELL_JOB_PROGRESS: Final = "shell-job-progress"
SHELL_JOB_TEXT: Final = "shell-job-text"
SHELL_JOB_CANCEL: Final = "shell-job-cancel"
SHELL_JOB_MODAL: Final = "shell-job-modal"
SHELL_JOB_KEEP: Final = "shell-job-keep"
SHELL_JOB_STOP: Final = "shell-job-stop"
SHELL_TOASTS: Final = "shell-toasts"

# Overview.
OVERVIEW_BODY: Final = "overview-body"
OVERVIEW_SHOWN: Final = "overview-shown"

# Propensity.
PROPENSITY_START: Final = "propensity-start"
PROPENSITY_LIMITS: Final = "propensity-limits"
PROPENSITY_FILTER: Final = "propensity-filter"
PROPENSITY_VIEW: Final = "propensity-view"
PROPENSITY_EMPTY: Final = "propensity-empty"
PROPENSITY_BODY: Final = "propensity-body"
PROPENSITY_MINIMUM: Final = "propensity-minimum"
PROPENSITY_MINIMUM_VALUE: Final = "propensity-minimum-value"
PROPENSITY_SHORTFALL: Final = "propensity-shortfall"
PROPENSITY_SHORTFALL_VALUE: Final = "propensity-shortfall-value"
PROPENSITY_SHORTFALL_HELP: Final = "propensity-shortfall-help"
PROPENSITY_WINDOW: Final = "propensity-window"
PROPENSITY_WINDOW_HELP: Final = "propensity-window-help"
PROPENSITY_AT_RISK: Final = "propensity-at-risk"
PROPENSITY_LEVEL: Final = "propensity-level"
PROPENSITY_SHOW: Final = "propensity-show"
PROPENSITY_SHOW_GROUP: Final = "propensity-show-group"
PROPENSITY_SIZE: Final = "propensity-size"
PROPENSITY_FACTS: Final = "propensity-facts"
PROPENSITY_CHART: Final = "propensity-chart"
PROPENSITY_CHART_NOTE: Final = "propensity-chart-note"
PROPENSITY_RESET: Final = "propensity-reset"
PROPENSITY_DOWNLOAD: Final = "propensity-download"
PROPENSITY_FORMAT: Final = "propensity-format"
PROPENSITY_TABLE: Final = "propensity-table"
PROPENSITY_PANEL: Final = "propensity-panel"
PROPENSITY_PANEL_BODY: Final = "propensity-panel-body"
