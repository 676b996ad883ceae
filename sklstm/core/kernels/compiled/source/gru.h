/* The GRU: equations (1) to (15) of sklstm/core/kernels/gru.py. Included once for each dtype and kind
 * of processor. */

/* Scratch of a group of columns. e: also z forward, if the reset gate comes before the product; q: the
 * product's argument there. */
#define GruScratch NAME(gru_scratch)
typedef struct {
    REAL *tiles, *new_tiles, *s, *s_next, *h, *q, *mask, *d_h, *dz, *e;
} GruScratch;

INLINE Matrix NAME(transposed)(Matrix m)
{
    Matrix t = {m.data, m.column, m.row};
    return t;
}

/* Start the accumulators of a block of units with the share of the input, if it is in `gates`. */
INLINE void NAME(gru_start)(
    const Gru *a, V acc[][2], const int units, ptrdiff_t t, ptrdiff_t gate, ptrdiff_t j,
    ptrdiff_t p, Columns columns, const int N)
{
    UNROLL
    for (int u = 0; u < units; u++)
        UNROLL
        for (int n = 0; n < N; n++) {
            acc[u][n] = SET(0);
            if (a->is_projected && j + u < a->H)
                acc[u][n] = NAME(load_part)(
                    AT(a->gates, t, a->n_q + (gate - 1) * a->H + j + u) + columns.first +
                        p * PANEL + n * LANES,
                    NAME(part)(columns, p, n));
        }
}

/* Equation (6), and what follows from it, for one vector of unit j. If not `keeps`, here as in all tiles,
 * only the states are stored. */
INLINE void NAME(gru_state)(
    const Gru *a, GruScratch w, V z, V n_, ptrdiff_t t, ptrdiff_t j, ptrdiff_t p, ptrdiff_t v,
    Columns columns, const int keeps)
{
    ptrdiff_t at = (p * a->H + j) * PANEL + v * LANES, m = NAME(part)(columns, p, v);
    ptrdiff_t first = columns.first + p * PANEL + v * LANES;
    V h = FMA(z, NAME(load)(w.h + at) - n_, n_); /* (6) */
    NAME(store)(w.h + at, h);
    if (!keeps) {
        NAME(store)(w.s_next + (p * a->K + j) * PANEL + v * LANES, h);
        if (a->h.data)
            NAME(store_part)(AT(a->h, t, j) + first, h, m);
        return;
    }
    NAME(store_part)(AT(a->gates, t, 2 * a->H + j) + first, z, m);
    NAME(store_part)(AT(a->gates, t, 3 * a->H + j) + first, n_, m);
    NAME(store_part)(AT(a->h, t + 1, j) + first, h, m);
    if (a->mask.data) {
        h = h * NAME(load)(w.mask + at);
        NAME(store_part)(AT(a->inputs, t + 1, j) + first, h, m);
    }
    NAME(store)(w.s_next + (p * a->K + j) * PANEL + v * LANES, h);
}

/* Equations (1), (2), (3) and (6) for the units j to j + UNITS of N vectors of panel p. */
INLINE void NAME(gru_tile_after)(
    const Gru *a, GruScratch w, const REAL *weights, ptrdiff_t t, ptrdiff_t j, ptrdiff_t p,
    Columns columns, const int N, const int keeps)
{
    ptrdiff_t H = a->H, first = columns.first + p * PANEL;
    const REAL *s = w.s + p * a->K * PANEL;
    V acc[ROWS][2]; /* q, r, z, n */
    UNROLL
    for (int u = 0; u < UNITS; u++)
        UNROLL
        for (int n = 0; n < N; n++)
            acc[u][n] = SET(j + u < H ? WEIGHT(a->bias_hn, j + u, 0) : 0);
    UNROLL
    for (int g = 1; g < 4; g++)
        NAME(gru_start)(a, acc + g * UNITS, UNITS, t, g, j, p, columns, N);
    NAME(multiply)(acc, 3 * UNITS, N, weights, s, H); /* (1), (2) */
    weights += 3 * UNITS * H;
    NAME(multiply)(acc + UNITS, 3 * UNITS, N, weights, s + H * PANEL, a->K - H);
    UNROLL
    for (int u = 0; u < UNITS; u++) {
        if (j + u >= H)
            continue;
        UNROLL
        for (int n = 0; n < N; n++) {
            ptrdiff_t at = first + n * LANES, m = NAME(part)(columns, p, n);
            V q = acc[u][n];
            V r = NAME(sigmoid)(acc[UNITS + u][n]);
            V z = NAME(sigmoid)(acc[2 * UNITS + u][n]);
            V n_ = NAME(tanh)(FMA(r, q, acc[3 * UNITS + u][n])); /* (3) */
            if (keeps) {
                NAME(store_part)(AT(a->gates, t, j + u) + at, q, m);
                NAME(store_part)(AT(a->gates, t, H + j + u) + at, r, m);
            }
            NAME(gru_state)(a, w, z, n_, t, j + u, p, n, columns, keeps);
        }
    }
}

