"""Lets Rasa start without what this assistant does not use.

When Rasa starts it imports TensorFlow, the clients of ten messengers, databases and clouds, and what draws its reports. The
real packages cost 2.1 GB on disk, 400 MB of memory and fifteen seconds of every start. placeholders.pth, which Python reads at
its own start, puts this module in their way:

- `_ABSENT` are not installed (`override-dependencies` in the pyproject.toml at the root). Every name in them is a class that
  can be a base, a decorator or an annotation, and that raises as soon as something is done with it.
- `_LATER` are installed, and imported when something of theirs is called first: `rasa test` draws, `rasa shell` asks.

To use one for real, remove it here and there.

The same file turns off Rasa's reports of its use and its crashes to its makers, whichever command starts it: visitors of a
clinic must not be part of that.
"""
import importlib
import importlib.machinery
import sys
import types

_ABSENT = {
    "tensorflow", "keras", "tensorflow_addons", "sklearn_crfsuite",               # models
    "aiogram", "fbmessenger", "mattermostwrapper", "slack_sdk", "webexteamssdk",  # messengers
    "aio_pika", "aiormq", "boto3", "botocore", "pymongo",                         # queues and databases
}
_LATER = {"rasa.utils.plotting", "rasa.utils.tensorflow.model_data", "questionary", "prompt_toolkit"}


class _Name(type):
    """Stands for one name of a module that is not there, or not yet."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _name(f"{cls._path}.{name}", cls._module)

    def __call__(cls, *args, **kwargs):
        if cls.__module__ != __name__:  # a class of Rasa's that derives from a placeholder
            return super().__call__(*args, **kwargs)
        if _root(cls._module) not in _ABSENT:
            return _real(cls._module, cls._path)(*args, **kwargs)
        if len(args) == 1 and not kwargs and isinstance(args[0], (type, types.FunctionType)):
            return args[0]  # used as a decorator
        if not args and set(kwargs) <= {"name", "package", "reduce_retracing", "input_signature"}:
            return lambda decorated: decorated
        raise RuntimeError(f"{cls._module} is not installed: placeholders/placeholders.py says why, and how to use it.")

    def __or__(cls, other):
        return object

    __ror__ = __or__


def _name(path: str, module: str) -> type:
    return _Name(path.rsplit(".", 1)[-1], (), {"__module__": __name__, "_path": path, "_module": module})


def _root(module: str) -> str:
    """The entry of a list above that a module belongs to, or nothing."""
    parts = module.split(".")
    heads = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return next((head for head in heads if head in _ABSENT or head in _LATER), "")


def _real(module: str, path: str):
    """The true object of a name, its package imported now."""
    root = _root(module)
    _LATER.discard(root)
    for stood_in in [name for name in sys.modules if name == root or name.startswith(f"{root}.")]:
        del sys.modules[stood_in]
    found = importlib.import_module(module)
    for name in path.split(".")[1:]:
        found = getattr(found, name)
    return found


class _Module(types.ModuleType):
    __path__: list = []
    __version__ = "2.12.0"  # of TensorFlow: Rasa asks for it

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _name(f".{name}", self.__name__)


class _Finder:
    def find_spec(self, fullname, path=None, target=None):
        if _root(fullname):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Module(spec.name)

    def exec_module(self, module):
        """Nothing to run: every name answers for itself."""


sys.meta_path.insert(0, _Finder())
