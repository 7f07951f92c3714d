"""What the commands of the shell print, by feature."""
