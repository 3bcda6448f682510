"""Media types of the files that articles link, and the files that are never served."""

from __future__ import annotations

import re
from dataclasses import dataclass

# By extension, in lower case. The standard library's table depends on the machine. Browsers display
# these types.
_INLINE = {
    ".apng": "image/apng",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".jxl": "image/jxl",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".aac": "audio/aac",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".m4b": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".weba": "audio/webm",
    ".m4v": "video/mp4",
    ".mkv": "video/matroska",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".mpeg": "video/mpeg",
    ".mpg": "video/mpeg",
    ".ogv": "video/ogg",
    ".webm": "video/webm",
    ".vtt": "text/vtt",
    ".pdf": "application/pdf",
}

# Browsers save these types.
_ATTACHMENTS = {
    ".7z": "application/x-7z-compressed",
    ".azw3": "application/vnd.amazon.ebook",
    ".bib": "text/x-bibtex",
    ".bz2": "application/x-bzip2",
    ".csv": "text/csv",
    ".diff": "text/x-diff",
    ".djvu": "image/vnd.djvu",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".eps": "application/postscript",
    ".epub": "application/epub+zip",
    ".geojson": "application/geo+json",
    ".gpx": "application/gpx+xml",
    ".gz": "application/gzip",
    ".ics": "text/calendar",
    ".ipynb": "application/x-ipynb+json",
    ".jar": "application/java-archive",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".kmz": "application/vnd.google-earth.kmz",
    ".lrc": "text/plain",
    ".mid": "audio/midi",
    ".midi": "audio/midi",
    ".mobi": "application/x-mobipocket-ebook",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".otf": "font/otf",
    ".parquet": "application/vnd.apache.parquet",
    ".patch": "text/x-diff",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".ps": "application/postscript",
    ".psd": "image/vnd.adobe.photoshop",
    ".rar": "application/vnd.rar",
    ".rtf": "application/rtf",
    ".srt": "application/x-subrip",
    ".stl": "model/stl",
    ".tar": "application/x-tar",
    ".tex": "application/x-tex",
    ".tgz": "application/gzip",
    ".torrent": "application/x-bittorrent",
    ".tsv": "text/tab-separated-values",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".vcf": "text/vcard",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xz": "application/x-xz",
    ".zip": "application/zip",
    ".zst": "application/zstd",
}
MEDIA_TYPES = _INLINE | _ATTACHMENTS
UNKNOWN_TYPE = "application/octet-stream"  # if a type is required (RFC 2046 section 4.5.1)

# A link to one of these means a page or an article in some markup: its source is never served.
_PAGES = frozenset(
    f".{suffix}"
    for group in (
        "html htm xhtml xht shtml mhtml mht php phtml asp aspx jsp cgi",
        "md markdown mdown mkd mkdn mdx rst adoc asciidoc org textile dj lr",
    )
    for suffix in group.split()
)
# Databases, keys, settings: a link to one by mistake would disclose it. One of these words counts
# anywhere after the first dot, as in `ledger.db.gz`.
_SECRET_SUFFIXES = frozenset((
    "cfg", "conf", "db", "db3", "env", "ini", "jks", "kdb", "kdbx", "key", "keystore", "p12", "pem",
    "pfx", "pgpass", "ppk", "properties", "secret", "sqlite", "sqlite3", "sqlitedb", "toml",
))  # fmt: skip
_SECRET_NAME = re.compile(
    r"(?<![a-z])(?:config|settings|secrets?|credentials?|passwords?|passwd|htpasswd|ledger"
    r"|private[ _-]?key|id_(?:rsa|dsa|ecdsa|ed25519))(?![a-z])"
)
_PLAIN_SUFFIX = re.compile(r"\.[a-z0-9]{1,9}", re.ASCII)

# Browsers execute nothing in a file, whatever its content.
POLICY = "default-src 'none'; sandbox"
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True, slots=True)
class Serving:
    """How a file is served: its media type, its policy, and whether browsers save it."""

    media_type: str
    policy: str = POLICY
    saved: bool = False


def serving(path: str) -> Serving | None:
    """How the file at a path is served; None if its name is never served."""
    if is_page(path) or is_secret(path):
        return None
    suffix = suffix_of(path)
    if suffix == ".svg":
        return Serving(_INLINE[suffix], SVG_POLICY)
    if suffix in _INLINE:
        return Serving(_INLINE[suffix])
    return Serving(_ATTACHMENTS.get(suffix, UNKNOWN_TYPE), saved=True)


def is_page(path: str) -> bool:
    """Whether the name is that of a web page or of an article's source."""
    return suffix_of(path) in _PAGES


def is_secret(path: str) -> bool:
    """Whether the name suggests settings, a database or a key, which must not be published."""
    name = path.rpartition("/")[2].lower()
    if suffix_of(name) in _INLINE:
        return False
    suffixes = (part.partition("-")[0] for part in name.split(".")[1:])  # also `.db-wal`
    return not _SECRET_SUFFIXES.isdisjoint(suffixes) or bool(_SECRET_NAME.search(name))


def suffix_of(path: str) -> str:
    """The extension of a path in lower case, such as `.mp3`."""
    stem, _, suffix = path.rpartition("/")[2].rpartition(".")
    return f".{suffix.lower()}" if stem and suffix else ""


def address_suffix(path: str) -> str:
    """The extension of the file's address, by which caches recognise media."""
    suffix = suffix_of(path)
    return suffix if _PLAIN_SUFFIX.fullmatch(suffix) else ".bin"
