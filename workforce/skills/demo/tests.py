"""What the demo's tests ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workforce.skills import queries
from workforce.skills.demo.picture import street
from workforce.skills.models import SkillTest
from workforce.skills.services.tests import Picture, QuestionValues, TestValues, VersionValues

Version = tuple[VersionValues, Sequence[QuestionValues]]


@dataclass(frozen=True)
class Written:
    """A test with its versions by language."""

    code: str
    values: TestValues
    versions: Mapping[str, Version]

    @property
    def graded(self) -> bool:
        """Has it written answers?"""
        return any(one.kind == "written" for _, asked in self.versions.values() for one in asked)

    def find(self) -> SkillTest:
        """Give it as it is in the database."""
        return queries.test_by_code(self.code)


def _one(prompt: str, right: str, *wrong: str, pool: str = "", picture: Picture = Picture()) -> QuestionValues:  # noqa: B008 -- frozen
    texts = sorted((right, *wrong))
    options = tuple(zip("abcdef", texts, strict=False))
    key = next(letter for letter, text in options if text == right)
    return QuestionValues("one", prompt, 2, pool, options, {"right": [key]}, picture=picture)


def _many(prompt: str, right: Sequence[str], wrong: Sequence[str]) -> QuestionValues:
    options = tuple(zip("abcdefgh", sorted((*right, *wrong)), strict=False))
    return QuestionValues("many", prompt, 3, "", options, {"right": [key for key, text in options if text in right]})


def _order(prompt: str, *steps: str) -> QuestionValues:
    options = tuple(zip("abcdefgh", sorted(steps), strict=False))
    letters = {text: key for key, text in options}
    return QuestionValues("order", prompt, 3, "", options, {"right": [letters[step] for step in steps]})


def _short(prompt: str, *accepted: str, numeric: bool = False) -> QuestionValues:
    key: dict[str, object] = {"accepted": list(accepted)}
    return QuestionValues("short", prompt, 2, key=key | ({"numeric": True} if numeric else {}))


def _written(prompt: str, words: int, *rubric: tuple[str, int]) -> QuestionValues:
    lines = tuple((key, text, points) for key, (text, points) in zip("abcdef", rubric, strict=False))
    return QuestionValues("written", prompt, rubric=lines, most_words=words)


_WRITING_EN: Final[Version] = (
    VersionValues(
        "Writing short texts in English",
        "Six questions: four that you answer at once, and two short texts of your own. Write them yourself: texts that"
        " a program wrote are seen by those who grade them.",
        minutes=40, pass_percent=65, tolerance_percent=25,
    ),
    (
        _one("Which sentence is written for a six-year-old?", "The moon goes around us like a dog around its house.",
             "The moon’s orbit is subject to tidal deceleration.", "Lunar motion is approximately elliptical."),
        _many("Which of these make a text easier to read?", ["Short sentences", "An example", "Words that people use"],
              ["Three clauses a sentence", "Abbreviations without a word on them"]),
        _order("Put the parts of a friendly reply in order.", "Thank her for writing", "Answer her question",
               "Say what happens next", "Wish her a good day"),
        _short("What is the plural of “child”?", "children"),
        _written(
            "Explain the moon landing to a six-year-old, in 60 to 150 words.", 150,
            ("A six-year-old understands every word", 5), ("What it says is true", 4), ("One wants to read on", 3),
            ("Spelling and grammar", 2),
        ),
        _written(
            "Write a haiku about rain: three lines of five, seven and five syllables.", 30,
            ("The form: 5, 7 and 5 syllables", 3), ("It shows a picture rather than naming a feeling", 3),
        ),
    ),
)  # fmt: skip
_WRITING_VI: Final[Version] = (
    VersionValues(
        "Viết đoạn văn ngắn bằng tiếng Việt",
        "Sáu câu hỏi: bốn câu trả lời ngay và hai đoạn văn ngắn của chính bạn. Hãy tự viết: người chấm nhận ra bài do"
        " máy viết.",
        minutes=40, pass_percent=65, tolerance_percent=25,
    ),
    (
        _one("Câu nào viết cho một em bé sáu tuổi?", "Mặt Trăng đi quanh Trái Đất như chú chó chạy quanh nhà.",
             "Quỹ đạo Mặt Trăng chịu ảnh hưởng của lực thủy triều.", "Chuyển động của Mặt Trăng gần như có dạng elip."),
        _many("Những điều nào làm cho đoạn văn dễ đọc hơn?", ["Câu ngắn", "Có ví dụ", "Từ ngữ quen thuộc"],
              ["Mỗi câu ba mệnh đề", "Viết tắt mà không giải thích"]),
        _order("Sắp xếp các phần của một thư trả lời thân thiện.", "Cảm ơn người viết", "Trả lời câu hỏi",
               "Nói việc gì sẽ diễn ra tiếp theo", "Chúc một ngày tốt lành"),
        _short("Từ nào viết đúng chính tả: “xử lý” hay “sử lý”?", "xử lý", "xử lí"),
        _written(
            "Hãy giải thích cho một em bé sáu tuổi việc con người đặt chân lên Mặt Trăng, từ 60 đến 200 chữ.", 200,
            ("Em bé sáu tuổi hiểu được từng chữ", 5), ("Nội dung đúng sự thật", 4), ("Người đọc muốn đọc tiếp", 3),
            ("Chính tả và ngữ pháp", 2),
        ),
        _written(
            "Viết một bài haiku về mưa: ba dòng năm, bảy và năm âm tiết.", 30,
            ("Đúng thể: 5, 7 và 5 âm tiết", 3), ("Gợi một hình ảnh thay vì gọi tên cảm xúc", 3),
        ),
    ),
)  # fmt: skip
_IMAGES_EN: Final[Version] = (
    VersionValues(
        "Image labelling: basics", "Boxes, edges and what to do when you are not sure. The result stands at once.",
        minutes=15, pass_percent=70, shuffled=True, draws={"boxes": 2},
    ),
    (
        _one("How many cars does the picture show?", "3", "2", "4", picture=Picture(
            street(), text="A grey street with three cars seen from above: a red, a blue and a yellow one.")),
        _one("A car is half behind a tree. Where does its box end?", "At the edge of what can be seen",
             "Where the car would end without the tree", "It gets no box", pool="boxes"),
        _one("How close is a good box?", "It touches the outermost pixels of the thing",
             "It leaves a hand’s breadth of air", "It may cut off mirrors and wheels", pool="boxes"),
        _one("Two cars overlap. How many boxes?", "One for each car", "One for both", "None", pool="boxes"),
        _many("What should be reported instead of labelled?", ["A face that was not blurred", "One that fails to load"],
              ["A picture taken at night", "A crowd with many people"]),
        _order("Put the work on a picture in order.", "Read the guidelines", "Look at the whole picture",
               "Draw the boxes", "Check the edges", "Hand it in"),
        _short("A box is 12 pixels wide and 5 high. What is its area in pixels?", "60", numeric=True),
    ),
)  # fmt: skip
_IMAGES_VI: Final[Version] = (
    VersionValues(
        "Gán nhãn hình ảnh: cơ bản", "Khung, mép và việc cần làm khi bạn không chắc. Có kết quả ngay.", minutes=15,
        pass_percent=70, shuffled=True,
    ),
    (
        _one("Trong hình có mấy chiếc xe?", "3", "2", "4", picture=Picture(
            street(), text="Con đường xám nhìn từ trên xuống với ba chiếc xe: đỏ, xanh và vàng.")),
        _one("Một chiếc xe bị cây che mất một nửa. Khung kết thúc ở đâu?", "Ở mép phần nhìn thấy được",
             "Ở chỗ chiếc xe kết thúc nếu không có cây", "Không vẽ khung"),
        _many("Trường hợp nào cần báo lại thay vì gán nhãn?", ["Khuôn mặt chưa được làm mờ", "Hình không tải được"],
              ["Hình chụp ban đêm", "Hình có đông người"]),
        _order("Sắp xếp các bước làm việc với một hình.", "Đọc hướng dẫn", "Xem toàn bộ hình", "Vẽ khung",
               "Kiểm tra các mép", "Nộp bài"),
        _short("Một khung rộng 12 và cao 5 điểm ảnh. Diện tích là bao nhiêu điểm ảnh?", "60", numeric=True),
    ),
)  # fmt: skip
_TRANSLATION: Final[Version] = (
    VersionValues(
        "Translation from English into Vietnamese",
        "Two short texts. Dictionaries are allowed, translation programs are not.",
        minutes=45, pass_percent=75, attempts=3, cooldown_days=14,
    ),
    (
        _one("“It’s raining cats and dogs” becomes …", "Mưa như trút nước", "Mưa chó mèo", "Chó mèo đi trong mưa"),
        _short("Translate into one word: “yesterday”", "hôm qua"),
        _written(
            "Translate: “The bus was late again, so she walked home along the river and counted the lights on the"
            " water.”",
            80, ("Nothing is missing and nothing is added", 4), ("It sounds like Vietnamese", 4), ("Spelling", 2),
        ),
    ),
)  # fmt: skip

TESTS: Final = (
    Written("image-basics", TestValues("Image labelling: basics", "L1", 24), {"en": _IMAGES_EN, "vi": _IMAGES_VI}),
    Written("writing", TestValues("Writing short texts", "L2", 12), {"en": _WRITING_EN, "vi": _WRITING_VI}),
    Written("translation-en-vi", TestValues("Translation English–Vietnamese", "L3", 12), {"vi": _TRANSLATION}),
)
