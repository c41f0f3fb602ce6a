"""Forms of accounts."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo

from crm.accounts import rules
from crm.accounts.models import Office, Role, User
from crm.forms import Form, Required, RuleField, VersionField
from crm.web import LANGUAGES


class SignInForm(Form):
    """Name and password."""

    name = StringField(_l("用户名"), validators=[Required()])
    password = PasswordField(_l("密码"), validators=[Required()])
    code = StringField(_l("验证码"), description=_l("已设置两步验证的，输入手机上的 6 位数字"))
    next = HiddenField()


class PasswordForm(Form):
    """A new password of one's own."""

    current = PasswordField(_l("现在的密码"), validators=[Required()])
    new = PasswordField(_l("新密码"), validators=[Required()])
    again = PasswordField(_l("再输一遍新密码"), validators=[EqualTo("new", _l("两次输入的新密码不一样。"))])


class SecondFactorForm(Form):
    """The code that shows that the app has the secret."""

    code = StringField(_l("验证码"), validators=[Required()])


class ProfileForm(Form):
    """What one may change about oneself."""

    display_name = RuleField(_l("姓名"), rule=rules.display_name, validators=[Required()])
    locale = SelectField(_l("界面语言"), choices=LANGUAGES)
    version = VersionField()


class UserForm(Form):
    """What an administrator says of a user."""

    display_name = RuleField(_l("姓名"), rule=rules.display_name, validators=[Required()])
    role = SelectField(_l("角色"))
    office_id = SelectField(_l("部门"), coerce=int)
    is_auditor = BooleanField(_l("审计员：可查看全部操作记录（只对管理员有效）"))
    version = VersionField()

    def offer(self, offices: Sequence[tuple[int, Office]]) -> "UserForm":
        """Offer the roles and these offices, indented by their depth."""
        self.role.choices = [(role.value, _(role.label)) for role in Role]
        self.office_id.choices = [(office.id, indented(depth, office)) for depth, office in offices]
        return self

    def values(self) -> dict[str, Any]:
        """The columns as judged."""
        return {
            "display_name": self.display_name.data,
            "role": Role(self.role.data),
            "office_id": self.office_id.data,
            "is_auditor": self.is_auditor.data,
        }


class NewUserForm(UserForm):
    """A new user also gets the name that she signs in with."""

    name = RuleField(_l("用户名"), rule=rules.sign_in_name, validators=[Required()])

    def values(self) -> dict[str, Any]:
        """The columns as judged."""
        return {"name": self.name.data, **super().values()}


class UserFilterForm(Form):
    """What the list of users is narrowed to; sent in the address."""

    class Meta(Form.Meta):
        csrf = False

    q = StringField(_l("姓名或用户名"))
    role = SelectField(_l("角色"), default="")
    office = SelectField(_l("部门"), coerce=int, default=0)
    state = SelectField(_l("状态"), default="")

    def offer(self, offices: Sequence[tuple[int, Office]]) -> "UserFilterForm":
        """Offer the roles, these offices and both states, and all of each."""
        self.role.choices = [("", _("全部角色")), *((role.value, _(role.label)) for role in Role)]
        self.office.choices = [(0, _("全部部门")), *((office.id, indented(depth, office)) for depth, office in offices)]
        self.state.choices = [("", _("全部")), ("active", _("在用")), ("disabled", _("已停用"))]
        return self


class OfficeForm(Form):
    """An office's name and place in the tree."""

    name = RuleField(_l("部门名称"), rule=rules.office_name, validators=[Required()])
    parent_id = SelectField(_l("上级部门"), coerce=int, default=0)
    is_coordinating = BooleanField(_l("统筹部门：首谈有争议时由它裁定"))
    version = VersionField()

    def offer(self, offices: Sequence[tuple[int, Office]]) -> "OfficeForm":
        """Offer these offices as parents."""
        self.parent_id.choices = [
            (0, _("（无）")),
            *((office.id, indented(depth, office)) for depth, office in offices),
        ]
        return self

    def values(self) -> dict[str, Any]:
        """The columns as judged."""
        return {
            "name": self.name.data,
            "parent_id": self.parent_id.data or None,
            "is_coordinating": self.is_coordinating.data,
        }


def indented(depth: int, office: Office) -> str:
    """An office's name under its parents'."""
    return "\u3000" * depth + office.name


def user_form(user: User, offices: Sequence[tuple[int, Office]], **options: Any) -> UserForm:
    """The form of a stored user."""
    return UserForm(obj=user, **options).offer(offices)


def office_form(office: Office, offices: Sequence[tuple[int, Office]], **options: Any) -> OfficeForm:
    """The form of a stored office."""
    return OfficeForm(obj=office, **options).offer(offices)
