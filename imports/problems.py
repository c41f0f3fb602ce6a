"""Why a file or a sheet was not taken: a code with its details, kept with the batch, and the sentence for it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from crm.database import N_

MESSAGES = {
    "empty": N_("文件是空的，请检查后重新上传。"),
    "truncated": N_("文件不完整（可能没有下载或复制完），请重新导出后上传。"),
    "entries": N_("压缩包内有 %(count)s 个部件，超过上限 %(limit)s 个，不像正常的表格，没有读取。"),
    "unpacked": N_("文件解压后有 %(megabytes)s MB，超过上限 %(limit)s MB，没有读取。"),
    "encrypted": N_("文件设有打开密码，请在 Excel 或 WPS 中取消密码后重新上传。"),
    "not_a_sheet": N_("这不是表格文件。请上传 xlsx、xls、ods 或 csv。"),
    "broken": N_("文件已损坏或不是标准的表格，无法打开。请用 Excel 或 WPS 另存为 xlsx 后重新上传。"),
    "memory": N_(
        "读取时超出了内存上限：表格太大，或者有离数据很远的单元格。请只保留数据区域，或拆成几个文件，再重新上传。"
    ),
    "time": N_("读取时间过长，已停止。请把表格拆小或另存为 xlsx 后重新上传。"),
    "no_such_sheet": N_("没有名为“%(sheet)s”的工作表，文件里有：%(names)s。"),
    "columns": N_("表格有 %(count)s 列，超过上限 %(limit)s 列。请删去多余的列后重新上传。"),
    "rows": N_("表格超过 %(limit)s 行，请拆成几个文件上传。"),
    "cell": N_("第 %(row)s 行附近有一格超过 %(limit)s 个字，请检查是否少了引号或分隔符。"),
    "quote": N_("第 %(row)s 行附近的引号没有成对，请修正后重新上传。"),
    "binary": N_("文本文件里夹有二进制内容（空字符），没有读取。"),
    "encoding": N_(
        "无法辨认文字编码，从第 %(row)s 行起读不出来（可能混有两种编码）。"
        "请另存为 UTF-8 编码的 csv 或 xlsx 后重新上传。"
    ),
    "blank": N_("表格里没有内容。"),
    "no_head": N_("没有认出表头。请点选表头所在的行（没有就选“没有表头”），并为每一列选择含义。"),
    "no_identity": N_("第 %(row)s 行像是表头，但没有“%(wanted)s”这一列，无法确定每一行是谁，没有导入。"),
    "form": N_("这张表像是一家企业一页的登记表（左边是栏目，右边是内容），没有导入。请改成一家一行的表。"),
    "side_by_side": N_("表里并排放着几组相同的列（“企业名称”出现了几次）。请把它们上下接起来，再重新上传。"),
    "failed": N_("处理时出错，没有写入任何内容。请再试一次；仍然出错请告诉管理员。"),
    "sheet_without_head": N_("工作表“%(sheet)s”里没有认出表头，请取消勾选，或单独导入它。"),
    "profile": N_("表头与列映射方案“%(name)s”不符，没有导入。"),
    "not_all": N_("还有 %(count)s 行没有解决；您选择了“全部或全不”，所以没有写入任何内容。"),
    "disk_full": N_("服务器磁盘已满，没有写入任何内容。请联系管理员清理磁盘后再试。"),
    "read_only": N_("数据库目前只能读（可能正在维护），没有写入任何内容。请稍后再试。"),
    "interrupted": N_("处理中断了（服务重启或数据库断开），没有写入任何内容。请再试一次。"),
    "one_by_one": N_("这种内容一次最多导入 %(limit)s 行，请拆成几个文件上传。只有企业名录可以一次导入更多。"),
    "no_rows": N_("表头下面没有数据。"),
}


class ImportProblem(Exception):
    """The file or sheet was not taken; nothing was changed. ``str()`` is the reason in the user's language."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code, self.details = code, details

    def __str__(self) -> str:
        return sentence(self.code, self.details)


class UnreadableFile(ImportProblem):
    """The file cannot be read."""


class HeadNotFound(ImportProblem):
    """The sheet's columns are not understood."""


def sentence(code: str, details: Mapping[str, Any]) -> str:
    """What the user reads."""
    return gettext(MESSAGES[code], **{key: readable(key, value) for key, value in details.items()})


def readable(key: str, value: Any) -> Any:
    """A number with its commas; the row of a sheet as it stands beside it."""
    return f"{value:,}" if isinstance(value, int) and key != "row" else value
