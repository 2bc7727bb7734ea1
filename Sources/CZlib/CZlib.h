#pragma once
#include <zlib.h>

/// `deflateInit2` for gzip (RFC 1952): a macro, which Swift does not see.
static inline int czlib_begin_gzip(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits + 16, memory_level, Z_DEFAULT_STRATEGY);
}
