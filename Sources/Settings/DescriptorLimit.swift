import Glibc

/// How many files and sockets the process may have open.
package enum DescriptorLimit {
    /// Raises the soft limit to the hard one: every connection takes a descriptor, and the usual 1,024 are few.
    package static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
