"""The gap tables of the samples, worked by hand from their spreadsheets.

Weights: 链主 3, 重点 2, any other and none 1. Probabilities: 线索 0.05, 研判 0.1, 洽谈 0.25, 签约 0.6, 开工 0.9.
Left out: 赤霄 (暂缓), 铸元 (流失), 汉阳 (中止), 宏图与岐江 (合作牵线 makes no supply), 岐江 and 铸光 (a company that
already counts in the segment expands).
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app import create_app
from crm.chain.models import Chain, Segment
from crm.database import db
from crm.gaps.analysis import Gap
from crm.gaps.queries import gaps_of
from tests.conftest import clone, settings_for

#: segment: (status, supply, expected, gap, open gap)
DEMO = {
    # 0 of 3; 星火 0.25 × 1: 5 × (1 − 0.25/3)
    "激光晶体": ("缺失", 0, 0.25, 5, 4.5833),
    # 0 of 2; 澄明 0.25 × 1: 5 × (1 − 0.25/2)
    "泵浦源": ("缺失", 0, 0.25, 5, 4.375),
    # 0 of 2; 北辰 0.6, 云锦 0.1, 曙河 0.1: 5 × (1 − 0.8/2)
    "特种光纤": ("缺失", 0, 0.8, 5, 3),
    # 0 of 2; 瞬时 0.25: 4 × (1 − 0.25/2)
    "超快激光器": ("缺失", 0, 0.25, 4, 3.5),
    # 岐江 (2, other) of 6: 5 × (1 − 1/3)
    "激光器": ("薄弱", 2, 0, 3.3333, 3.3333),
    # 0 of 2; 康域 0.6, 明瞳 0.1: 3 × (1 − 0.7/2)
    "激光医疗设备": ("缺失", 0, 0.7, 3, 1.95),
    # 香山光电 (2) of 4; 远帆 0.25: 4 × 1/2, 4 × (1 − 2.25/4)
    "光电元器件": ("基本具备", 2, 0.25, 2, 1.75),
    # 岐江 (2) of 3; 宏图 0.25 × 3: 5 × 1/3, 5 × (1 − 2.75/3)
    "光纤激光器": ("基本具备", 2, 0.75, 1.6667, 0.4167),
    # 石岐 (1) of 2; 紫电 0.05: 3 × 1/2, 3 × (1 − 1.05/2)
    "固体激光器": ("基本具备", 1, 0.05, 1.5, 1.425),
    # 东凤 (1) of 2; 天工 0.05
    "激光熔覆与增材装备": ("基本具备", 1, 0.05, 1.5, 1.425),
    # 三角 (1) of 2; 凌波 0.6: 3 × (1 − 1.6/2)
    "激光光学镜头": ("基本具备", 1, 0.6, 1.5, 0.6),
    # 坦洲 (1) of 2; 云眼 0.25 × 2, 测远 0.1, 衡准 0.05: 3 × (1 − 1.65/2)
    "激光测量仪器": ("基本具备", 1, 0.65, 1.5, 0.525),
    # 五桂 (1), 三角 (1, other) of 3: 4 × 1/3
    "光学材料": ("基本具备", 2, 0, 1.3333, 1.3333),
    # 港口 (2), 铸光 (3, other) of 6: 4 × 1/6
    "激光装备": ("基本具备", 5, 0, 0.6667, 0.6667),
    # 铸光 3, 小榄 2, 南头 1, 港口 (2, other) of 4; 鼎力 0.9 × 2, 南屿 0.25, 锦程 0.6, 万域 0.25
    "激光切割焊接装备": ("优势", 8, 2.9, 0, 0),
    # 横栏 (1), but nobody has said how many are wanted
    "激光应用": ("未评估", 1, 0, None, None),
}


@pytest.fixture(scope="module")
def loaded(sample_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An application context on a database that holds the letter and the demo."""
    url = clone(sample_url, f"gaps_{worker_id}")
    app = create_app(settings_for(url, tmp_path_factory.mktemp("gaps")))
    with app.app_context():
        yield
        db.session.close()
        db.engine.dispose()


def gaps_by_name(slug: str) -> dict[str, Gap]:
    chain_id = db.session.scalars(select(Chain.id).where(Chain.slug == slug)).one()
    names = {segment.id: segment.name for segment in db.session.scalars(select(Segment))}
    return {names[gap.segment_id]: gap for gap in gaps_of(chain_id)}


def rounded(gap: Gap) -> tuple[str, float, float, float | None, float | None]:
    sizes = [None if value is None else round(float(value), 4) for value in (gap.gap, gap.open_gap)]
    return gap.status.label, float(gap.supply), float(gap.expected), sizes[0], sizes[1]


@pytest.mark.usefixtures("loaded")
def test_the_demo_chain_is_as_worked_by_hand():
    assert {name: rounded(gap) for name, gap in gaps_by_name("demo-laser").items()} == DEMO


@pytest.mark.usefixtures("loaded")
def test_the_demo_chain_shows_every_status():
    assert {gap.status.label for gap in gaps_by_name("demo-laser").values()} == {
        "未评估",
        "缺失",
        "薄弱",
        "基本具备",
        "优势",
    }


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(("slug", "segments"), [("laser", 20), ("display", 8)])
def test_with_the_letters_facts_alone_nothing_is_missing_but_everything_unassessed(slug, segments):
    found = gaps_by_name(slug)
    assert len(found) == segments
    assert {gap.status.label for gap in found.values()} == {"未评估"}
    assert all(gap.supply == gap.expected == 0 for gap in found.values())
