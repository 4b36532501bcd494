"""EasyOCR's weights as ONNX graphs, without torch."""
