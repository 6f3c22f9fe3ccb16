"""The meta-optimizer, and what of it a checkpoint keeps."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor

from trainer.config import Config


def meta_optimizer(config: Config, theta: Tensor, state: Mapping[str, Any]) -> torch.optim.Optimizer:
    """Make the meta-optimizer of `theta`, in `state` if that isn't empty; its rates are those of the configuration."""
    optimizer: torch.optim.Optimizer
    if config.meta_optimizer == "sgd":
        optimizer = torch.optim.SGD([theta], lr=config.meta_lr, momentum=0.9)
    else:
        optimizer = torch.optim.Adam([theta], lr=config.meta_lr)
    if state:
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": {0: deepcopy(dict(state))}, "param_groups": groups})
    return optimizer


def state_of(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Return a copy of what a meta-optimizer has gathered; empty before its first step."""
    state: dict[str, Any] = deepcopy(optimizer.state_dict()["state"].get(0, {}))
    return state


def state_like(config: Config, parameters: int) -> dict[str, Any]:
    """Return a state of the form that a meta-optimizer's has after a step."""
    theta = torch.zeros(parameters)
    optimizer = meta_optimizer(config, theta, {})
    theta.grad = torch.zeros(parameters)
    optimizer.step()
    return state_of(optimizer)
