"""Llm: asks a chat model, through any server that speaks OpenAI's chat completions.

Prompts are made, and answers read, by `eventbench.prompts`. See docs/llm.md.
"""

from eventbench_baselines.llm.system import Llm

__all__ = ["Llm"]
