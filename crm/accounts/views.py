"""Signing in and out, one's own profile; users and offices for the administrator."""

from typing import TypeVar

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from crm.accounts import extensions, passwords, queries, second_factor, services
from crm.accounts.access import current_user, needs, public
from crm.accounts.forms import (
    NewUserForm,
    OfficeForm,
    PasswordForm,
    ProfileForm,
    SecondFactorForm,
    SignInForm,
    UserFilterForm,
    office_form,
    user_form,
)
from crm.accounts.models import Office, User
from crm.accounts.permissions import held_by
from crm.database import N_, db, locked, require_version
from crm.errors import BadRequest, Conflict, NotFound, RuleError
from crm.forms import page_of
from crm.pagination import Sort, paginate
from crm.web import safe_next

blueprint = Blueprint("accounts", __name__)

Row = TypeVar("Row", User, Office)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Sign in and go on to where one was going."""
    form = SignInForm(next=request.args.get("next"))
    if not second_factor.is_on():
        del form.code
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form)
    try:
        name, password = form.name.data or "", form.password.data or ""
        code = form.code.data or "" if form.code else ""
        token = services.sign_in(name, password, request.remote_addr, g.request_id, code)
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


@blueprint.route("/password", methods=["GET", "POST"])
@needs("profile.edit")
def password() -> ResponseReturnValue:
    """Change one's own password."""
    form = PasswordForm()
    page = page_of("accounts/password.html", form, policy=passwords.policy())
    if not form.validate_on_submit():
        return page()
    try:
        services.change_password(current_user, form.current.data or "", form.new.data or "", session["token"])
    except RuleError as error:
        return page(error)
    db.session.commit()
    flash(_("密码已修改，您在其他设备上的登录已退出。"), "success")
    return redirect(url_for("home.my_day"))


@blueprint.route("/second-factor", methods=["GET", "POST"])
@needs("profile.edit")
def set_second_factor() -> ResponseReturnValue:
    """Set up the codes of one's own phone. The secret waits in the session's cookie until a code has shown its use."""
    secret = session.get("secret") or second_factor.new_secret()
    session["secret"] = secret
    form = SecondFactorForm()
    picture = second_factor.picture(current_user, secret)
    page = page_of("accounts/second_factor.html", form, secret=secret, picture=picture)
    if not form.validate_on_submit():
        return page()
    try:
        second_factor.set_up(current_user, secret, form.code.data or "")
    except RuleError as error:
        return page(error)
    db.session.commit()
    del session["secret"]
    flash(_("已启用两步验证，下次登录时请准备好手机。"), "success")
    return redirect(url_for("home.my_day"))


@blueprint.route("/profile", methods=["GET", "POST"])
@needs("profile.edit")
def profile() -> ResponseReturnValue:
    """One's own name and language, and where one signed in."""
    user = found(User, current_user.id)
    form = ProfileForm(obj=user)
    sign_ins = db.session.scalars(queries.latest_sign_ins(user.name)).all()
    page = page_of(
        "accounts/profile.html",
        form,
        lambda: ProfileForm(formdata=None, obj=user),
        sign_ins=sign_ins,
        two_factor=second_factor.is_on(),
        sections=[(card, body_of(card)) for make in extensions.profile_sections for card in [make(user)]],
    )
    if not form.validate_on_submit():
        return page()
    try:
        require_version(user, form.version.data)
    except Conflict as error:
        return page(error)
    user.display_name, user.locale = form.display_name.data, form.locale.data
    db.session.commit()
    flash(_("已保存。"), "success")
    return redirect(url_for(".profile"))


def body_of(section: extensions.Section) -> Markup:
    """The body of a card that another slice puts onto the profile."""
    return Markup(render_template(section.template, **section.context))  # noqa: S704 -- rendered


# Users, for the administrator; a manager sees those of her office


@blueprint.get("/users")
@needs("user.read")
def users() -> ResponseReturnValue:
    """The users whom one may see."""
    form = UserFilterForm(request.args).offer(queries.office_tree())
    if not form.validate():
        raise BadRequest(N_("没有这个筛选条件。"))
    asked = queries.users_like(form.q.data or "", form.role.data or "", form.office.data, form.state.data or "")
    visible = asked.where(held_by(User, current_user, "user.read"))
    page = paginate(db.session, visible, Sort(User.name, User.id), request.args.get("cursor"))
    return render_template("accounts/users.html", page=page, form=form)


