"""People: accounts, profiles, and the one skill catalogue that every other app refers to."""
