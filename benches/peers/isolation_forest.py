"""scikit-learn's isolation forest on a history as `rescore` reads it: eleven features, 100 trees, scored.

Prints one line: seconds (reading the file included), peak memory in MB, rows scored.
"""

import resource
import sys
import time

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest

began = time.perf_counter()
book = pd.read_csv(sys.argv[1], dtype={"invoice_no": str, "po_number": str})
paid = pd.to_datetime(book["payment_date"])
invoiced = pd.to_datetime(book["invoice_date"])
posted = pd.to_datetime(book["posted_at"])
vendor = book.groupby("vendor_id")["amount"]
size = np.log1p(book["amount"].abs())
features = np.column_stack(
    [
        size,
        size - np.log1p(vendor.transform("median").abs()),
        size - np.log1p(vendor.transform("max").abs()),
        np.log1p(vendor.transform("count")),
        (paid - invoiced).dt.days,
        posted.dt.hour,
        posted.dt.day_of_week,
        (book["amount"] % 100 == 0),
        book["po_number"].isna(),
        book.groupby(["vendor_id", "department"])["amount"].transform("count"),
        book.groupby(["vendor_id", "bank_account"])["amount"].transform("count"),
    ]
).astype(np.float32)
forest = IsolationForest(n_estimators=100, random_state=0, n_jobs=2).fit(features)
scores = -forest.score_samples(features)
print(f"{time.perf_counter() - began:.1f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} {len(scores)}")
