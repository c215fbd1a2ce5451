"""`labeler doctor`, for real, on the machine that runs the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from labeler.media.encoders.table import ENCODERS
from tests.cli.conftest import Studio


def test_the_report_is_data(studio: Studio, tmp_path: Path) -> None:
    done = studio.labeler("doctor", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "ok        Codec h264" in done.out
    assert done.out.splitlines()[-1].startswith("This install of labeler is whole")


def test_json_is_one_object(studio: Studio, tmp_path: Path) -> None:
    done = studio.labeler("doctor", "--json", cwd=tmp_path)
    (report,) = done.objects()
    assert report["schema"] == "labeler.doctor/1"
    assert done.code == report["exit_code"] == 0
    marks = {finding["id"]: finding["mark"] for finding in report["findings"]}
    assert {f"codec.{codec}" for codec in ENCODERS} <= set(marks)
    assert marks["identity.studio"] == marks["signer"] == marks["fonts"] == marks["letters"] == "ok"


def test_in_french_with_nobody_to_sign(studio: Studio, tmp_path: Path) -> None:
    done = studio.labeler("doctor", cwd=tmp_path, LABELER_LANG="fr", LABELER_HOME=str(tmp_path))
    assert done.code == 0
    assert "labeler identity new" in done.out and "Horloge" in done.out


def test_a_machine_without_pyav_gets_its_report(private_home: Path, tmp_path: Path) -> None:
    script = "import sys; sys.modules['av'] = None; from labeler.cli.main import main; main(['doctor'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (6, "")
    assert "PROBLEM   FFmpeg" in done.stdout
    assert "ok        Clock" in done.stdout
