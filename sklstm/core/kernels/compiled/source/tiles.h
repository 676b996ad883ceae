/* Tiles, panels and products: included once for each dtype and kind of processor.
 *
 * Columns are processed in groups, whose arrays stay in the cache, and those in panels of PANEL
 * columns. In scratch, an array of R rows is (panels, R, PANEL), filled up with zeros, so that all
 * columns, the last ones included, are computed by the same instructions. Weights are copied once a
 * call into the order in which a tile reads them: (tiles, K, rows of the tile). */

#define PANEL (2 * LANES)
#define ROWS (4 * UNITS) /* rows of a tile: UNITS units of four gates, or as many single rows */
#define GROUP_PANELS ((ptrdiff_t)(128 / PANEL > 1 ? 128 / PANEL : 1))

#define AT(array, t, row_) ((REAL *)(array).data + (t) * (array).step + (row_) * (array).row)
#define WEIGHT(m, i, j) (((const REAL *)(m).data)[(i) * (m).row + (j) * (m).column])

/* Columns of a group: the first one, and how many. */
#define Columns NAME(columns)
typedef struct {
    ptrdiff_t first, n, n_panels;
} Columns;

INLINE Columns NAME(group)(ptrdiff_t first, ptrdiff_t b)
{
    ptrdiff_t n = b - first < GROUP_PANELS * PANEL ? b - first : GROUP_PANELS * PANEL;
    Columns columns = {first, n, (n + PANEL - 1) / PANEL};
    return columns;
}

/* Those columns of a group that run at step t. */
INLINE Columns NAME(running)(Columns columns, const int64_t *widths, ptrdiff_t t)
{
    ptrdiff_t n = widths ? widths[t] - columns.first : columns.n;
    if (n < columns.n) {
        columns.n = n > 0 ? n : 0;
        columns.n_panels = (columns.n + PANEL - 1) / PANEL;
    }
    return columns;
}

/* Number of columns in vector v of panel p. */
INLINE ptrdiff_t NAME(part)(Columns columns, ptrdiff_t p, ptrdiff_t v)
{
    ptrdiff_t n = columns.n - p * PANEL - v * LANES;
    return n < 0 ? 0 : n < LANES ? n : LANES;
}

INLINE ptrdiff_t NAME(round_up)(ptrdiff_t n, ptrdiff_t step) { return (n + step - 1) / step * step; }

/* Copy rows [from, to) of a step to the same rows of scratch that has `rows` rows in all. */
static void NAME(enter)(
    REAL *scratch, ptrdiff_t rows, Array array, ptrdiff_t t, ptrdiff_t from, ptrdiff_t to,
    Columns columns)
{
    for (ptrdiff_t p = 0; p < columns.n_panels; p++)
        for (ptrdiff_t k = from; k < to; k++)
            for (ptrdiff_t v = 0; v < 2; v++)
                NAME(store)(
                    scratch + (p * rows + k) * PANEL + v * LANES,
                    NAME(load_part)(
                        AT(array, t, k) + columns.first + p * PANEL + v * LANES,
                        NAME(part)(columns, p, v)));
}

/* Copy step t of x, and 1, to the rows [from, K) of scratch. */
static void NAME(enter_values)(
    REAL *scratch, ptrdiff_t K, ptrdiff_t from, Values x, ptrdiff_t t, Columns columns)
{
    for (ptrdiff_t p = 0; p < columns.n_panels; p++, scratch += K * PANEL) {
        ptrdiff_t first = columns.first + p * PANEL, left = columns.n - p * PANEL;
        const REAL *values = (const REAL *)x.data + t * x.step + first * x.column;
        for (ptrdiff_t i = 0; i < PANEL; i++, values += x.column) {
            for (ptrdiff_t k = from; k < K - 1; k++)
                scratch[k * PANEL + i] = i < left ? values[(k - from) * x.row] : 0;
            scratch[(K - 1) * PANEL + i] = i < left;
        }
    }
}

