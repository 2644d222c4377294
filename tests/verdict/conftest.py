# SPDX-License-Identifier: GPL-2.0-only
"""The programs are built and recorded with what tests/truth has for that."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "truth")]
