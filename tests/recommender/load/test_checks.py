from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.load.batches import Instant, NumberText
from recommender.load.checks import (
    check_ids,
    check_numbers,
    check_properties,
    interaction_keys,
    narrowest_type,
    time_check,
)
from recommender.load.options import LoadOptions


def microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    "text", ["007", "1.0", "1e5", "NA", "null", "NaN", "None", " x ", "é", "\N{SNOWMAN}", "x" * 512]
)
def test_ids_stay_the_text_they_are(text: str) -> None:
    assert check_ids([text, "other"]).values == [text, "other"]
    assert check_ids([text, ""]).values == [text, None]  # the way taken value by value


def test_the_literal_text_of_a_json_number_is_the_id() -> None:
    ids = check_ids([NumberText("1.10"), NumberText("12345678901234567890123")])
    assert ids.values == ["1.10", "12345678901234567890123"]
    assert {type(value) for value in ids.values} == {str}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x" * 513, "longer than 512"),
        ("a\0b", "NUL"),
        ("Z\udcfcrich", "not UTF-8"),
        (1.0, "neither text nor a whole number"),
        (True, "neither text nor a whole number"),
        (["a"], "neither text nor a whole number"),
        (Instant(5), "neither text nor a whole number"),
    ],
    ids=["long", "nul", "latin-1", "float", "bool", "list", "time"],
)
def test_what_cannot_be_an_id_is_named(value: Any, words: str) -> None:
    checked = check_ids(["good", value])
    assert checked.values[0] == "good"
    assert words in str(checked.problems[1])


@pytest.mark.parametrize(
    "value",
    [
        "inf",
        "-Infinity",
        "nan",
        "1e999",
        "1,5",
        "1_000",
        "x",
        "0x10",
        float("nan"),
        True,
        [],
        10**400,
    ],
    ids=str,
)
def test_a_value_that_is_no_finite_number_is_refused(value: Any) -> None:
    assert 0 in check_numbers([value]).problems


def test_numbers_in_any_usual_notation_are_read() -> None:
    values = check_numbers(["1", "-2.5", "+3", ".5", "1e3", " 4 ", 5, 6.5, "", None])
    assert values.values == [1.0, -2.5, 3.0, 0.5, 1000.0, 4.0, 5.0, 6.5, None, None]
    assert not values.problems


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-31", datetime(2024, 3, 31, tzinfo=UTC)),
        ("20240331T0130", datetime(2024, 3, 31, 1, 30, tzinfo=UTC)),
        # No clock changes in UTC: 02:30 on this day does not exist in Berlin, and does here.
        ("2024-03-31 02:30:00", datetime(2024, 3, 31, 2, 30, tzinfo=UTC)),
        ("2024-03-31T02:30:00Z", datetime(2024, 3, 31, 2, 30, tzinfo=UTC)),
        ("2024-03-31T02:30:00.25+05:30", datetime(2024, 3, 30, 21, 0, 0, 250000, tzinfo=UTC)),
        ("1066-10-14T09:00", datetime(1066, 10, 14, 9, tzinfo=UTC)),
    ],
)
def test_iso_times_become_utc(text: str, moment: datetime) -> None:
    assert time_check(LoadOptions())([text]).values == [microseconds(moment)]


@pytest.mark.parametrize(
    "value",
    ["31/02", "2024-02-30", "1700000000", "2024-01-01x10:00", "0001-01-01T00:00+01:00", 5, "now"],
    ids=str,
)
def test_a_time_that_is_not_iso_says_what_to_pass(value: Any) -> None:
    problem = time_check(LoadOptions())([value]).problems[0]
    assert "ISO 8601" in str(problem) or "outside the years" in str(problem)
    assert "--time-" in problem.remedy


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("1700000000", "s", 1_700_000_000_000_000),
        ("1700000000.25", "s", 1_700_000_000_250_000),
        ("1700000000123", "ms", 1_700_000_000_123_000),
        ("1700000000123456", "us", 1_700_000_000_123_456),
        ("1700000000123456789", "ns", 1_700_000_000_123_456),
        (1700000000, "s", 1_700_000_000_000_000),
        ("-1", "s", -1_000_000),
        ("-0.5", "us", -1),
    ],
)
def test_unix_times_are_read_exactly_in_their_unit(value: Any, unit: Any, expected: int) -> None:
    check = time_check(LoadOptions(time_format="unix", time_unit=unit))
    assert check([value]).values == [expected]


def test_milliseconds_read_as_seconds_are_out_of_range_and_point_to_the_unit() -> None:
    problem = time_check(LoadOptions(time_format="unix"))(["1700000000123"]).problems[0]
    assert "outside the years" in str(problem)
    assert "--time-unit" in problem.remedy


@pytest.mark.parametrize("value", ["inf", "NaN", "1_0", "", "x", True], ids=str)
def test_what_is_no_unix_time_is_refused_or_missing(value: Any) -> None:
    checked = time_check(LoadOptions(time_format="unix"))([value])
    assert checked.values == [None]
    assert bool(checked.problems) == (value != "")


def test_a_pattern_reads_times_and_their_offsets() -> None:
    check = time_check(LoadOptions(time_format="%d/%m/%Y %H:%M %z"))
    assert check(["01/02/2024 10:00 +0200", "01/02/2024"]).values == [
        microseconds(datetime(2024, 2, 1, 8, tzinfo=UTC)),
        None,
    ]


