"""What staff and the public can do: functions on a session of the database. Routes only call them."""
