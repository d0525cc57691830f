"""Telling people something, and what they do with it."""

from workforce.notifications.rules import Kind
from workforce.notifications.services.announcements import Part, Told, add_teller, announce, unfold
from workforce.notifications.services.own import mark_all_read, mark_read, open_message, silence
from workforce.notifications.services.registry import add_kind, kind_named, kinds
from workforce.notifications.services.tell import notify, notify_many, set_reader_source

__all__ = [
    "Kind",
    "Part",
    "Told",
    "add_kind",
    "add_teller",
    "announce",
    "kind_named",
    "kinds",
    "mark_all_read",
    "mark_read",
    "notify",
    "notify_many",
    "open_message",
    "set_reader_source",
    "silence",
    "unfold",
]
