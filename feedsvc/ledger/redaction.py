"""The ledger's address without its secrets, fit to be shown and logged."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus

from sqlalchemy.engine import URL, make_url

HIDDEN = "***"
PLAIN = re.compile(r"[\w./,~-]*(?::\d{1,5})?|[\d.:a-fA-F]+")  # a name, path, host:port or IPv6
SHORTEST = 4  # characters of a secret that is looked for in other texts; shorter ones are in words

# Options of a PostgreSQL connection that tell nobody anything
# (https://www.postgresql.org/docs/current/libpq-connect.html, section 32.1.2). All others are
# hidden, misspelt ones too: `sslpassword`, `pass`, `PASSWORD`, and `options`, which may set any.
HARMLESS = {
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname",
    "fallback_application_name", "gssencmode", "host", "hostaddr", "keepalives", "keepalives_count",
    "keepalives_idle", "keepalives_interval", "load_balance_hosts", "passfile", "port",
    "require_auth", "service", "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert",
    "sslcompression", "sslcrl", "sslcrldir", "sslkey", "sslmode", "sslnegotiation", "sslrootcert",
    "sslsni", "target_session_attrs", "tcp_user_timeout", "user",
}  # fmt: skip


def redacted(address: str | URL) -> str:
    """The database's address with its password and every option hidden that may be a secret."""
    url = make_url(address)
    hidden = {name: HIDDEN for name, value in url.query.items() if not _is_harmless(name, value)}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _is_harmless(name: str, value: str | tuple[str, ...]) -> bool:
    """Whether an option may be shown: `sslmode=prefer;password=x` is one option to libpq."""
    values = [value] if isinstance(value, str) else value
    return name in HARMLESS and all(map(PLAIN.fullmatch, values))


def without_secrets(text: str, url: URL) -> str:
    """A text of the driver's, in which no secret of the address is left."""
    for secret in sorted(_secrets(url), key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


def _secrets(url: URL) -> set[str]:
    """The secrets in this address, as they are and as they may be written."""
    found = {str(url.password)} if url.password else set()
    for name, value in url.query.items():
        if not _is_harmless(name, value):
            found.update([value] if isinstance(value, str) else value)
    ways = (str, quote, quote_plus, lambda one: repr(one)[1:-1])
    return {way(one) for one in found for way in ways}
