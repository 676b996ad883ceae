/* The Python module _extension: checks of all arrays, then the kernels without the interpreter lock.
 *
 * Nothing here depends on NumPy: arrays come through the buffer protocol, which is in the stable ABI
 * from Python 3.11 on. */

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030b0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#include "builds.h"

#define MAX_BUFFERS 13

static Build builds[SKLSTM_MAX_BUILDS];
static int n_builds, in_use;

/* The buffers of a call, and what all of them must be. The dtype is that of the first one. */
typedef struct {
    Py_buffer views[MAX_BUFFERS];
    int n;
    char format;
    Py_ssize_t itemsize;
} Buffers;

static void release(Buffers *buffers)
{
    while (buffers->n)
        PyBuffer_Release(&buffers->views[--buffers->n]);
}

/* Fails if `view` is not an aligned array of our dtype with n_axes axes of the sizes in `shape`.
 * Sizes of -1 are not known yet, and are set. */
static int check(
    Buffers *buffers, const Py_buffer *view, const char *name, int n_axes, Py_ssize_t *shape)
{
    const char *format = view->format ? view->format : "B";
    if (format[0] == '@' || format[0] == '=')
        format++;
    if ((strcmp(format, "f") && strcmp(format, "d")) || (buffers->format && *format != buffers->format)) {
        PyErr_Format(
            PyExc_TypeError, "%s must be an array of %s; got one of the buffer format '%s'.", name,
            !buffers->format ? "float32 or float64" : buffers->format == 'f' ? "float32" : "float64",
            format);
        return -1;
    }
    buffers->format = *format;
    buffers->itemsize = view->itemsize;
    if (view->ndim != n_axes) {
        PyErr_Format(PyExc_ValueError, "%s must have %d axes; got %d.", name, n_axes, view->ndim);
        return -1;
    }
    for (int axis = 0; axis < n_axes; axis++) {
        if (shape[axis] >= 0 && view->shape[axis] != shape[axis]) {
            PyErr_Format(
                PyExc_ValueError, "%s must have %zd elements along axis %d; got %zd.", name,
                shape[axis], axis, view->shape[axis]);
            return -1;
        }
        shape[axis] = view->shape[axis];
        if (view->strides[axis] % view->itemsize && view->shape[axis] > 1)
            goto misaligned;
    }
    if ((uintptr_t)view->buf % view->itemsize == 0)
        return 0;
misaligned:
    PyErr_Format(PyExc_ValueError, "%s must be aligned to its dtype.", name);
    return -1;
}

static Py_buffer *acquire(Buffers *buffers, PyObject *object, const char *name, const char *dtype)
{
    Py_buffer *view = &buffers->views[buffers->n];
    if (PyObject_GetBuffer(object, view, PyBUF_STRIDES | PyBUF_FORMAT)) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "%s must be an array of %s.", name, dtype);
        return NULL;
    }
    buffers->n++;
    return view;
}

/* Take an array (steps, rows, columns) or, with fewer axes, (rows, columns) or (columns,), whose columns
 * must be next to each other. */
static int take_array(
    Buffers *buffers, PyObject *object, const char *name, int n_axes, Py_ssize_t *shape,
    int is_written, Array *array)
{
    Py_buffer *view = acquire(buffers, object, name, "float32 or float64");
    if (!view || check(buffers, view, name, n_axes, shape))
        return -1;
    if (is_written && view->readonly) {
        PyErr_Format(PyExc_ValueError, "%s must be writable.", name);
        return -1;
    }
    if (view->shape[n_axes - 1] > 1 && view->strides[n_axes - 1] != view->itemsize) {
        PyErr_Format(PyExc_ValueError, "%s must have a contiguous last axis.", name);
        return -1;
    }
    array->data = view->buf;
    array->step = n_axes == 3 ? view->strides[0] / view->itemsize : 0;
    array->row = n_axes > 1 ? view->strides[n_axes - 2] / view->itemsize : 0;
    return 0;
}

static int take_matrix(
    Buffers *buffers, PyObject *object, const char *name, Py_ssize_t rows, Py_ssize_t columns,
    Matrix *matrix)
{
    Py_ssize_t shape[2] = {rows, columns};
    Py_buffer *view = acquire(buffers, object, name, "float32 or float64");
    if (!view || check(buffers, view, name, 2, shape))
        return -1;
    matrix->data = view->buf;
    matrix->row = view->strides[0] / view->itemsize;
    matrix->column = view->strides[1] / view->itemsize;
    return 0;
}