/* Equations (1) and (4) for the units j to j + UNITS of N vectors of panel p; z goes to w.e. */
INLINE void NAME(gru_tile_gates)(
    const Gru *a, GruScratch w, const REAL *weights, ptrdiff_t t, ptrdiff_t j, ptrdiff_t p,
    Columns columns, const int N, const int keeps)
{
    ptrdiff_t H = a->H;
    const REAL *s = w.s + p * a->K * PANEL;
    V acc[ROWS][2]; /* r, z */
    UNROLL
    for (int g = 0; g < 2; g++)
        NAME(gru_start)(a, acc + g * UNITS, UNITS, t, g + 1, j, p, columns, N);
    NAME(multiply)(acc, 2 * UNITS, N, weights, s, a->K); /* (1) */
    UNROLL
    for (int u = 0; u < UNITS; u++) {
        if (j + u >= H)
            continue;
        UNROLL
        for (int n = 0; n < N; n++) {
            ptrdiff_t row = (j + u) * PANEL + n * LANES, at = p * H * PANEL + row;
            ptrdiff_t first = columns.first + p * PANEL + n * LANES;
            ptrdiff_t m = NAME(part)(columns, p, n);
            V r = NAME(sigmoid)(acc[u][n]);
            V q = r * NAME(load)(s + row); /* (4) */
            NAME(store)(w.e + at, NAME(sigmoid)(acc[UNITS + u][n]));
            NAME(store)(w.q + at, q);
            if (keeps) {
                NAME(store_part)(AT(a->gates, t, j + u) + first, q, m);
                NAME(store_part)(AT(a->gates, t, H + j + u) + first, r, m);
            }
        }
    }
}

/* Equations (5) and (6) for the units j to j + ROWS of N vectors of panel p. */
INLINE void NAME(gru_tile_new)(
    const Gru *a, GruScratch w, const REAL *weights, ptrdiff_t t, ptrdiff_t j, ptrdiff_t p,
    Columns columns, const int N, const int keeps)
{
    ptrdiff_t H = a->H, K = a->K, at = p * H * PANEL;
    V acc[ROWS][2];
    NAME(gru_start)(a, acc, ROWS, t, 3, j, p, columns, N);
    NAME(multiply)(acc, ROWS, N, weights, w.q + at, H); /* (5) */
    NAME(multiply)(acc, ROWS, N, weights + H * ROWS, w.s + (p * K + H) * PANEL, K - H);
    UNROLL
    for (int r = 0; r < ROWS; r++) {
        if (j + r >= H)
            continue;
        UNROLL
        for (int n = 0; n < N; n++) {
            V z = NAME(load)(w.e + at + (j + r) * PANEL + n * LANES);
            NAME(gru_state)(a, w, z, NAME(tanh)(acc[r][n]), t, j + r, p, n, columns, keeps);
        }
    }
}

/* Step t for a group of columns; swaps s and s_next. */
INLINE void NAME(gru_step)(
    const Gru *a, GruScratch *w, ptrdiff_t t, Columns columns, const int keeps)
{
    REAL *swap = w->s;
    if (a->is_after) {
        ALL_TILES(gru_tile_after, UNITS, w->tiles, 3 * UNITS * a->K);
    } else {
        ALL_TILES(gru_tile_gates, UNITS, w->tiles, 2 * UNITS * a->K);
        ALL_TILES(gru_tile_new, ROWS, w->new_tiles, ROWS * a->K);
    }
    w->s = w->s_next;
    w->s_next = swap;
}

