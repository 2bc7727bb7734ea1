import Glibc

/// A time as HTTP headers have it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameter milliseconds: Unix time.
    static func text(milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func twoDigits(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = self.days[Int(parts.tm_wday) % 7]
        let month = self.months[Int(parts.tm_mon) % 12]
        let date = "\(twoDigits(parts.tm_mday)) \(month) \(1_900 + Int(parts.tm_year))"
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(twoDigits).joined(separator: ":")
        return "\(day), \(date) \(time) GMT"
    }
}
