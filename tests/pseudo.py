"""A language for tests: every sentence that goes through the seam is marked, and nothing else."""

from __future__ import annotations

import gettext
import re


class Marked(gettext.NullTranslations):
    """Puts each msgid between brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


def unmarked(text: str) -> list[str]:
    """English that did not go through the seam: words outside the brackets that are not data."""
    # What a member wrote stands in quotes; mentions, times, commands and settings are not English.
    text = re.sub(r"“[^”⟦]*”|`[^`⟦]*`|<[^<>⟦\s]*>", "", text)
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = inner
    return re.findall(r"[A-Za-z]{2,}", text)
