"""What REDbot notes of answers: `python -m tests.redbot_notes URL...`, in a process of its own,
for it and its event loop are not as strict about warnings as our tests are."""

from __future__ import annotations

import json
import sys
from configparser import ConfigParser
from functools import partial

import thor
from redbot.resource import HttpResource


def main(urls: list[str]) -> None:
    """Print a map of each URL to a list of level, kind and text of each note."""
    config = ConfigParser()
    config.read_dict({"redbot": {"enable_local_access": "True"}})
    noted: dict[str, list[tuple[str, str, str]]] = {}

    def done(url: str, resource: HttpResource) -> None:
        notes = [each for note in resource.response.notes for each in (note, *note.subnotes)]
        noted[url] = [(note.level.name, type(note).__name__, note.summary) for note in notes]
        if len(noted) == len(urls):
            thor.stop()

    for url in urls:
        resource = HttpResource(config["redbot"])
        resource.set_request(url)
        resource.once("check_done", partial(done, url, resource))
        resource.check()
    thor.run()
    print(json.dumps(noted))  # noqa: T201 - its only output


if __name__ == "__main__":
    main(sys.argv[1:])
