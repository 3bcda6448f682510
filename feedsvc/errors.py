"""The few kinds of failure that a caller can act on; each message is one sentence for its user."""


class FeedsvcError(Exception):
    """Something the user or operator can fix: the message says what, where and what to do."""


class ConfigError(FeedsvcError):
    """The configuration is wrong, or is not there."""


class LedgerUnavailable(FeedsvcError):
    """The ledger cannot be reached, or nobody has scanned into it yet."""


class LedgerGone(LedgerUnavailable):
    """The ledger's file is not there: it was never made, or somebody has removed it."""


class LedgerBusy(LedgerUnavailable):
    """Another process has locked the ledger, or all connections to it are in use."""


class NoRoom(FeedsvcError):
    """The temporary folder is full."""


class ScanStopped(FeedsvcError):
    """A scan was told to stop before it had committed anything; the next one does it all."""

    def __init__(self) -> None:
        super().__init__("the scan was stopped before it had published anything")


class LeaseHeld(FeedsvcError):
    """Another process holds the lease; `holder` says which.

    Attributes:
        holder: the other process, as `HOST process PID`.
    """

    def __init__(self, name: str, holder: str) -> None:
        super().__init__(f"the {name} lease is held by {holder}")
        self.holder = holder


class LeaseLost(FeedsvcError):
    """Another process took the lease over, so what this one was about to commit is refused."""


def in_one_line(error: FeedsvcError) -> str:
    """The message, for the log: several sentences on one line."""
    return "; ".join(str(error).splitlines())