/* The arrays that all functions have: gates (L, 4 H, b), which gives the sizes, and the mask. */
static int take_gates(
    Buffers *buffers, PyObject *gates, PyObject *mask, Py_ssize_t *L, Py_ssize_t *H, Py_ssize_t *b,
    Array *gates_, Array *mask_)
{
    Py_ssize_t shape[3] = {-1, -1, -1};
    if (take_array(buffers, gates, "gates", 3, shape, 1, gates_))
        return -1;
    if (shape[1] == 0 || shape[1] % 4) {
        PyErr_Format(PyExc_ValueError, "gates must have 4 H rows; got %zd.", shape[1]);
        return -1;
    }
    *L = shape[0];
    *H = shape[1] / 4;
    *b = shape[2];
    shape[0] = *H;
    shape[1] = *b;
    return mask == Py_None ? 0 : take_array(buffers, mask, "mask", 2, shape, 0, mask_);
}

static int is_int64(const Py_buffer *view)
{
    const char *format = view->format ? view->format : "B";
    if (format[0] == '@' || format[0] == '=')
        format++;
    return view->itemsize == 8 && (!strcmp(format, "l") || !strcmp(format, "q"));
}

static int check_count(Py_ssize_t n, Py_ssize_t expected, const char *name)
{
    if (n != expected)
        PyErr_Format(PyExc_TypeError, "%s takes %zd arguments; got %zd.", name, expected, n);
    return n != expected;
}

/* Take the widths (L,), 64-bit integers next to each other, or None. Steps at which no column runs are
 * taken off L, which the other arrays have given. */
static int take_widths(Buffers *buffers, PyObject *object, ptrdiff_t *L, ptrdiff_t b, const int64_t **widths)
{
    if (object == Py_None)
        return 0;
    Py_buffer *view = acquire(buffers, object, "widths", "int64");
    if (!view)
        return -1;
    if (!is_int64(view)) {
        PyErr_Format(
            PyExc_TypeError, "widths must be an array of int64; got one of the buffer format '%s'.",
            view->format);
        return -1;
    }
    if (view->ndim != 1 || view->shape[0] != *L || (uintptr_t)view->buf % 8 ||
        (*L > 1 && view->strides[0] != 8)) {
        PyErr_Format(
            PyExc_ValueError, "widths must be aligned and contiguous, of shape (%zd,).", (Py_ssize_t)*L);
        return -1;
    }
    *widths = view->buf;
    for (ptrdiff_t t = 0; t < *L; t++)
        if ((*widths)[t] < 0 || (*widths)[t] > (t ? (*widths)[t - 1] : b)) {
            PyErr_Format(
                PyExc_ValueError, "widths must be in [0, %zd], and never grow.", (Py_ssize_t)b);
            return -1;
        }
    while (*L > 0 && (*widths)[*L - 1] == 0)
        --*L;
    return 0;
}

/* Inputs (L + 1, K, b) and h (L + 1, H, b). */
static int take_inputs(
    Buffers *buffers, PyObject *inputs, PyObject *h, Py_ssize_t L, Py_ssize_t H, Py_ssize_t b,
    int is_written, ptrdiff_t *K, Array *inputs_, Array *h_)
{
    Py_ssize_t stacked[3] = {L + 1, -1, b}, state[3] = {L + 1, H, b};
    if (take_array(buffers, inputs, "inputs", 3, stacked, is_written, inputs_) ||
        take_array(buffers, h, "h", 3, state, is_written, h_))
        return -1;
    *K = stacked[1];
    if (*K <= H) {
        PyErr_Format(PyExc_ValueError, "inputs must have more than H = %zd rows; got %zd.", H, *K);
        return -1;
    }
    return 0;
}

/* The arrays of a run: x (L, C, b) with any strides, the state h (H, b), out (L, H, b) or None, and the
 * share of the input (L, n_gates H, b) or None. */
