/* Vectors of LANES numbers: included once for each dtype and kind of processor.
 *
 * Expects REAL, BITS (the unsigned integer of the same size), IS_DOUBLE, VECTOR_BYTES (0: no vectors,
 * LANES is 1) and NAME(x), which makes x a name of this inclusion.
 *
 * All arithmetic of a lane is the same wherever it is computed, and fused only where FMA says so
 * (the sources are compiled with -ffp-contract=off): the results of a column do not depend on the
 * columns beside it. Infinity and NaN come out as in NumPy. */

#define V NAME(vector)
#define VI NAME(bits)

#if VECTOR_BYTES
#define LANES_ (VECTOR_BYTES / sizeof(REAL))
typedef REAL V __attribute__((vector_size(VECTOR_BYTES)));
typedef BITS VI __attribute__((vector_size(VECTOR_BYTES)));
#define AS_BITS(v) ((VI)(v))
#define AS_REAL(i) ((V)(i))
#else
#define LANES_ 1
typedef REAL V;
typedef BITS VI;
INLINE VI NAME(as_bits)(V v) { VI i; memcpy(&i, &v, sizeof i); return i; }
INLINE V NAME(as_real)(VI i) { V v; memcpy(&v, &i, sizeof v); return v; }
#define AS_BITS(v) NAME(as_bits)(v)
#define AS_REAL(i) NAME(as_real)(i)
#endif

#define LANES ((ptrdiff_t)LANES_)

/* SET(x): all lanes x. FMA(a, b, c): a b + c. MIN(a, b): b where a or b is NaN. */
#if VECTOR_BYTES == 64 && defined(X86_64)
#if IS_DOUBLE
#define SET(x) ((V)_mm512_set1_pd(x))
#define FMA(a, b, c) ((V)_mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c)))
#define MIN(a, b) ((V)_mm512_min_pd((__m512d)(a), (__m512d)(b)))
#else
#define SET(x) ((V)_mm512_set1_ps(x))
#define FMA(a, b, c) ((V)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define MIN(a, b) ((V)_mm512_min_ps((__m512)(a), (__m512)(b)))
#endif
#elif VECTOR_BYTES == 32 && defined(X86_64)
#if IS_DOUBLE
#define SET(x) ((V)_mm256_set1_pd(x))
#define FMA(a, b, c) ((V)_mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c)))
#define MIN(a, b) ((V)_mm256_min_pd((__m256d)(a), (__m256d)(b)))
#else
#define SET(x) ((V)_mm256_set1_ps(x))
#define FMA(a, b, c) ((V)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define MIN(a, b) ((V)_mm256_min_ps((__m256)(a), (__m256)(b)))
#endif
#elif VECTOR_BYTES
#define SET(x) ((REAL)(x) - (V){0}) /* x - 0 is x, also for x = -0 */
#if defined(__aarch64__) && IS_DOUBLE
#define FMA(a, b, c) ((V)vfmaq_f64((float64x2_t)(c), (float64x2_t)(a), (float64x2_t)(b)))
#elif defined(__aarch64__)
#define FMA(a, b, c) ((V)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
INLINE V NAME(smaller)(V a, V b)
{
    VI is_less = (VI)(a < b);
    return (V)((is_less & (VI)a) | (~is_less & (VI)b));
}
#define MIN(a, b) NAME(smaller)(a, b)
#else
#define SET(x) ((REAL)(x))
#define FMA(a, b, c) ((a) * (b) + (c))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#endif

/* The square root of each lane. */
#if VECTOR_BYTES == 64 && defined(X86_64)
#if IS_DOUBLE
INLINE V NAME(root)(V v) { return (V)_mm512_sqrt_pd((__m512d)v); }
#else
INLINE V NAME(root)(V v) { return (V)_mm512_sqrt_ps((__m512)v); }
#endif
#elif VECTOR_BYTES == 32 && defined(X86_64)
#if IS_DOUBLE
INLINE V NAME(root)(V v) { return (V)_mm256_sqrt_pd((__m256d)v); }
#else
INLINE V NAME(root)(V v) { return (V)_mm256_sqrt_ps((__m256)v); }
#endif
#else
INLINE V NAME(root)(V v)
{
    REAL lanes[LANES_];
    memcpy(lanes, &v, sizeof v);
    for (size_t i = 0; i < LANES_; i++)
        lanes[i] = IS_DOUBLE ? (REAL)sqrt(lanes[i]) : (REAL)sqrtf((float)lanes[i]);
    memcpy(&v, lanes, sizeof v);
    return v;
}
#endif

