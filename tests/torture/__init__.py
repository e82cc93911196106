"""What cuts writers off: at any change of the folder, with what was not on the disk lost, or killed at any moment.

`naskh.index.disk` is where an index changes its folder; these modules stand in for it. ``make torture`` runs long,
`tests/test_crashes.py` a little.
"""
