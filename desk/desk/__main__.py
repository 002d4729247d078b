"""python -m desk run | rebuild | purge [--dry-run] | audit-verify | demo URL"""
import sys

from sanic import Sanic

from desk import app, database, demo, operation, settings
from desk.models import audit, forgetting
from desk.projection import reader


def run() -> None:
    """Starts the desk."""
    operation.shape_logs()
    settings.check()
    engine = database.engine()
    database.migrate(engine)
    app.announce(engine)
    made = app.create(engine)
    made.prepare(host=settings.host(), port=settings.port(), single_process=True, motd=False, access_log=False)
    Sanic.serve_single(primary=made)


def rebuild() -> None:
    """Makes the projection anew from the events."""
    print(f"Read {reader.rebuild(database.engine())} events.")


def purge(dry: str = "") -> None:
    """Erases what is kept no longer."""
    conversations, forms = forgetting.purge(database.engine(), dry == "--dry-run")
    print(f"{'Would erase' if dry else 'Erased'} {conversations} conversations and {forms} forms.")


def audit_verify() -> None:
    """Checks that no row of the audit was changed or taken out."""
    with database.reading(database.engine()) as session:
        broken, (number, last) = audit.first_broken(session), audit.last(session)
    if broken is not None:
        sys.exit(f"The audit is broken at row {broken}: it was changed, or rows before it were taken out.")
    print(f"The audit is whole: {number} rows, the last {last[:16]}. Kept elsewhere, this line shows if newer rows are taken out.")


COMMANDS = {"run": run, "rebuild": rebuild, "purge": purge, "audit-verify": audit_verify, "demo": demo.talk}


def main() -> None:
    command, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if command not in COMMANDS:
        sys.exit(__doc__)
    try:
        COMMANDS[command](*arguments)
    except settings.SettingError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
