/* Gradients of the weights, from all columns of all steps: gradient[k, g] += sum of s[t, k, b]
 * d_gates[t, g, b] over t and b. Included once for each dtype and kind of processor.
 *
 * The lanes are rows of s, so only s, which is the smaller array, is transposed, for a few steps at a
 * time. The sums are kept transposed in scratch, (panels, G, PANEL). If the last rows do not fill half a
 * vector, their lanes are columns, of which there must be enough; their sums are (rows, G, LANES). */

#define OUTER_COLUMNS 128 /* of several steps together: their transposed s stays in the cache */
#define WIDTH(a, t) ((a)->widths ? (ptrdiff_t)(a)->widths[t] : (a)->b)
/* A tile of the last rows of s. */
#define REST_ROWS 2
#define REST_GATES 4

/* Add steps [start, stop) to `sums` (rows, PANEL), for rows g to g + rows of d_gates and N vectors of a
 * panel of s, transposed: (columns of these steps, PANEL). */
INLINE void NAME(outer_tile)(
    const Outer *a, REAL *sums, const REAL *s, ptrdiff_t start, ptrdiff_t stop, ptrdiff_t g,
    const int rows, const int N)
{
    V acc[ROWS][2];
    UNROLL
    for (int r = 0; r < rows; r++)
        UNROLL
        for (int n = 0; n < N; n++)
            acc[r][n] = NAME(load)(sums + r * PANEL + n * LANES);
    for (ptrdiff_t t = start; t < stop; t++) {
        const REAL *d = AT(a->d_gates, t, g), *end = d + WIDTH(a, t);
        for (; d < end; d++, s += PANEL) {
            V row[2];
            UNROLL
            for (int n = 0; n < N; n++)
                row[n] = NAME(load)(s + n * LANES);
            UNROLL
            for (int r = 0; r < rows; r++) {
                V dz = SET(d[r * a->d_gates.row]);
                UNROLL
                for (int n = 0; n < N; n++)
                    acc[r][n] = FMA(dz, row[n], acc[r][n]);
            }
        }
    }
    UNROLL
    for (int r = 0; r < rows; r++)
        UNROLL
        for (int n = 0; n < N; n++)
            NAME(store)(sums + r * PANEL + n * LANES, acc[r][n]);
}

/* All rows of d_gates with one panel. */
INLINE void NAME(outer_panel)(
    const Outer *a, REAL *sums, const REAL *s, ptrdiff_t start, ptrdiff_t stop, const int N)
{
    ptrdiff_t g = 0;
    for (; g + ROWS <= a->G; g += ROWS)
        NAME(outer_tile)(a, sums + g * PANEL, s, start, stop, g, ROWS, N);
    for (; g < a->G; g++)
        NAME(outer_tile)(a, sums + g * PANEL, s, start, stop, g, 1, N);
}

/* Add steps [start, stop) to `sums` (rows, G, LANES), for row k of s, whose sums are the first ones, to
 * row k + n_k, and rows g to g + n_g of d_gates. */
INLINE void NAME(outer_dots)(
    const Outer *a, REAL *sums, ptrdiff_t start, ptrdiff_t stop, ptrdiff_t k, ptrdiff_t g,
    const int n_k, const int n_g)
{
    V acc[REST_ROWS][REST_GATES], s[REST_ROWS];
    UNROLL
    for (int i = 0; i < n_k; i++)
        UNROLL
        for (int j = 0; j < n_g; j++)
            acc[i][j] = NAME(load)(sums + (i * a->G + g + j) * LANES);
    for (ptrdiff_t t = start; t < stop; t++) {
        ptrdiff_t width = WIDTH(a, t);
        for (ptrdiff_t b = 0; b < width; b += LANES) {
            s[0] = NAME(load_part)((const REAL *)AT(a->inputs, t, k) + b, width - b);
            if (n_k == REST_ROWS) /* which is 2: clang does not unroll a loop here */
                s[1] = NAME(load_part)((const REAL *)AT(a->inputs, t, k + 1) + b, width - b);
            UNROLL
            for (int j = 0; j < n_g; j++) {
                V dz = NAME(load_part)((const REAL *)AT(a->d_gates, t, g + j) + b, width - b);
                UNROLL
                for (int i = 0; i < n_k; i++)
                    acc[i][j] = FMA(s[i], dz, acc[i][j]);
            }
        }
    }
    UNROLL
    for (int i = 0; i < n_k; i++)
        UNROLL
        for (int j = 0; j < n_g; j++)
            NAME(store)(sums + (i * a->G + g + j) * LANES, acc[i][j]);
}

