import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksefapp.lib.xml import XmlRefused, parse_untrusted

BOMB = b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;">]><a>&z;</a>'
EXTERNAL = b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'


def code(data: bytes, **limits) -> str:
    with pytest.raises(XmlRefused) as caught:
        parse_untrusted(data, **limits)
    assert caught.value.pl
    assert caught.value.en
    return caught.value.code


def test_ordinary_xml_is_read():
    root = parse_untrusted('<?xml version="1.0" encoding="utf-8"?>\n<a>zażółć</a>'.encode())
    assert (root.tag, root.text) == ("a", "zażółć")


@pytest.mark.parametrize("data", [BOMB, EXTERNAL, b"<a><![CDATA[<!DOCTYPE x>]]></a>"])
def test_a_doctype_is_refused(data):
    assert code(data) == "dtd"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xef\xbb\xbf<a/>", "bom"),
        ("<a/>".encode("utf-16"), "encoding"),
        ("<a/>".encode("utf-16-le"), "encoding"),
        (b'<?xml version="1.0" encoding="ISO-8859-2"?><a/>', "encoding"),
        (b"<?xml version='1.0' encoding='UTF-7'?><a/>", "encoding"),
        (b"<a>\xff</a>", "encoding"),
        (b"<a><?target data?></a>", "instruction"),
        (b'<?xml-stylesheet href="a"?><a/>', "instruction"),
        (b"<a/><?late?>", "instruction"),
        (b"<a>", "syntax"),
        (b"<a>&unknown;</a>", "syntax"),
        (b"<a>\x0b</a>", "syntax"),
        (b"text", "syntax"),
        (b"<a/><b/>", "syntax"),
        (b"<a>" * 65 + b"</a>" * 65, "depth"),
        (b"<a>" * 300_000, "depth"),
    ],
)
def test_what_is_refused_says_why(data, reason):
    assert code(data) == reason


def test_depth_is_counted_in_levels():
    assert parse_untrusted(b"<a><b/></a>", max_depth=2) is not None
    assert code(b"<a><b/></a>", max_depth=1) == "depth"


def test_size_is_looked_at_first():
    assert code(BOMB, max_bytes=10) == "size"


def test_a_line_number_leads_to_the_fault():
    with pytest.raises(XmlRefused) as caught:
        parse_untrusted(b"<a>\n\n<!DOCTYPE b>\n</a>")
    assert caught.value.line == 3
    with pytest.raises(XmlRefused, match="line 2"):
        parse_untrusted(b"<a>\n</b>")


def test_a_bom_and_instructions_can_be_allowed():
    data = b"\xef\xbb\xbf<?go now?><a/>"
    assert parse_untrusted(data, allow_bom=True, allow_instructions=True).tag == "a"


def test_comments_stay():
    assert len(parse_untrusted(b"<a><!-- x --></a>")) == 1


def test_the_text_of_a_refusal_never_quotes_the_file():
    with pytest.raises(XmlRefused) as caught:
        parse_untrusted(b"<a secret-value-12345>")
    assert "secret" not in str(caught.value) + caught.value.pl


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_give_an_element_or_a_refusal(data):
    try:
        result = parse_untrusted(data).tag
    except XmlRefused as refused:
        result = refused.code
    assert result


def test_an_element_with_very_many_attributes_is_refused_at_once():
    many = b" ".join(b"a%d='1'" % number for number in range(70_000))
    assert code(b"<a><b " + many + b"/></a>") == "attributes"
    assert len(parse_untrusted(b"<a " + b" ".join(many.split()[:100]) + b"/>").attrib) == 100
