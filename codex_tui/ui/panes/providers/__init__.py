"""The provider picker: which model answers, with which effort.

`entries` decides what is listed, `columns` puts a model's facts into words, `model_list` draws the
rows and `picker` is the pane. The pane learns nothing by itself: entries go down, choices come up.
"""

from __future__ import annotations

from codex_tui.ui.panes.providers.entries import PickerEntries
from codex_tui.ui.panes.providers.picker import ProviderPicker

__all__ = ["PickerEntries", "ProviderPicker"]
