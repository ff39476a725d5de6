"""``python -m perpbox`` is ``perpbox``."""

import sys

from perpbox.cli import main

sys.exit(main())
