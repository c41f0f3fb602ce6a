"""Settings of an installation, read from the environment once at start-up."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crm.errors import ConfigurationError

ENVIRONMENTS = ("development", "testing", "production")
#: Secrets that stand in tutorials and templates: whoever knows one can forge a session.
KNOWN_SECRETS = {"dev", "secret", "changeme", "password", "secret-key", "you-will-never-guess"}
SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Settings:
    """What an installation sets. `database_url` None means the embedded server in `data`."""

    env: str = "production"
    database_url: str | None = None
    read_url: str | None = None
    data: Path = Path("data")
    secret_key: str = ""
    base_url: str = "http://127.0.0.1:5000"
    port: int = 5000
    #: `smtp://` (STARTTLS) or `smtps://`, with user, password, host and port; empty: no mail.
    smtp_url: str = ""
    mail_from: str = ""
    #: Told with a count and a link that notices wait; empty: none.
    webhook_url: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read CRM_* variables; raise ConfigurationError for a value that cannot be right."""
        env = environ.get("CRM_ENV", "development")
        if env not in ENVIRONMENTS:
            raise ConfigurationError(f"CRM_ENV 只能是 {'、'.join(ENVIRONMENTS)}，现在是 {env!r}。")
        port = environ.get("CRM_PORT", "5000")
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise ConfigurationError(f"CRM_PORT 应是 1–65535 的整数，现在是 {port!r}。")
        data = Path(environ.get("CRM_DATA", "data")).absolute()
        secret = environ.get("CRM_SECRET_KEY") or (stored_secret(data) if env != "production" else "")
        if env != "development":
            require_strong(secret)
        return cls(
            env=env,
            database_url=environ.get("CRM_DATABASE_URL") or None,
            read_url=environ.get("CRM_READ_URL") or None,
            data=data,
            secret_key=secret,
            base_url=environ.get("CRM_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            port=int(port),
            smtp_url=outward(environ, "CRM_SMTP_URL", ("smtp", "smtps")),
            mail_from=environ.get("CRM_MAIL_FROM", ""),
            webhook_url=outward(environ, "CRM_WEBHOOK_URL", ("http", "https")),
        )


def outward(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    """The address of a service outside, '' where none is set. Raises ConfigurationError for what is no such address.

    The complaint does not repeat the value, which may hold a password.
    """
    url = environ.get(name, "")
    if url and (urlsplit(url).scheme not in schemes or not urlsplit(url).hostname):
        raise ConfigurationError(f"{name} 应以 {' 或 '.join(f'{scheme}://' for scheme in schemes)} 开头并写明主机名。")
    return url


def require_strong(secret: str) -> None:
    """Refuse a missing, short or well-known secret (promise 21)."""
    if len(secret) < SHORTEST_SECRET or secret.lower() in KNOWN_SECRETS or len(set(secret)) < 8:
        raise ConfigurationError(f"CRM_SECRET_KEY 缺失、太短或太简单：请设为至少 {SHORTEST_SECRET} 个随机字符。")


def stored_secret(data: Path) -> str:
    """The secret of this data folder, made at random (0600) the first time it is asked for."""
    path = data / "secret-key"
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secret := secrets.token_urlsafe(48))
    return secret
