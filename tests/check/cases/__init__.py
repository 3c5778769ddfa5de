"""What learners write, one module per notebook.

`SLIPS` holds (exercise, name of the mistake, function). `WILD` and `HELD_OUT` hold exercise → wrong functions that are
in no catalogue; those held out were written after the probes were final.
"""

import importlib
import pkgutil

MODULES = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]


def slips():
    return [case for module in MODULES for case in module.SLIPS]


def wild():
    found = [getattr(module, group, {}) for module in MODULES for group in ("WILD", "HELD_OUT")]
    return [(exercise, fn) for group in found for exercise, fns in group.items() for fn in fns]
