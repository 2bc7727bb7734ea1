// libmosquitto, and what its loop needs of Linux that Swift's Glibc module leaves out.
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

// In <pthread.h> for those who define _GNU_SOURCE before all else; modules cannot.
int pthread_setname_np(pthread_t thread, const char *name);
