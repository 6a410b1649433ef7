"""Where time goes on this machine: stages alone and together, alternating in one run."""

from edgevid.bench.backends import BackendsReport, bench_backends
from edgevid.bench.batch import bench_batch
from edgevid.bench.batch_report import BatchReport
from edgevid.bench.models import bench_models
from edgevid.bench.models_report import ModelRow, ModelsReport
from edgevid.bench.report import BenchReport, Row
from edgevid.bench.run import bench_run

__all__ = [
    "BackendsReport",
    "BatchReport",
    "BenchReport",
    "ModelRow",
    "ModelsReport",
    "Row",
    "bench_backends",
    "bench_batch",
    "bench_models",
    "bench_run",
]
