"""The backup's file: a tar whose first member says what follows, under a HMAC of the application's secret.

What is not wholly there, was made by something else or under another secret, or was changed is told before anything is
read from it: a restore runs what lies in the dump.
"""

import hmac
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath
from typing import IO

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crm.database import N_
from crm.errors import RuleError

MANIFEST = "manifest.json"
FORMAT = "zhaoshang-crm backup 1"
#: No manifest is longer: a file that says so is none of ours (bytes; a million files take 130 MB).
LONGEST_MANIFEST = 256 * 1024 * 1024

FOREIGN = N_("这不是本系统的备份文件。")
INCOMPLETE = N_("备份文件不完整或被改动过，请换一份。")
OTHER_KEY = N_("这份备份是用另一个 CRM_SECRET_KEY 做的（或被改动过），请先设置做备份时的密钥。")


@dataclass(frozen=True)
class Manifest:
    """What a backup holds; `members` are name → (size in bytes, SHA-256)."""

    revision: str
    made_at: str
    members: dict[str, tuple[int, str]]
    format: str = FORMAT

    @property
    def made(self) -> datetime:
        """When it was made, in UTC."""
        return datetime.fromisoformat(self.made_at)


def key_of(secret: str) -> bytes:
    """The key that vouches for a backup, made from the application's secret."""
    return HKDF(SHA256(), 32, salt=None, info=b"crm backups").derive(secret.encode())


def write(path: Path, key: bytes, revision: str, sources: Mapping[str, Path]) -> Manifest:
    """Write the files under their names into a new archive that only its owner may read, whole or not at all.

    Raises OSError where the disk is full or `path` cannot be written; what stood there before stays.
    """
    members = {name: (source.stat().st_size, digest_of(source)) for name, source in sources.items()}
    manifest = Manifest(revision, datetime.now(UTC).isoformat(timespec="seconds"), members)
    draft = path.with_name(path.name + ".part")
    try:
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, mode=0o600)) as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                add(tar, MANIFEST, sealed(manifest, key))
                for name, source in sources.items():
                    tar.add(source, name, recursive=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add bytes as a member."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def sealed(manifest: Manifest, key: bytes) -> bytes:
    """The manifest as it is stored: its HMAC in hex, a line break, its JSON."""
    content = json.dumps(asdict(manifest), ensure_ascii=False, sort_keys=True).encode()
    return hmac.digest(key, content, sha256).hex().encode() + b"\n" + content


def checked(path: Path, key: bytes) -> Manifest:
    """What the archive says it holds, once every byte of it was compared.

    Raises RuleError for a file that is none of ours, was cut or changed, or was made under another secret; OSError for
    one that cannot be read.
    """
    with opened(path) as tar:
        manifest = manifest_of(tar, key)
        try:
            found = {member.name: (member.size, digest(content)) for member, content in contents(tar)}
        except tarfile.TarError as error:
            raise RuleError(INCOMPLETE) from error
    if found != manifest.members:
        raise RuleError(INCOMPLETE)
    return manifest


def extract(path: Path, folder: Path) -> None:
    """Write the members of a checked archive under a folder."""
    with opened(path) as tar:
        for member, content in contents(tar):
            target = folder / member.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(target, "wb", opener=lambda name, flags: os.open(name, flags, mode=0o600)) as file:
                while block := content.read(1 << 20):
                    file.write(block)


def opened(path: Path) -> tarfile.TarFile:
    """The archive, for reading. Raises RuleError for what is no tar at all."""
    try:
        return tarfile.open(path, mode="r:")
    except tarfile.ReadError as error:
        raise RuleError(FOREIGN) from error


def manifest_of(tar: tarfile.TarFile, key: bytes) -> Manifest:
    """The first member, believed only under its HMAC."""
    first = tar.next()
    content = tar.extractfile(first) if first and first.name == MANIFEST and first.size < LONGEST_MANIFEST else None
    mac, _, text = (content.read() if content else b"").partition(b"\n")
    try:
        fields = json.loads(text)
        manifest = Manifest(**fields | {"members": {name: tuple(each) for name, each in fields["members"].items()}})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RuleError(FOREIGN) from error
    if manifest.format != FORMAT:
        raise RuleError(FOREIGN)
    if not hmac.compare_digest(mac, hmac.digest(key, text, sha256).hex().encode()):
        raise RuleError(OTHER_KEY)
    return manifest


def contents(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """The members after the manifest with their bytes. Raises RuleError for one that is no plain file of ours, TarError
    for an archive that was cut."""
    while member := tar.next():
        if member.name == MANIFEST:
            continue
        content = tar.extractfile(member) if member.isfile() and is_inside(member.name) else None
        if content is None:
            raise RuleError(INCOMPLETE)
        yield member, content


def is_inside(name: str) -> bool:
    """Whether a member's name stays below the folder into which it is written."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return digest(file)


def digest(content: IO[bytes]) -> str:
    """The SHA-256 of what is left of an open file."""
    return file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]  # typeshed wants readinto of IO