/* All steps for a group of columns. The state before the first step is read from slot 0. */
static void NAME(gru_forward_group)(const Gru *a, GruScratch w, Columns columns)
{
    ptrdiff_t H = a->H, K = a->K;
    NAME(enter)(w.s, K, a->inputs, 0, 0, H, columns);
    NAME(enter)(w.h, H, a->h, 0, 0, H, columns);
    if (a->mask.data)
        NAME(enter)(w.mask, H, a->mask, 0, 0, H, columns);
    for (ptrdiff_t t = 0; t < a->L; t++) {
        Columns now = NAME(running)(columns, a->widths, t);
        if (!now.n)
            break;
        NAME(enter)(w.s, K, a->inputs, t, H, K, now);
        NAME(gru_step)(a, &w, t, now, 1);
    }
}

/* The same, keeping nothing but the state. */
static void NAME(gru_run_group)(const Gru *a, GruScratch w, Columns columns)
{
    ptrdiff_t H = a->H, K = a->K;
    NAME(enter)(w.s, K, a->state_h, 0, 0, H, columns);
    NAME(enter)(w.h, H, a->state_h, 0, 0, H, columns);
    for (ptrdiff_t t = 0; t < a->L; t++) {
        Columns now = NAME(running)(columns, a->widths, t);
        if (now.n < columns.n)
            NAME(leave)(w.h, H, H, a->state_h, columns); /* of those that end, too */
        if (!now.n)
            return;
        columns = now;
        NAME(enter_values)(w.s, K, H, a->x, t, columns);
        NAME(gru_step)(a, &w, t, columns, 0);
    }
    NAME(leave)(w.h, H, H, a->state_h, columns);
}

/* Equations (1), (2), (3) and (6) for a single column. Here the rows of the gates are the vectors: qrz
 * has the products with h, rzn those with x added to them. `by_h` has the rows for q, r and z, `by_x`
 * those for r, z and n, each n_z numbers long. */
INLINE void NAME(gru_row)(
    const Gru *a, const REAL *by_h, const REAL *by_x, ptrdiff_t n_z, REAL *scratch, const int keeps)
{
    ptrdiff_t H = a->H;
    REAL *qrz = scratch, *rzn = qrz + n_z + LANES, *h = rzn + n_z + LANES, *s = h + H + LANES;
    memset(scratch, 0, (2 * n_z + 2 * LANES) * sizeof(REAL));
    memcpy(h, keeps ? AT(a->h, 0, 0) : AT(a->state_h, 0, 0), H * sizeof(REAL));
    memcpy(s, keeps ? AT(a->inputs, 0, 0) : h, H * sizeof(REAL));
    for (ptrdiff_t t = 0; t < a->L; t++) {
        REAL *gates = a->gates.data ? AT(a->gates, t, 0) : NULL;
        for (ptrdiff_t k = 0; k < H; k++)
            qrz[k] = WEIGHT(a->bias_hn, k, 0);
        memset(qrz + H, 0, (n_z - H) * sizeof(REAL));
        memset(rzn, 0, n_z * sizeof(REAL));
        if (a->is_projected) {
            memcpy(qrz + H, gates + a->n_q, 2 * H * sizeof(REAL));
            memcpy(rzn + 2 * H, gates + a->n_q + 2 * H, H * sizeof(REAL));
        }
        NAME(multiply_row)(qrz, n_z, by_h, n_z, s, H); /* (1), (2) */
        memcpy(rzn, qrz + H, 2 * H * sizeof(REAL));
        if (keeps)
            memcpy(s + H, AT(a->inputs, t, H), (a->K - H) * sizeof(REAL));
        else
            NAME(enter_row)(s + H, a->K - H, a->x, t);
        NAME(multiply_row)(rzn, n_z, by_x, n_z, s + H, a->K - H);
        for (ptrdiff_t k = 0; k < H; k += LANES) {
            ptrdiff_t m = H - k < LANES ? H - k : LANES;
            V q = NAME(load)(qrz + k);
            V r = NAME(sigmoid)(NAME(load)(rzn + k));
            V z = NAME(sigmoid)(NAME(load)(rzn + H + k));
            V n = NAME(tanh)(FMA(r, q, NAME(load)(rzn + 2 * H + k))); /* (3) */
            V h_now = FMA(z, NAME(load_part)(h + k, m) - n, n);       /* (6) */
            NAME(store_part)(h + k, h_now, m);
            if (!keeps) {
                NAME(store_part)(s + k, h_now, m);
                if (a->h.data)
                    NAME(store_part)(AT(a->h, t, 0) + k, h_now, m);
                continue;
            }
            NAME(store_part)(gates + k, q, m);
            NAME(store_part)(gates + H + k, r, m);
            NAME(store_part)(gates + 2 * H + k, z, m);
            NAME(store_part)(gates + 3 * H + k, n, m);
            NAME(store_part)(AT(a->h, t + 1, 0) + k, h_now, m);
            if (a->mask.data) {
                h_now = h_now * NAME(load_part)(AT(a->mask, 0, 0) + k, m);
                NAME(store_part)(AT(a->inputs, t + 1, 0) + k, h_now, m);
            }
            NAME(store_part)(s + k, h_now, m);
        }
    }
    if (!keeps)
        memcpy(AT(a->state_h, 0, 0), h, H * sizeof(REAL));
}

