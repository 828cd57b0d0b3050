"""Known nicknames, without pairs that brothers and sisters may have (rulebook, section 1).

The pairs are those of the package `nicknames` and of `nickname_list`. The package is made for family trees and
also lists names that two people of one home may have (Andrew and Andrea, Emily and Emma); these pairs are excluded.
"""

from functools import cache

from mentorsync_pipeline.domain.names.nickname_list import list_nicknames
from mentorsync_pipeline.domain.normalize import name_key

# Women's names whose short forms are as often a man's: Chris may be Christina's brother.
# Endings of diminutives, after the last letter of the short form or that letter doubled.
_ENDS = ("y", "ie")
_SHORTEST_FORM = 3
_SHORT_NAMES_OF_MEN = frozenset(
    {
        "al",
        "ale",
        "alex",
        "ali",
        "andy",
        "bert",
        "bertie",
        "billie",
        "bob",
        "bobbie",
        "bobby",
        "cam",
        "charley",
        "charlie",
    }
    | {"cass", "corny", "fer", "hank", "lex", "marty", "natty", "nic", "pip", "sasha", "zhenya"}
    | {"curt", "dom", "les", "mac", "mack", "sid"}
    | {"chris", "chuck", "clem", "cole", "danny", "drew", "ed", "eddie", "frank", "frankie", "fred", "freddie"}
    | {"freddy", "gabe", "george", "georgie", "gerry", "gus", "jack", "jackie", "jamie", "jerry", "jo", "joe"}
    | {"joey", "ken", "kenny", "kit", "kris", "lee", "lou", "louie", "manny", "mat", "matt", "mattie", "matty", "max"}
    | {
        "mel",
        "mick",
        "mickey",
        "nat",
        "nate",
        "nick",
        "nicky",
        "ollie",
        "pat",
        "paul",
        "phil",
        "randy",
        "ray",
        "reggie",
    }
    | {"rick", "ricky", "rob", "robbie", "robin", "ron", "ronnie", "ronny", "sal", "sam", "sammy", "sandy", "steph"}
    | {"steve", "stevie", "ted", "terry", "theo", "tony", "toni", "val", "vic", "wes", "will", "willie"}
)
_WOMEN = frozenset(
    {
        "alberta",
        "alejandra",
        "aleksandra",
        "antonella",
        "evgenia",
        "evgeniya",
        "fernanda",
        "yevgenia",
        "alexa",
        "alexandra",
        "alexandria",
        "alexis",
        "alfreda",
        "alison",
        "allison",
        "alyssa",
        "amelia",
    }
    | {"andrea", "antoinette", "antonia", "ashley", "augusta", "augustina", "bertha", "caroline", "carolyn"}
    | {"cassandra", "charlotte", "christiana", "christina", "christine", "christy", "clementine", "danielle", "edwina"}
    | {"emeline", "emily", "emma", "erica", "ernestine", "frances", "francesca", "francine", "frederica", "fredericka"}
    | {"frieda", "gabriella", "gabrielle", "georgina", "geraldine", "jacqueline", "jaclyn", "jessica", "joan", "joann"}
    | {"joanna", "joanne", "josephine", "kendra", "kristel", "kristen", "kristin", "kristina", "kristine", "lenora"}
    | {"louisa", "louise", "madison", "martha", "mathilda", "matilda", "maxine", "mckenna", "melanie", "melinda"}
    | {"melissa", "michelle", "miranda", "natalie", "natasha", "nicholette", "nicole", "olive", "olivia", "patricia"}
    | {"philippa", "polly", "rachel", "regina", "roberta", "robin", "sally", "samantha", "samyra", "sandra", "sarah"}
    | {"shirley", "stephanie", "teresa", "theresa", "theodora", "theodosia", "valentina", "valerie", "veronica"}
    | {"victoria", "wilda", "wilhelmina", "willa", "wilma"}
    | {"catherine", "cathleen", "christa", "cornelia", "georgia", "georgiana", "georgianna", "henrietta", "katherine"}
    | {"kathleen", "lucinda", "philipina", "stefanie"}
    | {"allyson", "allyssa", "cassidy", "courtney", "crystal", "dominique", "johanna", "johannah", "josophine"}
    | {"kendall", "kristi", "kristy", "lesley", "leslie", "lois", "lucille", "mackenzie", "patience", "sydney"}
    | {"valeria"}
)
# Pairs that two relatives have more often than one person. Both directions.
_SIBLING_NAMES = """
aaron erin / adelaide della / albert elbert / alexander alexandria / alice lisa / alice elsie / alicia lisa
alicia elsie / amelia emily / amos moses / andre andrea / angel angela / angel angelica / angel angelina
andrew andrea / ann antoinette / ann antonia / ann christiana / ann deanne / ann nancy / anna annette / anna bryanna
anna hannah / anna savannah / annie leanne / annie stephanie / arlene lena / august augustine / claud claudia
justin justina / benjamin jamie / bert bob / bert bobby / bill robert / billy robert / bobby roger / brady broderick
cameron ron / carol carolann / carol carrie / casper jasper / cecilia sheila / claire clara / clara clarissa
clement clementine / cole nicole / danielle ellie / derrick eric / derick frederick / dennis dennison / eileen helen
elaine eleanor / elaine helen / eleanor ellen / elisa lisa / eliza louisa / eliza louise / ella ellen / ella gabriella
ella helen / ellen helen / eloise louise / emeline emily / emeline emma / emil emily / emily emma / ernest ernestine
frederick frederica / frederick fredericka / genevieve jean / george georgine / hannah joanna / hannah susan
hannah susannah / helen elaine / jane jean / jane jeanne / jane virginia / janet jeanette / jean jeanette
joan joanna / jody joseph / joe joshua / jonathan nathan / johnathan nathan / kenneth kendrick / kendrick kent
linda belinda / linda melinda / linda rosalinda / lisa melissa / lois louise / lois louisa / louis louise
louis louisa / luke luther / margaret gretchen / margarita megan / marie mary / marie marietta / marie rosemary
marilyn mary / marion mary / marsha mary / martha patsy / martha patty / mary maureen / mary rosemary / mary mariah
mary marietta / michael michaela / oliver olivia / orlando roland / patrick patsy / patrick peter / paul polly
paul paula / ronald reynold / rose rosalinda / sophia sophronia / susan hannah / teresa tessa / theresa tessa
victor victoria / wendy gwendolyn / william willis / william wilson / william wilma
""".replace("\n", "/")

