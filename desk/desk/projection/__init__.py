"""What staff need to see, kept up to date from the assistant's events."""
