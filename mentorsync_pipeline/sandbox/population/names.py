"""Invented names, and common errors in names.

The first names of ``STUDENTS`` and ``ELDERS`` are chosen so that no two of them could be taken for the same name: no
shared nickname, no common beginning, more than one typing error apart (a test holds the lists to that). So two
different entries always are two different people, and a person's ``nickname`` is one that everybody would recognise.
"""

import random
import unicodedata
from dataclasses import dataclass

from rapidfuzz.distance import OSA


@dataclass(frozen=True, slots=True)
class FirstName:
    """A first name with the nickname its bearer may go by (empty: none)."""

    formal: str
    nickname: str = ""


_WITH_NICKNAME = (
    "William Will|Katherine Kate|Elizabeth Liz|Margaret Maggie|Jonathan Jon|Alexander Alec|Theodore Theo|Rebecca Becca|"
    "Andrew Drew|Benjamin Ben|Daniel Danny|Gabriella Gabby|Joseph Joe|Lawrence Larry|Michael Mike|Nicholas Nick|"
    "Patricia Trish|Samantha Sam|Stephanie Steph|Susannah Sue|Thomas Tom|Timothy Tim|Victoria Tori|Charlotte Lottie|"
    "Deborah Deb|Jessica Jess|Kimberly Kim|Philip Phil|Valerie Val|Raymond Ray|Douglas Doug|Kenneth Ken|Donald Don|"
    "Gwendolyn Gwen"
)
_PLAIN = (
    "Olivia Harper Hunter Tucker Brooke Morgan Paige Skylar Quinn Reese Sloane Wyatt Ximena Yasmin Zoe Priya Omar "
    "Hiroshi Diego Luis Ngozi Fatima Ingrid Lakshmi Noor Pablo Rohan Soraya Uma Vikram Wei Xavier Yuki Zainab Anjali "
    "Bryce Camden Delaney Emerson Finley Grady Imani Juliet Landon Maribel Oakley Presley Raegan Sawyer Tatum Ulises "
    "Violet Callum Dexter Esme Fiona Giselle Heath Ivy Jada Shiloh Bridger Clementine Dashiell Evangeline Marcus "
    "Keisha DeShawn Malik Aaliyah Tyrone Nia"
)
NICKNAMED = tuple(FirstName(*pair.split()) for pair in _WITH_NICKNAME.split("|"))
STUDENTS = NICKNAMED + tuple(FirstName(name) for name in _PLAIN.split())
# First and last name as Givebutter has them, and as their bearers type them.
OTHER_SCRIPTS = (
    ("Vladimir", "Volkonov", "Владимир", "Волконов"),
    ("Ekaterina", "Sorokova", "Екатерина", "Сорокова"),
    ("Dimitra", "Papadimos", "Δήμητρα", "Παπαδήμου"),
    ("Xiuying", "Zhangli", "秀英", "张"),
    ("Yosef", "Ben-Ariel", "יוסף", "בן אריאל"),
    ("Samira", "Al-Hadid", "سميرة", "الحديد"),
)
# Two spellings of one first name.
SAME_SOUND = (("Mohammed", "Muhammad"), ("Youssef", "Yusuf"), ("Shawn", "Sean"), ("Caitlin", "Kaitlyn"))
# First names with an accent, and the spelling of people and systems without one.
ACCENTS = (("José", "Jose"), ("Zoë", "Zoe"), ("Renée", "Renee"), ("Jürgen", "Juergen"), ("Anaïs", "Anais"))
_ELDERS = (
    "Brenda Dennis Sharon Cynthia Roger Pamela Wayne Diane Ralph Howard Marilyn Eugene Beverly Theresa Arthur "
    "Gloria Janice Roy Judith Craig Norma Curtis Phyllis Clyde Rhonda Stanley Loretta Warren Yvonne Bernard Sylvia "
    "Leon Vernon Floyd Geraldine Herbert Lucille Milton Maxine Bonnie Ernestine Irvin Hilda Orville Ruby Cecil "
    "Thelma Estelle Rufus"
)
ELDERS = tuple(_ELDERS.split())
_LAST_START = (
    "Ash Brack Calder Dun Elm Fen Garn Hal Ives Kel Lor Mard Nor Oak Pen Quill Rav Stan Thorn Ull Var Wex Yar Zell "
    "Birk Crom Dray Eston Fald Glen Hock Ingle Jarn Knap Lund Mosk Netter Osk Prest Rusk Sed Trum Upp Vint Wend Brill"
)
_LAST_END = (
    "ford wick mere ton by croft dale field gate ham hurst land ley low man more ridge shaw stead stone well wood worth"
)
_SPECIAL_LAST = ("O'Kelby", "D'Armondo", "Núñovar", "Müllerdorf", "Van Dorswell", "de la Vantez", "Szolnikova")
_FIRST_NAMES = {*ELDERS, *(name.formal for name in STUDENTS)}
_COMPOSED = (start + end for start in _LAST_START.split() for end in _LAST_END.split())
LAST_NAMES = (*(name for name in _COMPOSED if name not in _FIRST_NAMES), *_SPECIAL_LAST)


def draw_last_name(rng: random.Random) -> str:
    """Any last name; three in a hundred have an apostrophe, an accent or two parts."""
    return rng.choice(_SPECIAL_LAST if rng.random() < 0.03 else LAST_NAMES)


def ascii_spelling(name: str) -> str:
    """``name`` as systems write it that know neither accents nor apostrophes."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(char for char in decomposed if char.isascii() and char != "'")


def unrelated_last_name(rng: random.Random, last: str) -> str:
    """Return a last name that is neither a misspelling nor a part of ``last``."""
    while True:
        candidate = rng.choice(LAST_NAMES)
        if OSA.distance(candidate, last) > 3:
            return candidate


def other_student_name(rng: random.Random, first: FirstName) -> FirstName:
    """Another student's first name."""
    while True:
        candidate = rng.choice(STUDENTS)
        if candidate != first:
            return candidate


def typo(rng: random.Random, name: str) -> str:
    """``name`` with one inner letter left out or doubled: one typing error however errors are counted."""
    spot = rng.randrange(2, len(name) - 1)
    return name[:spot] + name[spot + 1 :] if rng.random() < 0.5 else name[:spot] + name[spot] + name[spot:]


def junk_name(rng: random.Random, email: str) -> tuple[str | None, str | None]:
    """Return a first and last name as after careless imports: initials with numbers, the email, blank, a dot."""
    initial = rng.choice("ABCDEFGHJKLMNPRSTW")
    return rng.choice(
        (
            (f"{initial}.{rng.randrange(100, 999)}.{rng.randrange(1, 9)}", None),
            (email, None),
            (None, None),
            ("", "."),
            (None, f"{initial}.{rng.randrange(100, 999)}.{rng.randrange(1, 9)}"),
        )
    )


def ascii_key(text: str) -> str:
    """Lower-case ASCII letters of ``text``, for the local part of an email."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed.lower() if char.isascii() and char.isalpha())