INLINE V NAME(load)(const REAL *from)
{
    V v;
    memcpy(&v, from, sizeof v);
    return v;
}

INLINE void NAME(store)(REAL *to, V v) { memcpy(to, &v, sizeof v); }

/* The first n lanes only, n >= 0: nothing beyond the last column is read or written. The other lanes
 * are 0. */
#if VECTOR_BYTES == 64 && defined(X86_64)
#if IS_DOUBLE
#define LOAD_FIRST(from, n) ((V)_mm512_maskz_loadu_pd((__mmask8)((1u << (n)) - 1), from))
#define STORE_FIRST(to, v, n) _mm512_mask_storeu_pd(to, (__mmask8)((1u << (n)) - 1), (__m512d)(v))
#else
#define LOAD_FIRST(from, n) ((V)_mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), from))
#define STORE_FIRST(to, v, n) _mm512_mask_storeu_ps(to, (__mmask16)((1u << (n)) - 1), (__m512)(v))
#endif
#elif VECTOR_BYTES == 32 && defined(X86_64)
#define ALL ((BITS)-1)
static const BITS NAME(ones)[2 * VECTOR_BYTES / sizeof(REAL)] = {
#if IS_DOUBLE
    ALL, ALL, ALL, ALL};
#define LOAD_FIRST(from, n) ((V)_mm256_maskload_pd(from, NAME(first_lanes)(n)))
#define STORE_FIRST(to, v, n) _mm256_maskstore_pd(to, NAME(first_lanes)(n), (__m256d)(v))
#else
    ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL};
#define LOAD_FIRST(from, n) ((V)_mm256_maskload_ps(from, NAME(first_lanes)(n)))
#define STORE_FIRST(to, v, n) _mm256_maskstore_ps(to, NAME(first_lanes)(n), (__m256)(v))
#endif
INLINE __m256i NAME(first_lanes)(ptrdiff_t n)
{
    return _mm256_loadu_si256((const __m256i *)(NAME(ones) + LANES - n));
}
#undef ALL
#else
INLINE V NAME(load_first)(const REAL *from, ptrdiff_t n)
{
    REAL lanes[LANES_];
    for (ptrdiff_t i = 0; i < LANES; i++)
        lanes[i] = i < n ? from[i] : 0;
    return NAME(load)(lanes);
}
INLINE void NAME(store_first)(REAL *to, V v, ptrdiff_t n)
{
    REAL lanes[LANES_];
    NAME(store)(lanes, v);
    for (ptrdiff_t i = 0; i < n; i++)
        to[i] = lanes[i];
}
#define LOAD_FIRST(from, n) NAME(load_first)(from, n)
#define STORE_FIRST(to, v, n) NAME(store_first)(to, v, n)
#endif

INLINE V NAME(load_part)(const REAL *from, ptrdiff_t n)
{
    return n < LANES ? LOAD_FIRST(from, n) : NAME(load)(from);
}

INLINE void NAME(store_part)(REAL *to, V v, ptrdiff_t n)
{
    if (n < LANES)
        STORE_FIRST(to, v, n);
    else
        NAME(store)(to, v);
}

/* Of the lanes of two vectors in turn, a0 b0 a1 b1 ..., the first half and the second half. */
#define N_LANES (VECTOR_BYTES / (IS_DOUBLE ? 8 : 4))
#if N_LANES == 2
#define FIRST_HALF 0, 2
#define SECOND_HALF 1, 3
#elif N_LANES == 4
#define FIRST_HALF 0, 4, 1, 5
#define SECOND_HALF 2, 6, 3, 7
#elif N_LANES == 8
#define FIRST_HALF 0, 8, 1, 9, 2, 10, 3, 11
#define SECOND_HALF 4, 12, 5, 13, 6, 14, 7, 15
#elif N_LANES == 16
#define FIRST_HALF 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SECOND_HALF 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#endif
#if !VECTOR_BYTES
#define SHUFFLE(a, b, ...) (a)
#elif defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (VI){__VA_ARGS__})
#endif

