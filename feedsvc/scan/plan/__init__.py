"""What a scan does to subscribers: decided from plain values, without I/O and without a clock."""

from feedsvc.scan.plan.first_import import Import, make_import
from feedsvc.scan.plan.originals import SAME_ORIGINAL
from feedsvc.scan.plan.plan import make_plan
from feedsvc.scan.plan.release import Announcing
from feedsvc.scan.plan.values import FolderInput, Plan

__all__ = [
    "SAME_ORIGINAL",
    "Announcing",
    "FolderInput",
    "Import",
    "Plan",
    "make_import",
    "make_plan",
]
