"""Where time goes on this machine: stages alone and together, alternating in one run."""

from edgevid.bench.report import BenchReport, Row
from edgevid.bench.run import bench_run

__all__ = ["BenchReport", "Row", "bench_run"]
