"""Rulebook section 1, "Boxes": whole names in one box, placeholders, capitals."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.names.name_boxes import format_name, is_neat, split_boxes, tidy_boxes


@pytest.mark.parametrize(
    ("first", "last", "tidy"),
    [
        ("Ned Irons", "Irons", ("Ned", "Irons")),
        ("Ｎｅｄ", "Ｉｒｏｎｓ", ("Ned", "Irons")),  # full-width letters
        ("Ned", "Ned Irons", ("Ned", "Irons")),
        ("Pam", "Pamela Irons", ("Pam", "Irons")),
        ("Pam", "Palmer Irons", ("Pam", "Palmer Irons")),
        ("Sam Tull", "Sam Tull", ("Sam", "Tull")),
        (None, "Pam Reed", ("Pam", "Reed")),
        ("Pam Reed", None, ("Pam", "Reed")),
        ("Pam Reed", ".", ("Pam", "Reed")),
        ("Reed, Pam", "", ("Pam", "Reed")),
        ("Reed, Pam, Jr.", "", ("Pam", "Reed Jr.")),
        ("Pam", "Reed, Pam", ("Pam", "Reed")),
        ("Ned Irons", "Ned", ("Ned", "Irons")),
        ("Irons Ned", "Irons", ("Ned", "Irons")),
        ("Irons", "Ned Irons", ("Ned", "Irons")),
        ("Ned Irons", "Irons Jr.", ("Ned", "Irons Jr.")),
        ("Ned Irons Jr.", "Irons Jr.", ("Ned", "Irons Jr.")),
        ("Ned Irons", "Jr.", ("Ned", "Irons Jr.")),
        ("Ned Irons Jr.", "Irons", ("Ned", "Irons Jr.")),
        ("Ned Irons, III", "Irons", ("Ned", "Irons III")),
        ("Ned Jr.", "Irons", ("Ned Jr.", "Irons")),
        ("Dr. Pam Reed", "MD", ("Dr. Pam", "Reed MD")),
        ("Ms. PAM", "McDONALD", ("Ms. Pam", "McDonald")),
        ("DE'ANDRE", "ÇELİK", ("De'Andre", "Çelik")),
        ("TBD", "Rao", (None, "Rao")),
        ("LI", "TULL", ("Li", "Tull")),
        ("JORDAN", "LI", ("Jordan", "Li")),
        ("AJ", "TULL", ("AJ", "Tull")),
        ("JJ", "TULL", ("JJ", "Tull")),
        ("J.J.", "Tull", ("J.J.", "Tull")),
        ("XX", "Tull", (None, "Tull")),
        ("aa", "Tull", (None, "Tull")),
        ("LI", "Tull", ("LI", "Tull")),
        ("Ana de la Cruz", None, ("Ana", "de la Cruz")),
        ("Mary Jo Reed", None, ("Mary Jo", "Reed")),
        ("Pam Reed Jr.", None, ("Pam", "Reed Jr.")),
        ("Ana de la Cruz", "de la Cruz", ("Ana", "de la Cruz")),
        (".", "Rao", (None, "Rao")),
        ("n/a", "Rao", (None, "Rao")),
        ("--", "--", (None, None)),
        ("JORDAN", "MCDONALD", ("Jordan", "McDonald")),
        ("jordan", "o'neil", ("Jordan", "O'Neil")),
        ("ANNE-MARIE", "DE LA CRUZ", ("Anne-Marie", "de la Cruz")),
        ("BEN/BENNY", "TULL", ("Ben/Benny", "Tull")),
        ("jean", "smith iii", ("Jean", "Smith III")),
        ("ÉLODIE", "MÜLLER", ("Élodie", "Müller")),
        ("DI", "ST. JOHN", ("Di", "St. John")),
        ("pam", "san martin y la torre", ("Pam", "San Martin y La Torre")),
        ("JT", "McDonald", ("JT", "McDonald")),
        ("Ana", "de la Cruz", ("Ana", "de la Cruz")),
        ("Ana", "De La Cruz", ("Ana", "De La Cruz")),
        ("Mary Jo", "Reed", ("Mary Jo", "Reed")),
        ("Jane", None, ("Jane", None)),
        (None, "Reed", (None, "Reed")),
        (None, "de la Cruz", (None, "de la Cruz")),
        ("Sam", "Sam", ("Sam", "Sam")),
        ("Ann and Bob", "Reed", ("Ann and Bob", "Reed")),
        ("李", "王", ("李", "王")),
        ("NED IRONS", "IRONS", ("Ned", "Irons")),
        ("Ned Irons Irons", None, ("Ned", "Irons")),
        ("Ned Irons", "Ned Irons Irons", ("Ned", "Irons")),
        ("Ana", "García García", ("Ana", "García García")),
        ("Na", "Li", ("Na", "Li")),
        ("NA", "Li", (None, "Li")),
        ("Jennifer", "Null", ("Jennifer", "Null")),
        ("Aung", "Oo", ("Aung", "Oo")),
        ("nED", "iRONS", ("Ned", "Irons")),
        ("NED", "IRONS 3RD", ("Ned", "Irons 3rd")),
        ("NED", "IRONS, PHD", ("Ned", "Irons, PhD")),
        ("MD", "RAHMAN", ("MD", "Rahman")),
        ("Reed,Pam", None, ("Pam", "Reed")),
        ("Kim, Min-jun", "Kim", ("Min-jun", "Kim")),  # Kim is a first name too
        ("Ned Irons", "Irons Irons", ("Ned", "Irons")),
        ("Ned", "Ned Irons Irons", ("Ned", "Irons")),
        ("Sam Tull Sam Tull", None, ("Sam", "Tull")),
        ("Sam Tull Sam Tull", "Sam Tull Sam Tull", ("Sam", "Tull")),
        ("Jo Jo", "Tull", ("Jo Jo", "Tull")),
        ("nED jAMES", "o'nEIL-tULL", ("Ned James", "O'Neil-Tull")),
        ("lI", "DE LA cRUZ", ("Li", "de la Cruz")),
        ("JORDAN", "LÊ", ("Jordan", "Lê")),
        ("AN", "VO", ("An", "Vo")),
        ("AJ", "VO", ("AJ", "Vo")),
        ("Li ✨", "Na ✨", ("Li", "Na")),
        ("Dr.", "Pam Reed", ("Pam", "Reed")),
        ("Mrs", "Reed", (None, "Reed")),
        ("Miss", "Pam Reed", ("Pam", "Reed")),
        ("FNU", "Reed", (None, "Reed")),
        ("'Pam'", "-Reed -", ("Pam", "Reed")),
        ("D'Ann", "O'Reed", ("D'Ann", "O'Reed")),
        ("'Okalani", "Reed", ("'Okalani", "Reed")),
        ("Pam Reed (Pammy)", "Reed", ("Pam (Pammy)", "Reed")),
        ("Pam Reed Tull", "Reed-Tull", ("Pam", "Reed-Tull")),
        ("Pam Reed-Tull", "Reed Tull", ("Pam", "Reed Tull")),
        ("Pam", "Pam Reed-Tull", ("Pam", "Reed-Tull")),
        ("Pam Reed", "Reed Pam", ("Pam", "Reed")),
        ("Tull Pam", "Pam Tull", ("Pam", "Tull")),
        ("Pam;", "Reed,", ("Pam", "Reed")),
        ("PAM!", "“Reed”", ("Pam", "Reed")),
        ("(Pam)", '"REED"', ("Pam", "Reed")),
        ("✨Pam 🌸", "Reed👩‍👧❤️", ("Pam", "Reed")),
        ("PAM (SHE/HER)", "Reed, they/them", ("Pam", "Reed")),
        ("प्रिया", "राव", ("प्रिया", "राव")),
        ("王伟", "王", ("伟", "王")),
        ("민수", "김민수", ("민수", "김")),
        ("İPEK", "ÇELİK", ("İpek", "Çelik")),
        ("i\u0307pek", "çeli\u0307k", ("İpek", "Çelik")),  # a Turkish capital in lower case
        ("Di\u0307lek", "Çelik", ("Dilek", "Çelik")),
        ("LI", "NA", ("Li", "Na")),
        ("na", "li", ("Na", "Li")),
        ("JO", "NA", ("JO", None)),
        ("JOHN", "NA", ("John", None)),
        ("Tu", "Mrs. Tu", ("Tu", "Tu")),
        ("Dr. Irons", "Irons", (None, "Irons")),
        ("Ned", "Dr. Ned Irons", ("Ned", "Irons")),
        # What is no part of a name
        ("ned@mail.example", "Irons", (None, "Irons")),
        ("ned@mail.example", "Ned Irons", ("Ned", "Irons")),
        ("Ned <ned@mail.example>", "Irons", ("Ned", "Irons")),
        ("Ned (706) 555-0101", "Irons 2", ("Ned", "Irons")),
        ("7065550101", "12", (None, None)),
        ("https://social.example/ned", "www.irons.example", (None, None)),
        ("Ned 😀 James", "Irons👍🏽", ("Ned James", "Irons")),
        ("My name is Ned", "I don’t have one", (None, None)),
        ("Please call me Bo", "same as above", (None, None)),
        ("#REF!", "Irons", (None, "Irons")),
        ("Ned 3rd", "Irons", ("Ned 3rd", "Irons")),
        ("My", "Ten Have", ("My", "Ten Have")),
        ("Ann I", "Go", ("Ann I", "Go")),
    ],
)
def test_a_full_name_in_one_box_is_split_and_formatted(
    first: str | None, last: str | None, tidy: tuple[str | None, str | None]
) -> None:
    assert tidy_boxes(first, last) == tidy


@pytest.mark.parametrize(
    "name", ["Jordan", "McDonald", "de la Cruz", "O'Neil", "AJ", "JJ", "J.J.", "李", "Anne-Marie", "d'Arcy"]
)
def test_a_name_as_people_write_it_is_neat(name: str) -> None:
    assert is_neat(name)
    assert format_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *(None, "", ".", "JORDAN", "jordan", "xxx", "n/a", "F.123.4", "jo@mail.example", "--"),
        *("https://social.example/jo", "my name is Jo", "706-555-0101", "i\u0307pek", "Di\u0307lek"),
        *("jORDAN", "=Jordan", "Jordan\U0001f600", "*Jordan*", "Jordan2", "NA", "null", "Dr.", "Rev. Dr."),
    ],
)
def test_names_that_are_not_neat(name: str | None) -> None:
    assert not is_neat(name)


WORDS = [
    "Dr.",
    "Mrs",
    "Rev.",
    "Jr.",
    "III",
    "PhD",
    "de",
    "la",
    "O'Neil",
    "McDonald",
    "Ann",
    "(Liz)",
    "/",
    "&",
    "and",
    "5",
]
WORDS += [
    ".",
    "n/a",
    "JORDAN",
    "rEED",
    "family",
    "mom of",
    ",",
    "St.",
    "Irons",
    "irons",
    "Dr",
    "Reed,Pam",
    "(Pam)",
    "Pam;",
]
NAMES = (
    st.none()
    | st.text(st.sampled_from("abAB .,'-éÉ王\u2019"), max_size=12)
    | st.text(max_size=8)
    | st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
)


@given(NAMES, NAMES)
def test_tidying_is_idempotent(first: str | None, last: str | None) -> None:
    tidy = tidy_boxes(first, last)
    assert tidy_boxes(*tidy) == tidy


@given(NAMES, NAMES)
def test_splitting_a_name_adds_no_words(first: str | None, last: str | None) -> None:
    typed = re.findall(r"\w+", clean_line(f"{first or ''} {last or ''}"))
    told_apart = re.findall(r"\w+", " ".join(filter(None, split_boxes(first, last))))
    assert set(told_apart) <= set(typed)
