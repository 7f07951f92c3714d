"""The painter's workshop: filling, seams, letters and boards, one concern per module."""
