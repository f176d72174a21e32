"""What the bank answers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from djbank.models import Payment, PaymentForm


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    username = request.user.get_username()
    payments = Payment.objects.filter(Q(debit=username) | Q(credit=username)).order_by("id")
    return render(request, "index.html", {"payments": payments})


@require_http_methods(["GET", "POST"])
@login_required
def pay(request: HttpRequest) -> HttpResponse:
    form = PaymentForm(request.POST or None)
    if form.is_valid():
        payment = form.save(commit=False)
        payment.debit = request.user.get_username()
        payment.save()
        messages.success(request, "Payment successful.")
        return redirect("index")
    return render(request, "pay.html", {"form": form})
