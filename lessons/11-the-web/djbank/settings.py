"""What Django has to know about the bank. Most of it is a list of parts.

DJBANK_DB is where the database lies, DJBANK_KEY what cookies are signed with, DJBANK_DEBUG=1
shows tracebacks in the browser: to you, and to everybody else.
"""

import os

from django.core.management.utils import get_random_secret_key

SECRET_KEY = os.environ.get("DJBANK_KEY") or get_random_secret_key()
DEBUG = os.environ.get("DJBANK_DEBUG") == "1"
ALLOWED_HOSTS = ["www.example.com", "www", "localhost", "127.0.0.1"]
ROOT_URLCONF = "djbank.urls"
WSGI_APPLICATION = "djbank.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "djbank",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",  # cure 1
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",  # cure 4
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",  # cures 2 and 3
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DJBANK_DB", "/tmp/djbank.sqlite3"),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
STATIC_URL = "static/"
USE_TZ = True