/* Move lane c of vector r, at r LANES + c, to twice this place modulo LANES^2 - 1. */
INLINE void NAME(interleave)(V *to, const V *from)
{
    UNROLL
    for (int i = 0; i < (int)LANES_ / 2; i++) {
        to[2 * i] = SHUFFLE(from[i], from[i + LANES_ / 2], FIRST_HALF);
        to[2 * i + 1] = SHUFFLE(from[i], from[i + LANES_ / 2], SECOND_HALF);
    }
}

/* Exchange lane c of vector r with lane r of vector c, of LANES vectors: LANES times the place. */
INLINE void NAME(transpose)(V *block)
{
    V other[LANES_];
    for (int k = 1; k < (int)LANES_; k *= 2) {
        NAME(interleave)(other, block);
        UNROLL
        for (int i = 0; i < (int)LANES_; i++)
            block[i] = other[i];
    }
}

#if IS_DOUBLE
/* tanh(x) = t / (t + 2), t = exp(2 x) - 1. With 2 |x| = n log(2) + r and |r| <= log(2) / 2, t is
 * 2^n p + (2^n - 1), where p is the Taylor series of exp(r) - 1 up to r^13. Error: at most 2.6 units
 * in the last place, also for small x (tests/ulps.py). From 20 on, tanh(x) rounds to 1. */
INLINE V NAME(tanh)(V x)
{
    const REAL log2_e = 1.4426950408889634, log_2 = 6.93147180369123816490e-01;
    const REAL log_2_rest = 1.90821492927058770002e-10; /* log_2 ends in zeros: n log_2 is exact */
    const REAL magic = 6755399441055744.0;              /* 1.5 2^52: what is added becomes whole */
    static const REAL over[] = { /* 1 / 13!, ..., 1 / 2! */
        1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0,
        1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 1.0 / 2.0};
    const VI sign = AS_BITS(SET(-0.0));
    V size = AS_REAL(AS_BITS(x) & ~sign), y, shifted, n, r, p, power, t;
    size = MIN(SET(20.0), size); /* NaN stays */
    y = size + size;
    shifted = FMA(y, SET(log2_e), SET(magic));
    n = shifted - SET(magic);
    r = FMA(n, SET(-log_2), y);
    r = FMA(n, SET(-log_2_rest), r);
    p = SET(over[0]);
    UNROLL
    for (int k = 1; k < 12; k++)
        p = FMA(p, r, SET(over[k]));
    p = FMA(p * r, r, r);
    power = AS_REAL((AS_BITS(shifted) + 1023) << 52); /* 2^n: n is in the last bits of `shifted` */
    t = FMA(power, p, power - SET(1.0));
    return AS_REAL(AS_BITS(t / (t + SET(2.0))) | (AS_BITS(x) & sign));
}
#else
/* tanh(x) = x P(x^2) / Q(x^2), both of degree 4: a minimax fit to the relative error on |x| <= 9.01,
 * which is 2e-8 (Remez by reweighted least squares), with rounding at most 4e-7 or 6 units in the last
 * place, of all values (tests/ulps.py). Beyond, tanh(x) rounds to 1. */
INLINE V NAME(tanh)(V x)
{
    const VI sign = AS_BITS(SET(-0.0f));
    V size = AS_REAL(AS_BITS(x) & ~sign), u, p, q;
    size = MIN(SET(9.01f), size); /* NaN stays */
    u = size * size;
    p = FMA(SET(1.3336951e-08f), u, SET(2.0596355e-05f));
    q = FMA(SET(7.769327e-07f), u, SET(3.2843716e-04f));
    p = FMA(p, u, SET(3.4948164e-03f));
    q = FMA(q, u, SET(2.5874047e-02f));
    p = FMA(p, u, SET(0.13380376f));
    q = FMA(q, u, SET(0.46713692f));
    p = FMA(p, u, SET(1.0f));
    q = FMA(q, u, SET(1.0f));
    p = MIN(SET(1.0f), size * p / q); /* rounding must not lead beyond 1 */
    return AS_REAL(AS_BITS(p) | (AS_BITS(x) & sign));
}
#endif

/* sigma(z), given z / 2. */
INLINE V NAME(sigmoid)(V half) { return FMA(NAME(tanh)(half), SET(0.5f), SET(0.5f)); }
