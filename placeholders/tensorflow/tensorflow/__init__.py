"""A placeholder for TensorFlow, so that Rasa starts without it.

Rasa imports TensorFlow, Keras and TensorFlow Addons when it starts, for models (DIET, TED, its response selector) that
this assistant does not use. The real packages cost 1.9 GB on disk, 350 MB of memory and ten seconds of every start.
This package answers those imports: each name in it is a class that can be a base, a decorator or an annotation, and
that raises as soon as something is computed with it. To use the real one, remove the entry of `tensorflow` from
`[tool.uv.sources]` and the overrides in the pyproject.toml at the root.

Rasa reports its use, and its crashes, to its makers unless told not to. Visitors of a clinic must not be part of that,
whichever command starts it: no_telemetry.pth, which Python reads at its own start, turns it off.
"""
import importlib.abc
import importlib.machinery
import sys
import types

__version__ = "2.12.0"

_ANSWERED = ("tensorflow", "keras", "tensorflow_addons")


class _Name(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _name(name)

    def __call__(cls, *args, **kwargs):
        if cls.__module__ != __name__:  # a class of Rasa's that derives from a placeholder
            return super().__call__(*args, **kwargs)
        if len(args) == 1 and not kwargs and isinstance(args[0], (type, types.FunctionType)):
            return args[0]  # used as a decorator
        if not args and set(kwargs) <= {"name", "package", "reduce_retracing", "input_signature"}:
            return lambda decorated: decorated
        raise RuntimeError("This needs the real TensorFlow; the installed package is a placeholder (see its docstring).")

    def __or__(cls, other):
        return object

    __ror__ = __or__


def _name(name: str) -> type:
    return _Name(name, (), {"__module__": __name__})


class _Module(types.ModuleType):
    __path__: list = []
    __version__ = __version__

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _name(name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.split(".")[0] in _ANSWERED:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Module(spec.name)

    def exec_module(self, module):
        """Nothing to run: every name answers for itself."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _name(name)


sys.meta_path.append(_Finder())