/* The opposite of `enter` for an array without steps: its n_rows rows are the first ones of scratch. */
static void NAME(leave)(
    const REAL *scratch, ptrdiff_t rows, ptrdiff_t n_rows, Array array, Columns columns)
{
    for (ptrdiff_t p = 0; p < columns.n_panels; p++)
        for (ptrdiff_t k = 0; k < n_rows; k++)
            for (ptrdiff_t v = 0; v < 2; v++)
                NAME(store_part)(
                    AT(array, 0, k) + columns.first + p * PANEL + v * LANES,
                    NAME(load)(scratch + (p * rows + k) * PANEL + v * LANES),
                    NAME(part)(columns, p, v));
}

/* Weights (n_k, n_blocks H), rows of the packed matrix from `first` on, to tiles (tiles, n_k,
 * n_blocks, units): a tile has the same units of all blocks. Missing units are 0. The blocks begin
 * with column `block` H. `stride` is the size of a tile, which may have other rows as well.
 * Weights are read in their order in memory: row by row if columns are contiguous. */
static void NAME(pack)(
    REAL *tiles, ptrdiff_t stride, Matrix m, ptrdiff_t first, ptrdiff_t n_k, ptrdiff_t block,
    ptrdiff_t n_blocks, ptrdiff_t H, ptrdiff_t units)
{
    if (m.column == 1) {
        for (ptrdiff_t k = 0; k < n_k; k++)
            for (ptrdiff_t j = 0; j < H; j += units) {
                const REAL *from = &WEIGHT(m, first + k, block * H + j);
                REAL *to = tiles + j / units * stride + k * n_blocks * units;
                for (ptrdiff_t g = 0; g < n_blocks; g++, from += H)
                    for (ptrdiff_t u = 0; u < units; u++)
                        *to++ = j + u < H ? from[u] : 0;
            }
        return;
    }
    for (ptrdiff_t j = 0; j < H; j += units, tiles += stride) {
        REAL *to = tiles;
        for (ptrdiff_t k = 0; k < n_k; k++)
            for (ptrdiff_t g = 0; g < n_blocks; g++)
                for (ptrdiff_t u = 0; u < units; u++)
                    *to++ = j + u < H ? WEIGHT(m, first + k, (block + g) * H + j + u) : 0;
    }
}

/* Add to acc, for each row r of a tile and each of N vectors of a panel, the sum over k of
 * weights[k, r] s[k], in the order of k. */
INLINE void NAME(multiply)(
    V acc[][2], const int rows, const int N, const REAL *weights, const REAL *s, ptrdiff_t n_k)
{
    for (ptrdiff_t k = 0; k < n_k; k++, weights += rows, s += PANEL) {
        V column[2];
        UNROLL
        for (int n = 0; n < N; n++)
            column[n] = NAME(load)(s + n * LANES);
        UNROLL
        for (int r = 0; r < rows; r++) {
            V weight = SET(weights[r]);
            UNROLL
            for (int n = 0; n < N; n++)
                acc[r][n] = FMA(weight, column[n], acc[r][n]);
        }
    }
}

/* A block of ROWS rows of a product for N vectors of a panel: out = mask (weights s). `out` has H rows;
 * of the last vector the first m lanes are written. `mask` may be NULL. */
INLINE void NAME(product_panel)(
    REAL *out, ptrdiff_t j, ptrdiff_t H, const REAL *weights, const REAL *s, ptrdiff_t n_k,
    const REAL *mask, const int N, ptrdiff_t m)
{
    V acc[ROWS][2];
    UNROLL
    for (int r = 0; r < ROWS; r++)
        UNROLL
        for (int n = 0; n < N; n++)
            acc[r][n] = SET(0);
    NAME(multiply)(acc, ROWS, N, weights, s, n_k);
    UNROLL
    for (int r = 0; r < ROWS; r++)
        if (j + r < H)
            UNROLL
            for (int n = 0; n < N; n++) {
                ptrdiff_t at = (j + r) * PANEL + n * LANES;
                V v = mask ? acc[r][n] * NAME(load)(mask + at) : acc[r][n];
                NAME(store_part)(out + at, v, n == N - 1 ? m : LANES);
            }
}

/* out = mask (weights s) for all columns, and no lanes beyond: s has n_k of `rows` rows, out and mask
 * H. */
