"""Texts and queries for search: in several ways of writing, alike but for typing errors."""

from hypothesis import strategies as st

SOME = [
    "milk", "Milch", "mlik", "milky", "mill", "receipt", "reciept", "receipts", "recieved", "straße", "STRASSE", "Übung", "ubung", "u\u0308bung",
    "İstanbul", "№5", "½", "2026", "2025", "a", "ab", "買牛奶", "牛", "東京都庁", "ซื้อนม", "किताब", "한국어", "한국", "🎉", "❤️", "l'été", "don't",
    "C++", "e-mail", "ﬁne", "groceries", "grocereis", "grocery", "ǆ", "ŉ", "x" * 45, "x" * 40 + "y",
]  # fmt: skip
words = st.sampled_from(SOME)
gaps = st.sampled_from([" ", " ", "  ", "-", ", ", "\n", "。", ""])
texts = st.lists(st.tuples(words, gaps), max_size=8).map(lambda parts: "".join(map("".join, parts)))
anything = st.text(max_size=60)
