"""The fixed vocabularies of this app: what people are told about, over which channels, and how it went."""

from django.db import models


class Kind(models.TextChoices):
    """What a notification is about; preferences are set by kind and channel."""

    BADGE_AWARDED = "badge_awarded", "A badge was awarded"
    ROADMAP_READY = "roadmap_ready", "A roadmap is ready"
    ROADMAP_FAILED = "roadmap_failed", "A roadmap could not be made"
    ROADMAP_SHARED = "roadmap_shared", "A learner shares a roadmap"
    WORK_RECORDED = "work_recorded", "Work was recorded"
    MODULE_COMPLETED = "module_completed", "A module was completed"
    MATCH_PROPOSED = "match_proposed", "A mentor was found"
    MATCH_WITHDRAWN = "match_withdrawn", "A proposal was withdrawn"
    SESSION_MISSED = "session_missed", "Somebody says that one did not come"
    MATCH_REQUESTED = "match_requested", "A learner asks for mentoring"
    MATCH_INFO_REQUESTED = "match_info_requested", "A mentor asks for more information"
    MATCH_ACCEPTED = "match_accepted", "A mentor accepted"
    MATCH_DECLINED = "match_declined", "A mentor declined"
    MATCH_CANCELLED = "match_cancelled", "A request was withdrawn"
    MATCH_EXPIRED = "match_expired", "A request expired"
    MESSAGE_RECEIVED = "message_received", "A message arrived"
    REPLY_POSTED = "reply_posted", "Somebody replied in a thread"
    SOLUTION_ACCEPTED = "solution_accepted", "A reply became the solution"
    MENTIONED = "mentioned", "Somebody mentioned the person"
    SANCTIONED = "sanctioned", "Moderators decided about the person"
    ACCOUNT_SECURITY = "account_security", "Something happened to the account"
    ANNOUNCEMENT = "announcement", "News from the platform"


class Channel(models.TextChoices):
    """A way to reach a person."""

    IN_APP = "in_app", "In the application"
    EMAIL = "email", "E-mail"


class DeliveryStatus(models.TextChoices):
    """Where a delivery stands; the last three are final."""

    PENDING = "pending", "Waiting to be sent"
    SENT = "sent", "Sent"
    SKIPPED = "skipped", "Not sent, on purpose"
    FAILED = "failed", "Given up"


class Reason(models.TextChoices):
    """The one reason for what became of a delivery: the answer to "why did I (not) get this?"."""

    DEFAULT_ON = "default_on", "This kind is sent over this channel unless it is switched off"
    PREFERENCE_ON = "preference_on", "The person switched it on"
    MANDATORY = "mandatory", "This kind cannot be switched off"
    DEFAULT_OFF = "default_off", "This kind is not sent over this channel unless it is switched on"
    PREFERENCE_OFF = "preference_off", "The person switched it off"
    NO_CONFIRMED_ADDRESS = "no_confirmed_address", "The e-mail address is not confirmed"
    INACTIVE = "inactive", "The account is not active"
    ALREADY_READ = "already_read", "It was read before the e-mail left"
    TRANSPORT_FAILED = "transport_failed", "The mail server did not take it, at the last attempt"


class BroadcastStatus(models.TextChoices):
    """Where a message to many stands."""

    RUNNING = "running", "Being sent out"
    DONE = "done", "Everybody has it"


class AccountTemplate(models.TextChoices):
    """E-mails about the account itself, asked for by the users app; they go out whatever is preferred."""

    CONFIRM_EMAIL = "confirm_email", "Confirm the address"
    ALREADY_REGISTERED = "already_registered", "Somebody signed up with this address again"
    FINISH_SIGN_UP = "finish_sign_up", "Choose a password"
    REFRESH_TOKEN_REUSED = "refresh_token_reused", "A refresh token was used twice"
    RESET_PASSWORD = "reset_password", "Choose a new password"
    LOGIN_CODE = "login_code", "The code to log in with"
    CONFIRM_NEW_EMAIL = "confirm_new_email", "Use this address"
    ADDRESS_IN_USE = "address_in_use", "Somebody asked to use this address for another account"
    EMAIL_CHANGE_ASKED = "email_change_asked", "It was not me: stop it"
    EMAIL_CHANGED = "email_changed", "It was not me: undo it"
    EMAIL_RESTORED = "email_restored", "Choose a new password"
    NEW_DEVICE = "new_device", "Somebody logged in from a new device"
    PASSWORD_DROPPED = "password_dropped", "The password was removed"
    PASSWORD_CHANGED = "password_changed", "The password was changed"
    FIRST_FACTOR_ADDED = "first_factor_added", "It was not me: remove it"
    SECOND_FACTORS_REMOVED = "second_factors_removed", "Choose a new password"
    AUTHENTICATOR_APP_ADDED = "authenticator_app_added", "An authenticator app was added"
    AUTHENTICATOR_APP_REMOVED = "authenticator_app_removed", "The authenticator app was removed"
    PASSKEY_ADDED = "passkey_added", "A passkey was added"
    PASSKEY_REMOVED = "passkey_removed", "A passkey was removed"
    RECOVERY_CODES_MADE = "recovery_codes_made", "New recovery codes were made"
    PERSONAL_TOKEN_MADE = "personal_token_made", "A personal token was made"
    PERSONAL_TOKEN_REMOVED = "personal_token_removed", "A personal token was removed"
    SIGNED_UP_BY_PROVIDER = "signed_up_by_provider", "An account was opened with a login provider"
    PROVIDER_LINKED = "provider_linked", "A login provider was linked"
    PROVIDER_UNLINKED = "provider_unlinked", "A login provider is no longer linked"
    IMPERSONATED = "impersonated", "An admin looked through the person's eyes"
    RECOVERY_CODE_USED = "recovery_code_used", "A recovery code was used"
    DELETION_ASKED = "deletion_asked", "Keep my account"
    EXPORT_READY = "export_ready", "A copy of all data is ready"
