"""See the placeholder package `tensorflow`, which answers for this one too."""
import tensorflow as _tensorflow


def __getattr__(name):
    return _tensorflow.__getattr__(name)
