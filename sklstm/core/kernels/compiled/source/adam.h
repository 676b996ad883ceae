/* The update of Adam: sklstm/core/kernels/adam.py, equations (1) to (3). Included once for each dtype
 * and kind of processor. Same operations as there, in the same order, each rounded to REAL. */

static int NAME(adam_update)(const Adam *a)
{
    const V beta_1 = SET((REAL)a->beta_1), rest_1 = SET((REAL)(1.0 - a->beta_1));
    const V beta_2 = SET((REAL)a->beta_2), rest_2 = SET((REAL)(1.0 - a->beta_2));
    const V eps = SET((REAL)a->eps), rate = SET((REAL)a->rate), root = SET((REAL)a->root);
    REAL *params = a->params.data, *mean = a->mean.data, *square = a->square.data;
    const REAL *gradient = a->gradient.data;
    for (ptrdiff_t i = 0; i < a->n; i += LANES) {
        ptrdiff_t left = a->n - i;
        V g = NAME(load_part)(gradient + i, left), p = NAME(load_part)(params + i, left);
        V m = NAME(load_part)(mean + i, left), s = NAME(load_part)(square + i, left);
        m = m * beta_1 + g * rest_1;
        s = s * beta_2 + g * g * rest_2;
        p -= m / (NAME(root)(s) / root + eps) * rate;
        NAME(store_part)(mean + i, m, left);
        NAME(store_part)(square + i, s, left);
        NAME(store_part)(params + i, p, left);
    }
    return 0;
}
