"""Which part of a file a Range field asks for (RFC 9110 section 14)."""

from __future__ import annotations

import pytest

from feedsvc.web.ranges import Part, Unsatisfiable, wanted


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("bytes=0-9", Part(0, 10)),
        ("BYTES=0-9", Part(0, 10)),
        ("bytes=5-", Part(5, 100)),
        ("bytes=99-", Part(99, 100)),
        ("bytes=99-99", Part(99, 100)),
        ("bytes=50-1000", Part(50, 100)),
        ("bytes=-1", Part(99, 100)),
        ("bytes=-100", Part(0, 100)),
        ("bytes=-101", Part(0, 100)),
        ("bytes= ,0-9, ", Part(0, 10)),
        (" bytes=000-0000000000000000000000009", Part(0, 10)),
        ("bytes=0-" + "9" * 5000, Part(0, 100)),
        ("bytes=-" + "9" * 5000, Part(0, 100)),
        ("bytes=100-", Unsatisfiable),
        ("bytes=100-100", Unsatisfiable),
        ("bytes=" + "9" * 5000 + "-", Unsatisfiable),
        ("bytes=-0", Unsatisfiable),
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
    field: str, expected: Part | type[Exception] | None
) -> None:
    if isinstance(expected, type):
        with pytest.raises(expected):
            wanted({"HTTP_RANGE": field}, '"t"', 100)
    else:
        assert wanted({"HTTP_RANGE": field}, '"t"', 100) == expected


def test_an_empty_file_has_no_parts() -> None:
    assert wanted({"HTTP_RANGE": "bytes=-1"}, '"t"', 0) is None
    for range_ in ("bytes=0-", "bytes=0-0", "bytes=-0"):
        with pytest.raises(Unsatisfiable):
            wanted({"HTTP_RANGE": range_}, '"t"', 0)
