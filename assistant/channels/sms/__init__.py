"""The channel for text messages, with Twilio as the carrier. Named in credentials.yml; docs/sms.md says how to set it up."""
