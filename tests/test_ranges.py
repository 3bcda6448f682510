"""Which part of a file a Range field asks for (RFC 9110 section 14)."""

from __future__ import annotations

import pytest

from feedsvc.web.conditional import ByteRange, UnsatisfiableRange, requested_range


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("bytes=0-9", ByteRange(0, 10)),
        ("BYTES=0-9", ByteRange(0, 10)),
        ("bytes=5-", ByteRange(5, 100)),
        ("bytes=99-", ByteRange(99, 100)),
        ("bytes=99-99", ByteRange(99, 100)),
        ("bytes=50-1000", ByteRange(50, 100)),
        ("bytes=-1", ByteRange(99, 100)),
        ("bytes=-100", ByteRange(0, 100)),
        ("bytes=-101", ByteRange(0, 100)),
        ("bytes= ,0-9, ", ByteRange(0, 10)),
        (" bytes=000-0000000000000000000000009", ByteRange(0, 10)),
        ("bytes=0-" + "9" * 5000, ByteRange(0, 100)),
        ("bytes=-" + "9" * 5000, ByteRange(0, 100)),
        ("bytes=100-", UnsatisfiableRange),
        ("bytes=100-100", UnsatisfiableRange),
        ("bytes=" + "9" * 5000 + "-", UnsatisfiableRange),
        ("bytes=-0", UnsatisfiableRange),
        ("", None),
        ("bytes", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=--1", None),
        ("bytes=9-8", None),
        ("bytes=1-2-3", None),
        ("bytes=0-1,5-6", None),
        ("bytes=0-1 5-6", None),
        ("bytes:0-1", None),
        ("bytes=0x1-2", None),
        ("bytes=a-b", None),
        ("bytes=+1-2", None),
        ("bytes=١-٢", None),
        ("lines=0-1", None),
        ("bytes =0-1", None),
    ],
)
def test_a_single_range_of_bytes_is_understood(
    field: str, expected: ByteRange | type[Exception] | None
) -> None:
    if isinstance(expected, type):
        with pytest.raises(expected):
            requested_range({"HTTP_RANGE": field}, '"t"', 100)
    else:
        assert requested_range({"HTTP_RANGE": field}, '"t"', 100) == expected


def test_an_empty_file_has_no_parts() -> None:
    assert requested_range({"HTTP_RANGE": "bytes=-1"}, '"t"', 0) is None
    for range_ in ("bytes=0-", "bytes=0-0", "bytes=-0"):
        with pytest.raises(UnsatisfiableRange):
            requested_range({"HTTP_RANGE": range_}, '"t"', 0)
