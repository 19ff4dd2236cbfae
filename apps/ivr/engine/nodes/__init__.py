"""The kinds of nodes, one module a family. A new kind is a class here and nothing elsewhere."""

from collections.abc import Mapping

from apps.ivr.engine.node import Node
from apps.ivr.engine.nodes.account import Account
from apps.ivr.engine.nodes.answers import StandardAnswer
from apps.ivr.engine.nodes.calendar import Calendar
from apps.ivr.engine.nodes.call_back import CallBack
from apps.ivr.engine.nodes.destinations import Hangup, QueueTo, SurveyOf, Tone, Voicemail
from apps.ivr.engine.nodes.flows import ReturnTo, SubFlow
from apps.ivr.engine.nodes.lookups import Customer, Http, QueueState
from apps.ivr.engine.nodes.menu import Menu
from apps.ivr.engine.nodes.pin import Pin
from apps.ivr.engine.nodes.play import Goto, Play
from apps.ivr.engine.nodes.ringing import AgentTo, ExtensionTo, ExternalTo
from apps.ivr.engine.nodes.route import Route
from apps.ivr.engine.nodes.speech import Language, Speak
from apps.ivr.engine.nodes.variables import Branch, Collect, SetTo

NODE_KINDS: Mapping[str, type[Node]] = {
    node.kind: node
    for node in (
        Menu,
        Play,
        Goto,
        SubFlow,
        ReturnTo,
        Collect,
        SetTo,
        Branch,
        Speak,
        Language,
        Calendar,
        Customer,
        QueueState,
        Http,
        Pin,
        Account,
        StandardAnswer,
        CallBack,
        Route,
        QueueTo,
        AgentTo,
        ExtensionTo,
        ExternalTo,
        Voicemail,
        SurveyOf,
        Tone,
        Hangup,
    )
}
