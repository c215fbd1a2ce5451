"""Threads of a step: the least that affinity, control groups and the scheduler grant."""

from __future__ import annotations

from pathlib import Path

import pytest

from labeler.farm.resources import threads
from labeler.processors import affinity, cpu_quota


def system(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, 16),
        ({"CUE_THREADS": "4"}, 4),
        ({"SLURM_CPUS_PER_TASK": "2", "SLURM_CPUS_ON_NODE": "8"}, 2),
        ({"NSLOTS": "3"}, 3),
        ({"CUE_THREADS": "64"}, 16),
        ({"CUE_THREADS": "0"}, 16),
        ({"CUE_THREADS": "-1"}, 16),
        ({"CUE_THREADS": "two", "SLURM_CPUS_PER_TASK": ""}, 16),
        ({"CUE_THREADS": " 4 "}, 4),
        ({"SLURM_CPUS_ON_NODE": "72(x2)"}, 16),
        ({"NSLOTS": "٤"}, 16),
        ({"NSLOTS": "9" * 5000}, 16),
    ],
)
def test_schedulers(environ: dict[str, str], expected: int, tmp_path: Path) -> None:
    assert threads(environ, tmp_path, allowed=16) == expected


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        # a container whose own path is not seen inside it
        ({"proc/self/cgroup": "0::/kubepods/pod1/x\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2.0),
        # a limit of a group above
        (
            {
                "proc/self/cgroup": "0::/slurm/job_1/step_0\n",
                "sys/fs/cgroup/slurm/job_1/step_0/cpu.max": "max 100000\n",
                "sys/fs/cgroup/slurm/job_1/cpu.max": "300000 100000\n",
                "sys/fs/cgroup/slurm/cpu.max": "800000 100000\n",
            },
            3.0,
        ),
        # version 1, under either name
        (
            {
                "proc/self/cgroup": "5:memory:/a\n4:cpu,cpuacct:/docker/x\n0::/\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us": "250000\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us": "100000\n",
            },
            2.5,
        ),
        (
            {
                "proc/self/cgroup": "4:cpu:/x\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000\n",
            },
            0.5,
        ),
        ({"proc/self/cgroup": "nonsense\n\n::\n", "sys/fs/cgroup/cpu.max": "1"}, None),
        ({"proc/self/cgroup": "0::/../../etc\n", "sys/fs/cgroup/cpu.max": "100000 0\n"}, None),
    ],
)
def test_control_groups(files: dict[str, str], quota: float | None, tmp_path: Path) -> None:
    assert cpu_quota(system(tmp_path, files)) == quota


@pytest.mark.parametrize(("quota", "expected"), [("50000", 1), ("100000", 1), ("150000", 2), ("9900000", 8)])
def test_a_quota_rounds_up_and_the_least_holds(quota: str, expected: int, tmp_path: Path) -> None:
    system(tmp_path, {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": f"{quota} 100000\n"})
    assert threads({}, tmp_path, allowed=8) == expected


def test_here() -> None:
    assert 1 <= threads() <= affinity()
