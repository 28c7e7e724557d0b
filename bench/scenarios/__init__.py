"""What is measured, by name: each scenario takes one server from empty to its figures. The first figure is the one that counts."""
import dataclasses
from collections.abc import Callable

from measuring.peers import SERVERS, Peer
from measuring.session import Settings

from . import aggregations, alerts, backfill, churn, cold, freshness, history, large, promql, queries, recording, steady, tenants


@dataclasses.dataclass(frozen=True)
class Scenario:
    """`hosts` and `steps` are the size unless the command line says another; no steps where there is nothing to choose. `peers`: the
    servers that can do it."""
    what: str
    measure: Callable[[Peer, Settings], dict]
    hosts: int
    steps: int
    peers: tuple[str, ...] = SERVERS


SCENARIOS = {
    "steady": Scenario("an hour of the same series, then queries", steady.measure, 100, 360),
    "cold": Scenario("new series, one sample each", cold.measure, 2_000, 0),
    "churn": Scenario("every step replaces a tenth of the hosts by new ones", churn.measure, 100, 60),
    "large": Scenario("many series, few steps, and how fresh they are", large.measure, 4_000, 30),
    "history": Scenario("12 hours at once, then kill -9 and a clean stop", history.measure, 100, 4_320),
    "tenants": Scenario("many tenants, stopped and killed", tenants.measure, 10_000, 4, ("weir",)),
    "backfill": Scenario("a sample a day for years beside current ones", backfill.measure, 100, 1_000, ("weir",)),
    "freshness": Scenario("acknowledged to visible while samples arrive as they are taken", freshness.measure, 100, 0),
    "recording": Scenario("what a real node_exporter says, scraped every second", recording.measure, 0, 600),
    "promql": Scenario("queries over a day, 30 days and 100,000 series", promql.measure, 100, 2_880),
    "alerts": Scenario("from a sample to its alert, a thousand rules each second", alerts.measure, 1_000, 0),
    "aggregations": Scenario("ten streaming aggregations beside none, their outputs, and kill -9", aggregations.measure, 1_000, 12,
                             ("weir", "victoria-metrics", "victoria-metrics-windows", "vmagent-windows")),
    "queries": Scenario("queries idle and while samples arrive", queries.measure, 100, 360),
}
