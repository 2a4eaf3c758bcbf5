"""What is learned: frames go in, predictions, metrics and model files come out; nothing opens a file."""
