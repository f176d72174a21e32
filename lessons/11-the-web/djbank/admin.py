"""The bank clerk's view, for users that are staff."""

from django.contrib import admin

from djbank.models import Payment

admin.site.register(Payment)
