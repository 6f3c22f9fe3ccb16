from collections.abc import Sequence

from metalog.columns import Array, Columns
from metalog.scan.tokens import Matches
from metalog.structure.portable import Table

def look(
    tokens: Matches,
) -> tuple[Array, Array, Array, Array, Array, Array, Array, Array, Array, Array, Array, list[int]]: ...
def tabulate(
    kind: Array, number: Array, at: Array, walked: Array, context: Array
) -> tuple[Array, Array, Array, Array]: ...
def gather(
    tokens: Matches, bounds: Array, tables: Sequence[Table], headers: Columns, begin: int = 0
) -> tuple[Array, Array]: ...
