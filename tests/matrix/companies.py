"""Rows of companies, contacts and target lists."""

from tests.matrix import Route
from tests.matrix.files import pdf

ARCHIVED = {"archived": 409}


def entry(world, row):
    """A company of one's own on a list."""
    return {"list_id": row.id, "company_id": world.rows["company", "officer", "own"].id, "note": "先拜访"}


def another(world, row):
    """A company of the pool, which everybody may merge who may merge at all."""
    return {"other_id": world.ids["pool_company"], "other_version": world.ids["pool_company_version"]}


ROUTES = [
    Route("companies.index", act="company.card"),
    Route("companies.options", act="company.card", query={"q": "测试"}),
    Route("companies.show", act="company.card", row="company"),
    Route("companies.new", act="company.create"),
    Route("companies.new", "POST", act="company.create", form={"name": "示例新建激光有限公司", "take": "me"}),
    Route("companies.edit", act="company.edit", row="company", when=ARCHIVED),
    Route("companies.edit", "POST", act="company.edit", row="company", form={"name": "示例改名激光"}, when=ARCHIVED),
    Route("companies.take", "POST", act="company.take", row="company"),
    Route("companies.release", "POST", act="company.release", row="company"),
    Route("companies.archive", "POST", act="company.archive", row="company"),
    Route("companies.restore", "POST", act="company.restore", row="company"),
    Route("companies.new_contact", act="contact.create", row="company", when=ARCHIVED),
    Route("companies.new_contact", "POST", act="contact.create", row="company", form={"name": "王示例"}, when=ARCHIVED),
    Route("companies.edit_contact", act="contact.edit", row="contact"),
    Route("companies.edit_contact", "POST", act="contact.edit", row="contact", form={"name": "李示例"}),
    Route("companies.contact_record", act="contact.edit", row="contact"),
    Route("companies.expiring_contacts", act="contact.edit"),
    Route("companies.brief", act="company.read", row="company", visible="company.read"),
    Route("companies.reveal_contact", act="contact.reveal", row="contact"),
    Route("companies.reveal_contact", "POST", act="contact.reveal", row="contact", form={"reason": "约上门"}, ok=200),
    Route("companies.erase_contact", act="contact.erase", row="contact"),
    Route("companies.erase_contact", "POST", act="contact.erase", row="contact"),
    Route("companies.add_document", "POST", act="company.edit", row="company", form=pdf, when=ARCHIVED),
    Route("companies.duplicates", act="company.merge"),
    Route("companies.compare", act="company.merge", row="company", when=ARCHIVED),
    Route("companies.merge", "POST", act="company.merge", row="company", form=another, when=ARCHIVED),
    Route("companies.tell_apart", "POST", act="company.merge", row="company", form=another),
    Route("companies.undo_merge", "POST", act="company.merge", row="merge"),
    Route("companies.lists", act="list.read"),
    Route("companies.show_list", act="list.read", row="list"),
    Route("companies.new_list", act="list.create"),
    Route("companies.new_list", "POST", act="list.create", form={"name": "示例清单"}),
    Route("companies.edit_list", act="list.edit", row="list"),
    Route("companies.edit_list", "POST", act="list.edit", row="list", form={"name": "示例清单乙"}),
    Route("companies.put_on_list", "POST", act="list.edit", row="list", form=entry),
    # Nothing stands on the lists of the matrix: whoever may take a company off is told that it is not there.
    Route("companies.take_off_list", "POST", act="list.edit", row="list", form=entry, ok=404),
]
