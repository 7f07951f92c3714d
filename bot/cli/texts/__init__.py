"""Every sentence the command line prints."""
