"""What stands around the words that are read: their sentence and their article."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAN = re.compile(
    r"\b(?:will|would|shall|may|might|could|can|must|should|plan(?:s|ned|ning)?|intend\w*"
    r"|aim(?:s|ed)?|mean(?:s|t)? to|hop(?:e|es|ed|ing)|promis\w+|vow\w*|threat\w+|demand\w*"
    r"|order(?:s|ed)?|urg\w+|call(?:s|ed)? (?:on|for)|ask(?:s|ed)?|agree[sd]? to|due"
    r"|(?:is|are|was|were) to|prepar\w+|expect\w*|schedul\w+|set to"
    r"|deadlines?|ultimatum|propos\w+|offer(?:s|ed)?|pledg\w+|going to)\b|'ll\b",
    re.I,
)
"""Words of plans, orders and conditions, whose times lie ahead."""

_LIMIT = re.compile(r"\b(?:by|until|till|before|from)\s+(?:the\s+)?$", re.I)
_SAID = re.compile(
    r"\b(?:said|told|announced|reported|warned|wrote|declared|added|issued|denied|claimed|ordered"
    r"|promised|threatened|vowed|demanded|agreed)(?:\s+(?!to\b|that\b)\w+){0,2}\s+(?:on|late|early)"
    r"(?:\s+the)?\s*$",
    re.I,
)
"""A verb of saying right before a time: the time is that of the saying."""

_FAILED = re.compile(
    r"\b(?:fell through|came to nothing|failed|could not"
    r"|(?:may|might|could|would|should|must) have)\b",
    re.I,
)
"""Words of what was tried or is supposed to have happened, whose times are past."""

_NEAR = 5
"""Words after a time that opens its clause among which a verb of plans is looked for."""

_CLAUSE = re.compile(r"[;:]|[.!?]\s|\s–\s|, (?:but|while|which|who|after|when|where)\b")


@dataclass(frozen=True)
class Context:
    """The surroundings of the words that are read.

    Attributes:
        before: the text of the sentence before the words; all of it if they are not in it.
        after: the text of the sentence after the words.
        earlier: the text of the article before the sentence; empty if not known.
        article: the text of the article; of the sentence if the article is not known.
    """

    before: str = ""
    after: str = ""
    earlier: str = ""
    article: str = ""

    @classmethod
    def of(cls, words: str, sentence: str, article: str) -> Context:
        """Find the first occurrence of the words as whole words in the sentence."""
        found = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", sentence)
        before, after = (
            (sentence[: found.start()], sentence[found.end() :]) if found else (sentence, "")
        )
        earlier = article[: max(article.find(sentence), 0)] if sentence else ""
        return cls(before, after, earlier, article or sentence)

    def plans(self) -> bool:
        """Return True if the clause tells of something planned, ordered or possible."""
        clause, rest = _CLAUSE.split(self.before)[-1], _CLAUSE.split(self.after)[0]
        if _SAID.search(self.before) or _FAILED.search(f"{clause} {rest}"):
            return False
        if _PLAN.search(clause) or (_LIMIT.search(clause) and _PLAN.search(self.before)):
            return True
        opens = len(clause.split()) <= 2
        return opens and bool(_PLAN.search(" ".join(rest.split()[:_NEAR])))
