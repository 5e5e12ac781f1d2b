"""Limits of sessions that a test sets for its own context, as GET /limits/context shows them."""

import pytest

from tests.simulator_support import OTHER_NIP, fa3

PATH = "/testdata/limits/context/session"
SIZES = {"maxInvoiceSizeInMB": 1, "maxInvoiceWithAttachmentSizeInMB": 3}
USUAL = {
    "onlineSession": SIZES | {"maxInvoices": 10_000},
    "batchSession": SIZES | {"maxInvoices": 10_000},
    "collectiveIdentifier": {"maxInvoices": 500},
}


def changed(sender, **online):
    body = USUAL | {"onlineSession": USUAL["onlineSession"] | online}
    sender.call("POST", PATH, json=body, expect=200)
    return body


def shown(sender):
    return sender.call("GET", "/limits/context", expect=200).json


def test_what_was_set_is_shown_to_its_context_alone(sim, sender):
    body = changed(sender, maxInvoices=7)
    assert (shown(sender), shown(sim.sender(OTHER_NIP))) == (body, USUAL)


def test_the_published_limits_come_back(sender):
    changed(sender, maxInvoices=7)
    sender.call("DELETE", PATH, expect=200)
    assert shown(sender) == USUAL


def test_a_session_takes_no_more_than_was_set(sender):
    changed(sender, maxInvoices=1)
    session = sender.open()
    sender.send(session, fa3())
    body = sender.send_body(fa3())
    refused = sender.call("POST", f"/sessions/online/{session}/invoices", json=body, expect=400)
    assert refused.json["exception"]["exceptionDetailList"][0]["exceptionCode"] == 21155


def test_a_file_larger_than_was_set_is_430(sender):
    changed(sender, maxInvoiceSizeInMB=0)
    assert sender.issue(sender.open(), fa3())["status"]["code"] == 430


@pytest.mark.parametrize(
    "body",
    [{}, USUAL | {"batchSession": {}}, USUAL | {"collectiveIdentifier": {"maxInvoices": -1}}],
)
def test_a_body_of_another_shape_is_refused(sender, body):
    assert sender.call("POST", PATH, json=body).status == 400
