"""Error pages: a plain sentence that says what to do, and the number to give the administrator."""

from collections.abc import Callable

import pytest
from flask import Flask, g, render_template
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests import factories

SENTENCES = {
    400: "请返回上一页刷新后再试",
    401: "登录后回到原页面再提交",
    403: "请联系它的负责人",
    404: "从搜索里再找一次",
    409: "重新打开它",
    422: "请按提示改正后再提交",
    429: "请等一会儿再试",
    500: "请把下面的编号告诉管理员",
    503: "请稍后再试",
}


def show(app: Flask, status: int, message: str = "") -> str:
    with app.test_request_context():
        g.user, g.request_id = None, "0123456789abcdef"
        return render_template("errors/error.html", status=status, message=message, details={})


@pytest.mark.parametrize(("status", "sentence"), SENTENCES.items())
def test_page_says_what_to_do(shared_app: Flask, status: int, sentence: str) -> None:
    page = show(shared_app, status)
    assert sentence in page
    assert "0123456789abcdef" in page


def test_an_acts_own_sentence_comes_first_and_is_escaped(shared_app: Flask) -> None:
    page = show(shared_app, 403, "您不能归档 <b>示例光源</b>。")
    assert "您不能归档 &lt;b&gt;示例光源&lt;/b&gt;。" in page


@pytest.mark.parametrize("status", [418, 599])
def test_unforeseen_status_has_a_page_too(shared_app: Flask, status: int) -> None:
    assert f"状态 {status}" in show(shared_app, status)


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/pipeline?view=table", "/pipeline?view=table"),
        ("http://elsewhere.example/pipeline", None),
        ("http://localhost//elsewhere.example", "/"),
        (None, None),
    ],
)
def test_who_sent_a_form_goes_back_to_it(
    session: Session, sign_in: Callable[..., FlaskClient], referrer: str | None, back: str | None
) -> None:
    page = sign_in(factories.User()).post("/no-such-page", headers={"Referer": referrer} if referrer else {}).text
    assert ("返回上一页" in page) is (back is not None)
    assert back is None or f'href="{back}"' in page


def test_unknown_address_is_told_to_the_signed_in(session: Session, sign_in: Callable[..., FlaskClient]) -> None:
    response = sign_in(factories.User()).get("/no-such-page")
    assert response.status_code == 404
    assert "没有找到这个页面" in response.text


def test_sign_in_stands_alone_for_the_signed_in_too(session: Session, sign_in: Callable[..., FlaskClient]) -> None:
    page = sign_in(factories.User()).get("/sign-in").text
    assert 'name="password"' in page
    assert "tabbar" not in page
