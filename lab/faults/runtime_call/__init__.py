"""What stands in runc's place while a fault wraps it; runc itself does the work.

As `lab.oci_wrapper`, of which it uses the parts: by the standard library alone, fast to start, and
run only where a container is created or deleted.
"""
