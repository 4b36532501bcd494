"""Sending files in, and watching them go through the stages."""
