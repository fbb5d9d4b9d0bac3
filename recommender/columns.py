"""The column names of Footpath's data frames and of the files it reads, once."""

USER = "user_id"
SESSION = "session_id"
ITEM = "item_id"
TIME = "timestamp"
VALUE = "weight"
TYPE = "type"

TITLE = "title"
CATEGORY = "category"
PRICE = "price"

DEFAULT_TYPE = "interaction"

MAX_ID_LENGTH = 512  # characters, of items, users and sessions
