"""Running an installation: backup, restore, checkup."""
