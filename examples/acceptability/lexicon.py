"""The words that the sentences are built from, grouped so that whatever is combined also makes sense."""

from typing import Final, NamedTuple


class Noun(NamedTuple):
    singular: str
    plural: str

    def form(self, plural: bool) -> str:
        return self.plural if plural else self.singular


class Verb(NamedTuple):
    base: str
    past: str
    participle: str
    ing: str


class Activity(NamedTuple):
    """A verb that cannot stand without an object, and the things that one does it to."""

    verb: Verb
    things: tuple[Noun, ...]


class Pronoun(NamedTuple):
    subject: str
    object: str


def _nouns(words: str) -> tuple[Noun, ...]:
    """Reads `boy` (plural in -s) or `child/children`."""
    pairs = (word.split("/") for word in words.split())
    return tuple(Noun(pair[0], pair[1] if len(pair) == 2 else pair[0] + "s") for pair in pairs)


def _verbs(lines: str) -> tuple[Verb, ...]:
    return tuple(Verb(*line.split()) for line in lines.strip().splitlines())


def _phrases(lines: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in lines.replace("\n", " ").split(",") if phrase.strip())


PEOPLE: Final = _nouns(
    """teacher doctor nurse student farmer lawyer driver singer painter neighbor visitor guard waiter baker banker
    pilot sailor editor author manager clerk customer tourist dancer gardener mechanic plumber engineer scientist
    librarian journalist poet actor musician soldier captain cousin guest tailor butcher carpenter judge mayor professor
    tutor athlete coach/coaches cyclist chef dentist officer patient witness/witnesses child/children architect
    firefighter secretary/secretaries director critic drummer intern jeweler landlord novelist photographer"""
)
MEN: Final = _nouns(
    """boy man/men king prince uncle father brother grandfather nephew son monk husband gentleman/gentlemen duke
    stepfather grandson"""
)
WOMEN: Final = _nouns(
    """girl woman/women queen princess/princesses aunt mother sister grandmother niece daughter nun wife/wives
    lady/ladies duchess/duchesses stepmother granddaughter"""
)
MALE_NAMES: Final = tuple("Paul David Peter Thomas Daniel Robert Martin Henry Oscar Victor George Simon Walter".split())
FEMALE_NAMES: Final = tuple("Anna Maria Laura Susan Helen Julia Alice Nora Emma Clara Diana Rachel Sophie".split())
NAMES: Final = MALE_NAMES + FEMALE_NAMES

MACHINES: Final = _nouns(
    "bike car truck clock radio engine tractor printer camera computer lamp pump boat phone van scooter"
)
TEXTS: Final = _nouns(
    "letter report novel poem contract article diary/diaries script essay recipe map magazine notebook"
)
FOOD: Final = _nouns("cake soup sandwich/sandwiches pie salad pizza steak pancake omelet burger pudding stew")
CLOTHES: Final = _nouns("coat jacket dress/dresses hat scarf/scarves sweater shirt uniform costume skirt")
FURNITURE: Final = _nouns("chair table vase mirror carpet box/boxes basket bottle bag suitcase candle blanket")
BUILDINGS: Final = _nouns("house bridge tower barn garage hotel library/libraries museum station church/churches")


def _activities(lines: str, things: tuple[Noun, ...]) -> tuple[Activity, ...]:
    return tuple(Activity(verb, things) for verb in _verbs(lines))


ACTIVITIES: Final = (
    *_activities(
        """
        repair repaired repaired repairing
        fix fixed fixed fixing
        damage damaged damaged damaging
        examine examined examined examining
        take took taken taking
        choose chose chosen choosing
        steal stole stolen stealing
        """,
        MACHINES,
    ),
    *_activities(
        """
        write wrote written writing
        publish published published publishing
        translate translated translated translating
        mention mentioned mentioned mentioning
        complete completed completed completing
        tear tore torn tearing
        discover discovered discovered discovering
        """,
        TEXTS,
    ),
    *_activities(
        """
        devour devoured devoured devouring
        eat ate eaten eating
        prepare prepared prepared preparing
        make made made making
        bring brought brought bringing
        """,
        FOOD,
    ),
    *_activities(
        """
        wear wore worn wearing
        borrow borrowed borrowed borrowing
        ruin ruined ruined ruining
        fold folded folded folding
        forget forgot forgotten forgetting
        lose lost lost losing
        """,
        CLOTHES,
    ),
    *_activities(
        """
        carry carried carried carrying
        remove removed removed removing
        find found found finding
        buy bought bought buying
        break broke broken breaking
        hide hid hidden hiding
        """,
        FURNITURE,
    ),
    *_activities(
        """
        design designed designed designing
        build built built building
        destroy destroyed destroyed destroying
        demolish demolished demolished demolishing
        photograph photographed photographed photographing
        """,
        BUILDINGS,
    ),
)
# These may also stand without an object ("somebody wrote", "something broke"); the others never do.
_OBJECT_OPTIONAL: Final = frozenset(
    """write publish translate break hide choose tear build design steal eat forget lose prepare buy borrow
    photograph""".split()
)
TRANSITIVE: Final = tuple(activity for activity in ACTIVITIES if activity.verb.base not in _OBJECT_OPTIONAL)
# "The guest was brought the cake" is fine: these take a second object.
_BENEFACTIVE: Final = frozenset("bring make buy find steal prepare choose".split())
ONE_OBJECT: Final = tuple(activity for activity in ACTIVITIES if activity.verb.base not in _BENEFACTIVE)
# Base, past and participle all differ: a wrong form shows.
IRREGULAR: Final = tuple(a for a in ACTIVITIES if len({a.verb.base, a.verb.past, a.verb.participle}) == 3)

