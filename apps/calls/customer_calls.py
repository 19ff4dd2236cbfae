"""Say whose a call is when its customer is made or found after it began."""

from django.db import transaction

from apps.calls.models import Call
from apps.core.phone_numbers import lookup_key
from apps.customers.models import Customer


def call_customer_set(*, call: Call, customer: Customer) -> int:
    """Give the customer this call, and calls of the same number that nobody has; return how many.

    Folding a call again leaves it: the look-up happens once, when the number is first known. At
    most 5,000 earlier ones; the timeline shows older ones by their number. 2 to 3 queries.
    """
    other = call.caller if call.direction == "in" else call.dialled
    key = lookup_key(other)
    with transaction.atomic():
        done = Call.objects.filter(pk=call.pk).update(customer=customer)
        if key:
            earlier = Call.objects.filter(caller_lookup=key, customer=None, direction="in")
            ids = list(earlier.order_by("-started_at").values_list("pk", flat=True)[:5_000])
            done += Call.objects.filter(pk__in=ids).update(customer=customer)
    return done
