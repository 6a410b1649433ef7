"""Study of naturalistic driving: behaviour against speed and other measured channels."""

from edgevid_batch.study.charts import study_charts
from edgevid_batch.study.estimate import make_study, study_rows
from edgevid_batch.study.findings import Figure, Study, read_study
from edgevid_batch.study.seconds import StudyDrive, study_drive

__all__ = [
    "Figure",
    "Study",
    "StudyDrive",
    "make_study",
    "read_study",
    "study_charts",
    "study_drive",
    "study_rows",
]