static int take_run(
    Buffers *buffers, PyObject *x, PyObject *h, PyObject *out, PyObject *projected, int n_gates, ptrdiff_t *L,
    ptrdiff_t *H, ptrdiff_t *K, ptrdiff_t *b, Values *x_, Array *h_, Array *out_, Array *projected_)
{
    Py_ssize_t state[2] = {-1, -1}, shape[3] = {-1, -1, -1};
    Py_buffer *view;
    if (take_array(buffers, h, "h", 2, state, 1, h_))
        return -1;
    shape[2] = state[1];
    view = acquire(buffers, x, "x", "float32 or float64");
    if (!view || check(buffers, view, "x", 3, shape))
        return -1;
    if (state[0] == 0) {
        PyErr_SetString(PyExc_ValueError, "h must have at least one row.");
        return -1;
    }
    x_->data = view->buf;
    x_->step = view->strides[0] / view->itemsize;
    x_->row = view->strides[1] / view->itemsize;
    x_->column = view->strides[2] / view->itemsize;
    *L = shape[0];
    *H = state[0];
    *K = state[0] + shape[1] + 1;
    *b = state[1];
    Py_ssize_t steps[3] = {*L, *H, *b}, gates[3] = {*L, n_gates * *H, *b};
    if (out != Py_None && take_array(buffers, out, "out", 3, steps, 1, out_))
        return -1;
    return projected == Py_None ? 0 : take_array(buffers, projected, "projected", 3, gates, 0, projected_);
}

/* The end of each function: run the kernel if there is anything to compute, and release. */
#define RUN(function, arguments) RUN_IF(arguments.L > 0 && arguments.b > 0, function, arguments)
#define RUN_IF(is_any, function, arguments)                                               \
    do {                                                                                  \
        const Build *build = &builds[in_use];                                             \
        int failed = 0;                                                                   \
        if (is_any) {                                                                     \
            Py_BEGIN_ALLOW_THREADS                                                        \
            failed = buffers.format == 'f' ? build->single_.function(&arguments)          \
                                           : build->double_.function(&arguments);         \
            Py_END_ALLOW_THREADS                                                          \
        }                                                                                 \
        release(&buffers);                                                                \
        if (failed)                                                                       \
            return PyErr_NoMemory();                                                      \
        Py_RETURN_NONE;                                                                   \
    } while (0)

static PyObject *lstm_run(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Buffers buffers = {.n = 0};
    Lstm a = {0};
    (void)self;
    /* packed, x, h, c, out, projected, widths */
    if (check_count(n, 7, "lstm_run"))
        return NULL;
    a.is_projected = args[5] != Py_None;
    if (take_run(
            &buffers, args[1], args[2], args[4], args[5], 4, &a.L, &a.H, &a.K, &a.b, &a.x, &a.state_h,
            &a.h, &a.gates))
        goto failed;
    Py_ssize_t state[2] = {a.H, a.b};
    if (take_array(&buffers, args[3], "c", 2, state, 1, &a.state_c) ||
        take_matrix(&buffers, args[0], "packed", a.K, 4 * a.H, &a.weights) ||
        take_widths(&buffers, args[6], &a.L, a.b, &a.widths))
        goto failed;
    RUN(lstm_run, a);
failed:
    release(&buffers);
    return NULL;
}

static PyObject *lstm_forward(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Buffers buffers = {.n = 0};
    Lstm a = {0};
    Py_ssize_t H;
    (void)self;
    /* packed, inputs, h, c, gates, tanh_c, mask, is_projected, widths */
    if (check_count(n, 9, "lstm_forward") || (a.is_projected = PyObject_IsTrue(args[7])) < 0)
        return NULL;
    if (take_gates(&buffers, args[4], args[6], &a.L, &H, &a.b, &a.gates, &a.mask))
        goto failed;
    a.H = H;
    Py_ssize_t states[3] = {a.L + 1, H, a.b}, steps[3] = {a.L, H, a.b};
    if (take_inputs(&buffers, args[1], args[2], a.L, H, a.b, 1, &a.K, &a.inputs, &a.h) ||
        take_matrix(&buffers, args[0], "packed", a.K, 4 * H, &a.weights) ||
        take_array(&buffers, args[3], "c", 3, states, 1, &a.c) ||
        take_array(&buffers, args[5], "tanh_c", 3, steps, 1, &a.tanh_c) ||
        take_widths(&buffers, args[8], &a.L, a.b, &a.widths))
        goto failed;
    RUN(lstm_forward, a);
failed:
    release(&buffers);
    return NULL;
}

