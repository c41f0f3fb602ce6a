"""Documents: what is taken, what a photo loses, versions, removal, who may read."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from crm.accounts.models import Role
from crm.companies.models import CompanyDocument
from crm.errors import RuleError
from crm.files import media, services
from crm.files.models import Document
from crm.landing.plans.entries import PLAN, PROGRESS, TASK
from tests import factories
from tests.factories import landing

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF"


def photo(kind: str = "JPEG", size: tuple[int, int] = (4000, 3000)) -> bytes:
    """A picture that says where and with what it was taken, lying on its side."""
    content = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "示例相机"
    exif[0x0112] = 6  # turn by 90 degrees to see it upright
    exif.get_ifd(0x8825)[2] = (22.0, 31.0, 0.0)  # GPS latitude
    Image.new("RGB", size, "navy").save(content, kind, exif=exif)
    return content.getvalue()


def test_a_photo_is_turned_scaled_and_forgets_its_place():
    content, media_type = media.judged(photo(), "门头.jpg")
    kept = Image.open(BytesIO(content))
    assert media_type == "image/jpeg"
    assert kept.size == (1920, 2560)
    assert not kept.getexif()
    assert b"GPS" not in content
    assert "示例相机".encode() not in content


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_other_pictures_stay_what_they_are(name: str):
    kind = name[2:].upper()
    content, _media_type = media.judged(photo(kind, (80, 60)), name)
    assert Image.open(BytesIO(content)).format == kind


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("空.pdf", b"", "空的"),
        ("无.exe", b"MZ", "不能保存"),
        ("没有扩展名", PDF, "不能保存"),
        ("页面.html", b"<html>", "不能保存"),
        ("IMG_1.HEIC", b"\0\0\0\x18ftypheic", "兼容性最佳"),
        ("假.pdf", b"MZ\x90\x00" + b"\0" * 80, "不符"),
        ("假.docx", PDF, "不符"),
        ("假.txt", b"\xef\xbb\xbf <!DOCTYPE html><script>1</script>", "不符"),
        ("假.csv", b"a,b\n\0\0", "不符"),
        ("坏.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"x" * 40, "打不开"),
        ("假.png", photo("JPEG", (9, 9)), "不符"),
    ],
)
def test_what_is_no_document_is_refused_with_a_sentence(name: str, content: bytes, sentence: str):
    with pytest.raises(RuleError, match=sentence):
        media.judged(content, name)


def test_a_picture_that_would_fill_the_memory_is_not_unpacked():
    content = BytesIO()
    Image.new("1", (20_000, 20_000)).save(content, "PNG")
    with pytest.raises(RuleError, match="太大"):
        media.judged(content.getvalue(), "大.png")


def upload(client: FlaskClient, url: str, name: str = "意向函.pdf", content: bytes = PDF, **form: str):
    """Send a file as a browser does."""
    return client.post(url, data={"file": (BytesIO(content), name), **form})


def test_versions_are_kept_removed_and_restored(session: Session, sign_in: Callable[..., FlaskClient]):
    officer = factories.User()
    company = factories.Company(owner=officer, office=officer.office)
    client = sign_in(officer)
    assert upload(client, f"/companies/{company.id}/documents").status_code == 302
    document = session.scalars(select(Document)).one()
    assert document.title == "意向函"
    assert "意向函" in client.get(f"/companies/{company.id}").get_data(as_text=True)
    assert upload(client, f"/documents/{document.id}/versions", "盖章版.pdf", PDF + b"2").status_code == 302
    session.expire_all()
    assert [version.ordinal for version in document.versions] == [2, 1]
    with client.get(f"/documents/{document.id}/versions/1") as first:
        assert (first.data, first.headers["Content-Disposition"][:10]) == (PDF, "attachment")
        assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/documents/{document.id}/versions/9").status_code == 404
    assert client.post(f"/documents/{document.id}/removal").status_code == 302
    assert (
        document.title not in client.get(f"/companies/{company.id}").get_data(as_text=True).split('id="documents"')[1]
    )
    assert upload(client, f"/documents/{document.id}/versions").status_code == 404
    assert client.post(f"/documents/{document.id}/restoration").status_code == 302
    session.expire_all()
    assert document.removed_at is None


def test_a_refused_file_leaves_nothing(session: Session, sign_in: Callable[..., FlaskClient]):
    officer = factories.User()
    company = factories.Company(owner=officer, office=officer.office)
    client = sign_in(officer)
    answer = upload(client, f"/companies/{company.id}/documents", "假.pdf", b"MZ\0\0")
    assert answer.status_code == 422
    assert "不符" in answer.get_data(as_text=True)
    assert client.post(f"/companies/{company.id}/documents").status_code == 422
    assert session.scalars(select(CompanyDocument)).all() == []


def test_a_picture_may_be_shown_a_paper_may_not(session: Session, sign_in: Callable[..., FlaskClient]):
    officer = factories.User()
    company = factories.Company(owner=officer, office=officer.office)
    client = sign_in(officer)
    upload(client, f"/companies/{company.id}/documents", "门头.png", photo("PNG", (9, 9)))
    upload(client, f"/companies/{company.id}/documents")
    paper, picture = session.scalars(select(Document).order_by(Document.id.desc())).all()
    with client.get(f"/documents/{picture.id}/versions/1?show=1") as shown:
        assert (shown.mimetype, "attachment" in shown.headers["Content-Disposition"]) == ("image/png", False)
    with client.get(f"/documents/{paper.id}/versions/1?show=1") as kept:
        assert "attachment" in kept.headers["Content-Disposition"]
    assert "<img" in client.get(f"/documents/{picture.id}").get_data(as_text=True)


def test_evidence_of_progress_is_read_by_all_and_added_by_managers(session: Session, sign_in):
    task = landing.row(TASK, plan=landing.row(PLAN))
    progress = landing.row(PROGRESS, task=task)
    manager, officer = sign_in(factories.User(role=Role.MANAGER)), sign_in(factories.User())
    assert upload(officer, f"/plan-progress/{progress.id}/documents").status_code == 403
    assert upload(manager, f"/plan-progress/{progress.id}/documents", title="会议纪要").status_code == 302
    document = session.scalars(select(Document)).one()
    assert "会议纪要" in officer.get(f"/plan-tasks/{task.id}").get_data(as_text=True)
    with officer.get(f"/documents/{document.id}/versions/1") as proof:
        assert proof.data == PDF
    assert officer.post(f"/documents/{document.id}/removal").status_code == 403
    assert manager.get(f"/documents/{document.id}").status_code == 200


def test_long_names_and_titles(session: Session):
    user = factories.User()
    file = FileStorage(BytesIO(PDF), filename="../../" + "长" * 400 + ".pdf")
    document = services.add_document(file, by=user)
    assert len(document.title) == 200
    assert "/" not in document.latest.upload.name
    with pytest.raises(RuleError):
        services.add_document(FileStorage(BytesIO(PDF), filename="a.pdf"), by=user, title="长" * 201)
