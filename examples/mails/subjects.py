"""What customers of a shop for household goods write about, by the department that sees to it.

In every sentence `{thing}`, `{other}`, `{day}`, `{month}`, `{place}` and `{number}` stand for words that are drawn.
"""

from typing import Final, NamedTuple


class Subject(NamedTuple):
    """`wants` are sentences of somebody who wants something of this department; `topics` name such matters."""

    wants: tuple[str, ...]
    topics: tuple[str, ...]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in text.split(","))


THINGS: Final = _phrases(
    """kettle, toaster, desk lamp, blender, vacuum cleaner, coffee machine, rice cooker, heater, fan, bread maker, iron,
    bookshelf, armchair, mattress, wardrobe, mirror, carpet, drill, lawn mower, garden hose, tent, stroller,
    dishwasher, fridge, freezer, washing machine, dryer, speaker, doorbell, thermostat, smoke alarm, sewing machine"""
)
DAYS: Final = _phrases("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, the weekend, the end of the week")
MONTHS: Final = _phrases("January, February, March, April, May, June, July, August, September, October, November")
PLACES: Final = _phrases("Leeds, Cork, Bergen, Ghent, Porto, Graz, Turku, Lyon, Halifax, Perth, Dunedin, Austin, Bern")

SUBJECTS: Final = {
    "billing": Subject(
        _lines(
            """The invoice for {month} lists the {thing} twice.
            My card was charged {number} euros although the {thing} cost less.
            Please send me a receipt with my company's tax number on it.
            I was promised ten percent off the {thing}, and the bill does not show it.
            Could I pay for the {thing} in three monthly parts?
            You have taken the amount for the {thing} from my account two times.
            What is the charge of {number} euros from {month} for?
            I got a reminder to pay for the {thing}, but I did so in {month}.
            Can you write the invoice to my firm in {place} instead of to me?
            The total on the statement is not the sum of what stands above it."""
        ),
        _lines(
            """the invoice of {month}
            the {number} euros that were charged twice
            a receipt for the {thing} that never came
            the wrong total on my bill
            paying for the {thing} in parts
            the reminder to pay for the {thing}
            the discount on the {thing} that the bill does not show
            the charge of {month} on my card
            the tax number that the invoice lacks
            the name of my firm on the invoice"""
        ),
    ),
    "delivery": Subject(
        _lines(
            """The {thing} was to be here by {day}, and nobody has come.
            Can the driver leave the {thing} with my neighbor?
            The tracking page has said "on its way" since {day}.
            Somebody signed for the {thing}, but it was not me.
            Please bring the {thing} to my office in {place} and not to my flat.
            How long does it take until the {thing} is in {place}?
            The courier rang at the wrong house and drove off with the {thing} again.
            Of the two boxes only the one with the {other} has come; where is the {thing}?
            Do your people carry a {thing} up to the fourth floor?
            I am away until {day}; could it come after that?"""
        ),
        _lines(
            """the {thing} that was to come on {day}
            the parcel that went to {place}
            the driver who did not ring
            another day for the truck with the {thing}
            the box that was left in the rain
            the tracking number of the {thing}
            the signature that is not mine
            the way up to the fourth floor
            the second box, with the {other}
            bringing the {thing} to {place}"""
        ),
    ),
    "returns": Subject(
        _lines(
            """The {thing} is nice, but too big for our kitchen, so I want to send it back.
            I sent the {thing} back in {month} and have not seen my {number} euros since.
            Which form goes into the box when I do not want to keep the {thing}?
            I ordered a {thing} and the box holds a {other}; please swap them.
            May I give back a {thing} that I have used once?
            My wife had bought the same {thing}; who takes ours from us?
            How many days do I have to change my mind about the {thing}?
            I would like another color of the {thing} in place of this one.
            The label for sending back the {thing} does not print.
            Please take back the {thing}; it does not go with the {other}."""
        ),
        _lines(
            """the {thing} that I sent back
            the {number} euros for the {thing} that I returned
            swapping the {thing} for a {other}
            the label for the way back
            the {thing} that is too big for us
            the form for what we do not want to keep
            another color in place of this {thing}
            the {thing} that we now have twice
            the days that I have to change my mind
            the {other} that was in the box by mistake"""
        ),
    ),
    "repairs": Subject(
        _lines(
            """The {thing} hums, gets warm and then does nothing at all.
            Since {day} the {thing} has been losing water.
            A hinge of the {thing} broke off in {month}; is there a spare one?
            The light of the {thing} blinks {number} times and then it stops.
            My {thing} smells of burning when I switch it on.
            Who in {place} could have a look at a {thing} that will not start?
            Is a {thing} of two years still under guarantee?
            The {thing} makes a noise as if a stone were in it.
            One leg of the {thing} is shorter than the others, so that it rocks.
            I have pressed the button for ten seconds as the manual says, and the {thing} stays dark."""
        ),
        _lines(
            """the {thing} that does not start
            the broken hinge of the {thing}
            the guarantee of the {thing}
            a spare part for the {thing}
            the mechanic's visit on {day}
            the noise of the {thing}
            the {thing} that loses water
            the smell of burning from the {thing}
            the light of the {thing} that blinks
            the leg of the {thing} that is too short"""
        ),
    ),
    "account": Subject(
        _lines(
            """I cannot sign in any more; it says that my password is wrong.
            Please change my address to the one in {place}.
            How do I delete my profile and all that you know about me?
            The mail with the code to log in never comes.
            I have married and my last name is another one now.
            Two profiles have my address; please make one of them.
            Somebody in {place} has logged in as me.
            The page with my past orders shows only those since {month}.
            I no longer want your newsletter, and the link to stop it leads nowhere.
            My daughter should see our orders, too; can she have a login of her own?"""
        ),
        _lines(
            """my password
            my new address in {place}
            the code to log in
            the newsletter
            my two profiles
            my new last name
            the stranger who logged in as me
            a login for my daughter
            the list of my past orders
            what you have stored about me"""
        ),
    ),
    "advice": Subject(
        _lines(
            """Does the {thing} fit beside a {other} that is {number} centimeters wide?
            Which {thing} would you take for a family of five?
            Is the {thing} quiet enough for a small flat?
            Will you have the {thing} in green again before {month}?
            What is the difference between the two kinds of {thing} in your catalog?
            Can a {thing} stand outdoors over the winter?
            How much power does the {thing} need in a year?
            Does one need tools to put the {thing} together?
            Is there a {thing} that a child of eight can use alone?
            Is the shop in {place} showing the {thing}, so that I could try it?"""
        ),
        _lines(
            """which {thing} to take
            the size of the {thing}
            the color of the {thing}
            the power that a {thing} needs
            whether the {thing} fits beside a {other}
            the difference between the two kinds of {thing}
            whether a {thing} is quiet enough
            a {thing} for a family of five
            whether one can try the {thing} in {place}
            a {thing} that can stand outdoors"""
        ),
    ),
    "business": Subject(
        _lines(
            """Our hotel in {place} needs {number} of the {thing}; what would be your price?
            We would like to sell your {thing} in our shops in {place}.
            Could we become a supplier of parts for your {thing}?
            I write for a magazine in {place} and would like to test the {thing}.
            Do schools get a better price when they buy more than {number}?
            We are opening an office in {place} by {month} and would like an offer for the furniture.
            Our club is looking for a sponsor for its party in {month}.
            May we use your photo of the {thing} in a book?
            Do you lend a {thing} to film crews for a few days?
            I run {number} holiday flats and look for a partner for all of their equipment."""
        ),
        _lines(
            """the offer for our hotel
            the {number} pieces for the school
            the furniture for our office in {place}
            your photo of the {thing} for our book
            the price for those who sell your {thing}
            the parts that we could supply
            a {thing} for our film
            the test of the {thing} in our magazine
            a sponsor for our party in {month}
            the equipment of my {number} flats"""
        ),
    ),
    "jobs": Subject(
        _lines(
            """Is the place of a driver in {place} still free?
            I am a mechanic with {number} years behind me and would like to work for you.
            My son would like to spend two weeks of {month} in your workshop to see what the trade is like.
            When will I hear about my interview of {day}?
            Do you take students for the weeks before the holidays?
            I have sent you my papers in {month}; did they arrive?
            Could I start part-time in the shop in {place}?
            Do you train people as electricians?
            What does somebody earn who puts up a {thing} at people's homes?
            I would like to come back to your team after two years in {place}."""
        ),
        _lines(
            """my interview on {day}
            the place of a driver in {place}
            the papers that I sent in {month}
            two weeks in your workshop for my son
            a summer job in {place}
            working part-time in the shop
            learning the trade of an electrician
            coming back to your team
            the pay of those who put up a {thing}
            a place for a mechanic"""
        ),
    ),
}