static PyObject *lstm_backward(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Buffers buffers = {.n = 0};
    Lstm a = {0};
    Py_ssize_t H;
    (void)self;
    /* recurrent, c, gates, tanh_c, d_h, d_c, d_out, mask, widths */
    if (check_count(n, 9, "lstm_backward"))
        return NULL;
    if (take_gates(&buffers, args[2], args[7], &a.L, &H, &a.b, &a.gates, &a.mask))
        goto failed;
    a.H = H;
    Py_ssize_t states[3] = {a.L + 1, H, a.b}, steps[3] = {a.L, H, a.b}, state[2] = {H, a.b};
    if (take_matrix(&buffers, args[0], "recurrent", H, 4 * H, &a.weights) ||
        take_array(&buffers, args[1], "c", 3, states, 0, &a.c) ||
        take_array(&buffers, args[3], "tanh_c", 3, steps, 0, &a.tanh_c) ||
        take_array(&buffers, args[4], "d_h", 2, state, 1, &a.d_h) ||
        take_array(&buffers, args[5], "d_c", 2, state, 1, &a.d_c) ||
        (args[6] != Py_None && take_array(&buffers, args[6], "d_out", 3, steps, 0, &a.d_out)) ||
        take_widths(&buffers, args[8], &a.L, a.b, &a.widths))
        goto failed;
    RUN(lstm_backward, a);
failed:
    release(&buffers);
    return NULL;
}

/* The first four arguments: by_input, by_state, by_reset, bias_hn. */
static int take_gru_weights(Buffers *buffers, PyObject *const *args, Gru *a)
{
    Py_ssize_t H = a->H;
    return take_matrix(buffers, args[0], "by_input", 3 * H, a->K - H, &a->by_input) ||
           take_matrix(buffers, args[1], "by_state", (a->is_after ? 3 : 2) * H, H, &a->by_state) ||
           (a->is_after ? take_matrix(buffers, args[3], "bias_hn", H, 1, &a->bias_hn)
                        : take_matrix(buffers, args[2], "by_reset", H, H, &a->by_reset));
}

static PyObject *gru_run(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Buffers buffers = {.n = 0};
    Gru a = {0};
    (void)self;
    /* by_input, by_state, by_reset, bias_hn, x, h, out, projected, widths */
    if (check_count(n, 9, "gru_run"))
        return NULL;
    a.is_after = args[2] == Py_None;
    a.is_projected = args[7] != Py_None;
    if (take_run(
            &buffers, args[4], args[5], args[6], args[7], 3, &a.L, &a.H, &a.K, &a.b, &a.x, &a.state_h,
            &a.h, &a.gates) ||
        take_gru_weights(&buffers, args, &a) || take_widths(&buffers, args[8], &a.L, a.b, &a.widths))
        goto failed;
    RUN(gru_run, a);
failed:
    release(&buffers);
    return NULL;
}

static PyObject *gru_forward(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Buffers buffers = {.n = 0};
    Gru a = {0};
    Py_ssize_t H;
    (void)self;
    /* by_input, by_state, by_reset, bias_hn, inputs, h, gates, mask, is_projected, widths */
    if (check_count(n, 10, "gru_forward") || (a.is_projected = PyObject_IsTrue(args[8])) < 0)
        return NULL;
    a.is_after = args[2] == Py_None;
    if (take_gates(&buffers, args[6], args[7], &a.L, &H, &a.b, &a.gates, &a.mask))
        goto failed;
    a.H = a.n_q = H;
    if (take_inputs(&buffers, args[4], args[5], a.L, H, a.b, 1, &a.K, &a.inputs, &a.h) ||
        take_gru_weights(&buffers, args, &a) || take_widths(&buffers, args[9], &a.L, a.b, &a.widths))
        goto failed;
    RUN(gru_forward, a);
failed:
    release(&buffers);
    return NULL;
}

