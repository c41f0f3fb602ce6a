"""What an installation may be started with (promise 21)."""

import stat
from pathlib import Path

import pytest

from app import create_app
from crm.config import Settings
from crm.errors import ConfigurationError

GOOD = "kT9-zq4Lw8_ePx2Vb6Nn0RsYd3Hc7Jm5"


@pytest.mark.parametrize("env", ["production", "testing"])
@pytest.mark.parametrize(
    "secret", ["", "short", "changeme", "secret-key", "a" * 64, "abcabcab" * 8, "you-will-never-guess"]
)
def test_a_weak_secret_does_not_start(tmp_path: Path, env: str, secret: str) -> None:
    environ = {"CRM_ENV": env, "CRM_DATA": str(tmp_path), "CRM_SECRET_KEY": secret}
    if secret == "" and env == "testing":
        pytest.skip("a missing secret is made at random outside production")
    with pytest.raises(ConfigurationError, match="CRM_SECRET_KEY"):
        Settings.from_env(environ)


def test_production_does_not_make_a_secret_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        Settings.from_env({"CRM_ENV": "production", "CRM_DATA": str(tmp_path)})
    assert not (tmp_path / "secret-key").exists()


def test_the_application_asks_as_well(tmp_path: Path) -> None:
    """Not the environment alone: whoever builds it from settings gets the same answer."""
    with pytest.raises(ConfigurationError):
        create_app(Settings(env="production", data=tmp_path, secret_key="short"))


def test_a_good_secret_starts(tmp_path: Path) -> None:
    environ = {"CRM_ENV": "production", "CRM_DATA": str(tmp_path), "CRM_SECRET_KEY": GOOD}
    assert Settings.from_env(environ).secret_key == GOOD


def test_development_keeps_a_random_secret_to_itself(tmp_path: Path) -> None:
    environ = {"CRM_DATA": str(tmp_path / "data")}
    first, second = Settings.from_env(environ), Settings.from_env(environ)
    assert len(first.secret_key) >= 32
    assert first.secret_key == second.secret_key
    assert stat.S_IMODE((tmp_path / "data" / "secret-key").stat().st_mode) == 0o600
    assert Settings.from_env({"CRM_DATA": str(tmp_path / "other")}).secret_key != first.secret_key


@pytest.mark.parametrize(
    "environ", [{"CRM_ENV": "prod"}, {"CRM_PORT": "0"}, {"CRM_PORT": "65536"}, {"CRM_PORT": "http"}, {"CRM_PORT": "-1"}]
)
def test_settings_that_cannot_be_right_are_named(tmp_path: Path, environ: dict[str, str]) -> None:
    [name] = environ
    with pytest.raises(ConfigurationError, match=name):
        Settings.from_env({"CRM_DATA": str(tmp_path), **environ})
