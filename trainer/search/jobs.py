"""A search from its first trial to its table, in one process or several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import torch

from metalog.stats.readable import Report
from trainer.engines.helper import end_with_caller
from trainer.search.reruns import run_again
from trainer.search.study import Search
from trainer.search.table import report
from trainer.search.trials import run_trials
from trainer.search.work import Work


def carry_out(search: Search, work: Work, jobs: int, tell: Callable[[str], object]) -> Report:
    """Do what is left of a search, and return its table.

    Parameters
    ----------
    search, work
        What is done. Other processes may do the same at the same time, on other machines too.
    jobs
        Processes here.
    tell
        Is told of each trial that ends here, if this is the only process.

    Raises
    ------
    StoppedSearchError
        If it was stopped.
    MetalogError
        If trials can't be carried out; what was done stays.
    """
    if jobs == 1:
        _share(search, work, tell)
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs, mp_context=context, initializer=end_with_caller) as pool:
            for one in [pool.submit(_one_of_several, search, work) for _ in range(jobs)]:
                one.result()
    return report(search, run_again(search, work.again, work.seeds, tell), work.seeds)


def _share(search: Search, work: Work, tell: Callable[[str], object]) -> None:
    run_trials(search, work.trials, tell)
    run_again(search, work.again, work.seeds, tell)


def _one_of_several(search: Search, work: Work) -> None:
    import sys

    torch.set_num_threads(1)  # the processes are what shares the cores
    _share(search, work, lambda text: print(text, file=sys.stderr, flush=True))
