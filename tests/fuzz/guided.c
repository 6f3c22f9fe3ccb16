/* libFuzzer's two entries, calling tests.fuzz.guided in a Python started here; METALOG_FUZZ_PYTHON names its executable. */
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>

static PyObject *target;

static void fail(void) {
    PyErr_Print();
    abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0;
    config.parse_argv = 0;
    PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, getenv("METALOG_FUZZ_PYTHON"));
    if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
    if (PyStatus_Exception(status)) Py_ExitStatusException(status);
    PyConfig_Clear(&config);
    PyObject *module = PyImport_ImportModule("tests.fuzz.guided");
    if (!module) fail();
    target = PyObject_CallMethod(module, "target", NULL);
    if (!target) fail();
    Py_DECREF(module);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PyObject *block = PyBytes_FromStringAndSize((const char *)data, (Py_ssize_t)size);
    PyObject *done = block ? PyObject_CallOneArg(target, block) : NULL;
    if (!done) fail();
    Py_DECREF(done);
    Py_DECREF(block);
    return 0;
}
