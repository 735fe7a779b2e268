"""What a trainer learns: data, targets and losses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Sequence, Tuple

import cv2
import numpy as np
import torch

if TYPE_CHECKING:
    from lightweight_openpose.poses import Skeleton


class Task:
    """What is learned."""

    dataset: torch.utils.data.Dataset  # of samples by (epoch, index)
    score = "AP"  # what the validation measures, in [0, 1]

    def prepare(self, batch: Any, device: torch.device) -> Tuple[torch.Tensor, ...]:
        """Images (N, 3, S, S), targets (N, C, h, w) and mask (N, 1, h, w) on the device.

        batch: what a DataLoader makes of samples.
        """
        return tuple(t.to(device, non_blocking=True) for t in batch)

    def losses(
        self, outputs: Sequence[Tuple[torch.Tensor, ...]], targets: torch.Tensor, mask: torch.Tensor
    ) -> List[torch.Tensor]:
        """One loss per stage; outputs: the network's (heatmaps, pafs) of each."""
        raise NotImplementedError

    def picture(
        self,
        images: torch.Tensor,
        targets: torch.Tensor,
        outputs: Sequence[Tuple[torch.Tensor, ...]],
        skeleton: Skeleton,
    ) -> np.ndarray:
        """Up to four samples: the target on the left, what the network gave on the right."""
        said = outputs[-1][0].detach().float().cpu().numpy()
        joints = skeleton.num_keypoints
        rows = []
        for image, wanted, found in zip(images[:4], targets.cpu().numpy(), said):
            picture = shown(image)
            rows.append(
                np.hstack([_overlay(picture, maps[:joints].max(0)) for maps in (wanted, found)])
            )
        return np.vstack(rows)


def shown(image: torch.Tensor) -> np.ndarray:
    """(H, W, 3) uint8 picture of a network's input (3, H, W)."""
    picture = image.detach().float().cpu().numpy().transpose(1, 2, 0)
    low, high = picture.min(), picture.max()
    return ((picture - low) / max(high - low, 1e-6) * 255).astype(np.uint8)


def _overlay(image: np.ndarray, heatmap: np.ndarray) -> np.ndarray:
    heat = np.clip(cv2.resize(heatmap, (image.shape[1], image.shape[0])), 0, 1)
    heat = (heat * 255).astype(np.uint8)
    return cv2.addWeighted(image, 0.6, cv2.applyColorMap(heat, cv2.COLORMAP_JET), 0.4, 0)
