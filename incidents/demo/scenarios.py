"""What goes wrong in the demo month: invented services, their failures, and what people say about them."""

from dataclasses import dataclass

DOMAIN = "demo.example.com"
# Name, time zone and role. The last one only watches.
PEOPLE = (
    ("Amara Okafor", "Africa/Lagos", "responder"),
    ("Jonas Lindqvist", "Europe/Stockholm", "responder"),
    ("Mei Tanaka", "Asia/Tokyo", "responder"),
    ("Priya Raman", "Asia/Kolkata", "responder"),
    ("Diego Fuentes", "America/Bogota", "responder"),
    ("Helen Whitcombe", "Europe/London", "viewer"),
)
REGIONS = ("eu-west", "us-east", "ap-south", "sa-east")


@dataclass(frozen=True, slots=True)
class Scenario:
    """`{host}`, `{region}`, `{percent}` and `{minutes}` are filled in for each incident."""

    service: str
    severities: str  # one of these digits is drawn: "112" is mostly P1
    title: str
    description: str
    findings: tuple[str, ...]
    fix: str


SCENARIOS = (
    Scenario(
        "checkout",
        "112",
        "Checkout answers 5xx for {percent} % of carts in {region}",
        "Error rate of `POST /orders` crossed 5 % and stays there. Carts are kept, customers can try again.",
        (
            "Errors began with the deploy of 40 minutes ago; rolling back in {region}.",
            "All failing requests time out on the payment provider. Their status page is green.",
            "Connection pool to the order database is exhausted on `{host}`: {percent} waiting.",
        ),
        "Rolled back. The pool's limit is now an alert of its own.",
    ),
    Scenario(
        "payments",
        "11",
        "Card payments declined by provider in {region}",
        "Declines went from 4 % to {percent} %. Other methods of payment work.",
        ("Provider confirms a fault on their side, no estimate yet.", "Switched {region} to the second provider."),
        "Provider has recovered; traffic is back on the first one.",
    ),
    Scenario(
        "database",
        "122",
        "Replication lag of {minutes} minutes on {host}",
        "The replica falls behind. Reports show old numbers, backups are taken from it.",
        (
            "A long report holds back the replay since this morning. Cancelled it.",
            "Lag shrinks by about a minute a minute.",
        ),
        "Caught up. Reports moved to the replica that nobody reads from.",
    ),
    Scenario(
        "database",
        "223",
        "Disk {percent} % full on {host}",
        "At the present rate it is full in {minutes} hours.",
        (
            "Old WAL is kept for a replication slot that nobody uses any more.",
            "Dropped the slot, 180 GB came back.",
        ),
        "Free again. Slots without a consumer now raise a warning after an hour.",
    ),
    Scenario(
        "search",
        "233",
        "Search results are {minutes} minutes old",
        "The indexer of {region} does not keep up with changes of products.",
        ("Queue has {percent}k entries, normally a few hundred.", "A bulk import was started without the slow lane."),
        "Import paused, queue drained, import resumed at a tenth of the speed.",
    ),
    Scenario(
        "api-gateway",
        "12",
        "Latency of the API gateway above {percent}0 ms in {region}",
        "p99 rose step by step since midnight; no deploy in that time.",
        (
            "Heap on `{host}` is at 97 %, garbage collection takes {percent} % of the time.",
            "Restarting one node at a time. First node is back to 40 ms.",
            "Heap dump is in the usual place: a cache without a limit.",
        ),
        "All nodes restarted. The cache has a limit since release 214.",
    ),
    Scenario(
        "login",
        "112",
        "Customers cannot log in with one-time codes",
        "Codes arrive after they have expired. About {percent} people a minute see this.",
        ("SMS provider delays messages by {minutes} minutes.", "Raised the life of a code to 30 minutes for now."),
        "Delivery is normal again, life of a code is back to 10 minutes.",
    ),
    Scenario(
        "mail",
        "33",
        "Bounce rate of order mails at {percent} %",
        "One large provider refuses our mails since today.",
        ("They ask for a DMARC record on the new sending domain.", "Record is published, waiting for DNS."),
        "Mails are accepted again.",
    ),
    Scenario(
        "queue",
        "223",
        "Oldest message of `invoices` waits for {minutes} minutes",
        "Consumers run, but acknowledge nothing.",
        ("One message makes every consumer fail and comes back for ever.", "Moved it aside; queue moves."),
        "Drained. Poison messages now go aside after five attempts.",
    ),
    Scenario(
        "cdn",
        "23",
        "Old images are served in {region}",
        "Purges are accepted but have no effect at some edges.",
        ("Opened a ticket with the CDN.", "Purging by tag works, by address does not."),
        "Fixed by the CDN. We purge by tag from now on.",
    ),
    Scenario(
        "kubernetes",
        "223",
        "{host} is not ready",
        "The node left the cluster; {percent} pods were moved.",
        ("Kernel log shows a failing disk.", "Drained and taken out; replacement is being installed."),
        "New node has joined.",
    ),
    Scenario(
        "certificates",
        "12",
        "Certificate of partner API expires in {minutes} hours",
        "The renewal job has failed every night for two weeks.",
        ("The challenge is answered by the old load balancer.", "Renewed by hand."),
        "Renewal runs again; a failed one now pages after two days.",
    ),
    Scenario(
        "reporting",
        "333",
        "Nightly revenue report is missing",
        "Finance asks for the numbers of yesterday.",
        ("Job ended after {minutes} minutes: time zone of the new source is empty.", "Running it again with UTC."),
        "Report is there; the source must name its time zone now.",
    ),
    Scenario(
        "webhooks",
        "233",
        "Partner {percent} gets no webhooks",
        "Deliveries fail with a time-out since this morning.",
        ("Their firewall refuses our new addresses.", "Sent them the list, they are adding it."),
        "Open again, {percent}0 deliveries were sent once more.",
    ),
    Scenario(
        "storage",
        "122",
        "Uploads fail in {region}",
        "Object storage answers 503 to {percent} % of uploads; downloads are fine.",
        ("Provider reports a degraded zone.", "Uploads go to the neighbouring region until then."),
        "Zone has recovered; objects were copied back.",
    ),
    Scenario(
        "monitoring",
        "33",
        "No metrics from {host} for {minutes} minutes",
        "The agent answers, but sends nothing.",
        ("Its clock is {minutes} minutes ahead; samples are refused.",),
        "Time server was unreachable from that network. Clock is right again.",
    ),
    Scenario(
        "dns",
        "112",
        "Internal names do not resolve on some hosts in {region}",
        "About {percent} % of look-ups fail; retries hide most of it.",
        ("One of three resolvers answers SERVFAIL.", "Took it out of rotation."),
        "Resolver was rebuilt and is back in rotation.",
    ),
    Scenario(
        "mobile-api",
        "223",
        "App start takes {minutes} seconds for Android users",
        "Only the newest version is concerned.",
        ("It asks for all banners one by one.", "A flag turns the banners off; start is quick again."),
        "Next version asks for banners in one call. Flag stays off until it is out.",
    ),
)

ACKNOWLEDGED = ("", "", "Looking.", "On it.", "Seen, checking the graphs.", "Mine.")
RECOVERED = ("Recovered by itself before anybody looked.", "Flapped once, stable since.", "False alarm: planned work.")
FOLLOW_UPS = (
    "Post-mortem is on Thursday; notes are in the usual folder.",
    "Runbook has a new section about this.",
    "Third time this month. Raised it with the team that owns it.",
    "Thanks everybody. Customers were told.",
)
RAISED = "More customers see this than we thought: raised."
LOWERED = "Nobody outside of the house sees this: lowered."