static void NAME(product)(
    REAL *out, ptrdiff_t H, const REAL *tiles, const REAL *s, ptrdiff_t rows, ptrdiff_t n_k,
    const REAL *mask, Columns columns)
{
    for (ptrdiff_t j = 0; j < H; j += ROWS, tiles += n_k * ROWS)
        for (ptrdiff_t p = 0; p < columns.n_panels; p++) {
            REAL *to = out + p * H * PANEL;
            const REAL *from = s + p * rows * PANEL, *by = mask ? mask + p * H * PANEL : NULL;
            ptrdiff_t m = NAME(part)(columns, p, 1);
            if (m == LANES)
                NAME(product_panel)(to, j, H, tiles, from, n_k, by, 2, LANES);
            else if (m)
                NAME(product_panel)(to, j, H, tiles, from, n_k, by, 2, m);
            else
                NAME(product_panel)(to, j, H, tiles, from, n_k, by, 1, NAME(part)(columns, p, 0));
        }
}

/* Calls a tile of `units` units, of the function where this stands, for all units and panels. */
#define ALL_TILES(tile, units, weights_, size)                                 \
    for (ptrdiff_t j = 0, k = 0; j < a->H; j += (units), k += (size))          \
        for (ptrdiff_t p = 0; p < columns.n_panels; p++)                       \
            if (NAME(part)(columns, p, 1))                                     \
                NAME(tile)(a, *w, (weights_) + k, t, j, p, columns, 2, keeps); \
            else                                                               \
                NAME(tile)(a, *w, (weights_) + k, t, j, p, columns, 1, keeps)

/* The same products for a single column: the rows of z are the vectors. z[i] += sum over k of
 * weights[k, i] s[k], in the order of k, as in `multiply`. Rows of weights are `stride` apart. */
INLINE void NAME(row_block)(
    REAL *z, const REAL *weights, ptrdiff_t stride, const REAL *s, ptrdiff_t n_k, const int N)
{
    V acc[8];
    UNROLL
    for (int n = 0; n < N; n++)
        acc[n] = NAME(load)(z + n * LANES);
    for (ptrdiff_t k = 0; k < n_k; k++, weights += stride) {
        V x = SET(s[k]);
        UNROLL
        for (int n = 0; n < N; n++)
            acc[n] = FMA(NAME(load)(weights + n * LANES), x, acc[n]);
    }
    UNROLL
    for (int n = 0; n < N; n++)
        NAME(store)(z + n * LANES, acc[n]);
}

static void NAME(multiply_row)(
    REAL *z, ptrdiff_t n_z, const REAL *weights, ptrdiff_t stride, const REAL *s, ptrdiff_t n_k)
{
    ptrdiff_t i = 0;
    for (; i + 8 * LANES <= n_z; i += 8 * LANES)
        NAME(row_block)(z + i, weights + i, stride, s, n_k, 8);
    for (; i + 4 * LANES <= n_z; i += 4 * LANES)
        NAME(row_block)(z + i, weights + i, stride, s, n_k, 4);
    for (; i + 2 * LANES <= n_z; i += 2 * LANES)
        NAME(row_block)(z + i, weights + i, stride, s, n_k, 2);
    for (; i < n_z; i += LANES)
        NAME(row_block)(z + i, weights + i, stride, s, n_k, 1);
}

/* Weights (n_k, G) to rows of n_z numbers, filled up with zeros. */
static void NAME(pack_rows)(REAL *to, Matrix m, ptrdiff_t n_k, ptrdiff_t G, ptrdiff_t n_z)
{
    for (ptrdiff_t k = 0; k < n_k; k++)
        for (ptrdiff_t i = 0; i < n_z; i++)
            *to++ = i < G ? WEIGHT(m, k, i) : 0;
}

/* Copy step t of a single column of x, and 1, to `to`, of n numbers. */
INLINE void NAME(enter_row)(REAL *to, ptrdiff_t n, Values x, ptrdiff_t t)
{
    const REAL *values = (const REAL *)x.data + t * x.step;
    for (ptrdiff_t k = 0; k < n - 1; k++)
        to[k] = values[k * x.row];
    to[n - 1] = 1;
}

/* Whether the rows of a single column are next to each other in all arrays. */
static int NAME(are_rows)(const Array *arrays, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (arrays[i].data && arrays[i].row != 1)
            return 0;
    return 1;
}
