"""Pictures of questions: what they are is read from their first bytes, whatever their name says."""

from typing import Final

from sqlalchemy import func, select

from i18n.locale import N_
from workforce.core.db import session
from workforce.core.errors import DaybookError
from workforce.skills.models import Question, QuestionImage

MOST_BYTES: Final = 500 * 1024


class NoPicture(DaybookError):
    code = "no_picture"
    status = 400
    template = N_("This is no picture of a kind that can be shown: choose a PNG, JPEG or WebP file.")


class LargePicture(DaybookError):
    code = "large_picture"
    status = 400
    template = N_("The picture has more than %(most)s KB. Make it smaller: people look at it on phones.")


def keep_image(content: bytes) -> QuestionImage:
    """Keep a picture.

    Args:
        content: of the file.

    Raises:
        NoPicture: it is none.
        LargePicture: it has more than 500 KB.

    """
    media_type = sniffed(content)
    if media_type is None:
        raise NoPicture
    if len(content) > MOST_BYTES:
        raise LargePicture(most=MOST_BYTES // 1024)
    image = QuestionImage(media_type=media_type, content=content)
    session().add(image)
    session().flush()
    return image


def sniffed(content: bytes) -> str | None:
    """Give the media type that a file has by its first bytes, or None for another one."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def drop_image(image_id: int | None) -> None:
    """Let go of a picture that no question shows any more."""
    if image_id is None:
        return
    session().flush()
    if not session().scalar(select(func.count()).where(Question.image_id == image_id)):
        session().delete(session().get_one(QuestionImage, image_id))
        session().flush()
