/* The LSTM: equations (1) to (16) of sklstm/core/kernels/lstm.py. Included once for each dtype and
 * kind of processor. */

/* Scratch of a group of columns. s: the stacked input of this step and of the next one. */
#define LstmScratch NAME(lstm_scratch)
typedef struct {
    REAL *tiles, *s, *s_next, *c, *mask, *d_h, *d_c, *dz;
} LstmScratch;

/* Equations (1) to (6) for the units j to j + UNITS of N vectors of panel p. If not `keeps`, only the
 * states are stored. */
INLINE void NAME(lstm_tile)(
    const Lstm *a, LstmScratch w, const REAL *weights, ptrdiff_t t, ptrdiff_t j, ptrdiff_t p,
    Columns columns, const int N, const int keeps)
{
    ptrdiff_t H = a->H, first = columns.first + p * PANEL, n_in[2];
    V acc[ROWS][2];
    for (int n = 0; n < 2; n++)
        n_in[n] = NAME(part)(columns, p, n);
    UNROLL
    for (int r = 0; r < ROWS; r++)
        UNROLL
        for (int n = 0; n < N; n++) {
            ptrdiff_t unit = j + r % UNITS;
            acc[r][n] = SET(0);
            if (a->is_projected && unit < H)
                acc[r][n] = NAME(load_part)(
                    AT(a->gates, t, r / UNITS * H + unit) + first + n * LANES, n_in[n]);
        }
    NAME(multiply)(acc, ROWS, N, weights, w.s + p * a->K * PANEL, a->K); /* (1) */
    UNROLL
    for (int u = 0; u < UNITS; u++) {
        ptrdiff_t unit = j + u;
        if (unit >= H)
            continue;
        UNROLL
        for (int n = 0; n < N; n++) {
            ptrdiff_t at = first + n * LANES, m = n_in[n];
            REAL *c = w.c + (p * H + unit) * PANEL + n * LANES;
            REAL *s_next = w.s_next + (p * a->K + unit) * PANEL + n * LANES;
            V o = NAME(sigmoid)(acc[u][n]); /* (2) */
            V i = NAME(sigmoid)(acc[UNITS + u][n]);
            V f = NAME(sigmoid)(acc[2 * UNITS + u][n]);
            V g = NAME(tanh)(acc[3 * UNITS + u][n]);     /* (3) */
            V c_now = FMA(f, NAME(load)(c), i * g);      /* (4) */
            V y = NAME(tanh)(c_now);                     /* (5) */
            V h = o * y;                                 /* (6) */
            NAME(store)(c, c_now);
            if (!keeps) {
                NAME(store)(s_next, h);
                if (a->h.data)
                    NAME(store_part)(AT(a->h, t, unit) + at, h, m);
                continue;
            }
            NAME(store_part)(AT(a->gates, t, unit) + at, o, m);
            NAME(store_part)(AT(a->gates, t, H + unit) + at, i, m);
            NAME(store_part)(AT(a->gates, t, 2 * H + unit) + at, f, m);
            NAME(store_part)(AT(a->gates, t, 3 * H + unit) + at, g, m);
            NAME(store_part)(AT(a->tanh_c, t, unit) + at, y, m);
            NAME(store_part)(AT(a->c, t + 1, unit) + at, c_now, m);
            NAME(store_part)(AT(a->h, t + 1, unit) + at, h, m);
            if (a->mask.data) {
                h = h * NAME(load)(w.mask + (p * H + unit) * PANEL + n * LANES);
                NAME(store_part)(AT(a->inputs, t + 1, unit) + at, h, m);
            }
            NAME(store)(s_next, h);
        }
    }
}

/* Step t for a group of columns; swaps s and s_next. */
INLINE void NAME(lstm_step)(
    const Lstm *a, LstmScratch *w, ptrdiff_t t, Columns columns, const int keeps)
{
    REAL *swap = w->s;
    ALL_TILES(lstm_tile, UNITS, w->tiles, a->K * ROWS);
    w->s = w->s_next;
    w->s_next = swap;
}

