"""Telephone numbers of contacts: ciphertext under a key per contact, a keyed hash, a mask, the last four digits.

A contact's key (random, AES-256-GCM) is itself encrypted under a key made from the application's secret, and lives in
contact_keys, outside history: deleting it makes every copy of the ciphertext unreadable, those in history included. All
of it is made in Python, so no number ever reaches a statement or the database's log.
"""

import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from crm.companies import extensions
from crm.companies.models import Contact, ContactKey
from crm.database import db
from crm.history import seals
from crm.history.redaction import redact
from crm.tokens import index_text

#: NIST SP 800-38D: 96 bits, random; a key encrypts few texts.
NONCE = 12
KEY = 32
ERASED_NAME = "（已删除）"
#: What is left in history of an erased contact's fields; the trigger history_guard lets just this pass.
BLANKS = {
    "name": ERASED_NAME,
    **dict.fromkeys(("title", "source", "purpose", "basis"), ""),
    **dict.fromkeys(("phone_cipher", "phone_hash", "phone_mask", "phone_last4")),
}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A number as it is stored: the four columns of Contact, and the key of the ciphertext for contact_keys."""

    cipher: bytes
    hash: str
    mask: str
    last4: str
    wrapped_key: bytes


def seal(number: str) -> Sealed:
    """Encrypt a number as rules.phone gives it, under a new key."""
    key = os.urandom(KEY)
    return Sealed(
        encrypt(key, number.encode()), phone_hash(number), mask(number), last4(number), encrypt(wrapping_key(), key)
    )


def seal_phone(contact: Contact, number: str | None) -> None:
    """Give a contact a number, or none; its former key goes. Flushes, since the key needs the contact's id."""
    sealed = seal(number) if number else None
    contact.phone_cipher = sealed.cipher if sealed else None
    contact.phone_hash = sealed.hash if sealed else None
    contact.phone_mask = sealed.mask if sealed else None
    contact.phone_last4 = sealed.last4 if sealed else None
    contact.search = search_text(contact.name, contact.phone_last4)
    db.session.flush()
    if sealed is None:
        db.session.execute(delete(ContactKey).where(ContactKey.contact_id == contact.id))
        return
    row = insert(ContactKey).values(contact_id=contact.id, wrapped_key=sealed.wrapped_key)
    db.session.execute(
        row.on_conflict_do_update(index_elements=["contact_id"], set_={"wrapped_key": sealed.wrapped_key})
    )


def open_phone(contact: Contact) -> str | None:
    """A contact's number; None if it has none or it was erased. InvalidTag if the application's secret has changed."""
    stored = db.session.get(ContactKey, contact.id, populate_existing=True)
    if stored is None or contact.phone_cipher is None:
        return None
    return decrypt(decrypt(wrapping_key(), stored.wrapped_key), contact.phone_cipher).decode()


def erase(contact: Contact) -> None:
    """Forget a contact (PIPL art. 47): the key, the number's columns, the name and other text, here, in history and in
    copies that others hold. That there was somebody, and when her row changed by whom, stays."""
    number = open_phone(contact)
    for forget in extensions.erasures:
        forget(contact, number)
    contact.name, contact.title, contact.source = ERASED_NAME, "", ""
    contact.purpose, contact.basis = "", ""
    contact.erased_at = datetime.now(UTC)
    seal_phone(contact, None)
    redact("contacts", contact.id, BLANKS, seals.key_of(current_app.config["SETTINGS"].secret_key))


def search_text(name: str, tail: str | None) -> str:
    """What a contact is found by: its name in characters and pinyin, the number's last four digits."""
    return index_text(name, tail)


def phone_hash(number: str) -> str:
    """By which equal numbers are found: HMAC-SHA-256, hex."""
    return hmac.new(derived_key(b"contact phone hash"), number.encode(), hashlib.sha256).hexdigest()


def mask(number: str) -> str:
    """138****5678, 0760-****0000, 400-***-4567, +852****5678: nobody can call it, its owner recognises it."""
    if re.fullmatch(r"1\d{10}", number):
        return f"{number[:3]}****{number[-4:]}"
    if number.startswith("+"):
        return f"{number[:4]}****{number[-4:]}"
    first, *rest = number.split("-")
    if first in ("400", "800"):
        return f"{first}-***-{rest[-1]}"
    return f"{first}-****{rest[0][-4:]}"


def last4(number: str) -> str:
    """The last four digits, an extension left out."""
    main = "-".join(number.split("-")[:2]) if number.startswith("0") else number
    return main[-4:]


def wrapping_key() -> bytes:
    """The key of contacts' keys."""
    return derived_key(b"contact phone keys")


def derived_key(purpose: bytes) -> bytes:
    """A key for one purpose from the application's secret."""
    return _derive(current_app.config["SETTINGS"].secret_key, purpose)


@cache
def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY, salt=None, info=purpose).derive(secret.encode())


def encrypt(key: bytes, text: bytes) -> bytes:
    """AES-256-GCM; the nonce stands in front."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, None)


def decrypt(key: bytes, sealed: bytes) -> bytes:
    """The text of `encrypt`; InvalidTag for another key or a changed text."""
    return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], None)
