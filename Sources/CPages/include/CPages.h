#pragma once
#include <stddef.h>

/// A file of the pages, part of the program.
struct page_file {
    /// Its path below `site`, such as `chat/chat.js`.
    const char *name;
    const unsigned char *bytes;
    size_t size;
};

size_t page_file_count(void);

/// - Parameter index: less than `page_file_count()`.
const struct page_file *page_file_at(size_t index);
