"""Any sequence of calls on an incident, against a model of twenty lines: status, version, log and refusals agree."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

TO = {"OPEN": {"ACK", "RESOLVED"}, "ACK": {"RESOLVED"}, "RESOLVED": set()}
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
VERSIONS = st.sampled_from([None, "*", "now", "before"])


class Calls(RuleBasedStateMachine):
    api = None  # who calls
    people = ()  # whom an incident may be given to: nobody, or one of these by place

    @initialize(severity=st.sampled_from(["P1", "P2", "P3"]))
    def create(self, severity):
        body = self.api.post("/v1/incidents", {"title": "x", "severity": severity}).json()
        self.url = f"/v1/incidents/{body['id']}"
        self.fields = {"title": "x", "severity": severity, "assignee": None}
        self.status, self.log = "OPEN", ["CREATED"]

    def call(self, path, body, matching, expected):
        """A PATCH with an If-Match, or none; what it must answer comes second to a version that does not match."""
        header = {None: None, "*": "*", "now": f'"{len(self.log)}"', "before": f'"{len(self.log) - 1}"'}[matching]
        response = self.api.patch(self.url + path, body, **({"If_Match": header} if header else {}))
        assert response.status_code == (412 if matching == "before" else expected)
        return response.status_code == 200

    @rule(to=st.sampled_from(sorted(TO)), matching=VERSIONS)
    def change_status(self, to, matching):
        allowed = to == self.status or to in TO[self.status]
        if self.call("/status", {"status": to}, matching, 200 if allowed else 400) and to != self.status:
            self.status = to
            self.log.append("STATUS_CHANGED")

    @rule(
        matching=VERSIONS,
        fields=st.fixed_dictionaries(
            {},
            optional={
                "title": TEXT.map(str.strip).filter(bool),
                "severity": st.sampled_from(["P1", "P2", "P3"]),
                "assignee": st.sampled_from([None, 0, 1]),
            },
        ),
    )
    def edit(self, matching, fields):
        if fields.get("assignee") is not None:
            fields["assignee"] = self.people[fields["assignee"]]
        if self.call("", fields, matching, 200):
            changed = {name for name, value in fields.items() if value != self.fields[name]}
            self.log += ["UPDATED"] * bool(changed - {"assignee"}) + ["ASSIGNED"] * ("assignee" in changed)
            self.fields |= fields

    @rule(body=TEXT)
    def comment(self, body):
        assert self.api.post(f"{self.url}/comments", {"body": body}).json()["data"] == {"body": body}
        self.log.append("COMMENTED")

    @invariant()
    def the_answer_is_what_the_model_says(self):
        if not hasattr(self, "url"):
            return
        body = self.api.get(self.url).json()
        shown = {**{name: body[name] for name in self.fields}, "assignee": (body["assignee"] or {}).get("id")}
        assert shown == self.fields
        assert (body["status"], body["version"]) == (self.status, len(self.log))
        assert [event["type"] for event in body["events"]] == self.log
        assert bool(body["resolved_at"]) == (self.status == "RESOLVED")
        assert body["updated_at"] == body["events"][-1]["created_at"]


@pytest.mark.usefixtures("unlimited")
def test_any_sequence_of_calls_agrees_with_the_model(as_user, rui, ada):
    class CallsOfRui(Calls):
        api = as_user(rui)
        people = (str(rui.pk), str(ada.pk))

    run_state_machine_as_test(
        CallsOfRui,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
