/* Rows of a table for tokens, and the gradient of the table: sklstm/core/kernels/tokens.py. Included
 * once for each dtype and kind of processor. A token is between 0 and the number of rows. */

/* Numbers g to g + m of the rows of n columns of step t, from `first` on: copied to the columns or, if
 * `adds`, the columns are added to the rows. */
INLINE void NAME(token_block)(
    const Tokens *a, REAL *const *rows, ptrdiff_t t, ptrdiff_t first, ptrdiff_t n, ptrdiff_t g,
    ptrdiff_t m, const int adds)
{
    V block[LANES_];
    UNROLL
    for (int i = 0; i < (int)LANES_; i++)
        block[i] = SET(0);
    UNROLL
    for (int i = 0; i < (int)LANES_; i++)
        if (i < (adds ? m : n))
            block[i] = adds ? NAME(load_part)((const REAL *)AT(a->columns, t, g + i) + first, n)
                            : NAME(load_part)(rows[i] + g, m);
    NAME(transpose)(block);
    UNROLL
    for (int i = 0; i < (int)LANES_; i++)
        if (adds && i < n)
            NAME(store_part)(rows[i] + g, NAME(load_part)(rows[i] + g, m) + block[i], m);
        else if (!adds && i < m)
            NAME(store_part)(AT(a->columns, t, g + i) + first, block[i], n);
}

/* The same for all numbers of the rows and few columns, one by one. */
INLINE void NAME(few_tokens)(
    const Tokens *a, REAL *const *rows, ptrdiff_t t, ptrdiff_t first, ptrdiff_t n, const int adds)
{
    for (ptrdiff_t g = 0; g < a->G; g++) {
        REAL *columns = AT(a->columns, t, g) + first;
        for (ptrdiff_t i = 0; i < n; i++)
            if (adds)
                rows[i][g] += columns[i];
            else
                columns[i] = rows[i][g];
    }
}

/* The same for all numbers of the rows. */
INLINE void NAME(token_columns)(
    const Tokens *a, REAL *const *rows, ptrdiff_t t, ptrdiff_t first, ptrdiff_t n, const int adds)
{
    ptrdiff_t g = 0;
    for (; g + LANES <= a->G; g += LANES)
        NAME(token_block)(a, rows, t, first, n, g, LANES, adds);
    if (g < a->G)
        NAME(token_block)(a, rows, t, first, n, g, a->G - g, adds);
}

INLINE int NAME(all_tokens)(const Tokens *a, const int adds)
{
    REAL *rows[LANES_];
    for (ptrdiff_t t = 0; t < a->L; t++)
        for (ptrdiff_t first = 0; first < a->b; first += LANES) {
            ptrdiff_t n = a->b - first < LANES ? a->b - first : LANES;
            for (ptrdiff_t i = 0; i < n; i++) {
                ptrdiff_t token = a->tokens[t * a->step + (first + i) * a->column];
                rows[i] = AT(a->table, 0, token);
            }
            if (4 * n <= LANES)
                NAME(few_tokens)(a, rows, t, first, n, adds);
            else if (n == LANES)
                NAME(token_columns)(a, rows, t, first, LANES, adds);
            else
                NAME(token_columns)(a, rows, t, first, n, adds);
        }
    return 0;
}

static int NAME(look_up)(const Tokens *a) { return NAME(all_tokens)(a, 0); }

static int NAME(scatter_add)(const Tokens *a) { return NAME(all_tokens)(a, 1); }
