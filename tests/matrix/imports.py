"""Rows of imports. The table's batches are uploaded but their files are gone: what needs one answers 404."""

import io

from tests.matrix import Route


def file(_world, _row):
    """A small file."""
    return {"file": (io.BytesIO("企业名称\n示例光电有限公司\n".encode()), "名单.csv")}


ROUTES = [
    Route("imports.index", act="import.create"),
    Route("import_tools.template", act="import.create", args={"feed_key": "companies"}),
    Route("import_tools.index", act="import.create"),
    Route("import_tools.delete", "POST", act="import.edit_profile", row="profile"),
    Route("imports.upload", "POST", act="import.create", form=file),
    Route("imports.take_pasted", "POST", act="import.create", form={"names": "示例光电有限公司\n示例激光有限公司"}),
    Route("imports.show", act="import.read", row="batch"),
    Route("imports.edit_columns", act="import.read", row="batch", ok=302),
    Route("imports.choose_sheet", "POST", act="import.read", row="batch", form={"feed": "companies"}, ok=404),
    Route("imports.confirm_columns", "POST", act="import.read", row="batch", ok=404),
    Route("imports.decide", "POST", act="import.read", row="batch", ok=409),
    Route("imports.start_application", "POST", act="import.read", row="batch", ok=409),
    Route("imports.start_undo", "POST", act="import.read", row="batch", ok=409),
    Route("imports.progress", act="import.read", row="batch"),
    # The world's batches hold companies, no ledger.
    Route("ledger.show", act="import.read", row="batch", ok=404),
    Route("ledger.download", act="import.read", row="batch", ok=404),
    Route("imports.download_rejects", act="import.read", row="batch", ok=404),
    Route("suggestions.index", act="import.create"),
    Route("suggestions.accept", "POST", act="import.create", form={"chain": "-", "segment": 1}, ok=404),
    Route("suggestions.take_back", "POST", act="import.create", form={"request": "-", "segment": 1}, ok=302),
]