# What is wanted is told by a topic in one of these frames, or by a sentence of its own.
OPEN: Final = _lines(
    """I am writing because of {topic}.
    Please see to {topic}.
    Could somebody look into {topic}?
    What becomes of {topic}?
    I have a question about {topic}.
    Nobody has answered me about {topic}.
    It is about {topic}.
    {topic}: what can be done?
    I have not heard about {topic}.
    I need help with {topic}.
    You have not seen to {topic}.
    My trouble with {topic} is not over."""
)
# They have the words of OPEN, so that only reading them tells what is wanted and what no longer is.
SETTLED: Final = _lines(
    """You have seen to {topic}.
    Somebody has looked into {topic}.
    I no longer have a question about {topic}.
    Your colleague has answered me about {topic}.
    It is not about {topic}.
    {topic}: that is done.
    I have heard about {topic}.
    I need no help with {topic}.
    Please forget what I wrote about {topic}.
    My trouble with {topic} is over.
    Nothing can be done about {topic}, and that is fine."""
)
GREETINGS: Final = _lines(
    """Hello.
    Good morning.
    Dear all.
    Hi there.
    To whom it may concern.
    Good evening from {place}."""
)
CLOSINGS: Final = _lines(
    """Thank you.
    Kind regards from {place}.
    I look forward to your answer.
    You can reach me until {day}.
    My order number ends in {number}.
    Best wishes.
    Many thanks in advance."""
)