# One person does these to another, and never without one.
MEETINGS: Final = _verbs(
    """
    praise praised praised praising
    thank thanked thanked thanking
    invite invited invited inviting
    greet greeted greeted greeting
    blame blamed blamed blaming
    admire admired admired admiring
    trust trusted trusted trusting
    criticize criticized criticized criticizing
    recognize recognized recognized recognizing
    insult insulted insulted insulting
    defend defended defended defending
    comfort comforted comforted comforting
    contact contacted contacted contacting
    respect respected respected respecting
    avoid avoided avoided avoiding
    see saw seen seeing
    """
)
# What people do to themselves as well as to others.
SELF_ACTIONS: Final = _verbs(
    """
    praise praised praised praising
    blame blamed blamed blaming
    criticize criticized criticized criticizing
    defend defended defended defending
    hurt hurt hurt hurting
    describe described described describing
    introduce introduced introduced introducing
    admire admired admired admiring
    embarrass embarrassed embarrassed embarrassing
    injure injured injured injuring
    """
)
# These take no object.
INTRANSITIVE: Final = _verbs(
    """
    sleep slept slept sleeping
    smile smiled smiled smiling
    cough coughed coughed coughing
    sneeze sneezed sneezed sneezing
    arrive arrived arrived arriving
    yawn yawned yawned yawning
    faint fainted fainted fainting
    disappear disappeared disappeared disappearing
    laugh laughed laughed laughing
    snore snored snored snoring
    hesitate hesitated hesitated hesitating
    fall fell fallen falling
    complain complained complained complaining
    """
)

PRONOUNS: Final = (
    Pronoun("he", "him"),
    Pronoun("she", "her"),
    Pronoun("they", "them"),
    Pronoun("we", "us"),
    Pronoun("I", "me"),
)

OWNERS: Final = ("the", "our", "my", "your", "their")
THING_ADJECTIVES: Final = tuple(
    "new strange beautiful small perfect simple lovely special terrible cheap famous dull".split()
)
MANNERS: Final = tuple("quietly slowly carefully suddenly quickly calmly secretly proudly nervously eagerly".split())

STATES: Final = _phrases(
    """ready to leave, late again, at home today, very polite, busy this week, proud of the result, afraid of spiders,
    in the garden, tired of waiting, well known in town, angry about the delay, happy with the plan, on the way home,
    ill at the moment, new in the village, willing to help, in serious trouble, fond of music"""
)
PLACES: Final = _phrases(
    """in the garden, at the station, near the river, in the kitchen, on the terrace, behind the barn, at the market,
    in the library, at the hotel, in the village, at the office, on the bridge, in the basement, at the airport,
    outside the church, in the hallway"""
)
OCCASIONS: Final = _phrases(
    """on Monday, on Friday, after lunch, before dinner, at noon, in the morning, during the break, at midnight,
    in the evening, on Sunday, after the meeting, before the concert"""
)
RELATIONS: Final = ("near", "behind", "beside", "next to")
MODALS: Final = ("will", "should")

# A pronoun goes between these verbs and their particles ("picked it up"), but after these verbs and their prepositions.
PARTICLE_VERBS: Final = _phrases(
    "picked up, threw away, called off, put away, gave back, wrote down, took apart, brought back, locked up, tried out"
)
PREPOSITION_VERBS: Final = _phrases(
    """listened to, waited for, talked about, paid for, dreamed of, complained about, cared for, asked for,
    thought about, heard of"""
)
