"""What a scan does to subscribers: decided from plain values, without I/O and without a clock."""

from feedsvc.scan.plan.decide import make_plan
from feedsvc.scan.plan.first_import import Import, make_import
from feedsvc.scan.plan.release import Announcing
from feedsvc.scan.plan.values import Counts, Plan, Seen

__all__ = ["Announcing", "Counts", "Import", "Plan", "Seen", "make_import", "make_plan"]
