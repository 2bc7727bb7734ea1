#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <sys/epoll.h>
#include <netinet/tcp.h>

// A GNU extension that the headers declare only to those who ask for all of them.
void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

#endif
