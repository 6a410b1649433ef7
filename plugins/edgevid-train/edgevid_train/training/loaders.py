"""Batches of windows: classes equally often, and the same in a run that was resumed."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Sampler

from edgevid import Card, ConfigError
from edgevid_train.data.dataset import Item, WindowDataset, balanced_weights
from edgevid_train.data.table import Segment
from edgevid_train.training.draft import training_frames
from edgevid_train.training.draws import epoch_draws
from edgevid_train.training.recipe import Recipe


class EpochSampler(Sampler[int]):
    """Draws by seed and epoch alone: what happened before an epoch does not matter."""

    def __init__(
        self, dataset: WindowDataset, count: int, weights: Sequence[float] | None = None
    ) -> None:
        """Prepare.

        Args:
            dataset: Says which epoch it is.
            count: Draws per epoch.
            weights: How often each item is drawn, relative to the others; without them, each is
                drawn once before any is drawn again.
        """
        self._dataset, self._count = dataset, count
        self._shares = None if weights is None else np.array(weights) / np.sum(weights)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        rng = epoch_draws(self._dataset.seed, self._dataset.epoch, "order")
        number = len(self._dataset)
        if self._shares is not None:
            yield from rng.choice(number, self._count, p=self._shares).tolist()
            return
        rounds = -(-self._count // number)
        order = np.concatenate([rng.permutation(number) for _ in range(rounds)])
        yield from order[: self._count].tolist()


def batch_loader(
    segments: Sequence[Segment],
    recipe: Recipe,
    card: Card,
    split: str,
    *,
    cache: Path | None = None,
) -> DataLoader[Item]:
    """The batches of one split: drawn and changed at random for ``train``, else in order.

    Args:
        segments: Of all splits.
        recipe: Says how windows are drawn.
        card: Of the model.
        split: Which of them.
        cache: Folder that keeps decoded frames.

    Raises:
        ConfigError: If the split has no segments.
        DataError: If a label is not among the classes or a file is missing.
    """
    chosen = [segment for segment in segments if segment.split == split]
    if not chosen:
        raise ConfigError(f"the table has no segments of split {split!r}; it needs train and val")
    training = split == "train"
    how, size = recipe.data, recipe.optimiser.batch_size
    dataset = WindowDataset(
        chosen,
        card,
        num_frames=training_frames(card, recipe),
        train=training,
        speed=how.speed,
        augmentation=how.augmentation,
        seed=recipe.seed,
        cache=cache,
    )
    count = (how.clips_per_epoch or len(chosen)) if training else len(chosen)
    weights = balanced_weights(chosen) if how.balanced else None
    return DataLoader(
        dataset,
        batch_size=size,
        sampler=EpochSampler(dataset, count, weights) if training else None,
        num_workers=how.workers,
        drop_last=training and count > size,
        persistent_workers=how.workers > 0,
        multiprocessing_context="spawn" if how.workers else None,
        worker_init_fn=_begin_worker if how.workers else None,
        # Its own generator, so that starting workers draws nothing from the training's.
        generator=torch.Generator().manual_seed(recipe.seed),
    )


def _begin_worker(number: int) -> None:
    # Ctrl-C reaches all processes; the main one ends its workers when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
