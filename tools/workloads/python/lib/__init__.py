# SPDX-License-Identifier: GPL-2.0-only
"""What the reference workloads in Python have in common."""
