"""No file of the project holds a secret: detect-secrets looks for keys of many makers, and for what is random.

What it finds and is none stands in KNOWN, with the reason: the words of examples, and keys that development alone takes
(production refuses them: settings/environment.py). Files of hashes are left out: they are nothing but random.
"""

import subprocess

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

from skillbridge_backend.settings.environment import BASE_DIR

MAKERS = (
    "Artifactory", "AWSKey", "AzureStorageKey", "BasicAuth", "Cloudant", "DiscordBotToken", "GitHubToken",
    "GitLabToken", "JwtToken", "Mailchimp", "Npm", "OpenAI", "PrivateKey", "PypiToken", "SendGrid", "Slack",
    "SquareOAuth", "Stripe", "TelegramBotToken", "TwilioKey",
)  # fmt: skip
SETTINGS = {
    "plugins_used": [
        *({"name": f"{maker}Detector"} for maker in MAKERS),
        {"name": "Base64HighEntropyString", "limit": 4.5},
        {"name": "HexHighEntropyString", "limit": 3.0},
    ],
    "filters_used": [
        {"path": f"detect_secrets.filters.heuristic.{name}"}
        for name in ("is_sequential_string", "is_potential_uuid", "is_templated_secret")
    ],
}
FILES_OF_HASHES = (
    "matcher-rs/contracts/",
    "requirements.txt",
    "requirements-dev.txt",
    "package-lock.json",
    "Cargo.lock",
)
KNOWN = {
    "password": "a word in the place of one, in an example",
    "PASSWORD": "the same",
    "secret": "the same",
    "hidden-word": "the same, in a test that it is hidden",
    "p%40ss": "the same, with a character that must be escaped",
    "pa%40ss": "the same",
    "p%2Fw%3A%40%3F": "the same",
    "development": "of the compose file for development, which listens on loopback alone",
    "development-web": "the same",
    "development-admin": "the same",
    "development-worker": "the same",
    "ZGV2ZWxvcG1lbnQtb25seS1mZXJuZXQta2V5LTAxMjM=": "development-only-fernet-key-0123; production refuses it",
    "ZGV2ZWxvcG1lbnQtb25seS10b2tlbi1rZXktMDEyMzQ=": "development-only-token-key-01234; production refuses it",
    "b3BlcmF0b3Itb25seS1mZXJuZXQta2V5LTAxMjM0NTY=": "operator-only-fernet-key-0123456, in a test",
    "b3BlcmF0b3Itb25seS10b2tlbi1rZXlzLTAxMjM0NTY=": "operator-only-token-keys-0123456, in a test",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567": "the letters of base32",
    "abcdefghjkmnpqrstuvwxyz23456789": "the letters that handles and recovery codes are made of",
    "qwertyuiopasdfghjklzxcvbnm": "a keyboard, of which guessable passwords are made",
    "qwertzuiopasdfghjklyxcvbnm": "the same, in Germany",
    "azertyuiopqsdfghjklmwxcvbn": "the same, in France",
    "qazwsxedcrfvtgbyhnujmikolp": "the same, by columns",
    "eyJhbGciOiJub25lIn0.e30.": "a token that is signed by nobody, in a test",
}
KNOWN_BEGINNINGS = {
    "44ab2f1f2a4e1bd9b9a8b3c0a4a7e2": "the hash of an input, in an example",
    "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS": "the signing key of development; production refuses it",
    "Z0FCa3RHWlJnOWo5M2xaOHoKM1VwK0": "its second line",
    "eEVJVTBsWgphcDNNaUxaRzh5VUVnZk": "its third",
    "bmV3LWtleS1vZi1wZXJzb25hbC10b2": "new-key-of-personal-to…, in a test",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r": "the example of RFC 7636",
    "5f1c9c0c7f5d0b7f8a3e": "a code of GitHub, in an example",
}


def found() -> dict[str, str]:
    """Where what looks like a secret stands, by its text."""
    listed = subprocess.run(["git", "ls-files"], cwd=BASE_DIR, check=True, capture_output=True, text=True).stdout
    files = [name for name in listed.splitlines() if not any(part in name for part in FILES_OF_HASHES)]
    with transient_settings(SETTINGS):
        return {
            secret.secret_value or "": f"{name}:{secret.line_number} {secret.type}"
            for name in files
            for secret in scan_file(str(BASE_DIR / name))
        }


def test_no_file_holds_a_secret() -> None:
    secrets = found()
    unknown = {
        text: place
        for text, place in secrets.items()
        if text not in KNOWN and not text.startswith(tuple(KNOWN_BEGINNINGS))
    }
    assert unknown == {}
    gone = [text for text in (*KNOWN, *KNOWN_BEGINNINGS) if not any(each.startswith(text) for each in secrets)]
    assert gone == [], "no longer there: take it out of KNOWN"
