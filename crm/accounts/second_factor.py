"""两步验证: a code that changes every 30 seconds (TOTP, RFC 6238) besides the password.

Asked for while the setting `two_factor` is on: of managers and administrators always (promise 19), of others who have
set it up. The secret is stored encrypted under a key made from the application's secret; a code counts once.
"""

import hmac
import os
from datetime import UTC, datetime
from functools import cache

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from crm.accounts.models import Role, SecondFactor, User
from crm.accounts.settings import setting
from crm.database import N_, db, locked
from crm.errors import RuleError

#: NIST SP 800-38D: 96 bits, random.
NONCE = 12
STEP = 30
#: A clock may be a step ahead or behind (RFC 6238, 5.2).
SKEW = (-1, 0, 1)
ISSUER = "招商 CRM"
#: Who signs in with a code whenever the setting is on.
OBLIGED = (Role.MANAGER, Role.ADMIN)


def is_on() -> bool:
    """Whether this installation asks for codes."""
    return bool(setting("two_factor"))


def is_due(user: User) -> bool:
    """Whether the user must set it up before anything else."""
    return user.role in OBLIGED and user.second_factor_since is None and is_on()


def accepts(user: User, code: str) -> bool:
    """Whether a sign-in may go on with this code; notes its step, so that it is not accepted again."""
    if user.second_factor_since is None or not is_on():
        return True
    factor = locked(db.session, SecondFactor, user.id)
    step = None if factor is None else step_of(decrypted(factor), code)
    if factor is None or step is None or step <= factor.last_step:
        return False
    factor.last_step = step
    return True


def step_of(secret: str, code: str) -> int | None:
    """The step of time to which a code belongs, of the present one and its neighbours."""
    now = int(datetime.now(UTC).timestamp()) // STEP
    digits = code.strip().replace(" ", "")
    totp = pyotp.TOTP(secret)
    return next((now + n for n in SKEW if hmac.compare_digest(totp.generate_otp(now + n), digits)), None)


def new_secret() -> str:
    """A random secret of 160 bits, in base 32 as the apps take it."""
    return pyotp.random_base32()


def set_up(user: User, secret: str, code: str) -> None:
    """Ask for codes of this secret from now on. Raises RuleError unless `code` shows that the user's app has it."""
    step = step_of(secret, code)
    if step is None:
        raise RuleError(N_("验证码不对。请确认手机时间准确，再输入现在显示的 6 位数字。"))
    nonce = os.urandom(NONCE)
    cipher = nonce + AESGCM(key_of(current_app.config["SETTINGS"].secret_key)).encrypt(nonce, secret.encode(), None)
    db.session.merge(SecondFactor(user_id=user.id, cipher=cipher, last_step=step))
    user.second_factor_since = datetime.now(UTC)


def remove(user: User) -> None:
    """Forget a user's secret: she sets a new one up when she signs in."""
    factor = db.session.get(SecondFactor, user.id)
    if factor is not None:
        db.session.delete(factor)
    user.second_factor_since = None


def decrypted(factor: SecondFactor) -> str:
    """The stored secret; one that no code fits where it was encrypted under another key."""
    nonce, cipher = factor.cipher[:NONCE], factor.cipher[NONCE:]
    try:
        return AESGCM(key_of(current_app.config["SETTINGS"].secret_key)).decrypt(nonce, cipher, None).decode()
    except InvalidTag:
        return new_secret()


@cache
def key_of(secret: str) -> bytes:
    """The key of the stored secrets, made from the application's secret."""
    return HKDF(SHA256(), 32, salt=None, info=b"crm second factor").derive(secret.encode())


def picture(user: User, secret: str) -> str:
    """The QR code that an app reads, as the address of an image."""
    address = pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=ISSUER)
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=2))
