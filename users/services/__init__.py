"""Every write of this app, a module per subject. Other apps import the services from here."""
