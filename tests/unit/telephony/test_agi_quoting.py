"""What comes from outside stays one argument of one command."""

from hypothesis import given
from hypothesis import strategies as st

from apps.telephony.quoting import MAX_AGI_BYTES, agi_quote, ami_value


def asterisk_arguments(line: str) -> list[str]:
    """Split as Asterisk 22's res_agi.c parse_args does."""
    found: list[str] = []
    is_quoted = is_escaped = False
    is_space = True
    for char in line:
        if char == '"' and not is_escaped:
            is_quoted = not is_quoted
            if is_quoted and is_space:
                found.append("")
                is_space = False
        elif char in " \t" and not is_quoted and not is_escaped:
            is_space = True
        elif char == "\\" and not is_escaped:
            is_escaped = True
            continue
        else:
            if is_space:
                found.append("")
                is_space = False
            found[-1] += char
        is_escaped = False
    return found


NASTY = st.text(
    alphabet=st.one_of(st.sampled_from('"\\\n\r\0\t\u2028\x85 ${}\ud800'), st.characters()),
    max_size=3000,
)


@given(NASTY)
def test_any_text_stays_one_argument_of_one_line(text: str) -> None:
    quoted = agi_quote(text)
    assert len(quoted.splitlines()) == 1
    assert "\0" not in quoted
    assert len(quoted.encode()) <= MAX_AGI_BYTES + 2
    assert asterisk_arguments(f"SET VARIABLE X {quoted}")[:3] == ["SET", "VARIABLE", "X"]
    assert len(asterisk_arguments(f"SET VARIABLE X {quoted}")) == 4


@given(NASTY)
def test_any_text_stays_in_its_ami_header(text: str) -> None:
    assert len(f"X: {ami_value(text)}".splitlines()) == 1
    ami_value(text).encode()  # never half a surrogate


def test_plain_text_comes_through_unchanged() -> None:
    text = '张"三\\丰 ${SHELL(id)} 😀'
    assert asterisk_arguments(agi_quote(text)) == [text]


def test_two_values_of_a_thousand_wide_characters_fit_asterisks_line_buffer() -> None:
    line = f"SET VARIABLE HW_DIAL_CALLER_ID {agi_quote('😀' * 1024)}"
    assert len(line.encode()) < 2047
