"""The HTTP service and its pages (the extra ``serve``): a thin layer over `naskh.Index`, as the command line is."""
