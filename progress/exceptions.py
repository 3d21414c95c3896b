"""What this app refuses, each with its stable code."""

from skillbridge_backend.core.errors import DomainError, InvalidInput, stand_for


class RepositoryAlreadyConnected(DomainError):
    """The learner has a connection to this repository."""

    code, status, title = "repository_already_connected", 409, "This repository is in your list already"
    constraints = {"repository_connected_once": "full_name"}


class TooManyRepositories(DomainError):
    """The learner has as many connections as one may have."""

    code, status, title = "too_many_repositories", 409, "You have connected as many repositories as you may"
    constraints = {"repository_to_20": "full_name"}


class InvalidSignature(DomainError):
    """A delivery is not signed with a secret of the repository, or there is no such connection: the answer is one."""

    code, status, title = "invalid_signature", 401, "The signature is missing or wrong"


class MissingDeliveryHeader(DomainError):
    """A signed delivery lacks what GitHub always sends."""

    code, status, title = "missing_delivery_header", 400, "A header of the delivery is missing"


class UnreadableBody(DomainError):
    """A signed body is not JSON."""

    code, status, title = "unreadable_body", 400, "The body cannot be read"


class UnsupportedBodyType(DomainError):
    """The webhook is set to a content type that GitHub does not offer."""

    code, status, title = "unsupported_body_type", 415, "The content type of the delivery is not supported"


class RepositoryMismatch(DomainError):
    """The delivery is about another repository than the one that was connected."""

    code, status, title = "repository_mismatch", 422, "The delivery is about another repository"


stand_for(InvalidInput, {"log_day_of_24_hours": "minutes"})