/* All steps for a group of columns. The state before the first step is read from slot 0. */
static void NAME(lstm_forward_group)(const Lstm *a, LstmScratch w, Columns columns)
{
    ptrdiff_t H = a->H, K = a->K;
    NAME(enter)(w.s, K, a->inputs, 0, 0, H, columns);
    NAME(enter)(w.c, H, a->c, 0, 0, H, columns);
    if (a->mask.data)
        NAME(enter)(w.mask, H, a->mask, 0, 0, H, columns);
    for (ptrdiff_t t = 0; t < a->L; t++) {
        Columns now = NAME(running)(columns, a->widths, t);
        if (!now.n)
            break;
        NAME(enter)(w.s, K, a->inputs, t, H, K, now);
        NAME(lstm_step)(a, &w, t, now, 1);
    }
}

/* Write the states of a group of columns. */
static void NAME(lstm_leave)(const Lstm *a, LstmScratch w, Columns columns)
{
    NAME(leave)(w.s, a->K, a->H, a->state_h, columns);
    NAME(leave)(w.c, a->H, a->H, a->state_c, columns);
}

/* The same as `lstm_forward_group`, keeping nothing but the states. */
static void NAME(lstm_run_group)(const Lstm *a, LstmScratch w, Columns columns)
{
    ptrdiff_t H = a->H, K = a->K;
    NAME(enter)(w.s, K, a->state_h, 0, 0, H, columns);
    NAME(enter)(w.c, H, a->state_c, 0, 0, H, columns);
    for (ptrdiff_t t = 0; t < a->L; t++) {
        Columns now = NAME(running)(columns, a->widths, t);
        if (now.n < columns.n)
            NAME(lstm_leave)(a, w, columns); /* the state of those that end, too */
        if (!now.n)
            return;
        columns = now;
        NAME(enter_values)(w.s, K, H, a->x, t, columns);
        NAME(lstm_step)(a, &w, t, columns, 0);
    }
    NAME(lstm_leave)(a, w, columns);
}

/* Equations (1) to (6) for a single column. Here the rows of z are the vectors. If not `keeps`, only
 * the states are stored. */
INLINE void NAME(lstm_row)(
    const Lstm *a, const REAL *weights, ptrdiff_t stride, REAL *scratch, const int keeps)
{
    ptrdiff_t H = a->H, G = 4 * H, n_z = NAME(round_up)(G, LANES);
    REAL *z = scratch, *c = z + n_z + LANES, *s = c + H + LANES;
    memset(z, 0, (n_z + LANES) * sizeof(REAL)); /* lanes beyond the last unit are not stored */
    memcpy(c, keeps ? AT(a->c, 0, 0) : AT(a->state_c, 0, 0), H * sizeof(REAL));
    memcpy(s, keeps ? AT(a->inputs, 0, 0) : AT(a->state_h, 0, 0), H * sizeof(REAL));
    for (ptrdiff_t t = 0; t < a->L; t++) {
        REAL *gates = a->gates.data ? AT(a->gates, t, 0) : NULL;
        if (keeps)
            memcpy(s + H, AT(a->inputs, t, H), (a->K - H) * sizeof(REAL));
        else
            NAME(enter_row)(s + H, a->K - H, a->x, t);
        if (a->is_projected)
            memcpy(z, gates, G * sizeof(REAL));
        else
            memset(z, 0, n_z * sizeof(REAL));
        NAME(multiply_row)(z, n_z, weights, stride, s, a->K); /* (1) */
        for (ptrdiff_t k = 0; k < n_z; k += LANES)
            NAME(store)(z + k, NAME(tanh)(NAME(load)(z + k)));
        for (ptrdiff_t k = 0; k < H; k += LANES) {
            ptrdiff_t m = H - k < LANES ? H - k : LANES;
            V half = SET(0.5f);
            V o = FMA(NAME(load)(z + k), half, half); /* (2), as `sigmoid` */
            V i = FMA(NAME(load)(z + H + k), half, half);
            V f = FMA(NAME(load)(z + 2 * H + k), half, half);
            V g = NAME(load)(z + 3 * H + k); /* (3) */
            V c_now = FMA(f, NAME(load)(c + k), i * g); /* (4) */
            V y = NAME(tanh)(c_now);                    /* (5) */
            V h = o * y;                                /* (6) */
            NAME(store_part)(c + k, c_now, m);
            if (!keeps) {
                NAME(store_part)(s + k, h, m);
                if (a->h.data)
                    NAME(store_part)(AT(a->h, t, 0) + k, h, m);
                continue;
            }
            NAME(store_part)(gates + k, o, m);
            NAME(store_part)(gates + H + k, i, m);
            NAME(store_part)(gates + 2 * H + k, f, m);
            NAME(store_part)(gates + 3 * H + k, g, m);
            NAME(store_part)(AT(a->tanh_c, t, 0) + k, y, m);
            NAME(store_part)(AT(a->c, t + 1, 0) + k, c_now, m);
            NAME(store_part)(AT(a->h, t + 1, 0) + k, h, m);
            if (a->mask.data) {
                h = h * NAME(load_part)(AT(a->mask, 0, 0) + k, m);
                NAME(store_part)(AT(a->inputs, t + 1, 0) + k, h, m);
            }
            NAME(store_part)(s + k, h, m);
        }
    }
    if (!keeps) {
        memcpy(AT(a->state_c, 0, 0), c, H * sizeof(REAL));
        memcpy(AT(a->state_h, 0, 0), s, H * sizeof(REAL));
    }
}

