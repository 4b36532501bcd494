"""What the ocr service makes when it is first asked for, see ``shared.stages.on_demand``."""

from shared.stages.on_demand import PATIENCE, OnDemand

__all__ = ["PATIENCE", "OnDemand"]