static PyObject *gru_backward(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Buffers buffers = {.n = 0};
    Gru a = {0};
    Py_ssize_t H;
    (void)self;
    /* by_gates, by_new, inputs, h, gates, d_h, d_out, mask, widths */
    if (check_count(n, 9, "gru_backward"))
        return NULL;
    a.is_after = args[1] == Py_None;
    if (take_gates(&buffers, args[4], args[7], &a.L, &H, &a.b, &a.gates, &a.mask))
        goto failed;
    a.H = H;
    Py_ssize_t steps[3] = {a.L, H, a.b}, state[2] = {H, a.b};
    if (take_inputs(&buffers, args[2], args[3], a.L, H, a.b, 0, &a.K, &a.inputs, &a.h) ||
        take_matrix(&buffers, args[0], "by_gates", H, (a.is_after ? 3 : 2) * H, &a.by_gates) ||
        (!a.is_after && take_matrix(&buffers, args[1], "by_new", H, H, &a.by_new)) ||
        take_array(&buffers, args[5], "d_h", 2, state, 1, &a.d_h) ||
        (args[6] != Py_None && take_array(&buffers, args[6], "d_out", 3, steps, 0, &a.d_out)) ||
        take_widths(&buffers, args[8], &a.L, a.b, &a.widths))
        goto failed;
    RUN(gru_backward, a);
failed:
    release(&buffers);
    return NULL;
}

static PyObject *outer_products(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Buffers buffers = {.n = 0};
    Outer a = {0};
    Py_ssize_t shape[2] = {-1, -1}, steps[3] = {-1, -1, -1}, inputs[3] = {-1, -1, -1};
    (void)self;
    /* gradient, inputs, d_gates, widths */
    if (check_count(n, 4, "outer_products"))
        return NULL;
    if (take_array(&buffers, args[0], "gradient", 2, shape, 1, &a.gradient))
        goto failed;
    steps[1] = shape[1];
    if (take_array(&buffers, args[2], "d_gates", 3, steps, 0, &a.d_gates))
        goto failed;
    inputs[1] = shape[0];
    inputs[2] = steps[2];
    if (take_array(&buffers, args[1], "inputs", 3, inputs, 0, &a.inputs))
        goto failed;
    if (inputs[0] < steps[0]) {
        PyErr_Format(
            PyExc_ValueError, "inputs must have at least %zd steps; got %zd.", steps[0], inputs[0]);
        goto failed;
    }
    a.L = steps[0];
    a.K = shape[0];
    a.G = shape[1];
    a.b = steps[2];
    if (take_widths(&buffers, args[3], &a.L, a.b, &a.widths))
        goto failed;
    if (a.K == 0 || a.G == 0)
        a.L = 0;
    RUN(outer_products, a);
failed:
    release(&buffers);
    return NULL;
}

static PyObject *adam_update(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Buffers buffers = {.n = 0};
    Adam a = {0};
    Py_ssize_t shape[1] = {-1};
    double *numbers[5] = {&a.beta_1, &a.beta_2, &a.eps, &a.rate, &a.root};
    (void)self;
    /* params, gradient, mean, square, beta_1, beta_2, eps, rate, root */
    if (check_count(n, 9, "adam_update"))
        return NULL;
    for (int k = 0; k < 5; k++) {
        *numbers[k] = PyFloat_AsDouble(args[4 + k]);
        if (*numbers[k] == -1.0 && PyErr_Occurred())
            return NULL;
    }
    if (take_array(&buffers, args[0], "params", 1, shape, 1, &a.params) ||
        take_array(&buffers, args[1], "gradient", 1, shape, 0, &a.gradient) ||
        take_array(&buffers, args[2], "mean", 1, shape, 1, &a.mean) ||
        take_array(&buffers, args[3], "square", 1, shape, 1, &a.square))
        goto failed;
    a.n = shape[0];
    RUN_IF(a.n > 0, adam_update, a);
failed:
    release(&buffers);
    return NULL;
}

