"""For a WSGI server: gunicorn djbank.wsgi"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djbank.settings")
application = get_wsgi_application()
