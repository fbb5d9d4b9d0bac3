from bench.speed.tables import Table, markdown, ratio, significant


def test_a_ratio_is_of_medians_not_of_means() -> None:
    # Medians 4 and 2; one bad run of a hundred seconds must not tell.
    assert ratio([4.0, 100.0, 3.0], [2.0, 1.0, 2.5]) == 2.0


def test_three_digits_tell() -> None:
    assert [significant(x) for x in (1234.5, 0.0123456, 0.0, -98.76)] == [1230, 0.0123, 0, -98.8]


def test_a_side_that_fails_twice_says_where_each_time() -> None:
    table = Table("t", part="10k")
    table.fail("GRAPE", "out of memory")
    table.part = "100k"
    table.fail("GRAPE", "out of memory")

    assert table.missing == {"GRAPE": "failed at 10k: out of memory; failed at 100k: out of memory"}


def test_markdown_shows_rows_ratios_and_what_is_missing() -> None:
    table = {
        "title": "Walks",
        "rows": [{"walker": "ours", "ns": 7.25}, {"walker": "theirs", "ns": 1234.0, "set-up": 2}],
        "ratios": {"theirs / ours": 170.0},
        "missing": {"other": "cannot be installed: no wheel"},
        "notes": ["One thread."],
    }

    assert markdown(table).splitlines() == [
        "## Walks",
        "",
        "| walker |    ns | set-up |",
        "| ------ | ----: | -----: |",
        "| ours   |  7.25 |        |",
        "| theirs | 1,230 |      2 |",
        "",
        "| ratio         | value |",
        "| ------------- | ----: |",
        "| theirs / ours |   170 |",
        "",
        "- **other** not measured: cannot be installed: no wheel",
        "",
        "- One thread.",
    ]
