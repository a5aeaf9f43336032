import sys

from eventbench.cli import main

sys.exit(main())
