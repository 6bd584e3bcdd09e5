"""The one exception for what whoever started the training can mend."""


class InputError(ValueError):
    """Bad data, arguments or base model; the message is one sentence that says what, where and how to mend it."""
