import math

import pytest
import torch

from temperature import FEWEST_ROWS, HIGHEST, LOWEST, fitted_temperature


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_by_which_labels_were_drawn_is_found_again(temperature: float) -> None:
    chance = torch.Generator().manual_seed(1)
    logits = 3 * torch.randn(5000, 4, generator=chance)
    drawn = torch.multinomial((logits / temperature).softmax(dim=1), 1, generator=chance).squeeze(1)
    assert fitted_temperature(logits, drawn) == pytest.approx(temperature, rel=0.05)
    several = torch.bernoulli((logits / temperature).sigmoid(), generator=chance).bool()
    assert fitted_temperature(logits, several) == pytest.approx(temperature, rel=0.05)


def test_rows_that_are_all_answered_right_count_as_if_one_more_were_left_to_chance() -> None:
    logits, targets = torch.tensor([[5.0, 0.0], [0.0, 5.0]] * 50), torch.tensor([0, 1] * 50)
    odds = math.log((1 - 0.5 / 101) / (0.5 / 101))
    assert fitted_temperature(logits, targets) == pytest.approx(5 / odds, rel=1e-3)
    assert fitted_temperature(logits - 2.5, targets[:, None] == torch.tensor([0, 1])) == pytest.approx(
        2.5 / odds, rel=1e-3
    )


def test_a_model_that_knows_nothing_or_all_has_a_temperature_that_leaves_its_scores_apart() -> None:
    targets = torch.tensor([0, 1] * 50)
    wrong = 5 * (1 - 2 * targets[:, None].eq(torch.tensor([0, 1])).double())
    assert fitted_temperature(wrong, targets) == HIGHEST
    assert fitted_temperature(-1e-3 * wrong, targets) == LOWEST


def test_of_too_few_rows_and_of_logits_that_say_nothing_it_is_1() -> None:
    logits, targets = torch.tensor([[5.0, 0.0]] * FEWEST_ROWS), torch.zeros(FEWEST_ROWS, dtype=torch.int64)
    assert fitted_temperature(logits[1:], targets[1:]) == 1
    assert fitted_temperature(logits, targets) != 1
    assert fitted_temperature(torch.zeros_like(logits), targets) == 1
