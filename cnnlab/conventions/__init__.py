"""Other courses' spellings of the operations: their names, dictionaries, layouts and caches.

A spelling, never a second implementation. Where a course means something else (ties in max pooling, what batchnorm's
momentum keeps), its module says so and a test pins it.
"""
