"""`python -m bot` is the `touchup` command."""

from bot.cli import main

# Picture processes import the main module again: they must not start a second bot.
if __name__ == "__main__":
    main()
