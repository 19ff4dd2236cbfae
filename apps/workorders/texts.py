"""What people read about codes of the engine."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.workorders.engine.fields import FieldError
from apps.workorders.engine.problems import Problem

ACT_ERRORS: Mapping[str, str] = {
    "already_there": gettext_noop("This person already has a part in the step."),
    "claimed": gettext_noop("A colleague has claimed this step."),
    "claimed_too_often": gettext_noop("This step was claimed too often. Decide it now."),
    "ended": gettext_noop("The work order has ended."),
    "handed_on_too_often": gettext_noop("This step was handed on too often. Decide it now."),
    "level_done": gettext_noop("This escalation was already carried out."),
    "no_submitter": gettext_noop("A work order needs somebody who submits it."),
    "no_such_person": gettext_noop("Choose somebody who can sign in."),
    "not_claimable": gettext_noop("This step cannot be claimed."),
    "not_earlier": gettext_noop("The order cannot be returned to this step."),
    "not_editable": gettext_noop("These fields cannot be changed in this step."),
    "not_now": gettext_noop("The work order has changed in the meantime. Look at it again."),
    "not_yours": gettext_noop("This step is not yours to decide."),
    "opinion_missing": gettext_noop("Write an opinion."),
    "own_order": gettext_noop("Nobody decides his own work order."),
    "too_many_acts": gettext_noop("This work order has too many entries. Decide or close it."),
    "too_many_added": gettext_noop("No more approvers can be added to this step."),
    "too_many_returns": gettext_noop("The order was returned too often. Approve or reject it."),
    "unknown_step": gettext_noop("The flow has no such step."),
    "urged_already": gettext_noop("The colleagues were urged a moment ago."),
}
FIELD_ERRORS: Mapping[str, str] = {
    "not_a_file": gettext_noop("Choose files of this work order."),
    "not_an_option": gettext_noop("Choose one of the options."),
    "not_date": gettext_noop("Give a date."),
    "not_editable": gettext_noop("This field cannot be changed now."),
    "not_found": gettext_noop("Choose from the list."),
    "not_number": gettext_noop("Give a number."),
    "not_telephone": gettext_noop("Give a telephone number."),
    "not_text": gettext_noop("Give a text without special signs."),
    "not_whole": gettext_noop("Give a whole number."),
    "not_yes_no": gettext_noop("Say yes or no."),
    "pattern": gettext_noop("This does not look right: %(help)s"),
    "required": gettext_noop("This is needed."),
    "too_big": gettext_noop("At most %(most)s."),
    "too_exact": gettext_noop("At most %(places)s decimal places."),
    "too_few": gettext_noop("Choose at least %(least)s."),
    "too_long": gettext_noop("At most %(most)s characters."),
    "too_many": gettext_noop("At most %(most)s."),
    "too_short": gettext_noop("At least %(least)s characters."),
    "too_small": gettext_noop("At least %(least)s."),
    "unknown_field": gettext_noop("The form has no such field."),
}
PROBLEMS: Mapping[str, str] = {
    "approvers_missing": gettext_noop("Say who decides this step."),
    "bad_bound": gettext_noop("This limit does not fit the field."),
    "bad_default": gettext_noop("This default does not fit the field."),
    "bad_escalation": gettext_noop("This escalation is not known."),
    "bad_fallback": gettext_noop("The fall-back is a person or the admins."),
    "bad_key": gettext_noop(
        "A key has small letters, digits and underscores, and begins with a letter."
    ),
    "bad_k": gettext_noop("Give a number from 1 to %(most)s."),
    "bad_levels": gettext_noop("Give a number of levels from 1 to 5."),
    "bad_minutes": gettext_noop("Give a sensible number of minutes."),
    "bad_option": gettext_noop("An option has a value and a label of at most 100 characters."),
    "bad_pattern": gettext_noop(
        "A pattern has signs, classes and counts only, with at most 3 open counts."
    ),
    "bad_places": gettext_noop("Give 0 to 6 decimal places."),
    "bad_returns": gettext_noop("Give a number of returns from 0 to %(most)s."),
    "bounds_crossed": gettext_noop("The upper limit is below the lower one."),
    "branch_empty": gettext_noop("A parallel branch needs a step."),
    "branches_missing": gettext_noop("Give 2 to %(most)s branches."),
    "condition_cycle": gettext_noop("These fields wait for each other: %(fields)s"),
    "condition_missing": gettext_noop("Only the last branch has no condition."),
    "condition_shape": gettext_noop("This condition is not complete."),
    "condition_too_big": gettext_noop("This condition is too big."),
    "default_refused": gettext_noop("The field itself would not take this default."),
    "department_gone": gettext_noop("This department does not exist any more."),
    "department_missing": gettext_noop("Choose a department."),
    "else_missing": gettext_noop("The last branch is for everything else and has no condition."),
    "escalation_order": gettext_noop("Each level comes later than the one before."),
    "key_twice": gettext_noop("The key %(key)s is used twice."),
    "no_condition_here": gettext_noop("Parallel branches have no conditions."),
    "no_deadline": gettext_noop("An escalation needs a deadline."),
    "no_join_here": gettext_noop("Only parallel branches are joined."),
    "no_label": gettext_noop("Give the field a label."),
    "no_name": gettext_noop("Give the step a name."),
    "no_options_here": gettext_noop("This type of field has no options."),
    "no_pattern_here": gettext_noop("This type of field has no pattern."),
    "no_steps": gettext_noop("The flow needs a step in which somebody acts."),
    "not_a_branch": gettext_noop("This is no branch."),
    "not_a_field": gettext_noop("This is no field."),
    "not_a_flow": gettext_noop("This is no flow."),
    "not_a_form": gettext_noop("This is no form."),
    "not_a_start": gettext_noop("This is no start."),
    "not_comparable": gettext_noop("This field cannot be compared in this way."),
    "not_fields": gettext_noop("Choose fields of the form."),
    "not_steps": gettext_noop("This is no list of steps."),
    "not_text": gettext_noop("Give a text without special signs."),
    "not_yes_no": gettext_noop("Say yes or no."),
    "only_remind_before": gettext_noop("Before the deadline people can only be reminded."),
    "option_twice": gettext_noop("The option %(value)s is there twice."),
    "options_missing": gettext_noop("Give the options to choose from."),
    "person_field_missing": gettext_noop("Choose a field of the form that holds a person."),
    "person_gone": gettext_noop("This person cannot sign in any more."),
    "person_missing": gettext_noop("Choose one or more people."),
    "role_missing": gettext_noop("Choose a role."),
    "too_deep": gettext_noop("Branches are at most %(most)s deep."),
    "too_many_fields": gettext_noop("A form has at most %(most)s fields."),
    "too_many_options": gettext_noop("A field has at most %(most)s options."),
    "too_many_steps": gettext_noop("A flow has at most %(most)s steps."),
    "unknown_field": gettext_noop("The form has no such field: %(field)s"),
    "unknown_join": gettext_noop("Branches are joined when all or some are done."),
    "unknown_kind": gettext_noop("This kind of step is not known."),
    "unknown_mode": gettext_noop("Say how many have to agree."),
    "unknown_operator": gettext_noop("This comparison is not known: %(operator)s"),
    "unknown_property": gettext_noop("This property is not known: %(name)s"),
    "unknown_type": gettext_noop("This type of field is not known: %(type)s"),
    "unknown_version": gettext_noop("This document is of a version that is not known."),
    "value_missing": gettext_noop("Say what the field is compared with."),
}


def act_error_text(code: str) -> str:
    """Return why an act was refused."""
    return _(ACT_ERRORS[code])


def field_error_text(error: FieldError) -> str:
    """Return what is wrong with a value."""
    return _(FIELD_ERRORS[error.code]) % dict(error.params)


def problem_text(problem: Problem) -> str:
    """Return what is wrong in a document, without where."""
    return _(PROBLEMS[problem.code]) % dict(problem.params)
