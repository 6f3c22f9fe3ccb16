"""What a helper process runs: without torch until it knows that its caller is still there."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from contextlib import suppress
from multiprocessing import connection


def serve(pipe: connection.Connection, work: bytes) -> None:
    """Do the pickled `work`, a function and its arguments, on what comes through the pipe until it ends.

    Unpickling it imports torch, which takes seconds and much memory; when the calling process ends meanwhile, or later
    in the midst of the work, so does this one, at once.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the calling process decides
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end_with_caller()
    function, *arguments = pickle.loads(work)
    with suppress(EOFError, OSError):
        function(pipe, *arguments)


def end_with_caller() -> None:
    """End this process when the one that started it does, however that was."""
    caller = multiprocessing.parent_process()

    def wait() -> None:
        if caller is not None:
            connection.wait([caller.sentinel])
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
