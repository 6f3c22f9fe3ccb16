"""Builds the compiled scan engine; where there is no C compiler the install succeeds with the portable one."""

from setuptools import Extension, setup

setup(ext_modules=[Extension("metalog.scan.native", ["metalog/scan/native.pyx"], optional=True)])
