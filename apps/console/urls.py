"""Addresses of the console."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from apps.console import (
    agent_pages,
    call_back_pages,
    call_commands,
    commands,
    dialling,
    directory_pages,
    disposition_pages,
    erasure_alerts,
    flow_commands,
    flow_figure_pages,
    flow_pages,
    hours_pages,
    installable,
    my_phone_pages,
    overflow_pages,
    pages,
    prompt_pages,
    queue_pages,
    rule_pages,
    supervision_pages,
    survey_pages,
    targets,
    voicemail_pages,
    what_if_pages,
    wrap_up_pages,
)
from apps.console.board import urls as board_urls
from apps.console.customers import urls as customer_urls
from apps.console.day import urls as day_urls
from apps.console.imports import urls as import_urls
from apps.console.login import LoginView
from apps.console.missed import urls as missed_urls
from apps.console.pick_up_groups.urls import urlpatterns as pick_up_group_addresses
from apps.console.promises import urls as promise_urls
from apps.console.recordings import urls as recordings_urls
from apps.console.reports import urls as report_urls
from apps.console.staffing import urls as staffing_urls
from apps.console.tasks import urls as task_urls
from apps.console.work_orders import urls as work_order_urls

app_name = "console"
urlpatterns = [
    path("", pages.home, name="desk"),
    path("manifest.webmanifest", installable.manifest, name="manifest"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("history/", pages.history, name="history"),
    path("calls/<int:pk>/", pages.call, name="call"),
    path("calls/<int:pk>/wrap-up/", wrap_up_pages.wrap_up, name="wrap-up"),
    path("calls/<int:pk>/wrap-up/keep/", wrap_up_pages.wrap_up_keep, name="wrap-up-keep"),
    path(
        "calls/without-disposition/",
        wrap_up_pages.without_disposition,
        name="without-disposition",
    ),
    path("dispositions/", disposition_pages.dispositions, name="dispositions"),
    path("dispositions/new/", disposition_pages.disposition_new, name="disposition-new"),
    path("dispositions/<int:pk>/", disposition_pages.disposition_save, name="disposition-save"),
    path(
        "dispositions/queues/<int:pk>/", disposition_pages.queue_policy, name="disposition-policy"
    ),
    path("voicemail/", voicemail_pages.message_list, name="voicemail"),
    path("voicemail/pin/", voicemail_pages.pin, name="voicemail-pin"),
    path("voicemail/<int:pk>/", voicemail_pages.message, name="voicemail-message"),
    path("erasure-alerts/", erasure_alerts.alerts, name="erasure-alerts"),
    path("erasure-alerts/<int:pk>/put-away/", erasure_alerts.put_away, name="erasure-put-away"),
    *board_urls.urlpatterns,
    *import_urls.urlpatterns,
    *report_urls.urlpatterns,
    *staffing_urls.urlpatterns,
    *promise_urls.urlpatterns,
    *task_urls.urlpatterns,
    *work_order_urls.urlpatterns,
    *(
        path(
            f"calls/<int:pk>/{operation}/",
            call_commands.operate,
            {"operation": operation},
            name=f"call-{operation}",
        )
        for operation in sorted(call_commands.OPERATIONS)
    ),
    path("calls/<int:pk>/survey/", survey_pages.survey_transfer, name="call-survey"),
    path("calls/<int:pk>/standard-answer/", commands.standard_answer, name="call-answer"),
    path("calls/<int:pk>/recording-pause/", commands.recording_pause, name="recording-pause"),
    path("calls/<int:pk>/decline/", commands.decline, name="call-decline"),
    path("surveys/", survey_pages.survey_list, name="survey-list"),
    path("queues/", queue_pages.queues, name="queues"),
    path("queues/visits/", queue_pages.visits, name="queue-visits"),
    path("call-backs/", call_back_pages.call_backs, name="call-backs"),
    path("call-backs/<int:pk>/", call_back_pages.call_back, name="call-back"),
    path("call-backs/<int:pk>/cancel/", call_back_pages.cancel, name="call-back-cancel"),
    path("call-backs/<int:pk>/hurry/", call_back_pages.hurry, name="call-back-hurry"),
    path("what-if/", what_if_pages.what_if_list, name="what-if-list"),
    path("what-if/new/", what_if_pages.what_if_new, name="what-if-new"),
    path("what-if/<int:pk>/", what_if_pages.what_if, name="what-if"),
    path("what-if/<int:pk>/again/", what_if_pages.what_if_again, name="what-if-again"),
    path("what-if/<int:pk>/cancel/", what_if_pages.what_if_cancel, name="what-if-cancel"),
    path("what-if/<int:pk>/delete/", what_if_pages.what_if_delete, name="what-if-delete"),
    path("queues/<int:pk>/", overflow_pages.queue_waiting, name="queue-waiting"),
    path("queues/<int:pk>/rules/new/", overflow_pages.overflow_rule, name="overflow-rule-new"),
    path(
        "queues/<int:pk>/rules/<int:rule_pk>/", overflow_pages.overflow_rule, name="overflow-rule"
    ),
    *(
        path(
            f"queues/<int:pk>/rules/<int:rule_pk>/{action}/",
            overflow_pages.overflow_rule_change,
            {"action": action},
            name=f"overflow-rule-{action}",
        )
        for action in ("up", "down", "delete")
    ),
    path("live/", supervision_pages.live, name="live"),
    path("live/stop/", supervision_pages.stop, name="live-stop"),
    path("live/me/", supervision_pages.supervised, name="supervised"),
    path("live/calls/<int:pk>/listen/", supervision_pages.listen, name="live-listen"),
    path("live/calls/<int:pk>/take-over/", supervision_pages.take_over, name="live-take-over"),
    path("live/calls/<int:pk>/hang-up/", supervision_pages.hang_up, name="live-hang-up"),
    path("live/agents/<str:number>/state/", supervision_pages.agent_state, name="live-agent-state"),
    path(
        "live/agents/<str:number>/sign-out/",
        supervision_pages.agent_sign_out,
        name="live-agent-sign-out",
    ),
    path("colleagues/", supervision_pages.colleagues, name="colleagues"),
    path("calls/<int:pk>/pick-up/", supervision_pages.pick_up, name="pick-up"),
    path("calls/<int:pk>/fetch/", supervision_pages.fetch, name="fetch"),
    path("agents/", agent_pages.agents, name="agents"),
    *day_urls.urlpatterns,
    *missed_urls.urlpatterns,
    *recordings_urls.urlpatterns,
    path("pick-up-groups/", include(pick_up_group_addresses)),
    path("my-phone/camp-on/", my_phone_pages.camp_on, name="camp-on"),
    path("my-phone/camp-on/list/", my_phone_pages.camp_ons, name="camp-ons"),
    path("my-phone/camp-on/<int:pk>/cancel/", my_phone_pages.camp_on_end, name="camp-on-cancel"),
    path("directory/", directory_pages.directory, name="directory"),
    path("my-phone/", my_phone_pages.my_phone, name="my-phone"),
    path("my-phone/speed-dial/", my_phone_pages.speed_dial, name="speed-dial"),
    path("hours/", hours_pages.hours, name="hours"),
    path("hours/<int:pk>/", hours_pages.hours_change, name="hours-change"),
    *customer_urls.urlpatterns,
    path("prompts/", prompt_pages.prompts, name="prompts"),
    path("prompts/new/", prompt_pages.prompt_new, name="prompt-new"),
    path("prompts/<int:pk>/", prompt_pages.prompt, name="prompt"),
    path("prompts/<int:pk>/delete/", prompt_pages.prompt_delete, name="prompt-delete"),
    path("prompts/<int:pk>/<str:language>/", prompt_pages.prompt_card, name="prompt-card"),
    path(
        "prompts/<int:pk>/<str:language>/upload/", prompt_pages.prompt_upload, name="prompt-upload"
    ),
    path("prompts/<int:pk>/<str:language>/speak/", prompt_pages.prompt_speak, name="prompt-speak"),
    path(
        "prompts/audio/<str:language>/<str:name>/", prompt_pages.prompt_audio, name="prompt-audio"
    ),
    path("rules/", rule_pages.rule_list, name="rules"),
    path("rules/new/", rule_pages.rule_new, name="rule-new"),
    path("rules/<int:pk>/", rule_pages.rule_set, name="rule-set"),
    path("rules/<int:pk>/edit/", rule_pages.rule_edit, name="rule-edit"),
    path("rules/<int:pk>/numbers/", rule_pages.rule_numbers, name="rule-numbers"),
    path("rules/<int:pk>/publish/", rule_pages.rule_publish, name="rule-publish"),
    path("rules/<int:pk>/versions/", rule_pages.rule_versions, name="rule-versions"),
    path("rules/<int:pk>/delete/", rule_pages.rule_delete, name="rule-delete"),
    path("flows/", flow_pages.flow_list, name="flows"),
    path("flows/new/", flow_pages.flow_new, name="flow-new"),
    path("flows/<int:pk>/", flow_pages.flow, name="flow"),
    *(
        path(
            f"flows/<int:pk>/{action}/",
            flow_pages.flow_change,
            {"action": action},
            name=f"flow-{action}",
        )
        for action in ("rename", "copy", "delete")
    ),
    path("flows/<int:pk>/figures/", flow_figure_pages.flow_figures, name="flow-figures"),
    path(
        "flows/<int:pk>/figures.json",
        flow_figure_pages.flow_figures_json,
        name="flow-figures-json",
    ),
    path(
        "flows/<int:pk>/figures/calls/",
        flow_figure_pages.flow_figure_calls,
        name="flow-figure-calls",
    ),
    path("flows/<int:pk>/download/", flow_pages.flow_download, name="flow-download"),
    path("flows/<int:pk>/check/", flow_commands.check, name="flow-check"),
    path("flows/<int:pk>/draft/", flow_commands.draft, name="flow-draft"),
    path("flows/<int:pk>/publish/", flow_commands.publish, name="flow-publish"),
    path("flows/<int:pk>/versions/", flow_commands.versions, name="flow-versions"),
    path("flows/<int:pk>/version/", flow_commands.version, name="flow-version"),
    path("flows/<int:pk>/roll-back/", flow_commands.roll_back, name="flow-roll-back"),
    path("flows/<int:pk>/simulate/", flow_commands.simulate, name="flow-simulate"),
    path("flows/<int:pk>/tests/", flow_commands.tests, name="flow-tests"),
    path("knowledge/", include("apps.console.knowledge.urls")),
    path("quality/", include("apps.console.quality.urls")),
    path("saved-views/", include("apps.console.saved_views.urls")),
    path("settings/", pages.settings, name="settings"),
    path("styleguide/", pages.styleguide, name="styleguide"),
    path("desk/sign-in/", commands.sign_in, name="sign-in"),
    path("desk/sign-out/", commands.sign_out, name="sign-out"),
    path("desk/targets/", targets.targets, name="targets"),
    path("desk/ready/", commands.ready, name="ready"),
    path("desk/dial/", dialling.dial, name="dial"),
    path("desk/pause/", commands.pause, name="pause"),
    path("desk/wrap-up-more/", commands.wrap_up_more, name="wrap-up-more"),
    path("voicemail/<int:pk>/claim/", voicemail_pages.claim, name="voicemail-claim"),
    path("voicemail/<int:pk>/close/", voicemail_pages.close, name="voicemail-close"),
    path("voicemail/<int:pk>/reopen/", voicemail_pages.reopen, name="voicemail-reopen"),
    path("voicemail/<int:pk>/note/", voicemail_pages.note, name="voicemail-note"),
    path("voicemail/<int:pk>/delete/", voicemail_pages.delete, name="voicemail-delete"),
    path("customers/<int:pk>/note/", commands.customer_note, name="customer-note"),
]
