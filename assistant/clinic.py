"""What is true of this clinic: `clinic.yml`, as the values that answers name in {braces}."""
from functools import lru_cache
from pathlib import Path

import phonenumbers
import yaml

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = (
    "clinic_name", "admissions_phone", "intake_form", "retention_days", "emergency_number",
    "suicide_line", "county_line", "domestic_violence_line", "samhsa_line",
)


class ClinicError(Exception):
    """A setting of clinic.yml is missing or wrong. The message names it and the way out."""


@lru_cache(maxsize=None)
def settings(path: Path = ROOT / "clinic.yml") -> dict[str, str]:
    """Each value of clinic.yml as text, and `admissions_phone_link`, the phone line as a link dials it (E.164)."""
    try:
        values = yaml.safe_load(path.read_text("utf-8")) or {}
    except FileNotFoundError:
        raise ClinicError(f"{path.name} is missing. Restore it with: git checkout {path.name}") from None
    except yaml.YAMLError as error:
        raise ClinicError(f"{path.name} cannot be read: {error}") from None
    missing = [name for name in REQUIRED if not values.get(name)]
    if missing:
        raise ClinicError(f"{path.name}: no value for {', '.join(missing)}. Add the line '{missing[0]}: ...'.")
    texts = {name: str(value) for name, value in values.items()}
    texts["admissions_phone_link"] = _dialled(texts["admissions_phone"], path.name)
    return texts


def _dialled(number: str, file: str) -> str:
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        raise ClinicError(f"{file}: admissions_phone '{number}' is not a phone number.") from None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
