"""Addresses of quality inspection, under `quality/`."""

from django.urls import path

from apps.console.quality import (
    alerts,
    calibrations,
    files,
    inspection,
    lists,
    plans,
    results,
    sheets,
)

ONE = "inspections/<int:pk>/"
urlpatterns = [
    path("", lists.inspections, name="quality"),
    path("recordings/<int:pk>/inspect/", lists.inspect, name="quality-inspect"),
    path("recordings/<int:pk>/calibrate/", calibrations.calibration_new, name="calibration-new"),
    path(ONE, inspection.inspection, name="inspection"),
    path(f"{ONE}save/", inspection.save, name="inspection-save"),
    path(f"{ONE}publish/", inspection.publish, name="inspection-publish"),
    path(f"{ONE}undo/", inspection.undo, name="inspection-undo"),
    path(f"{ONE}correct/", inspection.correct, name="inspection-correct"),
    path(f"{ONE}acknowledge/", inspection.acknowledge, name="inspection-acknowledge"),
    path(f"{ONE}appeal/", inspection.appeal, name="inspection-appeal"),
    path(f"{ONE}decide/", inspection.decide, name="inspection-decide"),
    path(f"{ONE}comment/", inspection.comment, name="inspection-comment"),
    path(
        f"{ONE}comments/<int:comment_pk>/remove/",
        inspection.comment_delete,
        name="inspection-comment-remove",
    ),
    path(f"{ONE}put-away/", alerts.put_away, name="inspection-put-away"),
    path("alerts/", alerts.alerts, name="inspection-alerts"),
    path(f"{ONE}give/", inspection.give, name="inspection-give"),
    path(f"{ONE}cancel/", inspection.cancel, name="inspection-cancel"),
    path(f"{ONE}coach/", inspection.coach, name="inspection-coach"),
    path("sheets/", sheets.sheets, name="quality-sheets"),
    path("sheets/<int:pk>/", sheets.sheet, name="quality-sheet"),
    path("sheets/<int:pk>/versions/<int:number>/", sheets.version, name="quality-sheet-version"),
    path("plans/", plans.plans, name="quality-plans"),
    path("plans/new/", plans.plan_new, name="quality-plan-new"),
    path("plans/<int:pk>/", plans.plan, name="quality-plan"),
    path("plans/<int:pk>/draw/", plans.draw, name="quality-draw"),
    path("calibrations/", calibrations.calibrations, name="calibrations"),
    path("calibrations/<int:pk>/", calibrations.calibration, name="calibration"),
    path("calibrations/<int:pk>/save/", calibrations.save, name="calibration-save"),
    path("calibrations/<int:pk>/hand-in/", calibrations.hand_in, name="calibration-hand-in"),
    path("calibrations/<int:pk>/close/", calibrations.close, name="calibration-close"),
    path("results/", results.results, name="quality-results"),
    path("results/behind/", results.behind, name="quality-behind"),
    path("results/file/", files.download, name="quality-file"),
]