/* Rows k to k + n_k of s with all rows of d_gates. */
INLINE void NAME(outer_rest)(
    const Outer *a, REAL *sums, ptrdiff_t start, ptrdiff_t stop, ptrdiff_t k, const int n_k)
{
    ptrdiff_t g = 0;
    for (; g + REST_GATES <= a->G; g += REST_GATES)
        NAME(outer_dots)(a, sums, start, stop, k, g, n_k, REST_GATES);
    for (; g < a->G; g++)
        NAME(outer_dots)(a, sums, start, stop, k, g, n_k, 1);
}

/* Transpose rows k to k + n_k of s of step t, of n columns from b on, to (n, PANEL). */
INLINE void NAME(outer_block)(
    const Outer *a, REAL *to, ptrdiff_t t, ptrdiff_t k, ptrdiff_t n_k, ptrdiff_t b, ptrdiff_t n)
{
    V block[LANES_];
    UNROLL
    for (int i = 0; i < (int)LANES_; i++)
        block[i] = i < n_k ? NAME(load_part)((const REAL *)AT(a->inputs, t, k + i) + b, n) : SET(0);
    NAME(transpose)(block);
    UNROLL
    for (int i = 0; i < (int)LANES_; i++)
        if (i < n)
            NAME(store)(to + i * PANEL, block[i]);
}

/* Transpose the first K rows of s of steps [start, stop) to (panels, n_columns, PANEL), of which the
 * first columns are used. */
static void NAME(outer_transpose)(
    const Outer *a, REAL *s, ptrdiff_t K, ptrdiff_t n_columns, ptrdiff_t start, ptrdiff_t stop)
{
    for (ptrdiff_t t = start; t < stop; s += WIDTH(a, t) * PANEL, t++)
        for (ptrdiff_t k = 0; k < K; k += LANES) {
            REAL *to = s + k / PANEL * n_columns * PANEL + k % PANEL;
            for (ptrdiff_t b = 0; b < WIDTH(a, t); b += LANES, to += LANES * PANEL) {
                ptrdiff_t n_k = K - k, n = WIDTH(a, t) - b;
                if (n_k >= LANES && n >= LANES)
                    NAME(outer_block)(a, to, t, k, LANES, b, LANES);
                else
                    NAME(outer_block)(a, to, t, k, n_k, b, n);
            }
        }
}

static int NAME(outer_products)(const Outer *a)
{
    ptrdiff_t n_rest = a->K % LANES, n_vectors = (a->b + LANES - 1) / LANES;
    if (n_rest > LANES / 2 || n_rest * n_vectors >= a->b)
        n_rest = 0;
    ptrdiff_t K = a->K - n_rest, G = a->G, n_panels = (K + PANEL - 1) / PANEL;
    ptrdiff_t most = a->b < OUTER_COLUMNS ? OUTER_COLUMNS : a->b;
    ptrdiff_t n_columns = most < a->L * a->b ? most : a->L * a->b;
    size_t bytes = (n_panels * (G + n_columns) * PANEL + n_rest * G * LANES) * sizeof(REAL);
    void *whole;
    REAL *sums = sklstm_allocate(bytes, &whole), *s, *rest;
    if (!sums)
        return -1;
    memset(sums, 0, bytes); /* lanes beyond the last row of s, too */
    s = sums + n_panels * G * PANEL;
    rest = s + n_panels * n_columns * PANEL;
    for (ptrdiff_t start = 0, stop = 0; start < a->L; start = stop) {
        for (ptrdiff_t left = n_columns; stop < a->L && WIDTH(a, stop) <= left; stop++)
            left -= WIDTH(a, stop);
        NAME(outer_transpose)(a, s, K, n_columns, start, stop);
        for (ptrdiff_t p = 0; p < n_panels; p++) {
            REAL *to = sums + p * G * PANEL, *from = s + p * n_columns * PANEL;
            if (K - p * PANEL > LANES)
                NAME(outer_panel)(a, to, from, start, stop, 2);
            else
                NAME(outer_panel)(a, to, from, start, stop, 1);
        }
        ptrdiff_t k = 0;
        for (; k + REST_ROWS <= n_rest; k += REST_ROWS)
            NAME(outer_rest)(a, rest + k * G * LANES, start, stop, K + k, REST_ROWS);
        for (; k < n_rest; k++)
            NAME(outer_rest)(a, rest + k * G * LANES, start, stop, K + k, 1);
    }
    for (ptrdiff_t k = 0; k < K; k++) {
        const REAL *from = sums + k / PANEL * G * PANEL + k % PANEL;
        REAL *to = AT(a->gradient, 0, k);
        for (ptrdiff_t g = 0; g < G; g++)
            to[g] += from[g * PANEL];
    }
    for (ptrdiff_t k = 0; k < n_rest; k++) {
        REAL *to = AT(a->gradient, 0, K + k);
        for (ptrdiff_t g = 0; g < G; g++, rest += LANES) {
            REAL sum = 0;
            for (ptrdiff_t i = 0; i < LANES; i++)
                sum += rest[i];
            to[g] += sum;
        }
    }
    free(whole);
    return 0;
}
