"""Builds the compiled engine; where there is no C compiler the install succeeds with the portable one.

With METALOG_ABI3=1, as our wheels are built, one build fits CPython 3.11 and all that come after it.
"""

import os

from setuptools import Extension, setup

COMPILED = ("metalog.scan.native", "metalog.odometer.native")
ABI3 = os.environ.get("METALOG_ABI3") == "1"

setup(
    ext_modules=[
        Extension(
            name,
            [name.replace(".", "/") + ".pyx"],
            define_macros=[("Py_LIMITED_API", "0x030B0000")] if ABI3 else [],
            py_limited_api=ABI3,
            optional=True,
        )
        for name in COMPILED
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if ABI3 else {},
)
