/* Builds of the kernels for the kinds of processors, and the choice among them. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builds.h"

/* Vectors need GCC's extensions, which clang has, too. Other compilers get vectors of one number, and
 * so does SKLSTM_NO_VECTORS, for tests. */
#if defined(__GNUC__) && !defined(SKLSTM_NO_VECTORS)
#define HAS_VECTORS 1
#endif
#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline, unused))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#else
#define INLINE static __forceinline
#define UNROLL
#endif
/* GCC for Windows does not align the stack for long vectors. */
#if defined(HAS_VECTORS) && defined(__x86_64__) && (defined(__clang__) || !defined(_WIN32))
#define X86_64 1
#include <immintrin.h>
#endif
#if defined(__aarch64__)
#include <arm_neon.h>
#endif

#define JOIN_(x, type, kind) x##_##type##_##kind
#define JOIN(x, type, kind) JOIN_(x, type, kind)

void *sklstm_allocate(size_t bytes, void **whole)
{
    *whole = malloc(bytes + 64);
    return *whole ? (void *)(((uintptr_t)*whole + 63) & ~(uintptr_t)63) : NULL;
}

/* Every processor: vectors of 16 bytes, which x86-64 and aarch64 have. */
#define KIND baseline
#ifdef HAS_VECTORS
#define VECTOR_BYTES 16
#else
#define VECTOR_BYTES 0
#endif
#define UNITS 1
#define IS_DOUBLE 0
#include "instance.h"
#define IS_DOUBLE 1
#include "instance.h"
#undef KIND
#undef VECTOR_BYTES
#undef UNITS

#ifdef X86_64

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define KIND avx2
#define VECTOR_BYTES 32
#define UNITS 1
#define IS_DOUBLE 0
#include "instance.h"
#define IS_DOUBLE 1
#include "instance.h"
#undef KIND
#undef VECTOR_BYTES
#undef UNITS
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,fma")
#endif
#define KIND avx512f
#define VECTOR_BYTES 64
#define UNITS 2
#define IS_DOUBLE 0
#include "instance.h"
#define IS_DOUBLE 1
#include "instance.h"
#undef KIND
#undef VECTOR_BYTES
#undef UNITS
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif

#define BUILD(kind) {#kind, JOIN(functions, float, kind), JOIN(functions, double, kind)}

int sklstm_builds(Build *builds)
{
    Build baseline = BUILD(baseline);
    int n = 0;
    builds[n++] = baseline;
#ifdef X86_64
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        Build avx2 = BUILD(avx2);
        builds[n++] = avx2;
        if (__builtin_cpu_supports("avx512f")) {
            Build avx512f = BUILD(avx512f);
            builds[n++] = avx512f;
        }
    }
#endif
    return n;
}
