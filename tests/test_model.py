"""An index holds what a dictionary would, whatever is done to both; the long run is ``make torture``."""

from __future__ import annotations

from hypothesis import settings

from tests.torture.model import IndexBesideDictionary

TestAnIndexHoldsWhatADictionaryWould = IndexBesideDictionary.TestCase
TestAnIndexHoldsWhatADictionaryWould.settings = settings(max_examples=14, stateful_step_count=15, deadline=None)