/* Whether the rows of all arrays are next to each other, as `lstm_row` needs. */
static int NAME(lstm_is_row)(const Lstm *a)
{
    Array arrays[] = {a->inputs, a->h, a->c, a->gates, a->tanh_c, a->mask, a->state_h, a->state_c};
    return a->b == 1 && NAME(are_rows)(arrays, sizeof arrays / sizeof *arrays);
}

/* `forward` or `run` for a single column. */
INLINE int NAME(lstm_one)(const Lstm *a, const int keeps)
{
    ptrdiff_t G = 4 * a->H, n_z = NAME(round_up)(G, LANES), stride = a->weights.row;
    int is_ready = a->weights.column == 1 && G == n_z;
    ptrdiff_t n_copy = is_ready ? 0 : a->K * n_z;
    void *whole;
    REAL *copy = sklstm_allocate((n_copy + n_z + a->H + a->K + 2 * LANES) * sizeof(REAL), &whole);
    const REAL *weights = is_ready ? (const REAL *)a->weights.data : copy;
    if (!copy)
        return -1;
    if (!is_ready) {
        stride = n_z;
        NAME(pack_rows)(copy, a->weights, a->K, G, n_z);
    }
    NAME(lstm_row)(a, weights, stride, copy + n_copy, keeps);
    free(whole);
    return 0;
}

/* Call `all_steps` for every group of columns. */
INLINE int NAME(lstm_groups)(
    const Lstm *a, void (*all_steps)(const Lstm *, LstmScratch, Columns))
{
    ptrdiff_t H = a->H, K = a->K, units = NAME(round_up)(H, UNITS);
    ptrdiff_t panels = NAME(group)(0, a->b).n_panels * PANEL;
    ptrdiff_t n_tiles = units * 4 * K, n_s = panels * K, n_c = panels * H;
    LstmScratch w = {0};
    void *whole;
    w.tiles = sklstm_allocate((n_tiles + 2 * n_s + 2 * n_c) * sizeof(REAL), &whole);
    if (!w.tiles)
        return -1;
    w.s = w.tiles + n_tiles;
    w.s_next = w.s + n_s;
    w.c = w.s_next + n_s;
    w.mask = w.c + n_c;
    NAME(pack)(w.tiles, ROWS * K, a->weights, 0, K, 0, 4, H, UNITS);
    for (ptrdiff_t first = 0; first < a->b; first += GROUP_PANELS * PANEL)
        all_steps(a, w, NAME(group)(first, a->b));
    free(whole);
    return 0;
}

static int NAME(lstm_forward)(const Lstm *a)
{
    return NAME(lstm_is_row)(a) ? NAME(lstm_one)(a, 1) : NAME(lstm_groups)(a, NAME(lstm_forward_group));
}

/* `forward` without history: x is read, and the state replaced. */
static int NAME(lstm_run)(const Lstm *a)
{
    return NAME(lstm_is_row)(a) ? NAME(lstm_one)(a, 0) : NAME(lstm_groups)(a, NAME(lstm_run_group));
}

