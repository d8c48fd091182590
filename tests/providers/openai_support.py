"""What the tests of the Responses adapter share."""

from tests.providers.asking import Asking
from tests.providers.contract.wires import RESPONSES

MODEL = RESPONSES.model

_ASKING = Asking(RESPONSES, "openai", "OpenAI")
endpoint_at = _ASKING.endpoint_at
request_of = _ASKING.request_of
opened = _ASKING.opened
stream_all = _ASKING.stream_all
fails = _ASKING.fails
message_of = _ASKING.message_of