@blueprint.route("/users/new", methods=["GET", "POST"])
@needs("user.edit")
def new_user() -> ResponseReturnValue:
    """Add a user and show her one-time password, once."""
    form = NewUserForm(office_id=request.args.get("office", type=int)).offer(queries.office_tree())
    page = page_of("accounts/user_form.html", form, account=None)
    if not form.validate_on_submit():
        return page()
    try:
        user, secret = services.create_user(form.values())
    except RuleError as error:
        return page(error)
    db.session.commit()
    return one_time_page(user, secret)


@blueprint.route("/users/<int:user_id>/edit", methods=["GET", "POST"])
@needs("user.edit")
def edit_user(user_id: int) -> ResponseReturnValue:
    """Change a user's name, role, office and flag."""
    user, offices = found(User, user_id), queries.office_tree()
    form = user_form(user, offices)
    page = page_of("accounts/user_form.html", form, lambda: user_form(user, offices, formdata=None), account=user)
    if not form.validate_on_submit():
        return page()
    try:
        require_version(user, form.version.data)
        services.edit_user(user, form.values(), current_user)
    except (RuleError, Conflict) as error:
        return page(error)
    db.session.commit()
    flash(_("已保存。"), "success")
    return redirect(url_for(".users"))


@blueprint.post("/users/<int:user_id>/disablement")
@needs("user.edit")
def disable_user(user_id: int) -> ResponseReturnValue:
    """Let a user no longer sign in."""
    user = found(User, user_id)
    services.disable(user, current_user)
    db.session.commit()
    flash(_("已停用“%(name)s”，其登录已立即失效。", name=user.display_name), "success")
    return redirect(url_for(".edit_user", user_id=user.id))


@blueprint.post("/users/<int:user_id>/enablement")
@needs("user.edit")
def enable_user(user_id: int) -> ResponseReturnValue:
    """Let a disabled user sign in again."""
    user = found(User, user_id)
    services.enable(user)
    db.session.commit()
    flash(_("已启用“%(name)s”。", name=user.display_name), "success")
    return redirect(url_for(".edit_user", user_id=user.id))


@blueprint.post("/users/<int:user_id>/one-time-password")
@needs("user.edit")
def reset_password(user_id: int) -> ResponseReturnValue:
    """Give a user a one-time password, shown once."""
    user = found(User, user_id)
    secret = services.reset_password(user, current_user)
    db.session.commit()
    return one_time_page(user, secret)


def one_time_page(user: User, secret: str) -> ResponseReturnValue:
    """The one page that shows a one-time password; it is stored nowhere, so a redirect could not show it."""
    return render_template("accounts/one_time_password.html", account=user, secret=secret)


# Offices


@blueprint.get("/offices")
@needs("user.edit")
def offices() -> ResponseReturnValue:
    """The tree of offices."""
    tree = queries.office_tree()
    return render_template("accounts/offices.html", offices=tree, heads=queries.heads_by_office(tree))


@blueprint.route("/offices/new", methods=["GET", "POST"])
@needs("user.edit")
def new_office() -> ResponseReturnValue:
    """Add an office."""
    form = OfficeForm(parent_id=request.args.get("parent", 0, int)).offer(queries.office_tree())
    page = page_of("accounts/office_form.html", form, office=None)
    if not form.validate_on_submit():
        return page()
    try:
        services.add_office(form.values())
    except RuleError as error:
        return page(error)
    db.session.commit()
    flash(_("已新增部门“%(name)s”。", name=form.name.data), "success")
    return redirect(url_for(".offices"))


@blueprint.route("/offices/<int:office_id>/edit", methods=["GET", "POST"])
@needs("user.edit")
def edit_office(office_id: int) -> ResponseReturnValue:
    """Rename or move an office."""
    office, tree = found(Office, office_id), queries.office_tree()
    form = office_form(office, tree)
    page = page_of("accounts/office_form.html", form, lambda: office_form(office, tree, formdata=None), office=office)
    if not form.validate_on_submit():
        return page()
    try:
        require_version(office, form.version.data)
        services.edit_office(office, form.values())
    except (RuleError, Conflict) as error:
        return page(error)
    db.session.commit()
    flash(_("已保存。"), "success")
    return redirect(url_for(".offices"))


def found(model: type[Row], row_id: int) -> Row:
    """The row, locked where the request will write it; NotFound where there is none."""
    row = locked(db.session, model, row_id) if request.method == "POST" else db.session.get(model, row_id)
    if row is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    return row
