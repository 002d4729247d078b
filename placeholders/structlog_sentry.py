"""In place of the package that reports Rasa's log to its makers: a clinic's log stays where it is."""


class SentryProcessor:
    """Lets each entry of the log pass."""

    def __init__(self, event_level):
        pass

    def __call__(self, logger, name, entry):
        return entry
