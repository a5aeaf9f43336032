"""What stands around the words that are read: their sentence and their article."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAN = re.compile(
    r"\b(?:will|would|shall|may|might|could|can|must|should|plan(?:s|ned|ning)?|intend\w*|aim(?:s|ed)?"
    r"|mean(?:s|t)? to|hop(?:e|es|ed|ing)|promis\w+|vow\w*|threat\w+|demand\w*|order(?:s|ed)?|urg\w+|call(?:s|ed)? (?:on|for)"
    r"|ask(?:s|ed)?|agree[sd]? to|due|(?:is|are|was|were) to|prepar\w+|expect\w*|schedul\w+|set to"
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

_CLAUSE = re.compile(r"[;:]|[.!?]\s|\s–\s|, (?:and|but|while|which|who|after|when|where)\b")


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
        if _SAID.search(self.before):
            return False
        clause = _CLAUSE.split(self.before)[-1]
        if _PLAN.search(clause) or (_LIMIT.search(clause) and _PLAN.search(self.before)):
            return True
        opens = len(clause.split()) <= 2
        return opens and bool(_PLAN.search(_CLAUSE.split(self.after)[0]))
