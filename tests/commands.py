"""Commands run in this process, which is much faster than to start one for each."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli.commands import main
from tests.site import Site


def invoke(site: Site, *arguments: str, at: Path | None = None) -> Result:
    """Run `feedsvc ARGUMENTS` on this site, in the folder `at`; log and variables stay ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("logging.config.dictConfig", lambda _: None)
        patch.setenv("FEEDSVC_CONFIG", str(site.file))
        patch.chdir(at or site.base)
        return CliRunner().invoke(main, arguments)
