collect_ignore = ["stand_in.py"]  # it runs inside the sandbox only
