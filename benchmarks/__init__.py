"""What is measured: each module runs by itself, and prints ratios against a reference."""
