"""Makes ``python -m stoa.cli`` the command line."""

from stoa.cli.table import main

if __name__ == "__main__":
    main()
