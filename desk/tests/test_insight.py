"""Given a day's conversations, when staff look at the figures, then chart and table tell the same, and no words."""
from desk import database
from desk.models import insight


def test_figures_by_day(filled):
    with database.reading(filled) as session:
        days = insight.days(session)
        ended = dict(insight.outcomes(session))
    assert sum(day.conversations for day in days) == 22 and sum(day.kinds["crisis"] for day in days) == 7
    assert ended == {"HIGHER_LEVEL_LIKELY": 1, "IOP_MAY_FIT": 1, "UNSURE": 1}
    assert len(days) == insight.DAYS and days[0].date > days[1].date


def test_the_page(desk):
    browser = desk.browser("reader").open("/insight")
    cells = [int(row.find("td").text) for row in browser.page.select("tbody tr")]
    assert sum(cells) == 22 and len(browser.page.select("svg rect.bar.crisis")) == insight.DAYS
    assert "pills" not in browser.response.text
