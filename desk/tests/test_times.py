"""Given summer time begins or ends, when times are shown and counted, then by the clinic's clock."""
from datetime import datetime, timezone

import pytest

from desk import pages
from desk.models import insight


@pytest.mark.parametrize("moment, shown", [
    (datetime(2026, 3, 8, 9, 59, tzinfo=timezone.utc), "Mar 8, 2026, 1:59 AM PST"),
    (datetime(2026, 3, 8, 10, 0, tzinfo=timezone.utc), "Mar 8, 2026, 3:00 AM PDT"),
    (datetime(2026, 11, 1, 8, 30, tzinfo=timezone.utc), "Nov 1, 2026, 1:30 AM PDT"),
    (datetime(2026, 11, 1, 9, 30, tzinfo=timezone.utc), "Nov 1, 2026, 1:30 AM PST"),
])
def test_a_time_is_shown_with_its_zone_on_either_side_of_the_change(moment, shown):
    assert pages.when(moment.timestamp()) == shown


def test_a_day_of_25_hours_is_one_day():
    first, last = (datetime(2026, 11, day, hour, 30, tzinfo=timezone.utc).timestamp() for day, hour in ((1, 7), (2, 7)))
    assert insight._date(first) == insight._date(last) == datetime(2026, 11, 1).date()