/* Equations (7) to (15) of unit j for one vector: m columns from `first` on, at `at` in scratch. */
INLINE void NAME(lstm_factors)(
    const Lstm *a, LstmScratch w, ptrdiff_t t, ptrdiff_t j, ptrdiff_t first, ptrdiff_t m,
    ptrdiff_t p, ptrdiff_t v)
{
    ptrdiff_t H = a->H, at = (p * H + j) * PANEL + v * LANES;
    REAL *dz = w.dz + (p * 4 * H + j) * PANEL + v * LANES, *gates = AT(a->gates, t, j) + first;
    ptrdiff_t gate = H * a->gates.row, block = H * PANEL;
    V one = SET(1);
    V o = NAME(load_part)(gates, m), i = NAME(load_part)(gates + gate, m);
    V f = NAME(load_part)(gates + 2 * gate, m), g = NAME(load_part)(gates + 3 * gate, m);
    V y = NAME(load_part)(AT(a->tanh_c, t, j) + first, m);
    V c_before = NAME(load_part)(AT(a->c, t, j) + first, m);
    V d_h = NAME(load)(w.d_h + at), d_c = NAME(load)(w.d_c + at), d_o, d_i, d_f, d_g;
    if (a->d_out.data)
        d_h = d_h + NAME(load_part)(AT(a->d_out, t, j) + first, m);
    d_c = d_c + d_h * (o * (one - y * y));    /* (11), (12) */
    d_o = d_h * (y * (o * (one - o)));        /* (10), (13) */
    d_i = d_c * (g * (i * (one - i)));        /* (8), (14) */
    d_f = d_c * (c_before * (f * (one - f))); /* (7), (14) */
    d_g = d_c * (i * (one - g * g));          /* (9), (14) */
    NAME(store_part)(w.d_c + at, d_c * f, m); /* (15) */
    NAME(store)(dz, d_o);
    NAME(store)(dz + block, d_i);
    NAME(store)(dz + 2 * block, d_f);
    NAME(store)(dz + 3 * block, d_g);
    NAME(store_part)(gates, d_o, m);
    NAME(store_part)(gates + gate, d_i, m);
    NAME(store_part)(gates + 2 * gate, d_f, m);
    NAME(store_part)(gates + 3 * gate, d_g, m);
}

/* Derivatives by the states after a column's last step stay in w.d_h and w.d_c until that step. */
static void NAME(lstm_backward_group)(const Lstm *a, LstmScratch w, Columns columns)
{
    ptrdiff_t H = a->H;
    NAME(enter)(w.d_h, H, a->d_h, 0, 0, H, columns);
    NAME(enter)(w.d_c, H, a->d_c, 0, 0, H, columns);
    if (a->mask.data)
        NAME(enter)(w.mask, H, a->mask, 0, 0, H, columns);
    for (ptrdiff_t t = a->L - 1; t >= 0; t--) {
        Columns now = NAME(running)(columns, a->widths, t);
        for (ptrdiff_t p = 0; p < now.n_panels; p++)
            for (ptrdiff_t v = 0; v < 2; v++) {
                ptrdiff_t m = NAME(part)(now, p, v);
                ptrdiff_t first = columns.first + p * PANEL + v * LANES;
                if (m == LANES)
                    for (ptrdiff_t j = 0; j < H; j++)
                        NAME(lstm_factors)(a, w, t, j, first, LANES, p, v);
                else if (m)
                    for (ptrdiff_t j = 0; j < H; j++)
                        NAME(lstm_factors)(a, w, t, j, first, m, p, v);
            }
        NAME(product)(
            w.d_h, H, w.tiles, w.dz, 4 * H, 4 * H, a->mask.data ? w.mask : NULL, now); /* (16) */
    }
    NAME(leave)(w.d_h, H, H, a->d_h, columns);
    NAME(leave)(w.d_c, H, H, a->d_c, columns);
}

static int NAME(lstm_backward)(const Lstm *a)
{
    ptrdiff_t H = a->H, panels = NAME(group)(0, a->b).n_panels * PANEL;
    ptrdiff_t n_tiles = NAME(round_up)(H, ROWS) * 4 * H, n_h = panels * H;
    Matrix transposed = {a->weights.data, a->weights.column, a->weights.row};
    LstmScratch w = {0};
    void *whole;
    w.tiles = sklstm_allocate((n_tiles + 7 * n_h) * sizeof(REAL), &whole);
    if (!w.tiles)
        return -1;
    w.d_h = w.tiles + n_tiles;
    w.d_c = w.d_h + n_h;
    w.mask = w.d_c + n_h;
    w.dz = w.mask + n_h;
    NAME(pack)(w.tiles, ROWS * 4 * H, transposed, 0, 4 * H, 0, 1, H, ROWS);
    for (ptrdiff_t first = 0; first < a->b; first += GROUP_PANELS * PANEL)
        NAME(lstm_backward_group)(a, w, NAME(group)(first, a->b));
    free(whole);
    return 0;
}
