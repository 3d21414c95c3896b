"""The refusals of this app, one stable code each."""

from skillbridge_backend.core.errors import DomainError, InvalidInput, stand_for


class InvalidCredentials(DomainError):
    """Address and password do not belong together; which of the two is wrong is not said."""

    code, status, title = "invalid_credentials", 401, "E-mail address or password is wrong"


class EmailNotConfirmed(DomainError):
    """The password is right and the address is not confirmed yet."""

    code, status, title = "email_not_confirmed", 403, "Confirm your e-mail address first"


class TooManyLoginAttempts(DomainError):
    """A limit of failed logins is reached; Retry-After says for how long."""

    code, status, title = "too_many_login_attempts", 429, "Too many failed logins"


class SecondFactorRequired(DomainError):
    """The first step of a login was right; the members say with what, and with which ticket, it goes on."""

    code, status, title = "second_factor_required", 401, "Show a second factor"


class SecondFactorInvalid(DomainError):
    """The code, recovery code or passkey is not right, or was used before."""

    code, status, title = "second_factor_invalid", 401, "This is not right"


class LoginCodeInvalid(DomainError):
    """This is not the code that was mailed for this ticket."""

    code, status, title = "login_code_invalid", 401, "This is not the code"


class ChallengeOver(DomainError):
    """Too late, too many attempts, answered already, or not a ticket of ours; begin again."""

    code, status, title = "challenge_over", 400, "Begin again"


class StepUpRequired(DomainError):
    """This needs a proof of who one is, with all one's factors, within the last ten minutes."""

    code, status, title = "step_up_required", 403, "Prove once more who you are"


class NothingToProveWith(DomainError):
    """An account with neither a second factor nor a password: a login is its proof."""

    code, status, title = "nothing_to_prove_with", 409, "Your account has nothing to prove it with but a login"


class AuthenticatorAppExists(DomainError):
    """There is one already; remove it first."""

    code, status, title = "authenticator_app_exists", 409, "You have an authenticator app already"


class PasskeyRefused(DomainError):
    """What the browser sent is not an answer to our question, or a passkey that is registered already."""

    code, status, title = "passkey_refused", 400, "This passkey cannot be registered"
    constraints = {"users_passkey_credential_id_key": "passkey"}


class ReadOnlySession(DomainError):
    """An admin looks through a person's eyes; that is for reading."""

    code, status, title = "read_only_session", 403, "This session only reads"


class NoSecondFactor(DomainError):
    """This is for accounts that have one."""

    code, status, title = "no_second_factor", 409, "You have no second factor"


class TooManyPasskeys(DomainError):
    """A person has at most ten."""

    code, status, title = "too_many_passkeys", 409, "You have as many passkeys as one can have"


class TooManyPersonalTokens(DomainError):
    """A person has at most twenty, expired ones included."""

    code, status, title = "too_many_personal_tokens", 409, "You have as many tokens as one can have"


class NotForPersonalTokens(DomainError):
    """This is for somebody who has logged in; no scope opens it to a personal token."""

    code, status, title = "not_for_personal_tokens", 403, "A personal token cannot do this"


class ScopeMissing(DomainError):
    """The personal token does not have the scope that this needs; the detail names it."""

    code, status, title = "scope_missing", 403, "The token may not do this"


class ProviderAway(DomainError):
    """The login provider does not answer, or not as it should; Retry-After says when to try again."""

    code, status, title = "provider_away", 503, "The login provider does not answer"


class ProviderDenied(DomainError):
    """The person said no at the provider, or the provider did. Browsers find it in the address they come back to."""

    code, status, title = "provider_denied", 403, "The login provider did not let you through"


class ProviderCodeRefused(DomainError):
    """The provider does not take the code: too old, used, or made for another application, verifier or address."""

    code, status, title = "provider_code_refused", 400, "The login provider does not take this code"


class ProviderAnswerWrong(DomainError):
    """The provider's answer is signed by nobody known, or is meant for another application or another login."""

    code, status, title = "provider_answer_wrong", 502, "The login provider's answer cannot be trusted"


