"""What a document may be: its type is told from the content, and photos lose what their camera wrote into them."""

import io
import warnings
from pathlib import PurePath

import puremagic
from PIL import Image, ImageOps

from crm.database import N_
from crm.errors import RuleError

#: By the name's ending: what the content must be. Programs, pages and archives are not documents.
TYPES = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".ofd": "application/ofd",
    ".wps": "application/vnd.ms-works",
    ".et": "application/vnd.ms-excel",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".txt": "text/plain",
    ".csv": "text/csv",
}
#: For a file field's `accept`: phones then offer the camera beside their files.
ACCEPT = ",".join(TYPES)
#: What a browser may show within a page.
PICTURES = ("image/jpeg", "image/png", "image/webp")
OFFICE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04")
#: How photos begin that few programs open (ISO/IEC 23008-12); phones mostly turn them into JPEG by themselves.
HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc")
#: The longer side of a kept photo, in pixels: enough to read a name plate.
LONGEST_SIDE = 2560


def judged(content: bytes, name: str) -> tuple[bytes, str]:
    """The content to keep and its media type. Raises RuleError for what is empty, not allowed or not what it says."""
    ending = PurePath(name).suffix.lower()
    if not content:
        raise RuleError(N_("文件是空的。"))
    if ending in (".heic", ".heif") or content[4:12] in HEIC:
        raise RuleError(
            N_("这是苹果手机的 HEIC 照片。请在手机的“设置 → 相机 → 格式”里选“兼容性最佳”再拍，或截图后上传。")
        )
    if ending not in TYPES:
        raise RuleError(N_("不能保存这种文件。可以上传 PDF、Word、Excel、PPT、OFD、WPS、图片和文本。"))
    if not is_a(content, ending):
        raise RuleError(N_("文件内容与扩展名“%(ending)s”不符，请另存后再上传。"), ending=ending)
    media_type = TYPES[ending]
    return (cleaned(content), media_type) if media_type in PICTURES else (content, media_type)


def is_a(content: bytes, ending: str) -> bool:
    """Whether a content is what a name's ending says."""
    if TYPES[ending].startswith("text/"):
        return b"\0" not in content and not looks_marked_up(content)
    if ending in (".wps", ".et", ".ofd"):  # containers that only their own programs tell apart
        return content.startswith(OFFICE)
    try:
        found = {match.extension for match in puremagic.magic_string(content, filename=f"x{ending}")}
    except puremagic.PureError:
        return False
    return ending in found


def looks_marked_up(content: bytes) -> bool:
    """Whether a text is a page that a browser would run."""
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml"))


def cleaned(content: bytes) -> bytes:
    """A photo upright, at most LONGEST_SIDE wide and high, without the place and the device that its camera noted.

    Raises RuleError for what no picture can be made of, and for one of more pixels than Pillow takes for honest
    (Image.MAX_IMAGE_PIXELS, 89 million), before it is unpacked.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
                kind = opened.format
                picture = ImageOps.exif_transpose(opened)
                picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise RuleError(N_("图片太大，请缩小后再上传。")) from None
    except (OSError, SyntaxError, ValueError):
        raise RuleError(N_("图片打不开，可能已经损坏。")) from None
    kept = io.BytesIO()
    bare = picture.copy()
    bare.info = {}
    bare.save(kept, format=kind, quality=88)
    return kept.getvalue()
