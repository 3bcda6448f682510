"""Web addresses: what a feed can carry."""

import pytest

from feedsvc.addresses import to_uri
from feedsvc.model import Original
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats import news
from feedsvc.reading.source import Source


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://example.org/caf%C3%A9?a=1&b=%20", "https://example.org/caf%C3%A9?a=1&b=%20"),
        (
            "https://example.org/café/ü?q=ß#é",
            "https://example.org/caf%C3%A9/%C3%BC?q=%C3%9F#%C3%A9",
        ),
        ("https://bücher.example:8080/", "https://xn--bcher-kva.example:8080/"),
        ("http://[::1]:8080/a?", "http://[::1]:8080/a?"),
        ("http://[::1]:8080/a[1]?b[]=[#[", "http://[::1]:8080/a%5B1%5D?b%5B%5D=%5B#%5B"),
        ("http://[::1]/é", "http://[::1]/%C3%A9"),
    ],
)
def test_an_address_is_written_in_ascii(written: str, address: str) -> None:
    assert to_uri(written) == address


def test_an_original_is_kept_as_feeds_can_carry_it() -> None:
    text = "# T\n\nOriginal: [S](https://example.org/café)\n\nText.\n"
    assert news.read(Source("a.txt", text)).original == Original(
        "S", "https://example.org/caf%C3%A9"
    )


@pytest.mark.parametrize("address", ["https://" + "é" * 70 + ".example/", "https://a..é/"])
def test_a_host_that_no_name_server_could_know_is_a_bad_link(address: str) -> None:
    with pytest.raises(ReadError, match="host") as caught:
        news.read(Source("a.txt", f"# T\n\nOriginal: [S]({address})\n\nText.\n"))
    assert (caught.value.code, caught.value.line) == ("bad-link", 3)
