"""What the tests of the report share: the studio of the command line's tests, with one labelled file."""

from __future__ import annotations

from tests.cli.conftest import studio as studio
