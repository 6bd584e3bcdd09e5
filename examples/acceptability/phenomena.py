"""The phenomena of English grammar, each as a few templates.

A template draws words and returns a frame of minimal pairs. It comes in two settings (`turned`), chosen so that the
very word which is right in one setting is wrong in the other: no word tells the label, only how it fits the others.
"""

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple, TypeVar

from acceptability import lexicon as words
from acceptability.draw import Draw

T = TypeVar("T")
Label = Literal["acceptable", "unacceptable"]


class Pair(NamedTuple):
    acceptable: str
    unacceptable: str

    def member(self, label: Label) -> str:
        return self.acceptable if label == "acceptable" else self.unacceptable


class Frame(NamedTuple):
    """Minimal pairs about one thing: `near` differs from `first` in one harmless word, the `far` ones in two."""

    first: Pair
    near: Pair
    far: Pair
    farther: Pair


Template = Callable[[Draw, bool], Frame]


def sentence(text: str) -> str:
    """Starts with a capital and ends with a full stop, unless it already ends as a question."""
    return text[0].upper() + text[1:] + ("" if text.endswith("?") else ".")


def frame(text: str, choice: tuple[str, str], v: Sequence[str], w: Sequence[str]) -> Frame:
    """Fills `{x}` with the right or the wrong words of `choice`, `{v}` and `{w}` with three harmless variants each."""
    return frame_of(lambda x, one, two: text.format(x=x, v=one, w=two), choice, v, w)


def frame_of(build: Callable[[T, str, str], str], choice: tuple[T, T], v: Sequence[str], w: Sequence[str]) -> Frame:
    """As `frame`, for sentences whose right and wrong forms differ in more than the words of one place."""
    right, wrong = choice
    variants = ((v[0], w[0]), (v[1], w[0]), (v[1], w[1]), (v[2], w[2]))
    return Frame(*(Pair(sentence(build(right, *both)), sentence(build(wrong, *both))) for both in variants))


def either(options: tuple[T, T], turned: bool) -> tuple[T, T]:
    """The options as (right, wrong): the first is right unless the frame is turned."""
    return (options[1], options[0]) if turned else options


def be(draw: Draw, plural: bool) -> tuple[str, str]:
    """The form of `be` that agrees, and the one that does not."""
    return either(draw.one((("is", "are"), ("was", "were"))), plural)


# Subject and verb


def be_agrees(draw: Draw, turned: bool) -> Frame:
    return frame(f"{{v}} {draw.person(turned)} {{x}} {{w}}", be(draw, turned), draw.owners(), draw.three(words.STATES))


def attractor_person(draw: Draw, turned: bool) -> Frame:
    subject, other = draw.some(words.PEOPLE, 2)
    between = f"{draw.one(words.RELATIONS)} the {other.form(draw.coin())}"
    text = f"{{v}} {subject.form(turned)} {between} {{x}} {{w}}"
    return frame(text, be(draw, turned), draw.owners(), draw.three(words.STATES))


# Reflexives


def reflexive_gender(draw: Draw, turned: bool) -> Frame:
    subject = draw.one(words.WOMEN if turned else words.MEN).singular
    text = f"{{v}} {subject} {draw.one(words.SELF_ACTIONS).past} {{x}} {{w}}"
    return frame(text, either(("himself", "herself"), turned), draw.owners(), draw.three(words.OCCASIONS))


def reflexive_attractor(draw: Draw, turned: bool) -> Frame:
    subject = draw.one(words.WOMEN if turned else words.MEN)
    other = draw.one([noun for noun in words.MEN + words.WOMEN if noun != subject])
    between = f"{draw.one(words.RELATIONS)} {{v}} {other.singular}"
    text = f"the {subject.singular} {between} {draw.one(words.SELF_ACTIONS).past} {{x}} {{w}}"
    return frame(text, either(("himself", "herself"), turned), draw.owners(), draw.three(words.OCCASIONS))


# Determiner and noun

DEMONSTRATIVES: Final = (("this", "these"), ("that", "those"))


def demonstrative(draw: Draw, turned: bool) -> Frame:
    activity = draw.one(words.ACTIVITIES)
    text = f"{{v}} {activity.verb.past} {{x}} {draw.thing(activity, turned)} {{w}}"
    return frame(text, either(draw.one(DEMONSTRATIVES), turned), draw.three(words.NAMES), draw.three(words.OCCASIONS))


def counting(draw: Draw, turned: bool) -> Frame:
    choice = either((draw.one(("one", "every")), draw.one(("two", "several"))), turned)
    activity = draw.one(words.ACTIVITIES)
    text = f"the {{w}} {activity.verb.past} {{x}} {{v}} {draw.thing(activity, turned)}"
    return frame(text, choice, draw.three(words.THING_ADJECTIVES), draw.people())


