"""What the services have in common, from the models up to the stage runtime."""
