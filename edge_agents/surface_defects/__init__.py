"""The surface-defect agent: an ONNX classifier of 64x64 grayscale inspection frames, trained on synthetic frames only.

`png` turns untrusted bytes into pixels, `agent` turns pixels into a Finding, `train` makes the model. MODEL_CARD.md says what it is
good for and what not.
"""
