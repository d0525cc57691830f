"""Hints for the grader of a written answer: near-identical to another one, copied from the prompt, chatbot-sounding.

They are hints and nothing else: nothing is refused or marked down for them, and the sentences are made at the edge.

An answer is cut into runs of words (shingles). A few of them are kept as its prints, chosen by winnowing (Schleimer,
Wilkerson and Aiken 2003), so that any two texts which share a run of RUN + WINDOW - 1 words share a print; an index
over these finds the few answers that are worth comparing, however many there are.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

RUN: Final = 4
WINDOW: Final = 4
# Shorter texts are alike by chance: a haiku has its dozen words, and two of them may share half.
LEAST_WORDS: Final = 8
MOST_PRINTS: Final = 400
NEAR_PERCENT: Final = 40
CONTAINED_PERCENT: Final = 60
PROMPT_PERCENT: Final = 50
EXCERPT: Final = 240

# Letters of writing without spaces (Thai to Khmer, kana, Han, hangul) count as a word each.
_WORD: Final = re.compile(r"[฀-໿က-႟ក-៿぀-ヿ㐀-鿿가-힯]|[^\W_]+")
# What chatbots say of themselves or around an answer, and people hardly ever write in one.
PHRASES: Final = (
    # English
    "as an ai language model", "as a large language model", "as an ai assistant", "i am an ai", "i'm an ai",
    "i hope this helps", "feel free to ask", "let me know if you", "certainly! here", "sure! here", "sure, here is",
    "here is a revised version", "is there anything else i can", "i cannot fulfill", "my knowledge cutoff",
    # Vietnamese
    "là một mô hình ngôn ngữ", "tôi là một ai", "với tư cách là một ai", "hy vọng điều này giúp", "chúc bạn thành công",
    "dưới đây là một phiên bản", "nếu bạn cần thêm",
    # Spanish, Portuguese, French, German, Italian
    "como modelo de lenguaje", "espero que esto te ayude", "espero que te sirva", "como modelo de linguagem",
    "espero que isso ajude", "en tant que modèle de langage", "j'espère que cela vous aide", "als ki-sprachmodell",
    "als ki-modell", "ich hoffe, das hilft", "come modello linguistico", "spero che questo ti aiuti",
    # Swahili, Indonesian, Tagalog, Turkish
    "kama modeli ya lugha", "natumaini hii inasaidia", "sebagai model bahasa", "semoga membantu",
    "bilang isang modelo ng wika", "sana nakatulong ito", "bir yapay zeka dil modeli", "umarım yardımcı olur",
    # Russian, Arabic, Hindi, Chinese, Japanese, Korean
    "как языковая модель", "надеюсь, это поможет", "كنموذج لغوي", "آمل أن يساعدك هذا", "एक एआई भाषा मॉडल",
    "आशा है कि यह मदद", "作为一个人工智能", "作为一个语言模型", "希望这对你有帮助", "aiとして", "言語モデルとして",
    "お役に立てれば幸いです", "ai 언어 모델로서", "도움이 되었기를 바랍니다",
)  # fmt: skip
# Marks of a chat window's formatting, which a plain text box does not make.
_SIGNS: Final = (
    ("headings", re.compile(r"(?m)^#{1,4} \S"), 1),
    ("bold", re.compile(r"\*\*[^*\n]+\*\*"), 2),
    ("bullets", re.compile(r"(?m)^ *[-*•] +\*\*"), 1),
    ("code", re.compile(r"(?m)^```"), 1),
    ("dashes", re.compile(r"\w—\w| — "), 4),
)


def words(text: str) -> list[str]:
    """Give the words of a text in small letters, without what stands between them."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def shingles(text: str) -> set[tuple[str, ...]]:
    """Give the runs of RUN words of a text; none where it is shorter than LEAST_WORDS."""
    found = words(text)
    if len(found) < LEAST_WORDS:
        return set()
    return {tuple(found[at : at + RUN]) for at in range(len(found) - RUN + 1)}


def prints(text: str) -> list[int]:
    """Give hashes that stand for a text, as whole numbers of 64 bits with a sign; the same text has the same ones."""
    found = words(text)
    if len(found) < LEAST_WORDS:
        return []
    hashes = [_hash(found[at : at + RUN]) for at in range(len(found) - RUN + 1)]
    chosen = {min(hashes[at : at + WINDOW]) for at in range(max(len(hashes) - WINDOW + 1, 1))}
    return sorted(chosen)[:MOST_PRINTS]


def _hash(run: Sequence[str]) -> int:
    return int.from_bytes(hashlib.blake2b(" ".join(run).encode(), digest_size=8).digest(), signed=True)


def alike(one: str, other: str) -> tuple[int, int]:
    """Say how alike two texts are.

    Returns:
        percent of the runs of both that they share (Jaccard), and percent of the first one's that stand in the second
        (containment); each rounded down.

    """
    mine, theirs = shingles(one), shingles(other)
    shared = len(mine & theirs)
    if not shared:
        return 0, 0
    return 100 * shared // len(mine | theirs), 100 * shared // len(mine)


def marks_of(
    text: str, *, prompt: str, most_words: int, others: Sequence[tuple[int, str]] = ()
) -> list[dict[str, Any]]:
    """Give the hints on an answer.

    Args:
        text: the answer.
        prompt: what was asked.
        most_words: that were asked for, 0 for any number.
        others: answers to the same question that may be alike, by their ids.

    Returns:
        a dict each with `code`: near_identical (share, contained, answer, excerpt), prompt_copied (share),
        chatbot_phrase (phrase), chatbot_form (signs), too_long (words, most).

    """
    found: list[dict[str, Any]] = []
    near = max(((*alike(text, other), key, other) for key, other in others), default=None, key=lambda one: one[:2])
    if near is not None and (near[0] >= NEAR_PERCENT or near[1] >= CONTAINED_PERCENT):
        share, contained, key, other = near
        found.append({
            "code": "near_identical", "share": share, "contained": contained, "answer": key, "excerpt": other[:EXCERPT],
        })  # fmt: skip
    copied = alike(text, prompt)[1]
    if copied >= PROMPT_PERCENT:
        found.append({"code": "prompt_copied", "share": copied})
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    phrase = next((one for one in PHRASES if one in plain), None)
    if phrase is not None:
        found.append({"code": "chatbot_phrase", "phrase": phrase})
    signs = [name for name, pattern, least in _SIGNS if len(pattern.findall(text)) >= least]
    if signs:
        found.append({"code": "chatbot_form", "signs": signs})
    number = len(words(text))
    if most_words and number > most_words:
        found.append({"code": "too_long", "words": number, "most": most_words})
    return found
