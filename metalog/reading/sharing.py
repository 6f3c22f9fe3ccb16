"""Shares many logs out: among threads here, or the workers of any executor, on this machine or others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from typing import Final, TypeVar

from metalog.errors import UsageError
from metalog.reading.threads import processors
from metalog.sources import Source

_T = TypeVar("_T")
#: A log and what its run is called.
Named = tuple[Source, str]
#: Sending a task takes about as long as reading a small log, so a task is several of them: at most so many, and so few
#: that there are enough tasks to keep that many workers busy.
_MOST_LOGS, _ENOUGH_TASKS = 16, 256
_BAR: Final = "Reading"


def map_logs(
    function: Callable[[Source, str], _T],
    logs: Sequence[Named],
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> list[_T]:
    """Return ``function(source, name)`` for all logs, in their order.

    Parameters
    ----------
    function
        What is done with a log. With an `executor` of processes it, and what it returns, must be picklable.
    logs
        Sources and their names.
    executor
        Any :class:`concurrent.futures.Executor`; it stays open. What only this process can open is worked on here.
    workers
        Without an executor: how many threads there are; by default as many as processors for this process.
    progress
        Show a bar on standard error, if that is a terminal.

    Raises
    ------
    UsageError
        If there is both an executor and a number of workers, or the executor is none.
    """
    if executor is not None and workers is not None:
        raise UsageError("an executor brings its own workers; give executor= or workers=, not both")
    if executor is not None and not hasattr(executor, "submit"):
        raise UsageError(f"executor is a {type(executor).__name__}, which has no submit(); see concurrent.futures")
    if len(logs) == 1 and executor is None:
        return [function(*logs[0])]
    here = ThreadPoolExecutor(workers or processors())
    tasks: dict[Future[list[_T]], list[int]] = {}
    try:
        for places, pool in _tasks(logs, executor, here):
            tasks[pool.submit(_work, function, [logs[place] for place in places])] = places
        return _collected(tasks, len(logs), progress)
    finally:
        for task in tasks:  # after an interruption, only what has begun is waited for
            task.cancel()
        here.shutdown()


def _tasks(
    logs: Sequence[Named], executor: Executor | None, here: ThreadPoolExecutor
) -> Iterator[tuple[list[int], Executor]]:
    """Yield the places of the logs of each task, and who gets it."""
    sent = [place for place, (source, _) in enumerate(logs) if executor is not None and not source.only_here]
    for place in sorted(set(range(len(logs))) - set(sent)):
        yield [place], here
    if executor is not None:
        size = min(max(len(sent) // _ENOUGH_TASKS, 1), _MOST_LOGS)
        for begin in range(0, len(sent), size):
            yield sent[begin : begin + size], executor


def _work(function: Callable[[Source, str], _T], logs: Sequence[Named]) -> list[_T]:
    return [function(source, name) for source, name in logs]


def _collected(tasks: dict[Future[list[_T]], list[int]], number: int, progress: bool) -> list[_T]:
    from tqdm import tqdm

    found: dict[int, _T] = {}
    with tqdm(desc=_BAR, total=number, unit=" logs", leave=False, disable=None if progress else True) as bar:
        for task in as_completed(tasks):
            found.update(zip(tasks[task], task.result(), strict=True))
            bar.update(len(tasks[task]))
    return [found[place] for place in range(number)]
