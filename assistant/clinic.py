"""What is true of this clinic: `clinic.yml`, as the values that answers name in {braces}."""
import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import phonenumbers
import yaml

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = (
    "clinic_name", "admissions_phone", "intake_form", "retention_days", "emergency_number",
    "suicide_line", "county_line", "domestic_violence_line", "samhsa_line",
)
PHONES = [name for name in REQUIRED if name.endswith(("_phone", "_number", "_line"))]
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_SHORT = 4  # digits: 911, 988


class ClinicError(Exception):
    """A setting of clinic.yml is missing or wrong. The message names it and the way out."""


@lru_cache(maxsize=None)
def settings(path: Path = ROOT / "clinic.yml") -> dict[str, str]:
    """Each value of clinic.yml that answers may name, as text, and as links dial them `admissions_phone_link` and, where the
    clinic has a number for texts, `sms_number_link`."""
    values = _read(path)
    missing = [name for name in REQUIRED if not values.get(name)]
    if missing:
        raise ClinicError(f"{path.name}: no value for {', '.join(missing)}. Add the line '{missing[0]}: ...'.")
    texts = {name: str(value) for name, value in values.items() if name != "allowed_origins"}
    texts["admissions_phone_link"] = _dialled("admissions_phone", texts["admissions_phone"], path.name)
    if texts.get("sms_number"):
        texts["sms_number_link"] = _dialled("sms_number", texts["sms_number"], path.name)
    return texts


@lru_cache(maxsize=None)
def phones(path: Path = ROOT / "clinic.yml") -> dict[str, str]:
    """Each number that visitors are told, as it is written -> as a link dials it."""
    return {settings(path)[name]: _dialled(name, settings(path)[name], path.name) for name in PHONES}


@lru_cache(maxsize=None)
def allowed_origins(path: Path = ROOT / "clinic.yml") -> frozenset[str]:
    """The websites that may use the assistant, as browsers name them: `https://www.example.org`."""
    origins = _read(path).get("allowed_origins") or []
    if not isinstance(origins, list):
        raise ClinicError(f"{path.name}: allowed_origins must be a list, one '- https://...' a line.")
    wrong = next((origin for origin in origins if not _is_origin(origin)), None)
    if wrong is not None:
        raise ClinicError(
            f"{path.name}: allowed_origins has '{wrong}'. Write the website's address without a path, like "
            "https://www.example.org; http:// only for localhost, and no *."
        )
    return frozenset(origins)


def _read(path: Path) -> dict[str, Any]:
    try:
        return yaml.safe_load(path.read_text("utf-8")) or {}
    except FileNotFoundError:
        raise ClinicError(f"{path.name} is missing. Restore it with: git checkout {path.name}") from None
    except yaml.YAMLError as error:
        raise ClinicError(f"{path.name} cannot be read: {error}") from None


def _is_origin(origin: Any) -> bool:
    """As a browser would send it: lower case, no path, no default port; encrypted, but on this machine."""
    if not isinstance(origin, str) or not _ORIGIN.fullmatch(origin):
        return False
    url = urlsplit(origin)
    return url.scheme == "https" or url.hostname in ("localhost", "127.0.0.1")


def _dialled(name: str, number: str, file: str) -> str:
    if number.isdigit() and len(number) <= _SHORT:
        return number
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        raise ClinicError(f"{file}: '{number}' ({name}) is not a phone number.") from None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
