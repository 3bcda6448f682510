"""What a scan does to subscribers: decided from plain values, without I/O and without a clock."""

from feedsvc.scan.plan.plan import SAME_ORIGINAL, make_plan
from feedsvc.scan.plan.values import Articles, FolderInput, Plan

__all__ = ["SAME_ORIGINAL", "Articles", "FolderInput", "Plan", "make_plan"]
