import Glibc

/// Open files, of which every device takes three and every viewer one.
enum FileLimit {
    /// Lets the process have as many as the system grants it. Without effect if that is what it has.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