class ProviderEmailNotVerified(DomainError):
    """The provider tells no address, or one that it has not verified: nobody gets an account with that."""

    code, status, title = "provider_email_not_verified", 403, "The login provider has not verified your e-mail address"


class ProviderLoginRefused(DomainError):
    """What the provider says is right, and it lets nobody in here."""

    code, status, title = "provider_login_refused", 401, "You cannot log in with this"


class AccountExists(DomainError):
    """There is an account with the address that the provider tells. Whoever has it logs in and links the provider."""

    code, status, title = "account_exists", 409, "There is an account with your address"


class LinkTaken(DomainError):
    """Another account logs in with this account of the provider."""

    code, status, title = "link_taken", 409, "Another account is linked with this"
    constraints = {"social_link_subject_once": "provider"}


class LinkExists(DomainError):
    """A person links one account of each provider; remove the other first."""

    code, status, title = "link_exists", 409, "You have linked an account of this provider already"
    constraints = {"social_link_provider_once": "provider"}


class LastWayIn(DomainError):
    """Without it there would be no way to log in: no password, no passkey, no other link, no confirmed address."""

    code, status, title = "last_way_in", 409, "You could not log in any more"


class PasswordTooShortAlone(DomainError):
    """The last second factor stays as long as the password is one that only does beside it."""

    code, status, title = "password_too_short_alone", 409, "Choose a longer password first"


class RefreshTokenInvalid(DomainError):
    """The refresh token is not ours, expired, revoked, or was used before; log in again."""

    code, status, title = "refresh_token_invalid", 401, "The refresh token is not valid"


class CsrfFailed(DomainError):
    """The refresh token came in a cookie, and nothing with it that only a page of ours knows."""

    code, status, title = "csrf_failed", 403, "The request does not prove which page it comes from"


class ConfirmationTokenInvalid(DomainError):
    """The link is damaged, or made for another address than the account has now."""

    code, status, title = "confirmation_token_invalid", 400, "This confirmation link is not valid"


class EmailChangeOver(DomainError):
    """The link is damaged or too old, or what it was for has been done, replaced or stopped."""

    code, status, title = "email_change_over", 400, "This link no longer works"


class FactorsDisowned(DomainError):
    """The link is damaged or too old, or it was used, or the account is closed."""

    code, status, title = "factors_disowned", 400, "This link no longer works"


class EmailTaken(DomainError):
    """Another account has the address by now. Only told to somebody who reads its mailbox."""

    code, status, title = "email_taken", 409, "Another account has this address"
    constraints = {"users_user_email_key": "email"}


class ResetTokenInvalid(DomainError):
    """The link is damaged, too old, used, or older than the password."""

    code, status, title = "reset_token_invalid", 400, "This link no longer works"


class ConfirmationTokenExpired(DomainError):
    """The link is older than three days."""

    code, status, title = "confirmation_token_expired", 400, "This confirmation link has expired"


class KeepTokenInvalid(DomainError):
    """The link is damaged or too old, or the account is gone."""

    code, status, title = "keep_token_invalid", 400, "This link no longer works"


class AccountIsLeaving(DomainError):
    """Who is about to be erased is in no list of mentors; keep the account first."""

    code, status, title = "account_is_leaving", 409, "This account is about to be erased"
    constraints = {"profile_of_somebody_who_stays": "is_offering_mentoring"}


class ExportRunning(DomainError):
    """The copy that was asked for before is not there yet; its job is in `job`."""

    code, status, title = "export_running", 409, "A copy of your data is being made already"
    constraints = {"export_one_running": ""}


class HandleTaken(DomainError):
    """Somebody has this handle. Handles are public, so this gives nothing away."""

    code, status, title = "handle_taken", 409, "This handle is taken"
    constraints = {"users_user_handle_key": "handle"}


class SuggestionSettled(DomainError):
    """Somebody has decided about this skill suggestion already."""

    code, status, title = "suggestion_settled", 409, "This suggestion is already decided"


stand_for(InvalidInput, {"prerequisite_no_cycle": "requires", "profile_offering_by_mentor": "is_offering_mentoring"})
