"""Everything that Flask-Security says to a reader, in our words; it looks them up in our catalogues."""

from typing import Final

from i18n.locale import N_

_LATE: Final = N_("The link is too old: it was good for %(within)s. Ask for a new one.")
_START_OVER: Final = N_("That took longer than %(within)s. Please begin again.")

# SECURITY_MSG_… by name: sentence and category.
SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "ALREADY_CONFIRMED": (N_("Your email address is confirmed already. You can sign in."), "info"),
    "ANONYMOUS_USER_REQUIRED": (N_("You are signed in already."), "info"),
    "API_ERROR": (N_("That could not be understood. Please begin again."), "error"),
    "CONFIRMATION_EXPIRED": (_LATE, "error"),
    "CONFIRMATION_REQUEST": (
        N_("If %(email)s waits for confirmation, a mail with a link is on its way to it."),
        "info",
    ),
    "CONFIRMATION_REQUIRED": (
        N_(
            "Your email address is not confirmed yet. Open the link in the mail that we sent you, or ask for a new one."
        ),
        "error",
    ),
    "DISABLED_ACCOUNT": (N_("This account is shut. Ask the person who gave it to you."), "error"),
    "EMAIL_CONFIRMED": (N_("Your email address is confirmed. You can sign in now."), "success"),
    "EMAIL_NOT_PROVIDED": (N_("Please enter your email address."), "error"),
    "GENERIC_AUTHN_FAILED": (N_("The email or the password is not right. Check both and try again."), "error"),
    "GENERIC_RECOVERY": (
        N_("If there is an account of this address, a mail with a link to choose a new password is on its way to it."),
        "info",
    ),
    "IDENTITY_NOT_REGISTERED": (N_("There is no account named %(id)s."), "error"),
    "INVALID_CODE": (N_("The code is not right. Check that the clock of your phone is right, and try again."), "error"),
    "INVALID_CONFIRMATION_TOKEN": (N_("The link does not work any more. Ask for a new one."), "error"),
    "INVALID_EMAIL_ADDRESS": (N_("This is no email address, such as name@example.com."), "error"),
    "INVALID_INPUT": (N_("Please enter something else here."), "error"),
    "INVALID_INPUT_LENGTH": (N_("Please enter something shorter here."), "error"),
    "INVALID_PASSWORD": (N_("The password is not right."), "error"),
    "INVALID_PASSWORD_CODE": (N_("The password or the code is not right."), "error"),
    "INVALID_RECOVERY_CODE": (
        N_("The recovery code is not right, or it was used already. Each one works once."),
        "error",
    ),
    "INVALID_REDIRECT": (N_("The address leads away from Daybook."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (N_("The link does not work any more. Ask for a new one."), "error"),
    "LOGIN": (N_("Please sign in to see this page."), "info"),
    "NO_RECOVERY_CODES_SETUP": (N_("You have no recovery codes yet."), "info"),
    "PASSWORD_CHANGE": (N_("Your password is changed. You were signed out on all other devices."), "success"),
    "PASSWORD_INVALID_LENGTH": (N_("A password must have at least %(length)s characters."), "error"),
    "PASSWORD_IS_THE_SAME": (N_("This is the password that you have now. Please choose another one."), "error"),
    "PASSWORD_MISMATCH": (N_("The two passwords differ."), "error"),
    "PASSWORD_NOT_PROVIDED": (N_("Please enter your password."), "error"),
    "PASSWORD_RESET": (N_("Your password is changed."), "success"),
    "PASSWORD_RESET_EXPIRED": (_LATE, "error"),
    "PASSWORD_RESET_NO_LOGIN": (N_("Your password is changed. Sign in with the new one."), "success"),
    "PASSWORD_RESET_REQUEST": (
        N_("If there is an account of this address, a mail with a link to choose a new password is on its way to it."),
        "info",
    ),
    "PASSWORD_TOO_SIMPLE": (N_("This password is easy to guess. Please choose another one."), "error"),
    "REAUTHENTICATION_REQUIRED": (N_("Please confirm that it is you."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (N_("Thank you. You can go on now."), "success"),
    "REFRESH": (N_("Please confirm that it is you."), "info"),
    "RETYPE_PASSWORD_MISMATCH": (N_("The two passwords differ."), "error"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
        N_("Your authenticator app is set up. From now on its code is asked for when you sign in."),
        "success",
    ),
    "TWO_FACTOR_DISABLED": (N_("The authenticator app is not asked for any more."), "success"),
    "TWO_FACTOR_INVALID_TOKEN": (
        N_("The code is not right, or it was used already. Wait for the next one and try again."),
        "error",
    ),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (N_("You are signed in."), "success"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (N_("That second factor cannot be chosen here."), "error"),
    "TWO_FACTOR_PERMISSION_DENIED": (N_("Please sign in first."), "error"),
    "TWO_FACTOR_SETUP_EXPIRED": (_START_OVER, "error"),
    "UNAUTHENTICATED": (N_("Please sign in to see this page."), "error"),
    "UNAUTHORIZED": (N_("You may not see this page."), "error"),
    "USER_DOES_NOT_EXIST": (N_("There is no such account."), "error"),
    "WEBAUTHN_CREDENTIAL_DELETED": (N_("The passkey “%(name)s” is removed."), "success"),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": (N_("This passkey is known already."), "error"),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": (N_("This passkey cannot be used here."), "error"),
    "WEBAUTHN_EXPIRED": (_START_OVER, "error"),
    "WEBAUTHN_MISMATCH_USER_HANDLE": (N_("This passkey belongs to somebody else."), "error"),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (
        N_("The name of a passkey may have letters, figures, spaces, - and _ in it."),
        "error",
    ),
    "WEBAUTHN_NAME_INUSE": (N_("You have a passkey named “%(name)s” already. Choose another name."), "error"),
    "WEBAUTHN_NAME_NOT_FOUND": (N_("You have no passkey named “%(name)s”."), "error"),
    "WEBAUTHN_NAME_REQUIRED": (N_("Please give the passkey a name, such as “My phone”."), "error"),
    "WEBAUTHN_NO_VERIFY": (N_("The passkey did not answer as it should. Please try again."), "error"),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": (N_("This passkey is not known here."), "error"),
    "WEBAUTHN_REGISTER_SUCCESSFUL": (
        N_("The passkey “%(name)s” is added. From now on it can be used when you sign in."),
        "success",
    ),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (N_("This passkey is not known here."), "error"),
}

# Subjects of its mails by the template of their text.
SUBJECTS: Final[dict[str, str]] = {
    "security/email/confirmation_instructions": N_("Please confirm your email address at Daybook"),
    "security/email/reset_instructions": N_("A new password for Daybook"),
    "security/email/reset_notice": N_("Your password at Daybook was changed"),
    "security/email/change_notice": N_("Your password at Daybook was changed"),
}
