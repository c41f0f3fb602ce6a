"""People as messages name them: 王总, 刘工（研发）, 总经理周敏, 采购小赵."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华魏陶姜戚谢邹喻章苏潘葛范彭郎鲁韦马苗方俞任袁柳鲍史唐费廉岑薛雷贺倪汤"
    "滕殷罗毕郝邬康伍余顾孟黄穆萧尹姚邵汪毛狄臧戴宋庞熊纪舒屈项祝董梁杜阮闵季贾江童颜郭梅林钟徐邱骆高夏蔡田樊胡凌霍虞柯管卢莫"
    "房缪解应丁邓洪包石崔龚程邢裴陆荣翁侯宁仇甘武刘景詹龙叶黎白蒲赖卓蔺蒙池乔谭姬申冉桑桂牛尚温庄晏柴瞿阎连艾容古易廖耿匡文欧"
    "聂辛简饶曾沙丰关查游覃肖涂付冼麦区甄岳帅"
)
#: A word that also begins a longer one (总部, 工业, 董事会) is none of a person's.
TITLES = (
    "副?董事长|副?总经理|副?总裁|副?总监|副总|副?经理|总工|总(?![部体共计投量额是产面公结承])|工(?![业厂作程艺人地期序资商信])"
    "|董(?![事秘])|董秘|副?主任|副?处长|副?厂长|副?部长|主管|博士|教授|女士|小姐|先生|老师|秘书|助理|书记|专员"
)
#: 方 in 对方 is nobody.
NAMED = re.compile(
    f"(?<![对我双各业](?=方))([{SURNAMES}])((?!秘)[一-龥]{{0,2}}?)({TITLES})(?:[（(][^）)]{{1,12}}[）)])?"
)
#: What stands behind a name rather than in it.
BEHIND = r"(?=[，,。；;、：:\s（）()]|$|[和与及等说也在陪接参碰聊见谈]|表示|反映|负责)"
TITLED = re.compile(
    f"(?:董事长|总经理|总裁|总监|总工|经理|厂长|主任|部长|董秘|秘书|主管|负责人)([{SURNAMES}])([一-龥]{{1,2}}){BEHIND}"
)
FAMILIAR = re.compile(f"[小老]([{SURNAMES}])(?![一-龥]{{0,2}}?(?:{TITLES})){BEHIND}")


@dataclass(frozen=True)
class Named:
    """A person as a text names her: the words, the surname, and whether more of the name is given."""

    words: str
    surname: str
    is_whole: bool


def named_in(text: str) -> Iterator[Named]:
    """The people whom a text names, those by their whole names first. Somebody of a surname whose whole name stands
    there too (总经理周敏 … 周总) is one person."""
    whole = [Named(match[1] + match[2], match[1], True) for match in TITLED.finditer(text)]
    yield from whole
    rest = TITLED.sub(lambda match: " " * len(match.group()), text)
    known = {person.surname for person in whole}
    found = [(match.start(), Named(match.group(), match[1], bool(match[2]))) for match in NAMED.finditer(rest)]
    found += [(match.start(), Named(match.group(), match[1], False)) for match in FAMILIAR.finditer(rest)]
    for _place, person in sorted(found, key=lambda each: each[0]):
        if person.is_whole or person.surname not in known:
            yield person
