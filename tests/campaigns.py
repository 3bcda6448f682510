"""How far the tests go that try what chance brings: a little in `make test`, far in `make soak`.

CAMPAIGN=long makes the long form. The short forms are whole tests with fewer examples.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

LONG = os.environ.get("CAMPAIGN") == "long"


def examples(short: int, long: int, *, same: bool = False, **options: Any) -> settings:
    """So many examples; the `same` ones at each short run, other ones at each long run."""
    return settings(
        max_examples=long if LONG else short,
        deadline=None,  # a busy machine is no mistake
        derandomize=same and not LONG,
        **options,
    )
