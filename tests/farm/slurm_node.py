"""SLURM on one node in a folder of its own: munge, controller and node daemon, for as long as a test runs."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "scancel")
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
PATIENCE = 120.0
"""Seconds until a cluster that does not do what it should is given up."""


def lacking() -> str | None:
    """What is not on this machine, so that SLURM cannot be run; None where it can."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=PLACES) is None]
    return f"NOT HERE, so nothing is run on it: {', '.join(missing)}" if missing else None


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Node:
    """`with Node() as node:` starts the daemons, and ends them and all their tasks.

    cpus: processors that it claims, so that as many tasks of two run at once whatever the machine has. Its folder is
    none of pytest's: munge wants its socket in one that everybody may enter, and a short path.
    """

    def __init__(self, cpus: int = 4) -> None:
        self.cpus = cpus
        self.daemons: list[subprocess.Popen[bytes]] = []
        self.folder = Path()
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="labeler-slurm-"))
        self.environment = {**os.environ, "PATH": PLACES, "SLURM_CONF": str(self.folder / "slurm.conf")}
        try:
            self.start_all()
        except BaseException:
            self.stop_all()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        user = f"--user={getpass.getuser()}"
        self.ask("scancel", "--full", "--signal=KILL", user)
        self.ask("scancel", user)
        self.stop_all()

    def start_all(self) -> None:
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        self.folder.chmod(0o755)
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        (self.folder / "slurm.conf").write_text(self.settings(), encoding="utf-8")
        names = ("socket", "pid-file", "log-file", "seed-file")
        self.start(
            "munged", "-F", "--force", f"--key-file={key}", *(f"--{name}={self.folder}/munge.{name}" for name in names)
        )
        self.wait_for("munge", lambda: (self.folder / "munge.socket").exists())
        self.start("slurmctld", "-D", "-i", "-L", str(self.folder / "slurmctld.log"))
        self.start("slurmd", "-D", "-L", str(self.folder / "slurmd.log"))
        self.wait_for("the node", lambda: "State=IDLE" in self.ask("scontrol", "show", "node"))

    def stop_all(self) -> None:
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def settings(self) -> str:
        """slurm.conf. What is requeued waits until the credential of its first start has expired: 5 s, not 120."""
        host, here, user = socket.gethostname().partition(".")[0], self.folder, getpass.getuser()
        return f"""\
ClusterName=labeler
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={here}/munge.socket,cred_expire=5
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
StateSaveLocation={here}/state
SlurmdSpoolDir={here}/spool
SlurmctldPidFile={here}/slurmctld.pid
SlurmdPidFile={here}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=bf_interval=1,sched_interval=1
SlurmdParameters=config_overrides
KillWait=5
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={self.cpus} RealMemory=16000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""

    def start(self, program: str, *arguments: str) -> None:
        command = [str(shutil.which(program, path=PLACES)), *arguments]
        with (self.folder / f"{program}.out").open("wb") as out:
            self.daemons.append(
                subprocess.Popen(command, env=self.environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
            )

    def ask(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return done.stdout

    def wait_for(self, what: str, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < until, f"{what}: not within {PATIENCE:.0f} s\n{self.logs()}"
            time.sleep(0.1)

    def logs(self) -> str:
        ends = (
            (path.name, path.read_text(errors="replace")[-3000:]) for path in sorted(self.folder.glob("*.[lo][ou][gt]"))
        )
        return "\n".join(f"--- {name}\n{end}" for name, end in ends)

    def submit(self, script: Path, **more: str) -> dict[str, str]:
        """Run a `submit.sh`: the number of each job by its name."""
        done = subprocess.run(
            ["bash", str(script)], env={**self.environment, **more}, capture_output=True, text=True, check=True
        )
        return dict(line.split() for line in done.stdout.splitlines())

    def job(self, number: str) -> dict[str, str]:
        """What SLURM says of a job, or of a task of an array (`42_3`)."""
        return dict(re.findall(r"(\w+)=(\S*)", self.ask("scontrol", "show", "job", number)))

    def wait_until_over(self, number: str) -> dict[str, str]:
        over = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT")
        self.wait_for(f"job {number}", lambda: self.job(number).get("JobState") in over)
        return self.job(number)
