"""Pictures with known answers, drawn by the project itself: one module per thing to be found."""
