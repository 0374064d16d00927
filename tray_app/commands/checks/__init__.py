"""What `doctor` looks at, one thing a function. None of it changes anything."""
