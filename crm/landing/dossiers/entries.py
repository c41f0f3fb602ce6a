"""What was published of a chain's six, and its roster."""

from crm.chain.models import Chain
from crm.database import N_
from crm.landing.dossiers.models import DossierNote, RosterEntry
from crm.landing.entries import CompanyLink, Noun, line, link, prose, whole

CHAIN = link("chain", N_("产业链"), Chain, words="产业链", required=True, identity=True)

NOTE = Noun(
    "note",
    "dossier-notes",
    N_("六个一公布情况"),
    DossierNote,
    (
        CHAIN,
        whole("ordinal", N_("序号"), 1, 6, words="序号", required=True, identity=True),
        line("title", N_("内容"), words="内容"),
        prose("published", N_("已公布情况"), words="已公布情况"),
        prose("source", N_("来源"), words="来源"),
    ),
    title="title",
    parent="chain",
)
ROSTER = Noun(
    "roster_entry",
    "roster",
    N_("骨干企业名册"),
    RosterEntry,
    (
        CHAIN,
        link("company", N_("骨干企业"), CompanyLink(), words="骨干企业 企业名称 企业", required=True, identity=True),
        prose("source", N_("来源"), words="来源"),
    ),
    title="company",
    parent="chain",
)
