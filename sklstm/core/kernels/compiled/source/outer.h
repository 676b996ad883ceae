/* Gradients of the weights, from all columns of all steps: gradient[k, g] += sum of s[t, k, b]
 * d_gates[t, g, b] over t and b. Included once for each dtype and kind of processor.
 *
 * The lanes are rows of s, so only s, which is the smaller array, is transposed, for a few steps at a
 * time. The sums are kept transposed in scratch, (panels, G, PANEL). */

#define OUTER_COLUMNS 128 /* of several steps together: their transposed s stays in the cache */

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
        const REAL *d = AT(a->d_gates, t, g);
        for (ptrdiff_t b = 0; b < a->b; b++, d++, s += PANEL) {
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

/* Transpose s of steps [start, stop) to (panels, n_columns, PANEL). */
static void NAME(outer_transpose)(
    const Outer *a, REAL *s, ptrdiff_t n_columns, ptrdiff_t start, ptrdiff_t stop)
{
    for (ptrdiff_t t = start; t < stop; t++)
        for (ptrdiff_t k = 0; k < a->K; k++) {
            const REAL *from = AT(a->inputs, t, k);
            REAL *to = s + (k / PANEL * n_columns + (t - start) * a->b) * PANEL + k % PANEL;
            for (ptrdiff_t b = 0; b < a->b; b++)
                to[b * PANEL] = from[b];
        }
}

static int NAME(outer_products)(const Outer *a)
{
    ptrdiff_t K = a->K, G = a->G, n_panels = (K + PANEL - 1) / PANEL;
    ptrdiff_t most = a->b < OUTER_COLUMNS ? OUTER_COLUMNS / a->b : 1;
    ptrdiff_t n_steps = most < a->L ? most : a->L, n_columns = n_steps * a->b;
    size_t bytes = n_panels * (G + n_columns) * PANEL * sizeof(REAL);
    void *whole;
    REAL *sums = sklstm_allocate(bytes, &whole), *s;
    if (!sums)
        return -1;
    memset(sums, 0, bytes); /* lanes beyond the last row of s, too */
    s = sums + n_panels * G * PANEL;
    for (ptrdiff_t start = 0; start < a->L; start += n_steps) {
        ptrdiff_t stop = start + n_steps < a->L ? start + n_steps : a->L;
        NAME(outer_transpose)(a, s, n_columns, start, stop);
        for (ptrdiff_t p = 0; p < n_panels; p++) {
            REAL *to = sums + p * G * PANEL, *from = s + p * n_columns * PANEL;
            if (K - p * PANEL > LANES)
                NAME(outer_panel)(a, to, from, start, stop, 2);
            else
                NAME(outer_panel)(a, to, from, start, stop, 1);
        }
    }
    for (ptrdiff_t k = 0; k < K; k++) {
        const REAL *from = sums + k / PANEL * G * PANEL + k % PANEL;
        REAL *to = AT(a->gradient, 0, k);
        for (ptrdiff_t g = 0; g < G; g++)
            to[g] += from[g * PANEL];
    }
    free(whole);
    return 0;
}
