"""The steps of one edit that touch pixels: prepare, extend, revise, preview, finish."""
