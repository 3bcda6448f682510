"""No secret of the configuration appears in what a command prints or logs."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import make_url

from feedsvc.ledger.redaction import redacted, without_secrets
from tests.commands import invoke
from tests.site import Site

SECRET = "hunter2-swordfish"  # noqa: S105 - one that is to be looked for
OPTIONS = (
    "password", "PASSWORD", "Password", "sslpassword", "SSLPASSWORD", "pass", "passwd", "pwd",
    "token", "apikey", "options", "oauth_client_secret", "krbsrvname", "unheard-of",
)  # fmt: skip
ADDRESSES = (
    *(f"postgresql://u@127.0.0.1:1/db?{option}={SECRET}" for option in OPTIONS),
    *(f"postgresql://u@127.0.0.1:1/db?sslmode=prefer&{option}={SECRET}" for option in OPTIONS),
    f"postgresql://u:{SECRET}@127.0.0.1:1/db",
    f"postgresql://u:{SECRET}%21@127.0.0.1:1/db",
    f"postgresql://u:{SECRET}@127.0.0.1:54x2/db",
    f"postgresql://u:{SECRET}127.0.0.1:5432/db",
    f"postgresql://u:{SECRET}@:1/db",
    f"postgresql://u:a@{SECRET}@127.0.0.1:1/db",
    f"postgresql://u:a@b/{SECRET}@127.0.0.1:1/db",
    f"postgresql://u:{SECRET}@[::1/db",
    *(
        f"postgresql://u@127.0.0.1:1/db{sign}password={SECRET}"
        for sign in ("&", "#", ";", "%3F", "?sslmode=prefer;", "?sslmode=prefer%26")
    ),
    f"postgresql://u@127.0.0.1:1/password={SECRET}",
    f"postgresql://u@127.0.0.1:1/db?port={SECRET}",
    f"postgresql://u@/db?host=127.0.0.1:{SECRET}",
    f"postgresql://u@127.0.0.1:1/db?user=u:{SECRET}",
    f"postgresql://u@/db?host=127.0.0.1:1&host=127.0.0.1&port=1&port={SECRET}",
    f"postgresql:/u:{SECRET}@127.0.0.1/db",
    f"postgres://u:{SECRET}@127.0.0.1:1/db",
    f"mysql://u:{SECRET}@127.0.0.1/db",
    f"u:{SECRET}@127.0.0.1",
    f"sqlite:///x.db?key={SECRET}",
    f"sqlite://u:{SECRET}@host/x.db",
)


def hidden(site: Site, commands: tuple[str, ...], log: pytest.LogCaptureFixture) -> None:
    """These commands say something, and nothing of the secret."""
    for command in commands:
        told = invoke(site, command)
        assert told.output
        assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
        for text in (told.output, log.text):
            assert "swordfish" not in text


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_command_shows_a_secret_of_the_file(
    site: Site, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    site.file.write_text(site.file.read_text().replace("sqlite:///ledger.db", address))
    hidden(site, ("config", "status"), caplog)


@pytest.mark.parametrize("address", ADDRESSES[::7])
def test_no_command_shows_a_secret_of_the_environment(
    site: Site, address: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_STORE__URL", address)
    hidden(site, ("config", "scan", "plan", "check"), caplog)


def test_what_is_no_secret_stays_readable() -> None:
    address = "postgresql+psycopg://desk:x@db.example:5432/news?sslmode=verify-full&sslrootcert=ca"
    assert redacted(address) == address.replace("desk:x", "desk:***")


def test_a_secret_is_taken_out_of_what_the_driver_says() -> None:
    url = make_url("postgresql://u:hunter%402@h/db?options=-c%20a%3Dsword")
    said = "could not use hunter@2, hunter%402 or '-c a=sword' of u"
    assert without_secrets(said, url) == "could not use ***, *** or '***' of u"
