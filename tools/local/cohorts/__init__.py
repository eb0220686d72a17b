"""Cohorts: who belongs to one, by criteria or by name, kept in the table `cohort_people`.

Members of a static cohort are all rows of its id; those of a dynamic one are the rows whose version
is the `version` of its document. `Calculator.fresh` sees to it that they are there.
"""
