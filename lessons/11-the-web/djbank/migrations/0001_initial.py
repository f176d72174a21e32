"""The first tables. `manage.py makemigrations` has written this from models.py."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("debit", models.CharField(max_length=200)),
                ("credit", models.CharField(max_length=200, verbose_name="To account")),
                ("dollars", models.PositiveIntegerField()),
                ("memo", models.CharField(max_length=200, verbose_name="For")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("dollars__gt", 0)),
                        name="dollars_are_positive",
                        violation_error_message="Dollars must be more than 0.",
                    )
                ],
            },
        ),
    )
