"""Which page a person's desk is: the one that was opened last."""

from django.conf import settings
from django.db import models


class DeskOwner(models.Model):
    """The page that owns a person's socket and browser phone; holds nothing of a company."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    page = models.CharField(max_length=40, help_text="The page's own random name")
    claimed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.page}"
