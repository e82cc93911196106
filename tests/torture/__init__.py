"""What an index must stand: writers that end at any change of the folder, damaged files, readers beside a writer.

`naskh.index.disk` is where an index changes its folder; some of these modules stand in for it. ``make torture``
runs long, `tests/test_crashes.py` and `tests/test_model.py` a little.
"""
