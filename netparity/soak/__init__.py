"""`make soak`: clean runs in a row on one lab, quiet and beside a busy loop, that must all agree."""
