"""Which kinds of line tell something of a run, and which are noise."""

from __future__ import annotations

import re
from typing import Final

from metalog.drafting.cluster import Kind
from metalog.drafting.roles import counter_word

#: Words that make even a line that came once or twice worth a row.
_WORTHY = (
    "loss acc accuracy acc1 acc5 error err auc f1 bleu rouge score reward return map miou iou dice precision recall"
    " rmse mae mse ppl perplexity prec prec1 prec5 top1 top5 psnr ssim fid elbo nll cer wer logloss metric"
)
_MEASURES: Final = frozenset(_WORTHY.split())
_NOISE = re.compile(
    r"Warning\b|Traceback|Error:|\bFile \"|https?://|(?:^|[\s'\"(=])(?:\.{0,2}/|[A-Z]:\\)[\w.-]+/"  # messages, paths
    r"|^\(\w+\): |\b[A-Z]\w*\((?:\d|\w+=|\()|kernel_size|Namespace\(|torch\.Size|\w\([^()=]*\w="  # of objects
    r"|^\s*(?:at|in|from) |^[\w.]*\.py:\d"
)
#: What a line is shows at its begin.
_LONGEST: Final = 400
#: Text that no template can say.
_UNSPEAKABLE = re.compile(r"…|\(\?|[\x00-\x08\x0a-\x1f\x7f]")
#: A line with more numbers is no record.
MOST_COLUMNS: Final = 60
#: How a line begins that says that a run begins.
STARTS = re.compile(r"\W*(?:start|begin)\w* (?:of |the )?(?:train|run|experiment|optimi[sz])", re.IGNORECASE)
#: Lines of a kind without a counter and a measure must be so many, and show so many values.
_FEW, _VALUES = 4, 3


def is_record(kind: Kind) -> bool:
    """Tell whether lines of a kind may be records: they come again and again with other numbers, or measure something.

    The roles of its columns must be known.
    """
    if len(kind.columns) > MOST_COLUMNS or _NOISE.search(kind.first[:_LONGEST]) or not _has_words(kind):
        return False
    if not all(kind.literals[1:-1]) or _UNSPEAKABLE.search("".join(kind.literals)):
        return False
    count, measures = len(kind.lines), _measures(kind)
    if STARTS.match(kind.first):
        return count > 1
    if not kind.values:
        return count > 1 and any(counter_word(column) or len(kind.lines) >= _FEW for column in kind.counters)
    if kind.counters:
        return count > 1 or measures
    varies = any(len(set(column.texts)) >= _VALUES for column in kind.values)
    return (count >= _FEW and varies) or (measures and _has_fraction(kind))


def _has_words(kind: Kind) -> bool:
    return any(re.search(r"[^\W\d_]", literal) for literal in kind.literals) or bool(kind.counters)


def _measures(kind: Kind) -> bool:
    return any(_MEASURES & set(column.name.split("_")) for column in kind.values)


def _has_fraction(kind: Kind) -> bool:
    return any("." in text or column.sort == "percent" for column in kind.values for text in column.texts)
