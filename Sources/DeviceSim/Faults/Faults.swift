import Simulator

/// What goes wrong with the devices' messages on purpose. Parts are of all messages, 0 to 1.
struct Faults: Equatable, Sendable {
    /// Never sent.
    var drop = 0.0
    /// Sent twice, byte for byte.
    var duplicate = 0.0
    /// Sent after the next one.
    var reorder = 0.0
    /// Sent late, by up to `delayBy`.
    var delay = 0.0
    var delayBy = Duration.milliseconds(500)
    /// Sent with random bytes behind its time and number.
    var corrupt = 0.0
    /// Sent with `oversizeBytes`, and may be refused on the way.
    var oversize = 0.0
    var oversizeBytes = 300_000
    /// The device sends nothing for `silenceFor`, this message and those after it.
    var silence = 0.0
    var silenceFor = Duration.seconds(5)
    /// The device sends `floodMessages` at once.
    var flood = 0.0
    var floodMessages = 50
    /// How far the clock of a device is off at most, to either side.
    var skew = Duration.zero

    /// All parts together; more than 1 cannot be.
    var sum: Double {
        return self.drop + self.duplicate + self.reorder + self.delay + self.corrupt + self.oversize + self.silence
            + self.flood
    }

    var isNone: Bool {
        return self.sum == 0 && self.skew == .zero
    }
}

/// How devices come and go. Rates are times per minute and device, at random moments.
struct Churn: Equatable, Sendable {
    /// They publish `offline`, say goodbye and are back after `away`.
    var clean = 0.0
    /// They vanish without a word, so that the broker publishes their last will, and are back after `away`.
    var abrupt = 0.0
    /// They connect anew with the same client id, which ends their old connection.
    var takeover = 0.0
    /// How long a device is away.
    var away = Duration.seconds(2)
    /// Devices, in parts of all, that vanish and come back with every `flapEvery`, half of it each.
    var flapping = 0.0
    var flapEvery = Duration.seconds(4)
    /// Devices, in parts of all, that vanish at once, `stormAfter` into the stage, and all come back together after `away`.
    var storm = 0.0
    var stormAfter = Duration.zero

    var isNone: Bool {
        return self.clean + self.abrupt + self.takeover + self.flapping + self.storm == 0
    }
}
