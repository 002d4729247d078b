"""The website's channel: what the widget talks to. Named in credentials.yml; docs/website-http.md describes the interface."""
