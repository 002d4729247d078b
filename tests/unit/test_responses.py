"""The responses stand in data/; a trained model knows them by name."""
from assistant.dialogue.responses import ClinicResponses


def test_a_model_that_is_loaded_takes_no_answer_away():
    said = ClinicResponses()
    said.responses = {"utter_handoff/price": [{"text": "utter_handoff/price"}], "utter_of_the_model": [{"text": "its own"}]}
    assert "{admissions_phone" in str(said.responses["utter_handoff/price"])
    assert said.responses["utter_of_the_model"] == [{"text": "its own"}]
