"""Weights of the scorers: ``priors`` set by hand, the others learned by benchmarks/train_*."""
