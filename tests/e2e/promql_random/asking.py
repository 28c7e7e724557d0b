"""Asks two servers the same, at once."""
import dataclasses
import http.client
import json
import urllib.parse

from promql_random.questions import Question


@dataclasses.dataclass
class Answer:
    status: int
    body: dict

    @property
    def result(self) -> list:
        """Of an answer that succeeded."""
        return self.body["data"]["result"]


class Asker:
    """A connection to one server, which stays open until `close`."""

    def __init__(self, url: str):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)

    def close(self) -> None:
        self.connection.close()

    def send(self, question: Question) -> None:
        self.connection.request("POST", f"/api/v1/{question.path}", urllib.parse.urlencode(question.parameters).encode(),
                                {"Content-Type": "application/x-www-form-urlencoded"})

    def receive(self) -> Answer:
        answer = self.connection.getresponse()
        return Answer(answer.status, json.loads(answer.read()))


def ask(askers: list[Asker], question: Question) -> list[Answer]:
    for asker in askers:
        asker.send(question)
    return [asker.receive() for asker in askers]
