"""The link that confirms an address. Opening it shows a button: programs open the links of a mail before its reader."""

from typing import Any

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_security.confirmable import confirm_email_token_status


def init_app(app: Flask) -> None:
    """Put the button before Flask-Security's view, which confirms whenever it is asked."""
    confirm: Any = app.view_functions["security.confirm_email"]

    def ask(token: str) -> ResponseReturnValue:
        """Show the button; confirm when it is pressed, or say what is wrong with the link."""
        expired, invalid, user = confirm_email_token_status(token)  # type: ignore[no-untyped-call]
        open_ = user is not None and user.confirmed_at is None and not (expired or invalid)
        if open_ and request.method != "POST":
            return render_template("security/confirm_email.html", token=token)
        answer: ResponseReturnValue = confirm(token=token)
        return answer

    app.view_functions["security.confirm_email"] = ask
