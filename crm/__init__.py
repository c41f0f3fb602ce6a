"""The domain of investment attraction (招商), a folder per slice, low to high.

Glossary: code name — UI term — meaning.

Chain 产业链 — a tree of segments. Segment 环节 — a node of it: position 上/中/下游, importance 1–5,
wanted (firm-equivalents the city wants), terms by which companies are recognised.
Cluster 集群 — a region and its cities (GB/T 2260 codes).
Company 企业 — a legal person; being a target (on lists, with an owner or in the pool 名录池) and being local
are relations, not kinds. Tier 梯队 — 链主, 重点 …: a set. TargetList 招商清单. Contact 联系人 (PIPL).
Interaction 接触记录 — a visit, call or other contact: the day it happened apart from the day it was entered, the
officer whose contact it was apart from who typed it (代录). Task 待办.
Project 招商项目 — on a Route 路径 of ordered Stages 阶段, each with a phase that figures compare. Status 状态 is apart.
Gate 关口 — what must be known to enter a stage. StageChange 阶段变更. Instruction 批示 — followed up as 督办.
Triage 线索研判 — pursue, hold or drop. Dispatch 交办 — a lead handed to an office. Admission 准入联审 — the Opinions of
offices and a body's decision. Agreement 协议 and each Promise 承诺 of it. RedLine 红线. Milestone 节点.
Claim 首谈 — who leads the talks. WeeklyLine 周进展; CoordinationItem 需协调事项. Demand 诉求 — what a company asks.
Insider 知情人. Trip 出访计划 of stops. Notice 提醒 — a count and a link. Document 文档 in versions. HandOver 移交.
Merge 合并. Reshaping — segments cut anew.
GapSnapshot — a gap's figures of a month; judgement — a manager's status beside the calculated one.
Holding: a row's owner and office. Pool 名录池: companies nobody owns.
Units stand in names: ``_wan`` 万元, ``_mu`` 亩, ``_m2`` ㎡. Times are UTC, shown in Asia/Shanghai.
"""
