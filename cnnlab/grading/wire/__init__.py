"""Values as bytes: what passes between the grader and the process that runs learners' code.

A typed format of its own, for what comes from a learner's process is not to be trusted: no pickle, no eval. Reading
bytes gives values or a :class:`~cnnlab.grading.wire.form.WireError`, whatever the bytes are; sizes, depth and types are
limited. All of it runs on both sides, so it needs only NumPy.
"""
