"""What is encrypted is read with its key, in its place, unchanged, or not at all."""

import base64
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce.core import crypto
from workforce.core.crypto import Unreadable, decrypt, encrypt, is_current, use_keys

OLD, NEW = "o" * 32, "n" * 32


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    before = dict(crypto._keys)
    use_keys([OLD])
    yield
    crypto._keys.clear()
    crypto._keys.update(before)


@given(text=st.text(), about=st.text())
def test_what_is_encrypted_comes_back(text: str, about: str) -> None:
    token = encrypt(text, about)
    assert decrypt(token, about) == text
    assert token != encrypt(text, about)


def test_a_text_that_was_put_somewhere_else_is_not_read() -> None:
    token = encrypt("123-45-678", "tax:1")
    for about in ("tax:2", "", "tax:11"):
        with pytest.raises(Unreadable):
            decrypt(token, about)


@given(position=st.integers(0, 60), bit=st.integers(0, 7))
def test_a_changed_text_is_not_read(position: int, bit: int) -> None:
    data = bytearray(base64.urlsafe_b64decode(encrypt("a tax form that is long enough", "tax:1")))
    data[position % len(data)] ^= 1 << bit
    with pytest.raises(Unreadable):
        decrypt(base64.urlsafe_b64encode(data).decode(), "tax:1")


@pytest.mark.parametrize("token", ["", "x", "AAAA", "ü", "!" * 80])
def test_what_is_no_token_is_refused_as_such(token: str) -> None:
    with pytest.raises(Unreadable):
        decrypt(token)


def test_keys_are_changed_by_putting_a_new_one_in_front() -> None:
    old = encrypt("kept", "row:1")
    use_keys([NEW, OLD])
    new = encrypt("kept", "row:1")
    assert (decrypt(old, "row:1"), decrypt(new, "row:1")) == ("kept", "kept")
    assert (is_current(old), is_current(new)) == (False, True)
    use_keys([NEW])
    assert decrypt(new, "row:1") == "kept"
    with pytest.raises(Unreadable):
        decrypt(old, "row:1")
