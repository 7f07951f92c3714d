"""One paid provider call: its states, what happens to it, and the rules between them."""
