"""`python -m assistant.check [content|settings]`: says in one line each what is wrong, where, and how to mend it."""
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import redis
import sqlalchemy as sa
import yaml

from assistant import clinic, settings
from assistant.channels.options import OptionError
from assistant.channels.sms import account, wording
from assistant.channels.sms.options import Options as SmsOptions
from assistant.channels.website.options import Options as WebsiteOptions
from assistant.clinic import ROOT
from assistant.nlu.answers import AnswerReader, AnswersError
from assistant.safety.rules import RulesError, load_rules

_FILLED_LATER = {"reasons", "reason", "they", "them", "their", "callback_name", "callback_phone_shown"}  # by slots and actions
_PLACEHOLDER = re.compile(r"{(\w+)}")
_TOP_LEVEL = ("domain.yml", "config.yml", "endpoints.yml", "credentials.yml", "clinic.yml", "actions/triage.yml")


def content() -> Iterator[str]:
    """What is wrong with the content files."""
    files = [ROOT / name for name in _TOP_LEVEL] + sorted((ROOT / "data").rglob("*.yml"))
    broken = [problem for path in files for problem in _syntax(path)]
    yield from broken
    wrong = [] if broken else list(_clinic())
    yield from wrong
    if not broken and not wrong:
        yield from (problem for path in files for problem in _examples_and_answers(path))
        yield from _phrases()


def _named(path: Path) -> str:
    """A file's name as an error names it."""
    return str(path.relative_to(ROOT))


def operation() -> Iterator[str]:
    """What is wrong with the settings of the environment and clinic.yml."""
    yield from _clinic()
    keys = (settings.secret, account.pseudonym_key, account.number_keys)
    others = (settings.trusted_proxies, settings.operator_address, settings.log_format)
    for try_out in (_channels, *keys, *others, account.Account.read, _database, _redis):
        try:
            try_out()
        except (settings.SettingError, OptionError) as error:
            yield str(error)


def _channels() -> None:
    credentials = yaml.safe_load((ROOT / "credentials.yml").read_text("utf-8")) or {}
    WebsiteOptions.read(credentials.get("assistant.channels.website.channel.WebsiteInput"))
    SmsOptions.read(credentials.get("assistant.channels.sms.channel.SmsInput"))


def _database() -> None:
    try:
        with sa.create_engine(settings.database_url()).connect():
            pass
    except (sa.exc.SQLAlchemyError, ValueError) as error:
        kind = type(getattr(error, "orig", None) or error).__name__
        raise settings.SettingError(
            f"DATABASE_URL: the database does not answer ({kind}). Write postgresql://user:password@host:port/name and start it, "
            "or unset DATABASE_URL for the SQLite file."
        ) from None


def _redis() -> None:
    try:
        if url := settings.redis_url():
            redis.Redis.from_url(url, socket_timeout=5).ping()
    except (redis.RedisError, ValueError) as error:
        raise settings.SettingError(
            f"REDIS_URL: Redis does not answer ({type(error).__name__}). Write redis://host:port and start it, "
            "or unset REDIS_URL for locks in memory."
        ) from None


def _syntax(path: Path) -> Iterator[str]:
    try:
        yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    except FileNotFoundError:
        yield f"{_named(path)} is missing. Restore it with: git checkout {_named(path)}"
    except UnicodeDecodeError:
        yield f"{_named(path)}: not UTF-8. Save the file again with the encoding UTF-8."
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        yield f"{_named(path)}, line {line}: {error.problem}. Compare the indentation, quotes and colons with the lines around."


def _clinic() -> Iterator[str]:
    for read in (clinic.settings, clinic.phones, clinic.allowed_origins):
        try:
            read()
        except clinic.ClinicError as error:
            yield str(error)
            return


def _examples_and_answers(path: Path) -> Iterator[str]:
    text = path.read_text("utf-8")
    data = yaml.load(text, yaml.CSafeLoader)
    if not isinstance(data, dict):
        yield f"{_named(path)}: empty. Restore it with: git checkout {_named(path)}"
        return
    for block in data.get("nlu") or []:
        if "intent" not in block or "- " not in str(block.get("examples", "")):
            yield f"{_named(path)}, line {_line(text, 'nlu:')}: each entry needs `intent:` and `examples: |` with lines `- ...`."
    known = {*clinic.settings(), *_FILLED_LATER}
    for name, variations in (data.get("responses") or {}).items():
        texts = [str(variation.get("text", "")) for variation in variations]
        for text_ in texts:
            if text_.count('"') % 2:
                yield f"{_named(path)}, line {_line(text, text_)}: {name} has a quote that is opened or closed only once."
        for unknown in set(_PLACEHOLDER.findall(str(variations))) - known:
            line = _line(text, "{" + unknown + "}")
            yield f"{_named(path)}, line {line}: {name} names {{{unknown}}}, which clinic.yml does not have."


def _phrases() -> Iterator[str]:
    for load in (lambda: load_rules(ROOT / "data" / "crisis"), AnswerReader, wording.check):
        try:
            load()
        except (RulesError, AnswersError, wording.WordingError) as error:
            yield str(error)


def _line(text: str, wanted: str) -> int:
    return next((number for number, line in enumerate(text.splitlines(), 1) if wanted in line), 1)


def main() -> int:
    asked = sys.argv[1:] or ["content", "settings"]
    found = [problem for name in asked for problem in {"content": content, "settings": operation}[name]()]
    problems = list(dict.fromkeys(found))  # a secret that is wrong is found wherever it is used
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
