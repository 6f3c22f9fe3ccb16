"""One log, several processes that want to write it."""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from metalog.errors import UsageError
from tests.trainer.tiny import timeless, tiny
from trainer.checkpoint import Checkpoint, path_of
from trainer.model import initial_weights
from trainer.run_log import RunLog
from trainer.train import learn, train

pytestmark = [
    pytest.mark.usefixtures("here"),
    pytest.mark.skipif(sys.platform == "win32", reason="has no locks of this kind"),
]
LOG = Path("run.txt")
WRITTEN = "run.txt is being written by another process: wait for its end, stop it, or name another with -o"


def state(data: str) -> Checkpoint:
    config = tiny(data)
    return Checkpoint.first(config, initial_weights(config))


def hold(log: Path, checkpoint: Checkpoint, pipe: Connection) -> None:
    """Write a line into a log, and keep it open until it is killed."""
    with RunLog(log) as log_:
        log_.open(checkpoint, new=True)
        log_.lines.header(checkpoint.config)
        pipe.send("open")
        pipe.recv()


def test_while_a_process_writes_a_log_another_is_refused_and_once_it_is_killed_goes_on(data: str) -> None:
    train(tiny(data), Path("whole"), tell=list)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=hold, args=(LOG.absolute(), state(data), theirs))
    other.start()
    try:
        assert ours.recv() == "open"
        before = [path.read_bytes() for path in (LOG, path_of(LOG))]
        for options in ({"resume": True}, {"overwrite": True}):
            with pytest.raises(UsageError, match=WRITTEN):
                train(tiny(data), LOG, **options)
        with pytest.raises(UsageError, match=WRITTEN):
            learn(tiny(data), LOG, overwrite=True)
        assert [path.read_bytes() for path in (LOG, path_of(LOG))] == before
    finally:
        other.kill()
        other.join()
    assert train(tiny(data), LOG, resume=True, tell=list)
    assert timeless(LOG) == timeless(Path("whole"))


def test_a_log_that_came_to_be_while_a_run_got_ready_is_not_overwritten(data: str) -> None:
    LOG.write_text("precious\n")
    with RunLog(LOG) as log_, pytest.raises(UsageError, match="was written by another process just now"):
        log_.open(state(data), new=True)
    assert LOG.read_text() == "precious\n"
    assert not path_of(LOG).exists()


def test_an_empty_file_is_no_log_that_would_be_overwritten(data: str) -> None:
    LOG.touch()
    assert train(tiny(data, meta_steps=1, meta_test=0), LOG)
    assert LOG.stat().st_size
