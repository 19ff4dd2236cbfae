"""Find colleagues by what people type: number, name, department, or how the name sounds."""

from django.db.models import Q

from apps.accounts.models import Agent
from apps.customers.pinyin import pinyin_words

# Of one company. Their names' sounds are computed once a process and kept.
MOST_HEARD = 5_000


def agents_named(word: str) -> Q:
    """Return what an agent's row must match: his number's beginning, a part of his name.

    A word of Latin letters is looked for in how Chinese names sound too: `wangfang`, its beginning,
    or the initials, `wf`. In the company's scope. 0 to 1 query.
    """
    found = (
        Q(number__startswith=word)
        | Q(user__first_name__icontains=word)
        | Q(user__username__icontains=word)
    )
    heard = word.lower()
    if heard.isascii() and heard.isalpha():
        names = Agent.objects.filter(is_active=True, user__is_active=True).values_list(
            "pk", "user__first_name"
        )[:MOST_HEARD]
        pks = [pk for pk, name in names if any(one.startswith(heard) for one in pinyin_words(name))]
        found |= Q(pk__in=pks)
    return found
