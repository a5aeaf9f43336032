"""Llm: asks a chat model for events, through any server that speaks OpenAI's chat completions.

The model never counts characters. It names a sentence and quotes words; quotes are looked up in
the sentence's tokens. Quotes that do not occur there, and names outside the scheme, are dropped
and counted. See docs/llm.md.
"""

from eventbench_baselines.llm.system import Llm

__all__ = ["Llm"]
