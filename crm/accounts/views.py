"""Signing in and out, one's own profile; users and offices for the administrator."""

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts import services
from crm.accounts.access import needs, public
from crm.accounts.forms import SignInForm
from crm.database import db
from crm.web import safe_next

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Sign in and go on to where one was going."""
    form = SignInForm(next=request.args.get("next"))
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form)
    try:
        user, token = services.sign_in(form.name.data or "", form.password.data or "", request.remote_addr, g.request_id)
    except services.SignInRefused as refusal:
        db.session.commit()  # the failed try counts
        form.password.errors = [_(refusal.message)]
        return render_template("accounts/sign_in.html", form=form), refusal.status
    db.session.commit()
    session.clear()  # a new session id and a new CSRF token for a new session
    session["token"] = token
    session.permanent = True
    return redirect(safe_next(form.next.data))


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session."""
    if "token" in session:
        services.close_session(session["token"])
        db.session.commit()
    session.clear()
    return redirect(url_for("accounts.sign_in"))


@blueprint.get("/users")
@needs("user.read")
def users() -> ResponseReturnValue:
    """The users whom one may see."""
    return render_template("home/my_day.html")


@blueprint.route("/password", methods=["GET", "POST"])
@needs("profile.edit")
def password() -> ResponseReturnValue:
    """Change one's own password."""
    return render_template("home/my_day.html")
