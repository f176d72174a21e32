#!/usr/bin/env python3
"""Django's own tool for the bank in Django: tables, first data, a server.

    python3 manage.py migrate
    python3 manage.py loaddata start
    python3 manage.py runserver --noreload 0.0.0.0:8000

The database is /tmp/djbank.sqlite3, or what DJBANK_DB says.
"""

import os

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djbank.settings")
execute_from_command_line()
