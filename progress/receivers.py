"""What this app does on the events of others: a module that is completed or opened again goes into the log."""

from typing import Any

from django.dispatch import receiver

from progress.enums import LogKind
from progress.services import ProgressService
from roadmaps.models import Module
from roadmaps.signals import module_completed, module_reopened
from users.models import User


@receiver(module_completed, dispatch_uid="progress.log_completed_module")
def log_completed_module(sender: Any, *, module: Module, actor: User, **_: Any) -> None:
    """An entry for the owner."""
    ProgressService.record_module(actor=actor, module=module, kind=LogKind.MODULE_COMPLETED)


@receiver(module_reopened, dispatch_uid="progress.log_reopened_module")
def log_reopened_module(sender: Any, *, module: Module, actor: User, **_: Any) -> None:
    """An entry for the owner: the log keeps both."""
    ProgressService.record_module(actor=actor, module=module, kind=LogKind.MODULE_REOPENED)
