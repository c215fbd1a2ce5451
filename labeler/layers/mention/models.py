"""The border to ONNX Runtime, and to the models that lie in the wheel of RapidOCR (PP-OCRv6, small).

Only its files are used. Its own code reads a list of addresses that models may be fetched from before it reads a
picture, which takes four times as long as to load both models; here nothing knows an address.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from labeler.errors import MachineLacks
from labeler.language import say

NO_TELEMETRY = ("ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED")
"""Environment variables without which ONNX Runtime 1.32 writes an identifier of this machine into the folder for
temporary files and sends reports over the network (measured); both names, as its releases differ."""
WHEEL = "rapidocr"
DETECTION, RECOGNITION = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
SILENT = 4


class Model:
    """One model on one thread: the same numbers in give the same numbers out."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name

    def run(self, batch: np.ndarray) -> np.ndarray:
        """batch: float32, (pictures, 3, rows, columns). Its first answer."""
        return np.asarray(self._session.run(None, {self._input: batch})[0])

    def metadata(self, key: str) -> str:
        return str(self._session.get_modelmeta().custom_metadata_map[key])


@cache
def model(name: str) -> Model:
    """One for the whole process, loaded when it is first needed.

    Raises MachineLacks: `pip install` left something out, or this processor cannot run it.
    """
    for variable in NO_TELEMETRY:  # read once, when the library is loaded
        os.environ[variable] = "1"
    try:
        import onnxruntime  # here and not above: most commands never read a picture

        options = onnxruntime.SessionOptions()
        options.log_severity_level = SILENT
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it would keep the most that any picture needed
        return Model(onnxruntime.InferenceSession(str(path_of(name)), options, providers=["CPUExecutionProvider"]))
    except (ImportError, OSError, RuntimeError) as error:
        raise MachineLacks(
            say(
                f"The reader of texts in pictures cannot be loaded ({error}).",
                f"Le lecteur de textes dans les images ne se charge pas ({error}).",
            )
        ) from error


def path_of(name: str) -> Path:
    """Raises ImportError, FileNotFoundError."""
    found = find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise ImportError(WHEEL)
    path = Path(found.submodule_search_locations[0]) / "models" / name
    path.stat()
    return path