/* Take tokens (L, b): 64-bit integers with any strides, all of them numbers of rows of the table. */
static int take_tokens(
    Buffers *buffers, PyObject *object, Py_ssize_t n_rows, Py_ssize_t *shape, Tokens *a)
{
    Py_buffer *view = acquire(buffers, object, "tokens", "int64");
    if (!view)
        return -1;
    if (!is_int64(view)) {
        PyErr_Format(
            PyExc_TypeError, "tokens must be an array of int64; got one of the buffer format '%s'.",
            view->format);
        return -1;
    }
    if (view->ndim != 2 || (uintptr_t)view->buf % 8 || view->strides[0] % 8 || view->strides[1] % 8) {
        PyErr_Format(PyExc_ValueError, "tokens must be aligned, with 2 axes; got %d.", view->ndim);
        return -1;
    }
    a->tokens = view->buf;
    a->step = view->strides[0] / 8;
    a->column = view->strides[1] / 8;
    a->L = shape[0] = view->shape[0];
    a->b = shape[2] = view->shape[1];
    for (Py_ssize_t t = 0; t < a->L; t++)
        for (Py_ssize_t i = 0; i < a->b; i++) {
            int64_t token = a->tokens[t * a->step + i * a->column];
            if (token < 0 || token >= n_rows) {
                PyErr_Format(
                    PyExc_IndexError, "tokens must be in [0, %zd); got %lld.", n_rows,
                    (long long)token);
                return -1;
            }
        }
    return 0;
}

/* The arguments of the next two functions: a table or its gradient, tokens, and columns. */
static int take_table(
    Buffers *buffers, PyObject *const *args, const char *const *names, int writes_table, Tokens *a)
{
    Py_ssize_t table[2] = {-1, -1}, columns[3];
    if (take_array(buffers, args[0], names[0], 2, table, writes_table, &a->table))
        return -1;
    a->G = columns[1] = table[1];
    return take_tokens(buffers, args[1], table[0], columns, a) ||
           take_array(buffers, args[2], names[1], 3, columns, !writes_table, &a->columns);
}

static PyObject *look_up(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    static const char *const names[] = {"table", "out"};
    Buffers buffers = {.n = 0};
    Tokens a = {0};
    (void)self;
    /* table, tokens, out */
    if (check_count(n, 3, "look_up"))
        return NULL;
    if (take_table(&buffers, args, names, 0, &a))
        goto failed;
    RUN(look_up, a);
failed:
    release(&buffers);
    return NULL;
}

static PyObject *scatter_add(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    static const char *const names[] = {"gradient", "d_out"};
    Buffers buffers = {.n = 0};
    Tokens a = {0};
    (void)self;
    /* gradient, tokens, d_out */
    if (check_count(n, 3, "scatter_add"))
        return NULL;
    if (take_table(&buffers, args, names, 1, &a))
        goto failed;
    RUN(scatter_add, a);
failed:
    release(&buffers);
    return NULL;
}

static PyObject *get_builds(PyObject *self, PyObject *unused)
{
    PyObject *names = PyTuple_New(n_builds);
    (void)self, (void)unused;
    for (int k = 0; names && k < n_builds; k++) {
        PyObject *name = PyUnicode_FromString(builds[k].name);
        if (!name || PyTuple_SetItem(names, k, name)) {
            Py_DECREF(names);
            return NULL;
        }
    }
    return names;
}

static PyObject *use_build(PyObject *self, PyObject *name)
{
    (void)self;
    for (int k = 0; k < n_builds; k++)
        if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, builds[k].name) == 0) {
            in_use = k;
            Py_RETURN_NONE;
        }
    PyErr_Format(PyExc_ValueError, "This processor has no build named %R.", name);
    return NULL;
}

#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {
    FUNCTION(lstm_run),
    FUNCTION(lstm_forward),
    FUNCTION(lstm_backward),
    FUNCTION(gru_run),
    FUNCTION(gru_forward),
    FUNCTION(gru_backward),
    FUNCTION(outer_products),
    FUNCTION(adam_update),
    FUNCTION(look_up),
    FUNCTION(scatter_add),
    {"builds", get_builds, METH_NOARGS, "Names of the builds for this processor, fastest last."},
    {"use_build", use_build, METH_O, "Use a build, by name: for tests."},
    {NULL, NULL, 0, NULL},
};

static int start(PyObject *module)
{
    (void)module;
    n_builds = sklstm_builds(builds);
    in_use = n_builds - 1;
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)start}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_extension",
    .m_doc = "The steps of the LSTM and of the GRU over one segment, and Adam, compiled.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__extension(void) { return PyModuleDef_Init(&definition); }