# Verbs and their objects


def passive_needs_object(draw: Draw, turned: bool) -> Frame:
    choice = either((draw.one(words.MEETINGS).participle, draw.one(words.INTRANSITIVE).participle), turned)
    first, second = draw.people(2)
    text = f"the {first} was {{x}} by {{v}} {second} {{w}}"
    if turned:
        text = f"the {first} near {{v}} {second} has {{x}} {{w}}"
    return frame(text, choice, draw.owners(), draw.three(words.PLACES))


def say_tell(draw: Draw, turned: bool) -> Frame:
    first, second = draw.people(2)
    text = f"the {first} {{x}} {'to ' if turned else ''}{{v}} {second} that {draw.one(words.NAMES)} was {{w}}"
    return frame(text, either(("told", "said"), turned), draw.owners(), draw.three(words.STATES))


# What a verb lets follow it


def gerund_infinitive(draw: Draw, turned: bool) -> Frame:
    gerund = ("enjoyed", "avoided", "finished", "considered")
    infinitive = ("wanted", "decided", "refused", "hoped")
    activity = draw.one(words.ACTIVITIES)
    verb = f"to {activity.verb.base}" if turned else activity.verb.ing
    text = f"{{v}} {{x}} {verb} {draw.one(words.OWNERS)} {draw.thing(activity)} {{w}}"
    choice = either((draw.one(gerund), draw.one(infinitive)), turned)
    return frame(text, choice, draw.three(words.NAMES), draw.three(words.OCCASIONS))


def that_whether(draw: Draw, turned: bool) -> Frame:
    asks = ("wondered", "inquired", "debated", "investigated")
    verb = draw.one(("believed", "claimed", "hoped", "assumed", "insisted") if turned else asks)
    activity = draw.one(words.ACTIVITIES)
    doer, *others = draw.people(4)
    text = f"the {{w}} {verb} {{x}} {{v}} {doer} had {activity.verb.participle} the {draw.thing(activity)}"
    return frame(text, either(("whether", "that"), turned), draw.owners(), others)


# Relative clauses and questions: the gap that they leave, and the islands that nothing can be moved out of


def relative_clause(draw: Draw, turned: bool) -> Frame:
    choice = either(("that", draw.one(("because", "after"))), turned)
    activity = draw.one(words.TRANSITIVE)
    deed = draw.one(("bought", "sold", "wanted"))
    rest = " it" if turned else ""
    text = f"{{w}} {deed} the {draw.thing(activity)} {{x}} {{v}} {draw.person()} {activity.verb.past}{rest}"
    return frame(text, choice, draw.owners(), draw.three(words.NAMES))


def relative_island(draw: Draw, turned: bool) -> Frame:
    first, second, thing = draw.two_deeds()

    def ask(gap_outside: bool, person: str, owner: str) -> str:
        what = f"{owner} {thing}"
        rest = f"{first} {what} {second}" if gap_outside else f"{first} {second} {what}"
        return f"what had the {person} who had {rest}?"

    return frame_of(ask, (True, False), draw.people(), draw.owners())


# Polarity


def no_above_ever(draw: Draw, turned: bool) -> Frame:
    verb, done = draw.one(words.MEETINGS).past, draw.one(words.INTRANSITIVE).participle
    subject, *others = draw.people(4)
    claims = ("has ever been to Paris", "has ever said a word", f"has ever {done}", f"has {done} at all")

    def claim(choice: tuple[str, str], person: str, rest: str) -> str:
        return f"{choice[0]} {subject} that {choice[1]} {person} {verb} {rest}"

    return frame_of(claim, (("no", "the"), ("the", "no")), others, draw.three(claims))


def so_neither(draw: Draw, turned: bool) -> Frame:
    activity = draw.one(words.ACTIVITIES)
    first, *others = draw.some(words.NAMES, 4)
    did = f"did not {activity.verb.base}" if turned else activity.verb.past
    text = f"{first} {did} {{w}} {draw.thing(activity)} and {{x}} did {{v}}"
    return frame(text, either(("so", "neither"), turned), others, draw.owners())


# Word order


def adverb_place(draw: Draw, turned: bool) -> Frame:
    activity = draw.one(words.ACTIVITIES)
    subject, verb, thing = draw.person(), activity.verb.past, draw.thing(activity)
    right = draw.one(("{adverb} {who} {verb} {what}", "{who} {adverb} {verb} {what}", "{who} {verb} {what} {adverb}"))
    wrong = draw.one(("{adverb} {who} {what} {verb}", "{who} {verb} {adverb} {what}", "{adverb} {verb} {who} {what}"))

    def tell(order: str, owner: str, adverb: str) -> str:
        return order.format(adverb=adverb, who=f"{owner} {subject}", verb=verb, what=f"the {thing}")

    return frame_of(tell, (right, wrong), draw.owners(), draw.three(words.MANNERS))


