"""The demo's data, cleaned as a shop would: real sales of real products, one name for each.

The file is Daqing Chen's Online Retail (UCI Machine Learning Repository, CC BY 4.0); see
``data/online-retail/README.md``. Every rule is named and counted, so that nothing goes quietly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recommender.columns import ITEM, PRICE, SESSION, TIME, TITLE, USER, VALUE
from recommender.errors import InvalidDataError

FILE_NAME = "online_retail.parquet"

# Postage, fees, vouchers, samples, corrections: lines of an invoice that are no product.
NON_PRODUCT_CODES = frozenset(
    ["POST", "DOT", "M", "D", "S", "B", "C2", "CRUK", "PADS", "AMAZONFEE", "BANK CHARGES"]
)  # compared in capitals
NON_PRODUCT_PREFIX = "GIFT_"


@dataclass(frozen=True)
class CleaningRule:
    """One rule and how many rows it has left out or changed."""

    name: str
    n_rows: int
    is_removal: bool = True


@dataclass(frozen=True)
class CleanSales:
    """The sales that are left, the products in them, and what each rule did."""

    interactions: pd.DataFrame  # user_id, session_id, item_id, timestamp, weight
    items: pd.DataFrame  # item_id, title, price
    n_rows_read: int
    rules: tuple[CleaningRule, ...]

    @property
    def n_rows_removed(self) -> int:
        """Rows that some rule has left out."""
        return sum(rule.n_rows for rule in self.rules if rule.is_removal)


def find_online_retail() -> Path:
    """Return where the demo's file is: in an installed package, or in a checkout's ``data/``.

    Raises
    ------
    InvalidDataError
        If it is in neither place.
    """
    here = Path(__file__).parent
    folders = (here / "demo_data" / "online-retail", here.parent / "data" / "online-retail")
    for folder in folders:
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise InvalidDataError(
        f"The demo's data are missing: no {FILE_NAME} in {folders[0]} or {folders[1]}. "
        "Install Footpath again."
    )


def read_online_retail(path: Path | None = None) -> CleanSales:
    """Return the demo's sales, cleaned."""
    return clean_sales(pd.read_parquet(path or find_online_retail()))


def clean_sales(raw: pd.DataFrame) -> CleanSales:
    """Return the sales of a shop's raw invoice lines (columns as in the Online Retail file).

    The rules are tried in order and each row is counted under the first that removes it.
    """
    code = raw["StockCode"].str.strip().str.upper()
    removals: tuple[tuple[str, Callable[[], pd.Series[bool]]], ...] = (
        ("cancelled (invoice starts with C)", lambda: raw["InvoiceNo"].str.startswith("C")),
        ("not a product (postage, fees, vouchers, …)", lambda: _is_no_product(code)),
        ("clerk's note in place of a title, or no title", lambda: _is_note(raw["Description"])),
        ("quantity not above zero", lambda: ~(pd.to_numeric(raw["Quantity"]) > 0)),
        ("price not above zero", lambda: ~(pd.to_numeric(raw["UnitPrice"]) > 0)),
    )
    keep = pd.Series(True, index=raw.index)
    rules = []
    for name, is_removed in removals:
        removed = keep & is_removed()
        rules.append(CleaningRule(name, int(removed.sum())))
        keep &= ~removed
    sales = raw[keep].assign(code=code[keep], title=_tidy(raw["Description"][keep]))
    rules.append(
        CleaningRule(
            "code written in small letters, joined with its capitals",
            int((sales["code"] != sales["StockCode"]).sum()),
            is_removal=False,
        )
    )
    items = _items(sales)
    titles = sales["code"].map(items.set_index(ITEM)[TITLE])
    n_retitled = int((titles != sales["title"]).sum())
    rules.append(CleaningRule("other spelling of the title, made one", n_retitled, False))
    return CleanSales(_interactions(sales), items, len(raw), tuple(rules))


def _is_no_product(code: pd.Series[str]) -> pd.Series[bool]:
    return code.isin(NON_PRODUCT_CODES) | code.str.startswith(NON_PRODUCT_PREFIX)


def _is_note(description: pd.Series[str]) -> pd.Series[bool]:
    """Whether a title is missing or a note: the shop writes its products in capitals."""
    text = description.fillna("")
    return text.str.count("[A-Z]") <= text.str.count("[a-z]")


def _tidy(title: pd.Series[str]) -> pd.Series[str]:
    return title.str.split().str.join(" ")


def _items(sales: pd.DataFrame) -> pd.DataFrame:
    """Return one row per code: its most frequent title, one in capitals if there is any."""
    titles = sales.groupby(["code", "title"]).size().rename("n").reset_index()
    titles["is_capitals"] = titles["title"] == titles["title"].str.upper()
    order = titles.sort_values(
        ["code", "is_capitals", "n", "title"], ascending=[True, False, False, True]
    )
    first = order.drop_duplicates("code")
    price = pd.to_numeric(sales["UnitPrice"]).groupby(sales["code"]).median().round(2)
    items = first[["code", "title"]].rename(columns={"code": ITEM, "title": TITLE})
    return items.assign(**{PRICE: items[ITEM].map(price)}).reset_index(drop=True)


def _interactions(sales: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            USER: sales["CustomerID"],
            SESSION: sales["InvoiceNo"],
            ITEM: sales["code"],
            TIME: sales["InvoiceDate"],
            VALUE: pd.to_numeric(sales["Quantity"]).astype(float),
        }
    ).reset_index(drop=True)
