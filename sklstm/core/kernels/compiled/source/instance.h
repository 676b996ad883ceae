/* All kernels for one dtype and one kind of processor: NAME(functions).
 *
 * Expects IS_DOUBLE, VECTOR_BYTES, UNITS (of a tile: with sixteen registers 1, with more 2) and KIND,
 * a word for the names; undefines IS_DOUBLE and what follows from it. */

#if IS_DOUBLE
#define REAL double
#define BITS uint64_t
#define NAME(x) JOIN(x, double, KIND)
#else
#define REAL float
#define BITS uint32_t
#define NAME(x) JOIN(x, float, KIND)
#endif

#include "vectors.h"
#include "tiles.h"
#include "lstm.h"
#include "gru.h"
#include "outer.h"
#include "adam.h"
#include "tokens.h"

static const Functions NAME(functions) = {
    NAME(lstm_run), NAME(lstm_forward), NAME(lstm_backward), NAME(gru_run), NAME(gru_forward),
    NAME(gru_backward), NAME(outer_products), NAME(adam_update), NAME(look_up), NAME(scatter_add)};

#undef REAL
#undef BITS
#undef NAME
#undef IS_DOUBLE
/* vectors.h */
#undef V
#undef VI
#undef AS_BITS
#undef AS_REAL
#undef LANES
#undef LANES_
#undef SET
#undef FMA
#undef MIN
#undef LOAD_FIRST
#undef STORE_FIRST
#undef N_LANES
#undef FIRST_HALF
#undef SECOND_HALF
#undef SHUFFLE
/* tiles.h */
#undef PANEL
#undef ROWS
#undef GROUP_PANELS
#undef AT
#undef WEIGHT
#undef Columns
#undef ALL_TILES
/* outer.h */
#undef OUTER_COLUMNS
#undef REST_ROWS
#undef REST_GATES
/* lstm.h and gru.h */
#undef LstmScratch
#undef GruScratch
#undef ALL_UNITS
