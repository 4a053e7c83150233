"""mini_vimogen: from a casual video, or a sentence, to 3D human motion.

The rooms of the package, in the order in which a motion walks through them::

    formats, data -> representation -> conditions -> models
        -> paths (learning) | samplers (generating) -> metrics -> render

``mini_vimogen.conventions`` says which way is up. Importing this package
reads no file and touches no random state.
"""

__version__ = "0.1.0"
