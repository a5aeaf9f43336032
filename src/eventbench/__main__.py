import sys

from eventbench.cli.main import main

sys.exit(main())
