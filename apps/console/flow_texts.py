"""Texts of the flow editor's script, in the person's language.

A kind or field that is not named here is shown by its own name: nothing breaks when one is added.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def flow_texts() -> dict[str, Any]:
    """Return every text that `static/console/src/flow` shows."""
    return {
        "kinds": _kinds(),
        "fields": _fields(),
        "values": _values(),
        "ui": {**_page_texts(), **_form_texts(), **_try_texts()},
    }


def _kinds() -> dict[str, tuple[str, str]]:
    """Return name and explanation by kind."""
    return {
        "menu": (_("Menu"), _("Says the choices and leads on by the key pressed.")),
        "play": (_("Announcement"), _("Plays prompts, then goes on.")),
        "goto": (_("Go to"), _("Goes on at another step, or in another flow for good.")),
        "sub_flow": (_("Other flow"), _("Goes through another flow and comes back.")),
        "return": (_("Come back"), _("Ends this flow and goes back to the one that called it.")),
        "collect": (_("Ask for digits"), _("Keeps the digits keyed in a variable.")),
        "set": (_("Set variable"), _("Writes a text, or another variable's, into a variable.")),
        "branch": (_("Decision"), _("Leads on by the first case that holds.")),
        "speak": (_("Speak a value"), _("Says a variable as digits, number or money.")),
        "language": (_("Language"), _("What follows is said in this language.")),
        "calendar": (_("Working hours"), _("Leads on by whether the calendar is open.")),
        "customer": (_("Look up customer"), _("Finds who calls, and from where.")),
        "queue_state": (_("Look at queue"), _("Asks how many wait and who is free.")),
        "http": (_("Ask a service"), _("Asks a service of your company and keeps its answer.")),
        "pin": (_("Ask for PIN"), _("Lets only those on who know the PIN.")),
        "account": (_("Account balance"), _("Asks for account and PIN, says the balance.")),
        "route": (_("Routing rules"), _("Lets the company's routing rules decide.")),
        "queue": (pgettext("ivr step", "Queue"), _("Waits for an agent.")),
        "agent": (pgettext("ivr step", "Agent"), _("Rings one agent.")),
        "extension": (_("Extension"), _("Rings a phone or enters a queue by its number.")),
        "external": (_("Outside number"), _("Rings a number outside the company.")),
        "voicemail": (_("Leave a message"), _("Records a message into a box.")),
        "tone": (_("Test tone"), _("Plays a tone until the caller hangs up.")),
        "hangup": (_("Hang up"), _("Says good-bye and ends the call.")),
        "survey": (_("Survey"), _("Asks the questions of a queue's survey, then ends the call.")),
        "answer": (_("Standard answer"), _("Plays an explanation; a key repeats it.")),
        "call_back": (_("Order a call-back"), _("The queue's agents call back; nobody waits.")),
    }


def _fields() -> dict[str, tuple[str, str]]:
    """Return label and help by field."""
    spoken = _("Said one after the other, in the caller's language.")
    failed = _("Where to go when the caller presses nothing, or it does not work.")
    seconds = _("How long to wait for a key, in seconds.")
    return {
        "prompts": (_("Prompts"), spoken),
        "note": (_("Note"), _("For your colleagues; callers do not hear it.")),
        "keys": (_("Keys"), _("Where each key leads.")),
        "timeout_s": (_("Wait (s)"), seconds),
        "tries": (_("Tries"), _("How often to ask in all.")),
        "back": (_("Key for one level back"), ""),
        "repeat": (_("Key for hearing it again"), ""),
        "on_failed": (_("Otherwise"), failed),
        "on_timeout": (_("After the longest wait"), _("Where to go when nobody answers.")),
        "to": (_("Then"), _("Where to go on.")),
        "flow": (pgettext("ivr", "Flow"), _("The version in force is used.")),
        "variable": (_("Variable"), _("Small letters, digits and _.")),
        "number_from": (_("Number from variable"), _("Empty: the caller's number.")),
        "from": (_("From variable"), _("Takes what this variable holds.")),
        "value": (_("Value"), ""),
        "values": (_("Values"), _("One a line.")),
        "min": (_("At least"), _("Fewest digits.")),
        "most": (_("At most"), _("Most digits.")),
        "is_secret": (_("Secret"), _("Keys are shown as * and kept nowhere.")),
        "cases": (_("Cases"), _("The first that holds leads on.")),
        "all": (_("All of these hold"), ""),
        "any": (_("Any of these holds"), ""),
        "is": (_("Comparison"), ""),
        "otherwise": (_("Otherwise"), _("Where to go when no case holds.")),
        "as": (_("Said as"), ""),
        "language": (_("Language"), ""),
        "calendar": (_("Calendar"), ""),
        "open": (pgettext("ivr", "Open"), _("Where to go in working hours.")),
        "closed": (pgettext("ivr", "Closed"), _("Where to go outside working hours.")),
        "not_found": (_("Not found"), _("Where to go when nothing is found.")),
        "queue": (pgettext("ivr step", "Queue"), ""),
        "lookup": (_("HTTP look-up"), ""),
        "rules": (_("Routing rules"), _("The version in force is used.")),
        "priority": (_("Priority"), _("The higher, the earlier; 0 for everybody.")),
        "skills": (
            _("Skills asked for"),
            _("Beside the queue's own; later steps may ask for less."),
        ),
        "skill": (_("skill"), ""),
        "after_s": (_("from a wait of (s)"), ""),
        "level": (_("level"), _("0: nobody needs it any more.")),
        "agent_from": (
            _("Kept for the agent in"),
            _("A variable with an agent's number, for example customer_owner."),
        ),
        "agent_wait_s": (_("Kept for (s)"), _("Then anybody of the queue may take the call.")),
        "pin": (_("PIN"), ""),
        "agent": (pgettext("ivr step", "Agent"), ""),
        "number": (_("Number"), _("Digits only.")),
        "ring_s": (_("Ring (s)"), _("How long to ring, in seconds.")),
        "box": (_("Voicemail box"), ""),
        "caller_id": (_("Number shown"), ""),
    }


def _values() -> dict[str, str]:
    """Return how values of enumerations are called."""
    return {
        "zh": _("Chinese"),
        "en": _("English"),
        "digits": _("digits"),
        "number": _("a number"),
        "money": _("money"),
        "equals": _("is"),
        "not_equals": _("is not"),
        "in": _("is one of"),
        "has": _("contains"),
        "begins_with": _("begins with"),
        "greater": _("is more than"),
        "less": _("is less than"),
        "empty": _("is empty"),
    }


def _page_texts() -> dict[str, str]:
    return {
        "start": pgettext("ivr", "Start"),
        "key": _("Key %s"),
        "case": _("Case %s"),
        "nowhere": _("leads nowhere yet"),
        "saved": _("Saved."),
        "unsaved": _("Not saved yet"),
        "saving": _("Saving…"),
        "kept": _("All saved"),
        "failed": _("That did not work."),
        "signed_out": _("You are signed out. Sign in in another tab, then save again."),
        "saved_wrong": _("Saved. It cannot be published yet: see the problems."),
        "no_problems": _("No problems."),
        "error": _("Error"),
        "warning": _("Hint"),
        "whole_flow": _("Whole flow"),
        "conflict": _("%s has saved this flow meanwhile (%s)."),
        "somebody": _("Somebody else"),
        "load_theirs": _("Load theirs"),
        "overwrite": _("Overwrite with mine"),
        "cancel": _("Cancel"),
        "close": _("Close"),
        "publish": _("Publish"),
        "publish_title": _("Publish this draft?"),
        "publish_first": _("This is the first version: there is nothing to compare."),
        "publish_calls": _("Calls that are in the menu go on in the version they began with."),
        "published": _("Version %s is in force."),
        "refused": _("Not published:"),
        "no_change": _("Nothing is different."),
        "added": _("Added"),
        "removed": _("Removed"),
        "flow_settings": _("Settings of the flow"),
        "nothing": _("(nothing)"),
        "figure_told": _(
            "Entered: %s. Keys: %s. Time-outs: %s. Invalid: %s. Hung up here: %s. Mean time: %s s."
        ),
        "versions": _("Versions"),
        "version": _("Version %s"),
        "in_force": _("in force"),
        "draft": _("Draft"),
        "view": _("Load into the editor"),
        "compare": _("Compare"),
        "compare_with": _("Compare %s with"),
        "roll_back": _("Put in force again"),
        "roll_back_sure": _("Put version %s in force again? Your draft stays as it is."),
        "no_versions": _("Nothing was published yet."),
        "never": _("Never published"),
        "not_json": _("This file is no flow."),
        "too_large": _("This file is too large."),
        "uploaded": _("Loaded. Undo takes it back; it is kept when you save."),
        "new_step": _("New step"),
        "choose": _("choose…"),
        "empty_graph": _("Drag a step here, or choose one on the left and press Enter."),
        "was_added": _("%s added"),
        "was_removed": _("%s removed"),
        "undone": _("Undone"),
        "redone": _("Redone"),
    }


def _form_texts() -> dict[str, str]:
    return {
        "nothing_chosen": _("Choose a step to change it."),
        "step_name": _("Name of the step"),
        "name_taken": _("Another step has this name."),
        "name_wrong": _("1 to 80 characters."),
        "kind": _("Kind"),
        "is_start": _("Callers enter here"),
        "make_start": _("Let callers enter here"),
        "copy": _("Copy"),
        "delete": _("Delete"),
        "add_key": _("Add a key"),
        "add_prompt": _("Add a prompt…"),
        "add_case": _("Add a case"),
        "add_condition": _("Add a condition"),
        "add_skill": _("Add a skill"),
        "remove": _("Remove"),
        "up": _("Up"),
        "down": _("Down"),
        "required": _("needed"),
        "bounds": _("%s to %s"),
        "default": _("as usual"),
        "unknown_value": _("%s (not there)"),
        "no_keys": _("No key leads anywhere yet."),
        "no_prompts": _("Says nothing."),
        "listen": _("Listen"),
        "language": _("Language at the start"),
        "raw": _("Value (JSON)"),
        "missing_sound": _("no sound: %s"),
    }


def _try_texts() -> dict[str, str]:
    return {
        "caller": _("Caller"),
        "dialled": _("Number dialled"),
        "at": _("Date and time"),
        "at_empty": _("Empty: now."),
        "answers": _("Answers by hand (JSON)"),
        "answers_help": _(
            'What look-ups answer instead of your data: {"http": {"orders": {"state": "sent"}}}'
        ),
        "answers_wrong": _("The answers by hand are no JSON."),
        "dial": _("Dial"),
        "wait": _("Wait (press nothing)"),
        "hang_up": _("Hang up"),
        "step_back": _("Take the last input back"),
        "result": _("What comes of it"),
        "answered": _("answered"),
        "busy": _("busy"),
        "no_answer": _("no answer"),
        "timeout": _("waited too long"),
        "variables": _("Variables"),
        "path": _("Way"),
        "decision": _("End"),
        "waits": _("Waits for keys"),
        "pressed": _("Pressed"),
        "silent": _("(silence)"),
        "keep_test": _("Keep this as a test"),
        "test_name": _("Name of the test"),
        "test_kept": _("Kept as a test. It is part of the draft."),
        "run_tests": _("Run the tests"),
        "no_tests": _("No tests yet. Dial in the simulator, then keep what you did as a test."),
        "test": pgettext("ivr", "Test"),
        "passed": _("passed"),
        "test_failed": _("failed"),
        "all_passed": _("All %s tests pass."),
        "some_failed": _("%s of %s tests fail."),
        "keep_hint": _("The keys are kept in the draft: use no real PIN."),
        "next_queue": pgettext("ivr step", "Queue"),
        "next_voicemail": _("Leave a message"),
        "next_hangup": _("Hang up"),
        "next_dial": _("Rings a phone"),
        "next_apology": _("Apology and hang up"),
        "next_gone": _("The caller has hung up"),
        "next_call-failed": _("No number to ring"),
        "next_tone": _("Test tone"),
    }
