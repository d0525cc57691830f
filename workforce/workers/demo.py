"""Demo: people, with names as they are given where they live."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Final

from workforce.core.auth import SYSTEM
from workforce.core.demo import LOGINS, Demo, Progress, Step
from workforce.identity.queries import user_by_email
from workforce.paydays.demo import COUNTRIES, Country
from workforce.paydays.queries import group_by_code
from workforce.workers.services import Profile, add_worker, ask_for_changes, change_profile

# The worker whose account a demo is shown with: busy, in Việt Nam, reading Vietnamese.
FACE: Final = "VN-0001"
_FACE_NAME: Final = "Nguyễn Thị Minh Hạnh"
# Of Venezuela's workers, every so many is paid in US dollars.
_PAID_IN_DOLLARS: Final = 6

# Lists of the parts of a name, in the order in which they are written.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "KE": (
        (
            "Achieng Akinyi Amina Brian Chebet Collins Daniel Esther Faith Grace Halima Ian James Jepkosgei Joy Kevin"
            " Lilian Mary Mercy Moses Njeri Nyambura Peter Purity Samuel Sharon Victor Wambui Wanjiru Zawadi"
        ),
        (
            "Barasa Cheruiyot Chepkemoi Hassan Kamau Karanja Kiprono Kiptoo Maina Mohamed Mutua Mwangi Ndung'u"
            " Njoroge Nyongesa Ochieng Odhiambo Okoth Omondi Otieno Ouma Rotich Wafula Wairimu Waweru"
        ),
    ),
    "PH": (
        (
            "Aileen Andrea Angelica Bea Benjie Carlo Christian Daisy Divina Gemma Ivy Jasmine Jerome Joanna Jomar"
            " Joshua Kristine Liezel Mark Maricel Melvin Nicole Paolo Rhea Rodel Rowena Ruel Sheila Trisha"
        ),
        (
            "Aquino Bautista Castillo Cruz Dela~Cruz Domingo Fernandez Flores Garcia Gonzales Lopez Magsaysay Manalo"
            " Mendoza Mercado Navarro Ocampo Pascual Ramos Reyes Rivera Salazar Santiago Santos Soriano Tolentino"
            " Villanueva"
        ),
    ),
    "VN": (
        "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý",
        "Thị Văn Thị~Ngọc Thị~Thu Đức Minh Quang Hữu Thanh Xuân Gia Khánh Hoài Bảo",
        (
            "An Anh Bình Châu Chi Dung Duy Giang Hà Hải Hân Hiền Hiếu Hòa Hùng Hương Khoa Lan Linh Long Mai Nam Nga"
            " Nhung Phúc Phương Quân Quỳnh Sơn Thảo Thắng Thủy Trang Trung Tú Tuấn Uyên Vân Việt Yến"
        ),
    ),
    "IN": (
        (
            "Aarti Abhishek Aditi Anjali Arjun Ayesha Deepak Divya Farhan Gaurav Ishita Kavya Kiran Lakshmi Manoj"
            " Meera Neha Nikhil Pooja Priya Rahul Ravi Rohan Sandeep Shreya Sneha Sunita Suresh Vikram Vivek"
        ),
        (
            "Agarwal Bhat Chatterjee Das Deshmukh Fernandes Gupta Iyer Jadhav Joshi Khan Kulkarni Kumar Menon Mishra"
            " Mukherjee Nair Naidu Patel Pillai Rao Reddy Sharma Shaikh Singh Thomas Verma Yadav"
        ),
    ),
    "VE": (
        (
            "Adriana Alejandro Andreína Carlos Daniela Eduardo Fabiola Gabriel Génesis Gustavo Jesús José Karla Luis"
            " María Mariángel Miguel Oriana Paola Rafael Ricardo Rosángela Valentina Yelitza Yusmary"
        ),
        (
            "Blanco Briceño Colmenares Contreras Díaz Fernández García González Guerrero Hernández León Márquez"
            " Medina Mendoza Molina Morales"
        ),
        (
            "Parra Peña Pérez Quintero Ramírez Rangel Rivas Rojas Salazar Sánchez Suárez Torrealba Urdaneta Vásquez"
            " Villegas Zambrano"
        ),
    ),
    "US": (
        (
            "Aaliyah Alex Brandon Carmen Chloe Darnell Derek Emily Hannah Isaiah Jasmine Jordan Kayla Latoya Marcus"
            " Megan Mei Miguel Olivia Priya Rachel Tyler Vanessa Xavier"
        ),
        (
            "Adams Baker Brooks Carter Chen Clark Coleman Davis Evans Garcia Hill Jackson Johnson Kim Lewis Martinez"
            " Miller Mitchell Nguyen Patel Rivera Robinson Rodriguez Scott Taylor Turner Washington Williams Wright"
            " Young"
        ),
    ),
}


def _heads(workers: int) -> dict[str, int]:
    """Share the crowd out among the countries, two for each at least; the first takes what is over."""
    heads = {one.code: max(2, workers * one.share // 100) for one in COUNTRIES}
    heads[COUNTRIES[0].code] += workers - sum(heads.values())
    return heads


def _profiles(demo: Demo, country: Country, heads: int) -> Iterator[Profile]:
    chance = demo.random("names", country.code)
    for number in range(1, heads + 1):
        external_id = f"{country.code}-{number:04d}"
        face = external_id == FACE
        name = full_name(chance, country.code)
        dollars = country.code == "VE" and number % _PAID_IN_DOLLARS == 3
        yield Profile(
            external_id, name=_FACE_NAME if face else name, country=country.code,
            email=dict(LOGINS)["worker"] if face else f"{external_id.lower()}@crowd.example",
            currency="USD" if dollars else country.currency, locale="vi" if country.code == "VN" else "en",
        )  # fmt: skip


def full_name(chance: Random, country: str) -> str:
    """Give a name as names are given in a country of the demo."""
    return " ".join(chance.choice(names.split()).replace("~", " ") for names in _NAMES[country])


def _make(demo: Demo, progress: Progress) -> None:
    done = 0
    heads = _heads(demo.workers)
    for country in COUNTRIES:
        group = group_by_code(country.code)
        for profile in _profiles(demo, country, heads[country.code]):
            add_worker(SYSTEM, profile, group, now=demo.start)
            done += 1
            progress(done, demo.workers)


def _change(demo: Demo, progress: Progress) -> None:
    """Correct the name of one worker, and have the face ask for hers."""
    face, finance = (user_by_email(dict(LOGINS)[role]).actor for role in ("worker", "finance"))
    change_profile(
        finance, "KE-0002", {"name": "Wanjirũ Kamau"}, reason="A new name after a wedding; the certificate was shown.",
        now=demo.now - timedelta(days=3),
    )  # fmt: skip
    ask_for_changes(
        face, {"name": "Nguyễn Minh Hạnh"}, reason="Không có chữ “Thị” trên giấy tờ mới của tôi.",
        now=demo.now - timedelta(hours=20),
    )  # fmt: skip
    progress(2, 2)


STEP = Step("workers", _make)
CHANGES = Step("changed profiles", _change)