# Nicknames of last names.
_OF_LAST_NAMES = frozenset({("smith", "smitty")})


# Forms of one name that two relatives may have as well: they are nicknames, and alike only.
_FORMS_OF_RELATIVES = """
alexandra sandra / alexandria sandra / ann anna / ann roseann / ann roseanna / ann roseanne / anna anne
carol caroline / cassandra sandra / clare clarence / earnest ernestine / edwin edwina / eleanor lenora / eleanor nora
eleanora nora / elinor nora / elizabeth lisa / ella gabrielle / ella helene / eloise heloise / eva evaline
flora florence / georgia georgiana / ian john / jack jackie / jane jessie / janet jessie / joan johannah
john johnathan / john johnathon / john jonathan / john jonathon / julia julie / kayla makayla / kenny kent
linda rosalyn / lindy lyndon / maria mariah / nathan nathaniel / rosa rosabel / rosa rosabella / rosa rosalinda
rosa rosalyn / rosa rose / rosalyn rose / rose roseann / rose roseanna / rose rosemary / rose roxanna / rose roxanne
susan susanna / susan susannah / amelia amy / anselm selma / ashley leah / beatrice trisha / bill fred / billy fred
fred will / brady brody / caroline cassie / caroline lynn / casey catherine / casey cathleen / cassie catherine
cassie katherine / charlotte sherry / elaine helena / eleanor helena / ellen helena / ellen helene / ella luella
elouise louise / gilbert wilber / gwen wendy / hannah johannah / ivan john / jill julia / jo jody / joanna jody
jody johannah / jody josephine / jude judith / laurinda lawrence / lee levi / madeline maggie / margaret molly
margaret rita / mary molly / mary polly / micah michael / paulina polly / paula polly / teresa tracy / theresa tracy
""".replace("\n", "/")


def is_nickname(left: str, right: str) -> bool:
    """Return whether one name key (`normalize.name_key`) is a known nickname of the other. Symmetric."""
    return (left, right) in _nicknames() or (right, left) in _nicknames() or _are_forms_of_one_nickname(left, right)


def _are_forms_of_one_nickname(left: str, right: str) -> bool:
    """Return whether two nicknames of one name are a short form and its diminutive: Ben and Benny, Rob and Robbie."""
    short, long = sorted((left, right), key=len)
    if len(short) < _SHORTEST_FORM or long not in {short + last + end for last in ("", short[-1]) for end in _ENDS}:
        return False
    return any((name, short) in _nicknames() and (name, long) in _nicknames() for name in _full_names())


@cache
def _full_names() -> frozenset[str]:
    return frozenset(name for name, _ in _nicknames())


def is_known_first_name(key: str) -> bool:
    """Return whether a name key is a first name that has nicknames, or is a nickname."""
    return key in _first_names()


@cache
def _first_names() -> frozenset[str]:
    return frozenset(name for pair in _nicknames() for name in pair)


def may_be_siblings(left: str, right: str) -> bool:
    """Return whether two names may be those of relatives although one is a nickname of the other. Symmetric."""
    return frozenset((left, right)) in _forms_of_relatives() or any(
        nick in _SHORT_NAMES_OF_MEN and name in _WOMEN for nick, name in ((left, right), (right, left))
    )


def is_certain_nickname(left: str, right: str) -> bool:
    """Return whether one name is a known nickname of the other that siblings would not have. Symmetric."""
    return is_nickname(left, right) and not may_be_siblings(left, right)


@cache
def _forms_of_relatives() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair.split()) for pair in _FORMS_OF_RELATIVES.split("/") if pair.strip())


@cache
def _nicknames() -> frozenset[tuple[str, str]]:
    """Return the (name, nickname) pairs as keys, without `_SIBLING_NAMES`."""
    from nicknames import NickNamer  # noqa: PLC0415

    pairs = (
        (name_key(name), name_key(nickname))
        for name, nicknames in NickNamer.default_lookup().items()
        for nickname in nicknames
    )
    listed = (pair.split() for pair in _SIBLING_NAMES.split("/") if pair.strip())
    excluded = {both for left, right in listed for both in ((left, right), (right, left))} | _OF_LAST_NAMES
    return (frozenset(pairs) - excluded) | frozenset(list_nicknames())
