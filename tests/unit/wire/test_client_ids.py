import re

from perpbox.wire.client_ids import made_up_id


def test_ids_are_letters_and_digits_and_a_function_of_the_number() -> None:
    """WIR-019."""
    made = [made_up_id(number) for number in range(10_000)]
    assert all(re.fullmatch(r"[0-9A-Za-z]{22}", each) for each in made)
    assert len(set(made)) == len(made)
    assert made_up_id(7) == made[7]
