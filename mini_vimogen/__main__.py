"""``python -m mini_vimogen``: the same commands as ``mini-vimogen``."""

import sys

from mini_vimogen.cli import main

if __name__ == "__main__":
    sys.exit(main())