/* Whether there is one column, the rows of all arrays are next to each other, and the reset gate comes
 * after the product, as `gru_row` needs. */
static int NAME(gru_is_row)(const Gru *a)
{
    Array arrays[] = {a->inputs, a->h, a->gates, a->mask, a->state_h};
    return a->b == 1 && a->is_after && NAME(are_rows)(arrays, sizeof arrays / sizeof *arrays);
}

/* `forward` or `run` for a single column. */
INLINE int NAME(gru_one)(const Gru *a, const int keeps)
{
    ptrdiff_t H = a->H, G = 3 * H, n_z = NAME(round_up)(G, LANES);
    Matrix by_h = NAME(transposed)(a->by_state), by_x = NAME(transposed)(a->by_input);
    int are_ready = G == n_z && by_h.column == 1 && by_h.row == G && by_x.column == 1 && by_x.row == G;
    ptrdiff_t n_copy = are_ready ? 0 : a->K * n_z;
    void *whole;
    REAL *copy = sklstm_allocate((n_copy + 2 * n_z + 2 * a->K + 4 * LANES) * sizeof(REAL), &whole);
    if (!copy)
        return -1;
    if (!are_ready) {
        NAME(pack_rows)(copy, by_h, H, G, n_z);
        NAME(pack_rows)(copy + H * n_z, by_x, a->K - H, G, n_z);
        by_h.data = copy;
        by_x.data = copy + H * n_z;
    }
    NAME(gru_row)(a, by_h.data, by_x.data, n_z, copy + n_copy, keeps);
    free(whole);
    return 0;
}

/* Call `all_steps` for every group of columns. */
INLINE int NAME(gru_groups)(const Gru *a, void (*all_steps)(const Gru *, GruScratch, Columns))
{
    ptrdiff_t H = a->H, K = a->K, n_blocks = a->is_after ? 3 : 2, block = n_blocks * UNITS;
    ptrdiff_t panels = NAME(group)(0, a->b).n_panels * PANEL, n_s = panels * K, n_h = panels * H;
    ptrdiff_t n_tiles = NAME(round_up)(H, UNITS) * n_blocks * K;
    ptrdiff_t n_new = a->is_after ? 0 : NAME(round_up)(H, ROWS) * K;
    Matrix by_input = NAME(transposed)(a->by_input), by_state = NAME(transposed)(a->by_state);
    GruScratch w = {0};
    void *whole;
    w.tiles = sklstm_allocate((n_tiles + n_new + 2 * n_s + 4 * n_h) * sizeof(REAL), &whole);
    if (!w.tiles)
        return -1;
    w.new_tiles = w.tiles + n_tiles;
    w.s = w.new_tiles + n_new;
    w.s_next = w.s + n_s;
    w.h = w.s_next + n_s;
    w.q = w.h + n_h;
    w.mask = w.q + n_h;
    w.e = w.mask + n_h;
    /* The rows of a tile for h (q, r, z, or r, z), then those for x and 1 (r, z, n, or r, z). */
    NAME(pack)(w.tiles, block * K, by_state, 0, H, 0, n_blocks, H, UNITS);
    NAME(pack)(w.tiles + block * H, block * K, by_input, 0, K - H, 0, n_blocks, H, UNITS);
    if (!a->is_after) {
        Matrix by_reset = NAME(transposed)(a->by_reset);
        NAME(pack)(w.new_tiles, ROWS * K, by_reset, 0, H, 0, 1, H, ROWS);
        NAME(pack)(w.new_tiles + ROWS * H, ROWS * K, by_input, 0, K - H, 2, 1, H, ROWS);
    }
    for (ptrdiff_t first = 0; first < a->b; first += GROUP_PANELS * PANEL)
        all_steps(a, w, NAME(group)(first, a->b));
    free(whole);
    return 0;
}

