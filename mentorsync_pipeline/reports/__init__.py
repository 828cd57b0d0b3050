"""Named reports of a year: what mentors still lack, the phone list by shift, funds by week (`registry`)."""
