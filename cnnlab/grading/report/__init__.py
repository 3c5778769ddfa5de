"""What a run of the grader leaves behind: pages for the learners, one for the class, and tables for platforms."""

from cnnlab.grading.report.result import Result, Run
from cnnlab.grading.report.roster import Roster
from cnnlab.grading.report.write import feedback_page, write_reports

__all__ = ["Result", "Roster", "Run", "feedback_page", "write_reports"]
