"""What Rasa imports and this assistant does not use: absent, or imported when it is asked for. Each in a Python of its own."""
import subprocess
import sys


def python(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)


def test_what_is_absent_says_so_when_it_is_used():
    ran = python("import tensorflow as tf\nclass Model(tf.keras.Model): pass\ntf.constant([1.0])")
    assert ran.stderr.strip().splitlines()[-1] == (
        "RuntimeError: tensorflow is not installed: placeholders/placeholders.py says why, and how to use it."
    )


def test_what_comes_later_is_there_when_it_is_called():
    code = "import sys, questionary\nassert not hasattr(questionary, '__file__')\nprint(questionary.Choice('yes').title)"
    assert python(code).stdout == "yes\n"

