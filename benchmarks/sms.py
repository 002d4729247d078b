"""`make bench-sms`: how long Twilio waits for an answer to a text, beside Rasa's own Twilio channel, in one run of one process.

Rasa's channel sends each text by a request to Twilio's REST interface before it answers the webhook: a stand-in takes them at once,
on this machine; the real one takes 100 ms and more for each. The two take turns round by round. Compare figures of one run only.
"""
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from twilio.request_validator import RequestValidator

from tests.conftest import ACCOUNT, SMS_CHANNEL, WIDE_SMS, Assistant
from tools.carrier import Carrier, Phone

QUESTIONS = ["How many hours a week is it?", "do they drug test", "what about for veterans?", "how much is it", "me siento perdido"]
AT_ONCE = {1: 40, 10: 8, 50: 3}  # numbers at once -> rounds; in each round every number asks one question
SID, TOKEN, PUBLIC_URL = ACCOUNT.values()
STOCK = {"account_sid": SID, "auth_token": TOKEN, "twilio_number": "+19495550100"}
_numbers = itertools.count(3000)


def main() -> int:
    carrier = Carrier(SID, TOKEN)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**ACCOUNT, "TWILIO_API_URL": carrier.url}
        credentials = {SMS_CHANNEL: WIDE_SMS, "benchmarks.stock_twilio.StockTwilio": {**STOCK, "api": carrier.url}}
        assistant = Assistant(Path(folder), environment, credentials=credentials)
        try:
            tables = asyncio.run(_measured(assistant.port))
        finally:
            assistant.stop()
            carrier.stop()
    for at_once, timings in tables.items():
        print(f"\n{at_once} at once, ms         p50     p95    p50, of stock's")
        for name, measured in timings.items():
            ratio = statistics.median(measured) / statistics.median(timings["TwilioInput, stock"])
            print(f"{name:<20}{_ms(measured, 50):>8.1f}{_ms(measured, 95):>8.1f}{ratio:>14.2f}")
    return 0


async def _measured(port: int) -> dict[int, dict[str, list[float]]]:
    paths = {"sms": "/webhooks/sms/webhook", "TwilioInput, stock": "/webhooks/twilio/webhook"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
        tables = {}
        for at_once, rounds in AT_ONCE.items():
            phones = {name: [_phone() for _ in range(at_once)] for name in paths}
            timings: dict[str, list[float]] = {name: [] for name in paths}
            for number in range(-1, rounds):  # one round before it counts
                for name, path in paths.items():
                    text = QUESTIONS[number % len(QUESTIONS)]
                    heard = await asyncio.gather(*(_timed(session, path, phone, text) for phone in phones[name]))
                    timings[name] += heard if number >= 0 else []
            tables[at_once] = timings
        return tables


def _phone() -> Phone:
    return Phone("", PUBLIC_URL, SID, TOKEN, f"+1619428{next(_numbers)}")


async def _timed(session: aiohttp.ClientSession, path: str, phone: Phone, text: str) -> float:
    form = phone.form(text)
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, dict(form))
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    start = time.perf_counter()
    async with session.post(path, data=urlencode(form), headers=headers) as answer:
        assert answer.status in (200, 204), await answer.text()
        await answer.read()
    return time.perf_counter() - start


def _ms(seconds: list[float], percent: int) -> float:
    return 1000 * statistics.quantiles(seconds, n=100)[percent - 1]


if __name__ == "__main__":
    sys.exit(main())
