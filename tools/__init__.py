"""What stands in for Twilio where there is no account: for `make sms` and for the tests."""
