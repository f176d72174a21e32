"""What is in the database, and the form that comes from it."""

from django.db import models
from django.forms import ModelForm


class Payment(models.Model):
    """Somebody has paid somebody."""

    debit = models.CharField(max_length=200)
    credit = models.CharField("To account", max_length=200)
    dollars = models.PositiveIntegerField()
    memo = models.CharField("For", max_length=200)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(dollars__gt=0),
                name="dollars_are_positive",
                violation_error_message="Dollars must be more than 0.",
            ),
        )

    def __str__(self) -> str:
        return f"${self.dollars} from {self.debit} to {self.credit}"


class PaymentForm(ModelForm):
    """Who pays is not asked: it is who has logged in."""

    class Meta:
        model = Payment
        fields = ("credit", "dollars", "memo")
