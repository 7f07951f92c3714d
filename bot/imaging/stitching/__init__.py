"""What is sent of a picture, and how the answer comes back into it."""
