"""What the tracker store finds again."""
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.stores.trackers import TrackerStore


async def test_what_a_clock_that_is_behind_has_added_is_found_again(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/c.db")
    store = TrackerStore(Domain.empty())
    tracker = DialogueStateTracker("x", [])
    old = [SessionStarted(timestamp=900.0), UserUttered("before", timestamp=901.0)]
    tracker.update_with_events(
        [*old, ActionExecuted("action_session_start", timestamp=1000.0), SessionStarted(timestamp=1000.0),
         UserUttered("ahead", timestamp=1001.0)], store.domain)
    await store.save(tracker)

    async def said() -> list[str]:
        return [event.text for event in (await store.retrieve("x")).events if isinstance(event, UserUttered)]

    assert await said() == ["ahead"]
    again = await store.retrieve("x")
    again.update_with_events([UserUttered("behind", timestamp=500.0)], store.domain)
    await store.save(again)
    assert await said() == ["ahead", "behind"]
    everything = await store.retrieve_full_tracker("x")
    assert [event.text for event in everything.events if isinstance(event, UserUttered)] == ["before", "ahead", "behind"]
