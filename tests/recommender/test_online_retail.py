import pandas as pd

from recommender.online_retail import clean_sales, read_online_retail

COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice"]


def raw_sales(*rows: tuple[str, str, str | None, str, str]) -> pd.DataFrame:
    lines = [
        (invoice, code, title, quantity, pd.Timestamp("2011-01-01"), price)
        for invoice, code, title, quantity, price in rows
    ]
    return pd.DataFrame(lines, columns=COLUMNS).assign(CustomerID=None)


def test_each_row_is_removed_by_the_first_rule_that_knows_it() -> None:
    clean = clean_sales(
        raw_sales(
            ("1", "20725", "LUNCH BAG RED", "1", "1.65"),
            ("C2", "20725", "LUNCH BAG RED", "-1", "1.65"),
            ("3", "POST", "POSTAGE", "1", "18"),
            ("3", "m", "Manual", "1", "5"),
            ("3", "gift_0001_10", "Dotcomgiftshop Gift Voucher £10.00", "1", "8.33"),
            ("4", "20725", "damaged", "-5", "0"),
            ("4", "20725", "?", "5", "0"),
            ("4", "20725", None, "5", "0"),
            ("5", "20725", "LUNCH BAG RED", "-3", "1.65"),
            ("6", "20725", "LUNCH BAG RED", "3", "0"),
        )
    )
    assert [rule.n_rows for rule in clean.rules] == [1, 3, 3, 1, 1, 0, 0]
    assert (clean.n_rows_read, clean.n_rows_removed, len(clean.interactions)) == (10, 9, 1)


def test_a_code_has_one_title_the_most_frequent_one_in_capitals() -> None:
    clean = clean_sales(
        raw_sales(
            ("1", "21703", "BAG 125g SWIRLY MARBLES", "1", "0.42"),
            ("2", "21703", "BAG 125g SWIRLY MARBLES", "1", "0.42"),
            ("3", "21703", "BAG 125G  SWIRLY MARBLES ", "1", "0.40"),
            ("4", "85123a", "WHITE HEART", "1", "2.95"),
            ("5", "85123A", "CREAM HEART", "1", "2.95"),
            ("6", "85123A", "WHITE HEART", "1", "2.55"),
        )
    )
    assert clean.items.to_dict("list") == {
        "item_id": ["21703", "85123A"],
        "title": ["BAG 125G SWIRLY MARBLES", "WHITE HEART"],
        "price": [0.42, 2.95],
    }
    assert clean.rules[-2].n_rows == 1  # 85123a
    assert clean.rules[-1].n_rows == 3  # two bags and the cream heart


def test_the_bundled_file_is_cleaned_to_known_sizes() -> None:
    # Counted once, rule by rule: 9,288 + 2,366 + 2,161 + 8 + 418 of 541,909 rows go.
    clean = read_online_retail()
    assert [rule.n_rows for rule in clean.rules[:5]] == [9288, 2366, 2161, 8, 418]
    assert (clean.n_rows_read, len(clean.interactions)) == (541_909, 527_668)
    titles = clean.items.set_index("item_id")["title"]
    assert titles["85123A"] == "WHITE HANGING HEART T-LIGHT HOLDER"
    assert titles.notna().all()
    assert set(clean.interactions["item_id"]) == set(titles.index)
