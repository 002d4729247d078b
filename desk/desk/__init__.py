"""The desk: where staff read and act on the assistant's conversations, and people fill in the intake form."""
