"""Which passwords are long and nevertheless refused, and which are not."""

import time

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from users.models import User


def codes(password: str, user: User | None = None) -> set[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {str(each.code) for each in error.error_list}
    return set()


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaa",
        "...............",
        "abcabcabcabcabc",
        "xk7 xk7 xk7 xk7 xk7",
        "123456789012345",
        "987654321098765",
        "1234 5678 9012 3456",
        "1 2 3 4 5 6 7 8 9 0",
        "abcdefghijklmnop",
        "qwertyuiopasdfgh",
        "QwertyuiopAsdfgh",
        "qwertzuiopasdfg",
        "azertyuiopqsdfg",
        "2w3e4r5t6y7u8i9o",
        "2wsx3edc4rfv5tgb",
        "passwordpassword",
        "password password",
        "Password-Password-1",
        "iloveyouiloveyou",
        "iloveyou iloveyou iloveyou",
        "password1234567",
        "password!!!!!!!",
        "!!!!!!password1",
        "princess sunshine",
        "football19850711",
        "football 11071985",
        "skillbridgeskillbridge",
        "SkillBridge2026!",
        "skillbridge-password",
    ],
)
def test_guessable_password_is_refused(password: str) -> None:
    assert codes(password) == {"password_too_guessable"}


@pytest.mark.parametrize(
    "password",
    [
        "violet tractor hums quietly",
        "correct horse battery staple",
        "seventeen green kettles",
        "nine quiet harbours",
        # Nothing but listed words.
        "monkey dragon shadow master",
        "violet tractor seventeen river",
        "river-river-tractor-violet-green",
        "dragon tractor guitar",
        "blaue Schwalben über Ostrava",
        "мой дед любит тёплый хлеб",
        "я люблю тебя и твой сад",
        "五匹の猫が静かに庭で眠っている夜",
        "k3JqT9wZx7LmP2v",
        "8264 9173 5048 2751",
        "password but only in a joke",
        "abcdefg hijacked my toaster",
    ],
)
def test_passphrase_is_taken(password: str) -> None:
    assert codes(password) == set()


@pytest.mark.parametrize("password", ["q7 Lamp!", "Xk9$mmp2", "aB3aB3x9"])
def test_eight_characters_of_any_kind_are_short_and_nothing_else(password: str) -> None:
    assert codes(password) == {"password_too_short"}


def test_message_says_what_to_do_instead() -> None:
    with pytest.raises(ValidationError, match="Take four words that have nothing to do with each other"):
        validate_password("passwordpassword")


@pytest.mark.parametrize("text", ["a", "12", "passwordqwerty", "k3JqT9wZx7LmP2v"])
def test_longest_password_takes_no_time(text: str) -> None:
    codes(text)  # the list is read once
    began = time.perf_counter()
    codes((text * 256)[:256])
    assert time.perf_counter() - began < 0.5
