"""Refusals: each has a stable code, a status, and a sentence that says what to do next."""

from typing import Any

from i18n.locale import N_, translate


class DaybookError(Exception):
    """Something was refused; nothing of it was done.

    A subclass names one reason. Its template is marked for translation, and its parameters are kept apart, so that
    the sentence is put together in the language of whoever reads it.

    Attributes:
        code: stable, for programs.
        status: the HTTP status a page answers with; the command line exits with 1.
        template: an English sentence with %(name)s placeholders.

    """

    code = "refused"
    status = 409
    template = N_("That cannot be done.")

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.template % params)

    def message(self) -> str:
        """Give the sentence in the reader's language."""
        return translate(self.template, **self.params)


class NotFound(DaybookError):
    code = "not_found"
    status = 404
    template = N_("There is no %(thing)s named “%(name)s”.")


class Forbidden(DaybookError):
    code = "forbidden"
    status = 403
    template = N_("You may not do this. It needs the permission %(permission)s.")


class Invalid(DaybookError):
    code = "invalid"
    status = 400
    template = N_("%(field)s: %(problem)s")


class Collision(DaybookError):
    """What was about to be written is there already, or two waited for each other; whoever comes second gets this."""

    code = "collision"
    template = N_(
        "Somebody else was doing the same at the same moment. Nothing of yours was kept: look at what is there now,"
        " and try again."
    )


class InUse(DaybookError):
    code = "in_use"
    template = N_("“%(name)s” exists already, with other values.")
