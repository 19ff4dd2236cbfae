"""Quality inspection, pure: sheets and scores, drawing calls, agreement, the course of a case."""