def test_typed_times_need_no_format() -> None:
    assert time_check(LoadOptions(time_format="%Y"))([Instant(5), None]).values == [5, None]


@pytest.mark.parametrize(
    "changed",
    [{"time_format": "rfc"}, {"time_unit": "h"}, {"file_format": "xls"}, {"delimiter": "ab"}],
    ids=str,
)
def test_options_without_meaning_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError):
        LoadOptions(**changed)


def test_rows_that_differ_anywhere_have_different_keys() -> None:
    # One base row and one change in each of its six parts; "u"+"s1" and "us"+"1" are not the same.
    base: dict[str, Any] = {
        "user_id": "u", "session_id": "s1", "item_id": "i", "timestamp": 5, "type": "t",
        "weight": 1.0,
    }  # fmt: skip
    changes: list[dict[str, Any]] = [
        {},
        {"user_id": "us", "session_id": "1"},
        {"session_id": None},
        {"item_id": "j"},
    ]
    changes += [{"timestamp": None}, {"timestamp": 6}, {"type": "v"}, {"weight": None}]
    rows = [base | change for change in changes]
    columns = {name: [row[name] for row in rows] for name in base}
    keys = interaction_keys(columns, len(rows))
    assert len(set(keys)) == len(rows)
    assert interaction_keys({n: v[:1] for n, v in columns.items()}, 1) == keys[:1]


def test_columns_that_are_not_there_count_as_missing_values() -> None:
    short = interaction_keys({"user_id": ["u"], "item_id": ["i"]}, 1)
    full = interaction_keys(
        {"user_id": ["u"], "session_id": [None], "item_id": ["i"], "timestamp": [None],
         "type": ["interaction"], "weight": [None]},
        1,
    )  # fmt: skip
    assert short == full


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2", None], int),
        (["1", "2.5"], float),
        (["1", "-2e3"], float),
        (["007", "008"], str),
        (["1", "x"], str),
        (["1.5", "nan"], str),
        (["9007199254740993", "1"], str),  # more digits than a float holds
        (["0.5", "9007199254740993"], str),
    ],
    ids=str,
)
def test_a_csv_property_is_a_number_only_if_all_of_it_is(values: list[Any], expected: type) -> None:
    assert narrowest_type(values, int) is expected


@pytest.mark.parametrize("value", [float("inf"), 2**63, NumberText("1e999"), {}, [1]], ids=str)
def test_a_property_that_a_node_cannot_hold_is_refused(value: Any) -> None:
    assert 0 in check_properties([value]).problems


def test_properties_keep_their_type() -> None:
    values = ["x", 5, 2.5, True, NumberText("7"), NumberText("7.5"), Instant(1_000_000)]
    assert check_properties(values).values == [
        "x", 5, 2.5, True, 7, 7.5, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
    ]  # fmt: skip


def test_a_missing_file_is_an_error_of_the_data(tmp_path: Path) -> None:
    from recommender.load.readers import open_source

    with pytest.raises(InvalidDataError, match="No such file"):
        open_source(tmp_path / "absent.csv", LoadOptions())


TRICKY_NUMBERS = [
    "+1", "1.", ".5", "1E+5", "0x1F", " 1", "nan", "inf", "1e999", "-0.0", "1_0", "1d",
]  # fmt: skip


@pytest.mark.parametrize("value", [*TRICKY_NUMBERS, 2**53 + 1, -0.0, True, 10**400])
def test_a_column_of_good_numbers_is_read_as_each_of_them_alone(value: Any) -> None:
    # An empty value sends the whole column the slow way, one by one.
    slow, quick = check_numbers([value, ""]), check_numbers([value])
    assert repr(quick.values) == repr(slow.values[:1])
    assert set(quick.problems) == set(slow.problems)


TRICKY_TIMES = [
    "2026-11-25", "2026-02-30 10:00:00", "2026-11-25 14:03", "2026-11-25T14:03:05.5",
    "2026-11-25T14:03:05.123456789", "2026-11-25T24:00:00", "2026-11-25T23:59:60",
    "2026-11-25T14:03:05+05:30", "2026-11-25T14:03:05+24:00", "0000-01-01T00:00:00",
    "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59.999999", "1969-12-31T23:59:59.5Z",
]  # fmt: skip


@pytest.mark.parametrize("value", TRICKY_TIMES)
def test_a_column_of_good_times_is_read_as_each_of_them_alone(value: str) -> None:
    check = time_check(LoadOptions())
    slow, quick = check([value, ""]), check([value])
    assert quick.values == slow.values[:1]
    assert set(quick.problems) == set(slow.problems)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("value", ["-5", "007", "0x1F", "1e3", "1.5", "9" * 18, " 7"])
def test_a_column_of_unix_times_is_read_as_each_of_them_alone(value: str, unit: Any) -> None:
    check = time_check(LoadOptions(time_format="unix", time_unit=unit))
    slow, quick = check([value, ""]), check([value])
    assert quick.values == slow.values[:1]
    assert set(quick.problems) == set(slow.problems)


def test_a_key_begins_with_the_second_so_that_later_interactions_sort_last() -> None:
    columns: dict[str, list[Any]] = {
        "user_id": ["u"] * 3,
        "item_id": ["i"] * 3,
        "timestamp": [-(10**6), 0, 10**15],
    }
    keys = interaction_keys(columns, 3)
    assert keys == sorted(keys)
    assert {len(key) for key in keys} == {32}
