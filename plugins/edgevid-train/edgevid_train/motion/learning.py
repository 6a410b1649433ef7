"""Trains one small network on the motion clips, by the trainer's own step and loss."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import lightning as L
import numpy as np
import torch
from edgevid_zoo.architecture import ZooArchitecture
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from edgevid import Card
from edgevid_train.motion.clips import CLASSES, LOOP, SIDE, STEPS, draw_clips
from edgevid_train.motion.results import Effort, MotionRow
from edgevid_train.training.draft import is_clip_model
from edgevid_train.training.lit import VideoTraining
from edgevid_train.training.network import channels_last
from edgevid_train.training.recipe import Recipe, parse_recipe
from edgevid_train.training.trainer import quiet_lightning

_RATE_HZ = 10.0
_SEEDS = {"train": 0, "check": 1, "test": 2}
_BATCH_OF_TEST = 64


def small_card(architecture: ZooArchitecture) -> Card:
    """The card of the narrow variant for the benchmark."""
    narrow = architecture.small | {"num_frames": LOOP, "input_size": (SIDE, SIDE)}
    card: Card = architecture.default_card(CLASSES, input_rate_hz=_RATE_HZ, **narrow)
    return card


def learn_motion(
    architecture: ZooArchitecture,
    effort: Effort,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> MotionRow:
    """Train its narrow variant from scratch and test it on clips that it has not seen.

    Args:
        architecture: Of the zoo.
        effort: How much.
        progress: Called with steps done and steps at most.

    Raises:
        ConfigError: If it cannot be trained.
    """
    card, recipe = small_card(architecture), _recipe(architecture, effort)
    L.seed_everything(effort.seed, verbose=False)
    memory = round(card.warmup_seconds * card.input_rate_hz)
    module = architecture.build(card)
    for layer in module.modules():
        if isinstance(layer, nn.Dropout):
            # No clip comes twice: there is nothing to be held back from.
            layer.p = 0.0
    network = VideoTraining(module, recipe, memory, whole_clips=is_clip_model(card))
    channels_last(network)
    checks = _Checks(effort, progress)
    begin = time.process_time()
    with quiet_lightning():
        trainer = L.Trainer(
            max_steps=effort.steps,
            accelerator="cpu",
            gradient_clip_val=recipe.optimiser.gradient_clip,
            callbacks=[checks],
            enable_progress_bar=False,
            enable_checkpointing=False,
            enable_model_summary=False,
            logger=False,
        )
        trainer.fit(network, DataLoader(_Endless(effort), batch_size=None))
    seconds = time.process_time() - begin - checks.seconds
    return MotionRow(
        name=architecture.name,
        temporal_mode=card.temporal_mode,
        sees_order=architecture.sees_order,
        compares_frames=architecture.compares_frames,
        **shares(*judged(module, effort, "test", effort.test_clips)),
        steps=trainer.global_step,
        seconds=round(seconds, 1),
        parameters=sum(weight.numel() for weight in module.parameters()),
        curve=tuple(checks.curve),
    )


def judged(module: nn.Module, effort: Effort, what: str, count: int) -> tuple[Tensor, Tensor]:
    """Return predicted and true classes of clips: places in ``CLASSES``, both (N,).

    Of a stream, its scores at the last frame count.
    """
    rng = np.random.default_rng((effort.seed, _SEEDS[what]))
    module.eval()
    found, truth = [], []
    with torch.inference_mode():
        for _ in range(0, count, _BATCH_OF_TEST):
            clips, labels = draw_clips(rng, _BATCH_OF_TEST)
            found.append(module.forward_clip(torch.from_numpy(clips))[:, -1].argmax(-1))
            truth.append(torch.from_numpy(labels))
    return torch.cat(found), torch.cat(truth)


def shares(found: Tensor, truth: Tensor) -> dict[str, float]:
    """Return the shares that are right: of both, of direction and of speed alone."""
    steps = torch.tensor(list(STEPS.values()))
    one, other = steps[found], steps[truth]
    right = {
        "accuracy": one == other,
        "direction": one.sign() == other.sign(),
        "speed": one.abs() == other.abs(),
    }
    return {name: round(float(values.float().mean()), 4) for name, values in right.items()}


def _recipe(architecture: ZooArchitecture, effort: Effort) -> Recipe:
    return parse_recipe(
        {
            "name": "motion",
            "seed": effort.seed,
            "network": {"architecture": architecture.name},
            "data": {"class_names": CLASSES, "background": None, "num_frames": LOOP},
            "optimiser": {
                "epochs": 1,
                "batch_size": effort.batch_size,
                "learning_rate": effort.learning_rate,
                "rate_at_end": 0.05,
                "classifier_factor": 1.0,
                "warmup_epochs": 0.05,
                # By then every network that looks back sees some steps.
                "loss_after_frames": LOOP // 2,
                "label_smoothing": 0.0,
                "mixup": 0.0,
                "auxiliary": 0.0,
            },
        },
        "motion",
    )


class _Endless(IterableDataset[dict[str, Tensor]]):
    """New clips in every batch: nothing can be learnt by heart."""

    def __init__(self, effort: Effort) -> None:
        self._effort = effort

    def __iter__(self) -> Iterator[dict[str, Any]]:
        rng = np.random.default_rng((self._effort.seed, _SEEDS["train"]))
        while True:
            clips, labels = draw_clips(rng, self._effort.batch_size)
            of_frames = torch.from_numpy(labels)[:, None].expand(-1, clips.shape[1])
            yield {"frames": torch.from_numpy(clips), "labels": of_frames}


class _Checks(Callback):
    """Looks from time to time how good it is, and ends what is good enough."""

    def __init__(self, effort: Effort, progress: Callable[[int, int], None]) -> None:
        self._effort, self._progress = effort, progress
        self.curve: list[tuple[int, float]] = []
        self.seconds = 0.0

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count, check, and stop."""
        effort, done = self._effort, trainer.global_step
        self._progress(done, effort.steps)
        if done % effort.check_every:
            return
        begin = time.process_time()
        found, truth = judged(pl_module.net.module, effort, "check", effort.check_clips)
        pl_module.train()
        self.curve.append((done * effort.batch_size, shares(found, truth)["accuracy"]))
        self.seconds += time.process_time() - begin
        right = [share for _, share in self.curve]
        good = len(right) > 1 and min(right[-2:]) >= effort.good_enough
        hopeless = done >= effort.given_up_after and max(right) < effort.given_up_below
        trainer.should_stop = good or hopeless
