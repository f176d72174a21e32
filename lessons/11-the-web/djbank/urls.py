"""Which address leads to which view."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from djbank import views

urlpatterns = [
    path("", views.index, name="index"),
    path("pay/", views.pay, name="pay"),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),  # takes POST only
    path("admin/", admin.site.urls),
]
