from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from metalog import LogWriter
from metalog.errors import UsageError
from tests.conftest import ROOT
from tests.trainer.tiny import FEW_SHOT, options, timeless, tiny
from trainer.engines.ranks import Ranks
from trainer.train import train

#: A rank that leaves the others, imports what a run does, and says which threads it still has.
LEAVES = """
import os
from pathlib import Path
from trainer.engines.ranks import joined
with joined("cpu") as ranks:
    import trainer.engines.choose
    import torch.distributed.nn
    assert ranks.all_gather(ranks.rank) == [0, 1]
print([Path(task, "comm").read_text() for task in Path("/proc/self/task").iterdir()])
"""


def torchrun(ranks: int, folder: Path, *arguments: str, run: str = "") -> subprocess.CompletedProcess[str]:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [*launcher, *([run] if run else ["-m", "trainer"]), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=150)


@pytest.mark.parametrize(("ranks", "changes"), [(2, FEW_SHOT), (4, {})], ids=["conv4-bn", "write-up"])
def test_several_ranks_write_the_log_that_one_process_writes(
    data: str, here: Path, ranks: int, changes: dict[str, object]
) -> None:
    config = tiny(data, **changes, meta_batch_size=6)
    with Path("config.txt").open("w") as stream:
        LogWriter(stream).header(config.as_dict())
    done = torchrun(ranks, here, "--config", "config.txt", "-o", "ranks.txt")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("meta-test:") == 1
    train(config, Path("one.txt"), tell=list)
    assert timeless(Path("ranks.txt")) == timeless(Path("one.txt"))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are listed there")
def test_a_rank_that_has_left_keeps_no_thread_of_the_group(here: Path) -> None:
    """One that is still there when Python ends may abort the process."""
    Path("leaves.py").write_text(LEAVES)
    done = torchrun(2, here, run="leaves.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("python") == 2
    assert "gloo" not in done.stdout


def test_a_refusal_reaches_every_rank_and_is_told_once(data: str, here: Path) -> None:
    Path("ranks.txt").write_text("precious\n")
    done = torchrun(2, here, *options(data), "-o", "ranks.txt")
    assert done.returncode != 0
    assert done.stderr.count("the log ranks.txt exists already") == 1
    assert Path("ranks.txt").read_text() == "precious\n"


def test_a_log_that_cannot_be_written_stops_every_rank_and_is_told_once(data: str, here: Path) -> None:
    Path("ranks.txt").symlink_to("nowhere/ranks.txt")
    done = torchrun(2, here, *options(data), "-o", "ranks.txt")
    assert done.returncode != 0
    assert done.stderr.count("the log ranks.txt can't be written: No such file") == 1
    assert "RuntimeError" not in done.stderr


def test_a_single_process_is_the_first_of_one() -> None:
    def refuse() -> None:
        raise UsageError("no")

    alone = Ranks()
    assert alone.first
    assert alone.all_gather(3) == [3]
    assert alone.any_rank(True)
    assert not alone.any_rank(False)
    assert alone.broadcast_from_rank0(lambda: 5) == 5
    with pytest.raises(UsageError, match="no"):
        alone.broadcast_from_rank0(refuse)
