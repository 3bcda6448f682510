"""Makes a folder of articles: Markdown with YAML front matter, 2.8 kB each, always the same."""

from __future__ import annotations

import random
import re
from pathlib import Path

WORDS = re.findall(
    r"\w+",
    """
    the of and to in a is that for it as was with be by on not he his but at are this have from or
    had an they which one you were all her she there would their we him been has when who will no
    more if out so up said what its about than into them can only other time new some could these
    two may first then do any like my now over such our man me even most made after also
    """,
)
IN_A_FOLDER = 1000


def make(root: Path, number: int) -> Path:
    """Make `number` articles below `root`, unless they are there; returns their folder."""
    content = root / "content"
    done = root / "made"
    if not done.exists():
        chance = random.Random(7)  # noqa: S311 - the same articles everywhere
        paragraphs = [_paragraph(chance) for _ in range(997)]
        for index in range(number):
            write(content, index, paragraphs)
        done.touch()
    return content


def _paragraph(chance: random.Random) -> str:
    words = " ".join(chance.choice(WORDS) for _ in range(70)).capitalize()
    return f"{words} **bold** and [a link](https://example.org/x) *here*.\n"


def write(content: Path, index: int, paragraphs: list[str]) -> Path:
    """Write the article with this number."""
    folder = content / "post" / f"{index // IN_A_FOLDER:05}"
    if index % IN_A_FOLDER == 0:
        folder.mkdir(parents=True, exist_ok=True)
    some = [paragraphs[(index * 7 + turn * 131) % len(paragraphs)] for turn in range(7)]
    file = folder / f"a{index:07}.md"
    file.write_text(article(index, some), encoding="utf-8")
    return file


def article(index: int, paragraphs: list[str]) -> str:
    """The text of one article."""
    date = (
        f"20{10 + index % 16}-{1 + index % 12:02}-{1 + index % 28:02}"
        f"T{index % 24:02}:{index % 60:02}:00+00:00"
    )
    head = (
        f'---\ntitle: "Article number {index} & more"\ndate: {date}\nauthor: Author {index % 200}\n'
        f"tags: [tag{index % 37}, tag{index % 53}]\nsummary: A short summary of {index}.\n---\n\n"
    )
    first, rest = paragraphs[:5], paragraphs[5:]
    middle = "\n## Heading\n\n- one\n- two\n\n```python\nprint(1)\n```\n\n"
    return head + "\n".join(first) + middle + "\n".join(rest)
