"""Settings from the environment, each with its default and its meaning."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that can be set from outside, as `LAPWING_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="LAPWING_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address the dashboard listens on.")
    port: int = Field(8050, ge=0, le=65535, description="Port the dashboard listens on.")
    home: Path = Field(Path("workspace"), description="Workspace folder: data sets, analyses, jobs.")
    real_data: Path = Field(
        Path("../shared/datasets"), description="Where tests and benchmarks find real files."
    )
    threads: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 8),
        ge=1,
        le=256,
        description="Threads the query engine and the learners use in each process.",
    )
    memory_mb: int = Field(2048, ge=256, description="Memory the query engine may use in each process, MB.")
    max_upload_mb: int = Field(4096, ge=1, description="Largest file that can be uploaded, MB.")
    keep_sources: bool = Field(
        True, description="Keep each imported file, so that it can be read again with other choices."
    )
    read_memory_mb: int = Field(4096, ge=512, description="Memory the process that reads a file may use, MB.")
    job_workers: int = Field(1, ge=1, le=16, description="Jobs that run at the same time.")
    sample_customers: int = Field(
        5000, ge=100, le=5_000_000, description="Customers in the sample made for an empty workspace."
    )
    autosample: bool = Field(True, description="Make and analyse a sample when the workspace is empty.")
    locale: str = Field(
        "en_US", description="How pages write numbers, percentages and money: a language and a country."
    )

    @field_validator("locale")
    @classmethod
    def _exists(cls, value: str) -> str:
        from figures.locales import canonical

        try:
            return value if value == "en_US" else canonical(value)
        except ValueError as error:
            # Told as it stands, without the library's own words before it.
            raise PydanticCustomError("locale", "{why}", {"why": str(error)}) from None
