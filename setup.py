"""Builds the compiled engine; where there is no C compiler the install succeeds with the portable one."""

from setuptools import Extension, setup

COMPILED = ("metalog.scan.native", "metalog.odometer.native")

setup(ext_modules=[Extension(name, [name.replace(".", "/") + ".pyx"], optional=True) for name in COMPILED])
