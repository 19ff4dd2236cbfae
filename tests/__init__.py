"""Huawu's tests."""
