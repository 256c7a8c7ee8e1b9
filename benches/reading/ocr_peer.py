"""The peer of the OCR bench: reads images with rapidocr-onnxruntime, its defaults, on one thread.

Paths come on standard input, one a line; one JSON object a page goes to standard output: the path, CPU
seconds of the reading alone (the image is decoded before), and lines of text with their corners.
The last object has the peak resident memory of the whole process.
"""

import json
import resource
import sys
import time

import cv2
from rapidocr_onnxruntime import RapidOCR

cv2.setNumThreads(1)
engine = RapidOCR(
    det_intra_op_num_threads=1,
    det_inter_op_num_threads=1,
    cls_intra_op_num_threads=1,
    cls_inter_op_num_threads=1,
    rec_intra_op_num_threads=1,
    rec_inter_op_num_threads=1,
    intra_op_num_threads=1,
    inter_op_num_threads=1,
)

for path in sys.stdin.read().splitlines():
    image = cv2.imread(path)
    started = time.process_time()
    result, _ = engine(image)
    seconds = time.process_time() - started
    lines = [{"quad": quad, "text": text, "confidence": float(score)} for quad, text, score in result or []]
    print(json.dumps({"path": path, "cpu_seconds": seconds, "lines": lines}), flush=True)

print(json.dumps({"peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
