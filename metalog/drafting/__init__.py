"""From a log in an unknown format to a declaration to start from."""

from metalog.drafting.drafter import Draft, draft

__all__ = ["Draft", "draft"]