static int NAME(gru_forward)(const Gru *a)
{
    return NAME(gru_is_row)(a) ? NAME(gru_one)(a, 1) : NAME(gru_groups)(a, NAME(gru_forward_group));
}

/* `forward` without history: x is read, and the state replaced. */
static int NAME(gru_run)(const Gru *a)
{
    return NAME(gru_is_row)(a) ? NAME(gru_one)(a, 0) : NAME(gru_groups)(a, NAME(gru_run_group));
}

/* Equations (7) to (11) of unit j for m columns from `first` on, `at` in scratch of H rows, `dz` in
 * that of 3 H rows: q, r and z, or r, z and n if the reset gate comes before the product. There (7)
 * and (13) have to wait for the product. */
INLINE void NAME(gru_factors)(
    const Gru *a, GruScratch w, ptrdiff_t t, ptrdiff_t j, ptrdiff_t first, ptrdiff_t m,
    ptrdiff_t at, REAL *dz)
{
    ptrdiff_t gate = a->H * a->gates.row, block = a->H * PANEL;
    REAL *gates = AT(a->gates, t, j) + first;
    V one = SET(1), z = NAME(load_part)(gates + 2 * gate, m);
    V n_ = NAME(load_part)(gates + 3 * gate, m), d_h = NAME(load)(w.d_h + at), d_z, d_n;
    if (a->d_out.data)
        d_h = d_h + NAME(load_part)(AT(a->d_out, t, j) + first, m);
    d_z = d_h * ((NAME(load_part)(AT(a->h, t, j) + first, m) - n_) * (z * (one - z))); /* (8) */
    d_n = d_h * ((one - n_ * n_) * (one - z));                                   /* (9), (10) */
    NAME(store_part)(w.d_h + at, d_h * z, m);                                    /* (15) */
    NAME(store_part)(gates + 2 * gate, d_z, m);
    NAME(store_part)(gates + 3 * gate, d_n, m);
    if (a->is_after) {
        V q = NAME(load_part)(gates, m), r = NAME(load_part)(gates + gate, m);
        V d_q = d_n * r, d_r = d_n * (q * (r * (one - r))); /* (7), (11) */
        NAME(store)(dz, d_q);
        NAME(store)(dz + block, d_r);
        NAME(store)(dz + 2 * block, d_z);
        NAME(store_part)(gates, d_q, m);
        NAME(store_part)(gates + gate, d_r, m);
    } else {
        NAME(store)(dz + block, d_z);
        NAME(store)(dz + 2 * block, d_n);
    }
}

/* Equations (7) and (13), and the first term of (14), of unit j for one vector: replaces the
 * derivative by q in w.e. */
INLINE void NAME(gru_reset)(
    const Gru *a, GruScratch w, ptrdiff_t t, ptrdiff_t j, ptrdiff_t first, ptrdiff_t m,
    ptrdiff_t at, REAL *dz)
{
    REAL *gates = AT(a->gates, t, a->H + j) + first;
    V d_q = NAME(load)(w.e + at), r = NAME(load_part)(gates, m);
    V s_h = NAME(load_part)(AT(a->inputs, t, j) + first, m);
    V d_r = d_q * (s_h * (r * (SET(1) - r))); /* (7), (13) */
    NAME(store)(w.e + at, d_q * r);           /* (14) */
    NAME(store)(dz, d_r);
    NAME(store_part)(gates, d_r, m);
}