def particle(draw: Draw, turned: bool) -> Frame:
    verb, small = draw.one(words.PREPOSITION_VERBS if turned else words.PARTICLE_VERBS).split()
    pronoun = draw.one(("it", "them"))
    choice = either((f"{pronoun} {small}", f"{small} {pronoun}"), turned)
    return frame(f"{{v}} {draw.person()} {verb} {{x}} {{w}}", choice, draw.owners(), draw.three(words.OCCASIONS))


# Auxiliaries and verb forms


def perfect_modal(draw: Draw, turned: bool) -> Frame:
    activity = draw.one(words.IRREGULAR)
    form = activity.verb.base if turned else activity.verb.participle
    middle = draw.one(("", "not ", "never ", f"{draw.one(words.MANNERS)} "))
    text = f"{{v}} {{w}} {{x}} {middle}{form} the {draw.thing(activity)}"
    return frame(text, either((draw.one(("has", "had")), draw.one(words.MODALS)), turned), draw.owners(), draw.people())


def passive_progressive(draw: Draw, turned: bool) -> Frame:
    activity = draw.one(words.ONE_OBJECT)
    choice = either((activity.verb.participle, activity.verb.ing), turned)
    thing = draw.thing(activity)
    text = f"{{v}} {{w}} was {{x}} the {thing}" if turned else f"the {thing} was {{x}} by {{v}} {{w}}"
    return frame(text, choice, draw.owners(), draw.people())


# Pronouns


def pronoun_case(draw: Draw, turned: bool) -> Frame:
    pronoun, verb = draw.one(words.PRONOUNS), draw.one(words.MEETINGS).past
    text = f"{{v}} {draw.person()} {verb} {{x}} {{w}}" if turned else f"{{x}} {verb} {{v}} {draw.person()} {{w}}"
    choice = either((pronoun.subject, pronoun.object), turned)
    return frame(text, choice, draw.owners(), draw.three(words.OCCASIONS))


def preposition_case(draw: Draw, turned: bool) -> Frame:
    pronoun = draw.one(words.PRONOUNS)
    first, second = draw.some(words.INTRANSITIVE, 2)
    text = f"{{v}} {draw.person()} {first.past} {{w}} because {{x}} {second.past}"
    if not turned:
        text = f"{{v}} {draw.person()} {draw.one(words.RELATIONS)} {{x}} {first.past} {{w}}"
    choice = either((pronoun.object, pronoun.subject), turned)
    return frame(text, choice, draw.owners(), draw.three(words.PLACES))


# Words that come in twos


def either_neither(draw: Draw, turned: bool) -> Frame:
    start = "neither" if turned else "either"
    if draw.coin():
        first, second, third = draw.people()
        text = f"{start} {{v}} {first} {{x}} the {second} {draw.one(words.MEETINGS).past} the {third} {{w}}"
        return frame(text, either(("or", "nor"), turned), draw.owners(), draw.three(words.OCCASIONS))
    activity = draw.one(words.ACTIVITIES)
    one, two = draw.some(activity.things, 2)
    text = f"{{v}} {activity.verb.past} {start} the {one.singular} {{x}} the {two.singular} {{w}}"
    return frame(text, either(("or", "nor"), turned), draw.three(words.NAMES), draw.three(words.OCCASIONS))


def as_than(draw: Draw, turned: bool) -> Frame:
    adjective = draw.one(("careful", "famous", "nervous", "polite", "patient", "curious", "generous"))
    degree = draw.one(("more", "less")) if turned else "as"
    subject, *others = draw.people(4)
    text = f"{{v}} {subject} {draw.one(('is', 'was'))} {degree} {adjective} {{x}} the {{w}}"
    return frame(text, either(("as", "than"), turned), draw.owners(), others)


PHENOMENA: Final[dict[str, tuple[Template, ...]]] = {
    "subject-verb agreement": (be_agrees, attractor_person),
    "reflexives": (reflexive_gender, reflexive_attractor),
    "determiner and noun": (demonstrative, counting),
    "argument structure": (passive_needs_object, say_tell),
    "complements": (gerund_infinitive, that_whether),
    "gaps and islands": (relative_clause, relative_island),
    "polarity": (no_above_ever, so_neither),
    "word order": (adverb_place, particle),
    "auxiliaries and verb forms": (perfect_modal, passive_progressive),
    "pronouns": (pronoun_case, preposition_case),
    "correlatives": (either_neither, as_than),
}
