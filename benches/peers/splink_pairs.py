"""Splink on DuckDB, unsupervised, on a history as `rescore` reads it: four blocking rules, five comparisons.

Prints one line: seconds (reading the file included), peak memory in MB, pairs scored at 0.5 or more.
"""

import logging
import resource
import sys
import time

import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.disable(logging.CRITICAL)
began = time.perf_counter()
columns = ["row_id", "vendor_id", "vendor_name", "invoice_no", "amount", "invoice_date", "account_code"]
book = pd.read_csv(sys.argv[1], usecols=columns, dtype=str).rename(columns={"row_id": "unique_id"})
rules = [
    block_on("vendor_id", "invoice_no"),
    block_on("vendor_id", "amount"),
    block_on("invoice_no", "amount"),
    block_on("amount", "invoice_date"),
]
settings = SettingsCreator(
    link_type="dedupe_only",
    comparisons=[
        cl.JaroWinklerAtThresholds("vendor_name", [0.9]),
        cl.LevenshteinAtThresholds("invoice_no", [1, 2]),
        cl.ExactMatch("amount"),
        cl.ExactMatch("invoice_date"),
        cl.ExactMatch("account_code"),
    ],
    blocking_rules_to_generate_predictions=rules,
)
linker = Linker(DuckDBAPI().register(book), settings)
linker.training.estimate_probability_two_random_records_match([rules[0]], recall=0.7)
linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
linker.training.estimate_parameters_using_expectation_maximisation(block_on("vendor_id", "amount"))
found = linker.inference.predict(threshold_match_probability=0.5)
pairs = len(found.as_pandas_dataframe())
print(f"{time.perf_counter() - began:.1f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} {pairs}")