/* Calls one of the two functions above for all units and vectors. */
#define ALL_UNITS(function)                                                                \
    for (ptrdiff_t p = 0; p < columns.n_panels; p++)                                       \
        for (ptrdiff_t v = 0; v < 2 && NAME(part)(columns, p, v); v++)                     \
            for (ptrdiff_t j = 0; j < H; j++)                                              \
    NAME(function)(                                                                        \
        a, w, t, j, columns.first + p * PANEL + v * LANES, NAME(part)(columns, p, v),      \
        (p * H + j) * PANEL + v * LANES, w.dz + (p * 3 * H + j) * PANEL + v * LANES)

/* Derivatives by the state after a column's last step stay in w.d_h until that step: the lanes of w.e and
 * w.q that are not running are 0. */
static void NAME(gru_backward_group)(const Gru *a, GruScratch w, Columns group)
{
    ptrdiff_t H = a->H, n_k = (a->is_after ? 3 : 2) * H;
    memset(w.q, 0, group.n_panels * H * PANEL * sizeof(REAL));
    memset(w.e, 0, group.n_panels * H * PANEL * sizeof(REAL));
    NAME(enter)(w.d_h, H, a->d_h, 0, 0, H, group);
    if (a->mask.data)
        NAME(enter)(w.mask, H, a->mask, 0, 0, H, group);
    for (ptrdiff_t t = a->L - 1; t >= 0; t--) {
        Columns columns = NAME(running)(group, a->widths, t);
        ptrdiff_t n_h = columns.n_panels * H * PANEL;
        ALL_UNITS(gru_factors);
        if (!a->is_after) {
            NAME(product)(
                w.e, H, w.new_tiles, w.dz + 2 * H * PANEL, 3 * H, H, NULL, columns); /* (13) */
            ALL_UNITS(gru_reset);
        }
        NAME(product)(w.q, H, w.tiles, w.dz, 3 * H, n_k, NULL, columns); /* (12), (14) */
        for (ptrdiff_t k = 0; k < n_h; k += LANES) {
            V e = NAME(load)(w.q + k);
            if (!a->is_after)
                e = NAME(load)(w.e + k) + e;
            if (a->mask.data)
                e = e * NAME(load)(w.mask + k);
            NAME(store)(w.d_h + k, NAME(load)(w.d_h + k) + e); /* (15) */
        }
    }
    NAME(leave)(w.d_h, H, H, a->d_h, group);
}

static int NAME(gru_backward)(const Gru *a)
{
    ptrdiff_t H = a->H, n_k = (a->is_after ? 3 : 2) * H, rows = NAME(round_up)(H, ROWS);
    ptrdiff_t n_tiles = rows * n_k, n_new = a->is_after ? 0 : rows * H;
    ptrdiff_t n_h = NAME(group)(0, a->b).n_panels * PANEL * H;
    size_t bytes = (n_tiles + n_new + 7 * n_h) * sizeof(REAL);
    GruScratch w = {0};
    void *whole;
    w.tiles = sklstm_allocate(bytes, &whole);
    if (!w.tiles)
        return -1;
    memset(w.tiles, 0, bytes);
    w.new_tiles = w.tiles + n_tiles;
    w.d_h = w.new_tiles + n_new;
    w.mask = w.d_h + n_h;
    w.q = w.mask + n_h;
    w.e = w.q + n_h;
    w.dz = w.e + n_h;
    NAME(pack)(w.tiles, ROWS * n_k, NAME(transposed)(a->by_gates), 0, n_k, 0, 1, H, ROWS);
    if (!a->is_after)
        NAME(pack)(w.new_tiles, ROWS * H, NAME(transposed)(a->by_new), 0, H, 0, 1, H, ROWS);
    for (ptrdiff_t first = 0; first < a->b; first += GROUP_PANELS * PANEL)
        NAME(gru_backward_group)(a, w, NAME(group)(first, a->b));
    free(whole);
    return 0;
}
