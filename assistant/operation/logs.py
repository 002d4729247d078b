"""One JSON object a line, where LOG_FORMAT=json: what a collector of logs reads."""
import json
import logging

from pythonjsonlogger.json import JsonFormatter

from assistant.settings import log_format


def shape() -> None:
    """Gives the handlers that Rasa has installed the format of the environment. Raises SettingError."""
    if log_format() == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(_Lines("{asctime}{levelname}{name}{message}", style="{", rename_fields={
                "asctime": "time", "levelname": "level", "name": "logger"}))


class _Lines(JsonFormatter):
    """Rasa writes a part of its messages as JSON already; their fields become those of the line."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, str) and record.msg.startswith("{") and not record.args:
            try:
                record.msg = json.loads(record.msg)
            except ValueError:
                pass
        return super().format(record)
