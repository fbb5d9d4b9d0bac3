from bench.speed.growth import exponent
from bench.speed.growth_plot import growth_figure


def test_the_exponent_of_a_power_law_is_its_power() -> None:
    # 2 x^1.5 at 100, 10,000 and a million.
    rows = [{"relationships": x, "s": 2 * x**1.5} for x in (100, 10_000, 1_000_000)]

    assert exponent(rows, "s") == 1.5


def test_the_picture_has_a_line_for_each_figure_and_names_its_exponent() -> None:
    row = {"walks CPU s": 1.0, "training CPU s": 2.0, "peak MiB above start": 3}
    rows = [{"relationships": n, **row} for n in (1, 10)]

    figure = growth_figure({"rows": rows, "ratios": {"exponent of walks CPU s": 1.04}})

    names = [trace.name for trace in figure.data]
    assert "walks, exponent 1.04" in names
    assert {"training", "peak above start", "in step (1)"} <= set(names)
