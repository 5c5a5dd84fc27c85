# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the whole suite.

Being here also puts this folder on the module path, for the toy voices that several rooms use.
"""

import os

# One thread a process: the tensors of the tests are small, and on a busy machine two threads that
# wait for each other take many times longer than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
