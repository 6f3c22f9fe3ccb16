from typing import Any

from numpy.typing import NDArray

from metalog.scan.tokens import Scanned

def scan(block: bytes) -> Scanned: ...
def misfits(
    kind: NDArray[Any],
    first: NDArray[Any],
    second: NDArray[Any],
    allowed: NDArray[Any],
    times: NDArray[Any],
    plus: NDArray[Any],
    free: NDArray[Any],
    counted: int,
) -> NDArray[Any]: ...
