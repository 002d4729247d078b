"""How large a request may be: the server has one limit, and each channel asks for what it needs."""
from sanic import Sanic


def make_room(app: Sanic, size: int) -> None:
    """Lets requests of `size` bytes in; the largest that any channel asked for holds."""
    app.ctx.room = max(size, getattr(app.ctx, "room", 0))
    app.config.REQUEST_MAX_SIZE = app.ctx.room
