"""`agi://…/survey`: the agent has hung up, the caller is asked how it was."""

from django.conf import settings

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import clean
from apps.calls.writer import FactSink
from apps.ivr.engine.voice import CallerGoneError
from apps.ivr.last_known import LastKnown
from apps.surveys.engine.survey import Answer, is_sampled, run_survey
from apps.surveys.engine.told import COMPLETED, HUNG_UP
from apps.surveys.selectors import SurveyPlan, survey_plan
from apps.telephony import dialplan_variables as hw
from apps.telephony.agi.database import Visits
from apps.telephony.agi.facts import CallFacts
from apps.telephony.agi.session import AgiSession
from apps.telephony.agi.voice import PhoneVoice

# The second argument when the agent sent the caller here himself: no draw decides then.
TRANSFERRED = "transferred"


class SurveyCall:
    """The script; one object serves every call. While the database is away the last known goes on.

    It sets HW_SURVEY_DONE last; without it the dialplan says goodbye instead of us.
    """

    def __init__(self, sink: FactSink, visits: Visits) -> None:
        self._sink = sink
        self._plans: LastKnown[SurveyPlan] = LastKnown(
            "survey of queue", lambda queue: visits.visit(lambda: survey_plan(queue))
        )

    def __call__(self, session: AgiSession) -> None:
        """Ask one caller, or nobody when the queue has no survey or the draw left him out."""
        queue = clean(session.argument(1), 80)
        plan = self._plans.get(queue)
        facts = CallFacts(session, settings.HUAWU_NODE, self._sink)
        is_wished = session.argument(2) == TRANSFERRED
        if plan is not None and (is_wished or is_sampled(facts.linkedid, plan.sample_percent)):
            self._ask(session, facts, plan, queue)
        session.set(hw.SURVEY_DONE, 1)

    @staticmethod
    def _ask(session: AgiSession, facts: CallFacts, plan: SurveyPlan, queue: str) -> None:
        questions = [
            {"position": question.position, "text": question.text}
            for question in plan.script.questions
        ]
        facts.put(
            kinds.SURVEY_STARTED,
            {
                "survey": plan.survey_id,
                "name": plan.name,
                "queue": queue,
                "follow_up_hours": plan.follow_up_hours,
                "questions": questions,
            },
        )

        def on_answer(answer: Answer) -> None:
            score = answer.score
            data = {
                "position": answer.question.position,
                "text": answer.question.text,
                "score": score,
                "label": "" if score is None else answer.question.label(score),
                "is_bad": score is not None and answer.question.is_bad(score),
            }
            facts.put(kinds.SURVEY_ANSWERED, data)

        try:
            run_survey(plan.script, voice=PhoneVoice(session, plan.prompts), on_answer=on_answer)
        except CallerGoneError:
            facts.put(kinds.SURVEY_ENDED, {"how": HUNG_UP})
            raise
        facts.put(kinds.SURVEY_ENDED, {"how": COMPLETED})
