"""Settings, read once from the environment and the command line; the only place that knows the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from geo.calendar import to_china

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_FOLDER = ROOT / "data" / "sample"
DEFAULT_FOLDER = Path("data") / "county"


class Settings(BaseSettings):
    """What an operator may set. Environment variables carry the prefix YIXIAN_, as in YIXIAN_DATA=/srv/county."""

    model_config = SettingsConfigDict(env_prefix="YIXIAN_", frozen=True, extra="ignore")

    data: Path | None = Field(None, description="the data folder; absent, the built-in sample is served read-only")
    host: str = Field("127.0.0.1", description="address to listen on; without tokens only loopback is allowed")
    port: int = Field(8000, ge=0, le=65535)
    workers: int = Field(1, ge=1, le=64, description="processes that answer behind one port")
    limits: dict[str, float] = Field(
        default_factory=dict, description='limits of the intake by name, as in YIXIAN_LIMITS={"rows": 5000000}'
    )
    background: str | None = Field(
        None, description="what lies under the maps: a .pmtiles file, or the address of picture tiles with {z}/{x}/{y}"
    )
    background_credit: str | None = Field(None, description="whose the background is; absent, what its file says")
    cors: str = Field("", description="origins whose pages may read the service in a browser, joined by commas; or *")
    public_address: str | None = Field(
        None, description="where clients reach the service, as in https://county.example.org; absent, as they ask it"
    )
    anonymous: Literal["none", "viewer"] = Field(
        "none", description="what they see who do not say who they are, once there are tokens: none, or as a viewer"
    )
    hosts: str = Field(
        "", description="further names by which clients may call the service in the header Host, joined by commas"
    )
    proxies: str = Field(
        "", description="addresses or networks of proxies whose X-Forwarded headers are believed, joined by commas"
    )
    gate: dict[str, float] = Field(
        default_factory=dict, description='limits of requests by name, as in YIXIAN_GATE={"body_bytes": 1000000}'
    )
    import_priority: Literal["idle", "low"] = Field(
        "idle", description="what imports of layers take of the processor on Linux: what nobody else wants, or a tenth"
    )
    log: Literal["all", "writes"] = Field(
        "writes", description="requests that are logged: all, or writes, refusals, failures and those slower than 1 s"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="the least that is logged")
    now: AwareDatetime | None = Field(None, description="a fixed present, for exercises")

    @property
    def folder(self) -> Path:
        """Where the county's data are, or would be created by the first import."""
        return self.data or DEFAULT_FOLDER

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of `cors`."""
        return tuple(origin.strip() for origin in self.cors.split(",") if origin.strip())


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def clock() -> datetime:
    """The present, in China Standard Time."""
    return to_china(datetime.now(UTC))
