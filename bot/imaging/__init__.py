"""Pictures and masks: files and bytes in, values out; knows no network and no database."""
