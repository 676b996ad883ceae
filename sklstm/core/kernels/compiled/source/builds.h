/* The arguments of the compiled kernels, and the table of their builds.
 *
 * The arrays have the names and shapes of sklstm/core/kernels/lstm.py and gru.py, where the numbered
 * equations are. Sizes: L steps, H units, K rows of the stacked input s = [h; x; 1], b columns.
 * `widths` is NULL, or has the number of columns that run at each of the L steps, which is at least 1
 * and never grows. The columns beyond are neither read nor written at that step. */
#ifndef SKLSTM_BUILDS_H
#define SKLSTM_BUILDS_H

#include <stddef.h>
#include <stdint.h>

/* An array (steps, rows, columns). Columns are next to each other; the distances between steps and
 * between rows are in elements. Without steps, `step` is 0. `data` is NULL for None. */
typedef struct {
    void *data;
    ptrdiff_t step, row;
} Array;

/* Weights (rows, columns), with the distances between rows and between columns in elements. */
typedef struct {
    const void *data;
    ptrdiff_t row, column;
} Matrix;

/* The input x (steps, rows, columns), with any strides. */
typedef struct {
    const void *data;
    ptrdiff_t step, row, column;
} Values;

/* In `run`, which keeps nothing for a backward pass, x is the input, state_h and state_c (H, b) are
 * replaced, and h has the L states after each step, or is NULL. */
typedef struct {
    ptrdiff_t L, H, K, b;
    const int64_t *widths;
    int is_projected;
    Matrix weights; /* packed (K, 4 H) forward, recurrent (H, 4 H) backward */
    Array inputs, h, c, gates, tanh_c, mask;
    Array d_h, d_c, d_out;
    Values x;
    Array state_h, state_c;
} Lstm;

typedef struct {
    ptrdiff_t L, H, K, b;
    const int64_t *widths;
    ptrdiff_t n_q; /* rows of gates before those of r: H, or 0 in `run`, where q is not kept */
    int is_projected, is_after;
    Matrix by_input, by_state, by_reset; /* forward */
    Matrix bias_hn;
    Matrix by_gates, by_new; /* backward */
    Array inputs, h, gates, mask;
    Array d_h, d_out;
    Values x;
    Array state_h;
} Gru;

typedef struct {
    ptrdiff_t L, K, G, b;
    const int64_t *widths;
    Array gradient, inputs, d_gates; /* gradient (K, G) */
} Outer;

typedef struct {
    ptrdiff_t n;
    Array params, gradient, mean, square;
    double beta_1, beta_2, eps, rate, root;
} Adam;

/* A table (V, G), tokens (L, b) with any strides, and the columns (L, G, b). */
typedef struct {
    ptrdiff_t L, G, b;
    Array table, columns;
    const int64_t *tokens;
    ptrdiff_t step, column;
} Tokens;

/* Each returns 0, or -1 if there is no memory for its scratch. */
typedef struct {
    int (*lstm_run)(const Lstm *);
    int (*lstm_forward)(const Lstm *);
    int (*lstm_backward)(const Lstm *);
    int (*gru_run)(const Gru *);
    int (*gru_forward)(const Gru *);
    int (*gru_backward)(const Gru *);
    int (*outer_products)(const Outer *);
    int (*adam_update)(const Adam *);
    int (*look_up)(const Tokens *);
    int (*scatter_add)(const Tokens *);
} Functions;

/* What was compiled for one kind of processor. */
typedef struct {
    const char *name;
    Functions single_, double_;
} Build;

/* Write the builds that this processor can run, the fastest one last; returns their number. */
#define SKLSTM_MAX_BUILDS 3
int sklstm_builds(Build *builds);

/* 64-byte aligned memory, or NULL; free `*whole`. */
void *sklstm_allocate(size_t bytes, void **whole);

#endif
