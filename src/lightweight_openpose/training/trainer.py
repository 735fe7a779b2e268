"""The training loop: the same for labels and for a teacher, resumable at any iteration."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any, Callable, Iterator, Optional, Union

import torch
from torch import nn

from lightweight_openpose.poses import Skeleton, skeleton_to_dict

from . import distributed
from .checkpoints import CheckpointFolder
from .config import Step, TrainConfig
from .dataset import BatchPlan, next_batch, start_worker
from .interruption import Interruption
from .optimiser import make_optimiser, scheduled_learning_rate, set_learning_rate
from .precision import leave_dilated_exact, make_autocast, make_scaler
from .progress import Progress
from .task import Task


class Trainer:
    """Trains `network` on a task and keeps its state in `folder`.

    validate: function of the network in eval mode -> AP in [0, 1], called every
    config.validate_every iterations and at the end; None: no validation.
    """

    def __init__(
        self,
        network: nn.Module,
        skeleton: Skeleton,
        task: Task,
        config: TrainConfig,
        step: Step,
        folder: Union[str, Path],
        validate: Optional[Callable[[nn.Module], float]] = None,
    ):
        self._rank, self._world, local = distributed.start()
        self._device = _device(config.device, local)
        self._config = config
        self._step = step
        self._task = task
        self._skeleton = skeleton
        self._validate = validate
        self._network = network.to(self._device, memory_format=torch.channels_last)
        self._average = copy.deepcopy(self._network).eval() if config.ema_decay else None
        self._optimiser = make_optimiser(
            self._network, config.learning_rate, config.weight_decay, config.refinement_rate
        )
        self._scaler = make_scaler(self._device.type == "cuda" and config.mixed_precision)
        self._autocast = make_autocast(self._device.type, config)
        if self._autocast.fast_dtype == torch.bfloat16:
            leave_dilated_exact(self._network)
        self._checkpoints = CheckpointFolder(folder, config.keep)
        self._wrapped = self._network
        if self._world > 1:
            self._wrapped = distributed.spread(self._network, self._device)
        self.iteration = 0
        self.best = 0.0  # AP
        self._progress = Progress(folder, quiet=self._rank > 0)

    def resume(self) -> int:
        """Take up the newest checkpoint of the folder; the iteration reached, 0 without one."""
        path = self._checkpoints.last()
        if path is not None:
            from lightweight_openpose.networks.checkpoint import fill, read_checkpoint

            content = read_checkpoint(path)
            if "training" not in content:
                raise ValueError(
                    f"{path} has weights only, no state of a run; to start from it choose another "
                    f"output folder and a step with init: {path}"
                )
            state = content["training"]
            misfit = (
                f"{path} was made with another network or skeleton; choose another output folder"
            )
            fill(self._network, state["network"], misfit)
            if self._average is not None:
                fill(self._average, content["state_dict"], misfit)
            self._optimiser.load_state_dict(state["optimiser"])
            self._scaler.load_state_dict(state["scaler"])
            self.iteration = state["iteration"]
            self.best = state["best"]
        return self.iteration

    @property
    def network(self) -> nn.Module:
        """What validation and users get: the average of the weights where there is one."""
        return self._network if self._average is None else self._average

    def run(self, iterations: Optional[int] = None) -> None:
        """Train until the step's epochs are over, or for so many more iterations.

        Saves its state when interrupted.
        """
        plan = BatchPlan(
            len(self._task.dataset),
            self._config.batch,
            self.iteration,
            self._config.seed,
            self._rank,
            self._world,
        )
        total = max(1, int(self._step.epochs * plan.per_epoch))
        end = total if iterations is None else min(total, self.iteration + iterations)
        batches = iter(self._loader(plan))
        bar = self._progress.bar(self.iteration, end, self._step.name)
        with bar, Interruption() as interruption:
            while self.iteration < end:
                self._iterate(batches, plan.per_epoch)
                whole = self.iteration % self._config.accumulate == 0
                if interruption.asked and whole:
                    self.save()
                    raise KeyboardInterrupt
                self._validate_and_save(self.iteration == end)
        self._progress.close()

    def _loader(self, plan: BatchPlan) -> torch.utils.data.DataLoader:
        return torch.utils.data.DataLoader(
            self._task.dataset,
            batch_sampler=plan,
            num_workers=self._config.workers,
            worker_init_fn=start_worker,
            pin_memory=self._device.type == "cuda",
            persistent_workers=self._config.workers > 0,
        )

    def _iterate(self, batches: Iterator[Any], per_epoch: int) -> None:
        config = self._config
        network = self._wrapped.train()
        if config.frozen_norm:
            for module in network.modules():
                if isinstance(module, (nn.BatchNorm2d, nn.SyncBatchNorm)):
                    module.eval()
        epoch = self.iteration / per_epoch
        learning_rate = scheduled_learning_rate(config, epoch, self._step.epochs, self.iteration)
        set_learning_rate(self._optimiser, learning_rate)
        begin = time.perf_counter()
        batch = next_batch(batches)
        waited = time.perf_counter() - begin
        images, targets, mask = self._task.prepare(batch, self._device)
        with self._autocast:
            outputs = network(images.contiguous(memory_format=torch.channels_last))
        losses = self._task.losses(outputs, targets, mask)
        self._scaler.scale(sum(losses) / config.accumulate).backward()
        self.iteration += 1
        if self.iteration % config.accumulate == 0:
            self._apply()
        self._progress.add(
            [v.item() for v in losses],
            len(images) * self._world,
            waited,
            time.perf_counter() - begin,
            self._optimiser.param_groups[0]["lr"],
        )
        self._last = (images, targets, outputs)

    def _apply(self) -> None:
        if self._config.clip:
            self._scaler.unscale_(self._optimiser)
            nn.utils.clip_grad_norm_(self._network.parameters(), self._config.clip)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        self._optimiser.zero_grad(set_to_none=True)
        if self._average is not None:
            self._update_average()

    @torch.no_grad()
    def _update_average(self) -> None:
        steps = self.iteration // self._config.accumulate
        keep = min(self._config.ema_decay, (steps + 1) / (steps + 20))  # less while it is young
        values = self._network.state_dict()
        assert self._average is not None
        for name, average in self._average.state_dict().items():
            if average.dtype.is_floating_point:
                average.lerp_(values[name], 1 - keep)
            else:
                average.copy_(values[name])

    def _validate_and_save(self, finished: bool) -> None:
        """What is due at this iteration, and all of it at the last one."""
        config = self._config
        validates = finished or self.iteration % config.validate_every == 0
        validates = validates and self._validate is not None
        if not (validates or finished or self.iteration % config.save_every == 0):
            return
        if self._rank == 0:
            self._progress.picture(self._task.picture(*self._last, self._skeleton), self.iteration)
            if validates and self._validate is not None:
                ap = self._validate(self.network.eval())
                self._progress.validated(self._task.score, ap, self.iteration)
                if ap >= self.best:
                    self.best = ap
                    self._checkpoints.save_best(self._content())
            self.save()
        if self._world > 1:
            torch.distributed.barrier()

    def save(self) -> None:
        """Write a checkpoint of this iteration."""
        if self._rank == 0:
            self._checkpoints.save(self.iteration, self._content(state=True))

    def _content(self, state: bool = False) -> dict:
        content = {
            "state_dict": self.network.state_dict(),
            "skeleton": skeleton_to_dict(self._skeleton),
            "architecture": self._config.architecture,
        }
        if state:
            content["training"] = {
                "network": self._network.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "scaler": self._scaler.state_dict(),
                "iteration": self.iteration,
                "best": self.best,
            }
        return content


def _device(name: str, local: int) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise RuntimeError(
            f"device {name} was asked for, but PyTorch sees no CUDA device; use --set device=cpu"
        )
    return torch.device("cuda", local) if name == "cuda" else torch.device(name)
