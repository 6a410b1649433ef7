"""The Lightning module: what happens to one batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import lightning as L
import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import Self

from edgevid_train.data.frame_labels import IGNORED
from edgevid_train.training.clip_scores import clip_scores, count_confusions
from edgevid_train.training.draws import epoch_draws
from edgevid_train.training.losses import (
    clip_targets,
    distillation_loss,
    finding_loss,
    frame_loss,
    mix_share,
    mixed,
    soft_targets,
)
from edgevid_train.training.network import TrainedNetwork, cell_targets
from edgevid_train.training.recipe import OptimiserRecipe, Recipe

_MIXED_BATCHES = 0.5
"""Share of the batches that are mixed up; the others teach where things are."""


class VideoTraining(L.LightningModule):
    """Trains a network in clip form.

    Streams are trained causally: the loss at a frame never sees a later one. Networks of clips have
    one loss for a whole clip.
    """

    def __init__(
        self,
        module: nn.Module,
        recipe: Recipe,
        memory_frames: int,
        teacher: nn.Module | None = None,
        *,
        whole_clips: bool = False,
    ) -> None:
        """Prepare.

        Args:
            module: The network in bundle form.
            recipe: How it is trained.
            memory_frames: How many frames back the network sees.
            teacher: In bundle form, frozen; None without distillation.
            whole_clips: Whether the network gives one set of scores for all frames of a clip.
        """
        super().__init__()
        self.recipe = recipe
        self.net = TrainedNetwork(
            module,
            auxiliary=recipe.optimiser.auxiliary > 0,
            standardised=recipe.optimiser.standardised_head,
        )
        self.teacher = None if teacher is None else teacher.requires_grad_(False)
        excluded = recipe.optimiser.loss_after_frames
        self.memory_frames = memory_frames if excluded is None else excluded
        self.whole_clips = whole_clips
        self._rng = epoch_draws(recipe.seed, 0, "mixing")
        self._confusions = torch.zeros(())
        if recipe.trainer.compile:
            self.net.compile()
        # Networks are built for running, and Lightning leaves the mode as it finds it.
        self.train()

    def train(self, mode: bool = True) -> Self:
        """Set the mode of all but the teacher, which only judges."""
        super().train(mode)
        if self.teacher is not None:
            self.teacher.eval()
        return self

    def training_step(self, batch: dict[str, Tensor], number: int) -> Tensor:
        """Loss of one batch: labels, where things are, and the teacher's opinion."""
        settings = self.recipe.optimiser
        clips, labels = self._resized(batch["frames"]), self._counted(batch["labels"])
        targets = soft_targets(labels, len(self.recipe.data.class_names), settings.label_smoothing)
        mix = settings.mixup > 0 and self._rng.random() < _MIXED_BATCHES
        if mix:
            order = torch.randperm(len(clips), device=clips.device)
            clips, targets = mixed(clips, targets, mix_share(settings.mixup, self._rng), order)
        logits, scores = self.net(clips)
        targets = clip_targets(targets) if self.whole_clips else targets
        loss = frame_loss(logits, targets)
        self.log("train/loss", loss, prog_bar=True, on_epoch=True)
        if scores is not None and not mix and "points" in batch:
            height, width = clips.shape[2:4]
            found = finding_loss(scores, _cells(batch["points"], height, width))
            self.log("train/finding", found, on_epoch=True)
            loss = loss + auxiliary_weight(settings, self.current_epoch) * found
        if self.teacher is not None and self.recipe.teacher is not None:
            with torch.no_grad():
                wanted = self.teacher.forward_clip(clips)
            known = targets.sum(-1) > 0
            distilled = distillation_loss(logits, wanted, known, self.recipe.teacher.temperature)
            weight = self.recipe.teacher.weight
            loss = loss * (1 - weight) + distilled * weight
        return loss

    def validation_step(self, batch: dict[str, Tensor], number: int) -> None:
        """Scores of whole clips, judged as a stream would judge them."""
        logits, targets = self.judge(batch["frames"], batch["labels"])
        self.log("val/loss", frame_loss(logits, targets), batch_size=len(logits), sync_dist=True)
        scores, truth = clip_scores(logits, targets)
        self._confusions = self._confusions + count_confusions(scores, truth).cpu()

    def judge(self, clips: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of all frames, and one-hot targets of those that count; or both of whole clips.

        Args:
            clips: uint8 BGR, (N, T, H, W, 3).
            labels: int64, (N, T).

        Returns:
            Both (N, T, K), or (N, 1, K) of whole clips.
        """
        # Not compiled: a few batches are not worth another compilation.
        logits, _ = self.net.forward(clips)
        targets = soft_targets(self._counted(labels), logits.shape[-1], 0.0)
        return logits, clip_targets(targets) if self.whole_clips else targets

    def on_train_epoch_start(self) -> None:
        """Make the draws of an epoch its own, so that a resumed run draws what it would have."""
        self._rng = epoch_draws(self.recipe.seed, self.current_epoch, "mixing")
        words = epoch_draws(self.recipe.seed, self.current_epoch, "torch").integers(2**32)
        torch.manual_seed(int(words))

    def on_validation_epoch_start(self) -> None:
        """Begin to count."""
        self._confusions = torch.zeros(())

    def on_validation_epoch_end(self) -> None:
        """Log accuracy and macro-F1 over all clips, those of other processes too."""
        classes = len(self.recipe.data.class_names)
        matrix = self._confusions.expand(classes, classes).to(self.device)
        # Every process takes part, whether it saw a clip or not: else the others would wait.
        gathered: Any = self.all_gather(matrix)
        matrix = gathered.reshape(-1, classes, classes).sum(0)
        hits = matrix.diagonal()
        f1 = 2 * hits / (matrix.sum(0) + matrix.sum(1)).clamp(min=1)
        present = matrix.sum(1) > 0
        self.log("val/top1", hits.sum() / matrix.sum(), prog_bar=True)
        self.log("val/macro_f1", f1[present].mean(), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """AdamW, the classifier faster, cosine with a linear warm-up (per step)."""
        settings = self.recipe.optimiser
        head = {id(p) for p in self.net.classifier.parameters()}
        groups = _parameter_groups(self.net, head, settings.weight_decay)
        for group in groups:
            factor = settings.classifier_factor if group.pop("head") else 1.0
            group["lr"] = settings.learning_rate * factor
        optimiser = torch.optim.AdamW(groups)
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        warm = int(steps * min(0.5, settings.warmup_epochs / settings.epochs))

        def rate(step: int) -> float:
            if step < warm:
                return (step + 1) / (warm + 1)
            part = (step - warm) / max(1, steps - warm)
            falling = 0.5 * (1 + math.cos(math.pi * min(1.0, part)))
            return settings.rate_at_end + (1 - settings.rate_at_end) * falling

        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def _counted(self, labels: Tensor) -> Tensor:
        """Labels with those of frames before the memory is full taken away."""
        if self.whole_clips:
            return labels
        first = min(self.memory_frames, labels.shape[1] - 1)
        early = torch.arange(labels.shape[1], device=labels.device) < first
        return labels.masked_fill(early[None], IGNORED)

    def _resized(self, clips: Tensor) -> Tensor:
        part = self.current_epoch / self.recipe.optimiser.epochs
        for until, size in self.recipe.optimiser.early_sizes:
            if part < until:
                batch, length = clips.shape[:2]
                pictures = clips.flatten(0, 1).permute(0, 3, 1, 2).float()
                smaller = functional.interpolate(pictures, size, mode="bilinear", antialias=True)
                return smaller.permute(0, 2, 3, 1).unflatten(0, (batch, length))
        return clips


def auxiliary_weight(settings: OptimiserRecipe, epoch: int) -> float:
    """Weight of the loss of where things are, in an epoch counted from 0."""
    last = settings.auxiliary if settings.auxiliary_at_end is None else settings.auxiliary_at_end
    part = epoch / max(1, settings.epochs - 1)
    return settings.auxiliary + (last - settings.auxiliary) * part


def _cells(points: Tensor, height: int, width: int) -> Tensor:
    unknown = points.isnan().any(-1)
    cells = cell_targets(points.nan_to_num(-1.0), height, width)
    return cells.masked_fill(unknown, IGNORED)


def _parameter_groups(net: nn.Module, head: set[int], decay: float) -> Sequence[dict[str, Any]]:
    """Biases and batch-norm do not decay (He et al. 2018, https://arxiv.org/abs/1812.01187)."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for parameter in net.parameters():
        if parameter.requires_grad:
            key = (id(parameter) in head, parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    return [
        {"params": members, "head": is_head, "weight_decay": decay if decays else 0.0}
        for (is_head, decays), members in groups.items()
    ]
