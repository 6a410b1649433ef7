"""Which distribution reads the dataset of ``edgevid export --int8``."""

import ast
import importlib.metadata
from pathlib import Path

import edgevid_export
import pytest
from edgevid_export import dataset
from edgevid_export.dataset import dataset_reader
from edgevid_train.data.for_export import TableDataset

from edgevid import ConfigError


def test_the_entry_point_of_this_distribution_reads_data_tables():
    assert dataset_reader() is TableDataset


def test_without_a_reader_the_distribution_to_install_is_named(monkeypatch):
    none = importlib.metadata.EntryPoints(())
    monkeypatch.setattr(dataset, "entry_points", lambda group: none)

    with pytest.raises(ConfigError, match="read a dataset: pip install edgevid-train"):
        dataset_reader()


def test_the_exporter_imports_neither_training_nor_inner_modules_of_the_runtime():
    imported = {
        node.module
        for file in Path(edgevid_export.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    }

    assert not {name for name in imported if name.startswith("edgevid_train")}
    assert not {name for name in imported if name.startswith("edgevid.") and name.count(".") > 1}
