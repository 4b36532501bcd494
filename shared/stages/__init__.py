"""The stage runtime: consume, claim, run, commit, publish, acknowledge."""
