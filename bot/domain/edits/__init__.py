"""What a member asks for: the draft, its options, its prompt, and what its pictures become."""
