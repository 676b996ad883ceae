/* Rows of a table for tokens, and the gradient of the table: sklstm/core/kernels/tokens.py. Included
 * once for each dtype and kind of processor. A token is between 0 and the number of rows. */

/* Columns that are processed together: their rows of the table are read in order. */
#define TOKEN_COLUMNS 16

/* The places in the table of the first numbers of the rows for some columns of step t. */
INLINE void NAME(token_rows)(
    const Tokens *a, REAL **rows, ptrdiff_t t, ptrdiff_t first, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        rows[i] = (REAL *)a->table.data + a->tokens[t * a->step + (first + i) * a->column] * a->table.row;
}

/* Copy the rows to the columns or, if `adds`, add the columns to the rows. */
INLINE int NAME(all_tokens)(const Tokens *a, const int adds)
{
    REAL *rows[TOKEN_COLUMNS];
    for (ptrdiff_t t = 0; t < a->L; t++)
        for (ptrdiff_t first = 0; first < a->b; first += TOKEN_COLUMNS) {
            ptrdiff_t n = a->b - first < TOKEN_COLUMNS ? a->b - first : TOKEN_COLUMNS;
            NAME(token_rows)(a, rows, t, first, n);
            for (ptrdiff_t g = 0; g < a->G; g++) {
                REAL *columns = AT(a->columns, t, g) + first;
                for (ptrdiff_t i = 0; i < n; i++)
                    if (adds)
                        rows[i][g] += columns[i];
                    else
                        columns[i] = rows[i][g];
            }
        }
    return 0;
}

static int NAME(look_up)(const Tokens *a) { return NAME(all_tokens)(a, 0); }

static int NAME(scatter_add)(const Tokens *a) { return NAME(all_tokens)(a, 1); }
