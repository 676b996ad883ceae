/* Builds of the kernels for the kinds of processors, and the choice among them. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builds.h"

/* Vectors need GCC's extensions, which clang has, too: also clang-cl, which does not define __GNUC__.
 * Other compilers get vectors of one number, several times slower than NumPy; and so does
 * SKLSTM_NO_VECTORS, for tests. */
#if defined(__GNUC__) || defined(__clang__)
#define HAS_EXTENSIONS 1
#endif
#if defined(HAS_EXTENSIONS) && !defined(SKLSTM_NO_VECTORS)
#define HAS_VECTORS 1
#endif
#if defined(HAS_EXTENSIONS)
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
#if defined(_MSC_VER) /* clang-cl before version 19 leaves these out */
#include <smmintrin.h>
#include <avxintrin.h>
#include <avx2intrin.h>
#include <fmaintrin.h>
#include <avx512fintrin.h>
#endif
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

/* Every processor: vectors of 16 bytes, which x86-64 and aarch64 have; aarch64 has 32 of them. */
#define KIND baseline
#ifdef HAS_VECTORS
#define VECTOR_BYTES 16
#else
#define VECTOR_BYTES 0
#endif
#if defined(__aarch64__) && VECTOR_BYTES
#define UNITS 2
#else
#define UNITS 1
#endif
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

/* The number of builds with long vectors that processor and operating system support. */
#ifndef X86_64
static int n_with_long_vectors(void) { return 0; }
#elif defined(_MSC_VER)
/* clang-cl: the library that __builtin_cpu_supports needs is not linked. */
#include <cpuid.h>
static int n_with_long_vectors(void)
{
    unsigned a, b, c, d, saved;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_FMA))
        return 0;
    __asm__("xgetbv" : "=a"(saved), "=d"(d) : "c"(0)); /* registers that a task switch saves */
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2) || (saved & 0x06) != 0x06)
        return 0;
    return b & bit_AVX512F && (saved & 0xe6) == 0xe6 ? 2 : 1;
}
#else
static int n_with_long_vectors(void)
{
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 0;
    return __builtin_cpu_supports("avx512f") ? 2 : 1;
}
#endif

#define BUILD(kind) {#kind, JOIN(functions, float, kind), JOIN(functions, double, kind)}

int sklstm_builds(Build *builds)
{
    const Build all[] = {
        BUILD(baseline),
#ifdef X86_64
        BUILD(avx2),
        BUILD(avx512f),
#endif
    };
    int n = 1 + n_with_long_vectors();
    memcpy(builds, all, n * sizeof *builds);
    return n;
}
