"""Kills a training at every so many of its writes and resumes it; ``python -m tests.trainer.killing DATA FOLDER``.

A process of its own, that forks: what is killed by SIGKILL has no way to clean up, and importing torch once is enough.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import metalog.output.atomic
import trainer.log_file
import trainer.train
from tests.trainer.tiny import few_shot, timeless, tiny
from trainer.config import Config
from trainer.tasks.prepare import prepare
from trainer.train import train


def until(write: int, config: Config, log: Path) -> bool:
    """Train, or go on, in a process that kills itself in its `write`-th write; tell whether it came to its end."""
    child = os.fork()
    if child == 0:
        kill_at(write)
        os._exit(0 if train(config, log, resume=True, progress=False, tell=list) else 1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


def kill_at(write: int) -> None:
    """Count lines written to the log and renames of checkpoints; die in the middle of the line, before the rename."""
    left = write

    def count() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    write_line, rename = trainer.log_file.LogFile.write, Path.replace

    def writing(file: Any, data: Any) -> int:
        if count():
            write_line(file, bytes(data)[: len(data) // 2])
            die()
        return write_line(file, data)

    def renaming(path: Path, target: Any) -> Path:
        if count():
            die()
        return rename(path, target)

    trainer.log_file.LogFile.write = writing  # type: ignore[method-assign]
    metalog.output.atomic.Path.replace = renaming  # type: ignore[method-assign]


def main(data: str, folder: Path) -> None:
    os.chdir(folder)
    small = {"meta_batch_size": 2, "meta_steps": 4, "meta_test": 2}
    for name, config in (
        ("write-up", tiny(data, epochs=1, **small)),
        ("conv4", few_shot(data, inner_steps=1, **small)),
    ):
        task = prepare(config, progress=False)
        trainer.train.prepare = lambda *_, task=task, **__: task  # it is not what is killed, and takes most of the time
        whole = Path(f"{name}-whole")
        train(config, whole, tell=list)  # in this process, so that what is imported on the way is imported once
        for first in range(0, timeless(whole).count("\n"), 17):
            log = Path(f"{name}-killed-{first}")
            assert not until(first, config, log)
            kills, at = 1, 5
            while not until(at, config, log):
                kills, at = kills + 1, at * 2
            assert timeless(log) == timeless(whole), first
            print(f"{log.name}: killed {kills} times; the log is that of an uninterrupted run")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
