import pytest
import torch

from dropout import FastDropout, use_fast_dropout


@pytest.mark.parametrize("number_type", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_drops_its_share_anywhere_and_scales_the_others_up(p: float, number_type: torch.dtype) -> None:
    torch.manual_seed(1)
    # 799 columns: not a multiple of the elements that share a draw.
    states = torch.ones(501, 799, dtype=number_type, requires_grad=True)
    answer = FastDropout(p)(states)
    assert answer.dtype == number_type
    assert answer.unique().tolist() == pytest.approx(
        [0, 1 / (1 - p)], rel=1e-2 if number_type == torch.bfloat16 else 1e-3
    )
    for dimension in (0, 1):
        shares = (answer == 0).float().mean(dim=dimension)
        # Five standard deviations.
        assert (shares - p).abs().max() < 5 * (p * (1 - p) / 501) ** 0.5

    torch.autograd.backward(answer.sum())
    torch.testing.assert_close(states.grad, answer.detach())


def test_neighbors_are_dropped_independently_of_each_other() -> None:
    torch.manual_seed(1)
    dropped = (FastDropout(0.5)(torch.ones(100_000, 4)) == 0).float()
    assert (torch.corrcoef(dropped.T) - torch.eye(4)).abs().max() < 0.02


def test_repeats_by_seed_and_never_twice_in_a_row() -> None:
    dropout, states = FastDropout(0.3), torch.ones(64)
    torch.manual_seed(1)
    first, second = dropout(states), dropout(states)
    torch.manual_seed(1)
    assert torch.equal(dropout(states), first)
    assert not torch.equal(first, second)


def test_replaces_every_dropout_and_does_nothing_in_evaluation() -> None:
    model = torch.nn.Sequential(
        torch.nn.Dropout(0.5), torch.nn.Sequential(torch.nn.Dropout(0.25), torch.nn.Linear(2, 2))
    )
    use_fast_dropout(model)
    assert [module.p for module in model.modules() if isinstance(module, FastDropout)] == [0.5, 0.25]
    states = torch.randn(3, 2)
    assert FastDropout(0.5).eval()(states) is states
    assert FastDropout(0.0)(states) is states
