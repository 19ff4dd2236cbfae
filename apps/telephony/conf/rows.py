"""Read the rows that Asterisk's files are made of."""

from django.conf import settings
from django.db.models import Count, Max

from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_active_list
from apps.acd.call_backs import call_back_rules
from apps.acd.models import CallBackRule, Queue, QueueMember
from apps.acd.selectors import queue_active_list
from apps.core.tenancy import all_tenants
from apps.ivr.models import EntryPoint
from apps.numbers.models import Did, Trunk
from apps.numbers.selectors import trunk_active_list, trunk_for_calls_out
from apps.prompts.files import asterisk_path
from apps.prompts.models import Language, Prompt
from apps.prompts.selectors import prompt_mapping
from apps.surveys.models import Survey, SurveyQuestion, SurveyQueue
from apps.surveys.selectors import survey_queue_limits
from apps.switchboard.models import DiallingPlan, DialPermission
from apps.switchboard.outside import outside_phones
from apps.telephony.conf.render import (
    BoxRow,
    ConfRows,
    DidRow,
    OutsideRow,
    PhoneRow,
    QueueRow,
    SurveyRow,
    TrunkRow,
)
from apps.tenants.models import Tenant
from apps.voicemail.models import VoicemailBox
from apps.voicemail.selectors import box_active_list

WATCHED = (
    Agent,
    Queue,
    QueueMember,
    CallBackRule,
    Did,
    EntryPoint,
    Trunk,
    Tenant,
    Prompt,
    VoicemailBox,
    Survey,
    SurveyQuestion,
    SurveyQueue,
    DiallingPlan,
    DialPermission,
)


def conf_fingerprint() -> str:
    """Return a text that changes when a row that Asterisk reads does. One cheap query each.

    User has no `updated_at`: its name (the phones' caller ID) and `is_active` are hashed by count
    and by the sum of active ones.
    """
    with all_tenants("a node serves every company"):
        parts = []
        for model in WATCHED:
            found = model.objects.aggregate(n=Count("pk"), last=Max("updated_at"))
            parts.append(f"{model.__name__}:{found['n']}:{found['last']}")
        names = (
            User.objects.filter(agent__isnull=False)
            .order_by("pk")
            .values_list("pk", "first_name", "is_active")
        )
        parts.append(str(hash(tuple(names))))
    return "|".join(parts)


def conf_rows() -> ConfRows:
    """Return every row in a stable order. 7 queries and one a company with greetings."""
    with all_tenants("a node serves every company"):
        phones = tuple(
            PhoneRow(
                sip_username=agent.sip_username,
                number=agent.number,
                name=agent.user.display_name,
                ha1=agent.sip_ha1,
                realm=settings.HUAWU_SIP_REALM,
                tenant=agent.tenant.slug,
            )
            for agent in agent_active_list()
        )
        trunks = tuple(
            TrunkRow(
                endpoint=trunk.endpoint,
                host=trunk.host,
                port=trunk.port,
                match=tuple(part.strip() for part in trunk.match.split(",") if part.strip()),
                codecs=trunk.codecs,
                max_channels=trunk.max_channels,
            )
            for trunk in trunk_active_list()
        )
        active = list(queue_active_list())
        rules = call_back_rules(active)
        queues = tuple(
            QueueRow(
                name=queue.asterisk_name,
                strategy=queue.strategy,
                ring_timeout_s=queue.ring_timeout_s,
                retry_s=queue.retry_s,
                wrap_up_s=queue.wrap_up_s,
                service_level_s=queue.service_level_s,
                announce=queue.announce_agent,
                periodic_sound=_periodic_sound(queue),
                periodic_s=queue.periodic_s,
                music=_music(queue),
                call_back_s=rules[queue.pk].key_after_s if rules[queue.pk].by_key else None,
            )
            for queue in active
        )
        surveys = tuple(
            SurveyRow(queue=queue, limit_s=limit_s) for queue, limit_s in survey_queue_limits()
        )
        return ConfRows(
            phones=phones,
            trunks=trunks,
            queues=queues,
            dids=_did_rows(),
            boxes=_box_rows(),
            surveys=surveys,
            outside=_outside_rows(),
        )


def _outside_rows() -> tuple[OutsideRow, ...]:
    """One a signed-up outside phone that its agent may dial: its number is called as his."""
    trunk = trunk_for_calls_out()
    if trunk is None:
        return ()
    return tuple(
        OutsideRow(
            name=phone.name,
            dial=f"PJSIP/{phone.number}@{trunk.endpoint}",
            shown=phone.shown,
            asks=phone.asks,
        )
        for phone in outside_phones()
    )


def _periodic_sound(queue: Queue) -> str:
    name = queue.periodic_prompt
    if not name:
        return ""
    # One query a queue with a prompt: rows are read only when something changed.
    own = prompt_mapping(queue.tenant_id, queue.tenant.slug)
    return own.get(name, f"huawu/{name}")


def _music(queue: Queue) -> str:
    """Return the file of the queue's own music: in the first language that has it, '' in none."""
    if not queue.music_prompt:
        return ""
    prompts = Prompt.objects.filter(
        tenant_id=queue.tenant_id, name=queue.music_prompt, revision__gt=0
    )
    for prompt in prompts:
        for language in Language.values:
            path = asterisk_path(language, queue.tenant.slug, prompt.name, prompt.revision)
            # A class whose file is not there plays nothing at all.
            if path.exists():
                return str(path.with_suffix(""))
    return ""


def _box_rows() -> tuple[BoxRow, ...]:
    boxes = list(box_active_list())
    own = {
        box.tenant_id: prompt_mapping(box.tenant_id, box.tenant.slug)
        for box in boxes
        if box.greeting
    }
    return tuple(
        BoxRow(
            name=box.name,
            greeting=own[box.tenant_id].get(box.greeting, f"huawu/{box.greeting}")
            if box.greeting
            else "",
            max_s=box.max_s,
        )
        for box in boxes
    )


def _did_rows() -> tuple[DidRow, ...]:
    entries = EntryPoint.objects.select_related("did__tenant", "fallback_queue__tenant").filter(
        did__is_active=True
    )
    rows = []
    for entry in entries.order_by("did__number"):
        queue = entry.fallback_queue
        name = queue.asterisk_name if queue else ""
        rows.append(
            DidRow(
                number=entry.did.number,
                tenant=entry.did.tenant.slug,
                fallback_queue=name,
                fallback_box=name if queue and queue.has_voicemail else "",
                max_wait_s=queue.max_wait_s if queue else 0,
            )
        )
    return tuple(rows)
