import CMosquitto
import Glibc

/// libmosquitto's list of the properties of one packet. Whoever fills one frees it.
///
/// Properties that cannot be added (a string of more than 65,535 bytes, say) make the library refuse the packet.
struct PropertyList {
    /// Nil: no properties.
    private(set) var list: OpaquePointer?
    /// One of those added was not accepted.
    private(set) var isBroken = false

    mutating func free() {
        mosquitto_property_free_all(&self.list)
    }

    mutating func add(_ property: mqtt5_property, _ value: UInt32) {
        self.note(mosquitto_property_add_int32(&self.list, CInt(property.rawValue), value))
    }

    mutating func add(_ property: mqtt5_property, _ value: String) {
        self.note(mosquitto_property_add_string(&self.list, CInt(property.rawValue), value))
    }

    mutating func add(_ properties: MQTTProperties) {
        if properties.payloadIsText {
            self.note(
                mosquitto_property_add_byte(&self.list, CInt(MQTT_PROP_PAYLOAD_FORMAT_INDICATOR.rawValue), 1))
        }
        if let seconds = properties.expirySeconds { self.add(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, seconds) }
        if let type = properties.contentType { self.add(MQTT_PROP_CONTENT_TYPE, type) }
        if let topic = properties.responseTopic { self.add(MQTT_PROP_RESPONSE_TOPIC, topic) }
        if let data = properties.correlationData {
            self.note(
                mosquitto_property_add_binary(
                    &self.list, CInt(MQTT_PROP_CORRELATION_DATA.rawValue), data, UInt16(clamping: data.count)))
            if data.count > UInt16.max { self.isBroken = true }
        }
        for property in properties.user {
            self.note(
                mosquitto_property_add_string_pair(
                    &self.list, CInt(MQTT_PROP_USER_PROPERTY.rawValue), property.name, property.value))
        }
    }

    private mutating func note(_ result: CInt) {
        if result != 0 { self.isBroken = true }
    }
}

// MARK: - Reading

extension PropertyList {
    static func receiveMaximum(in list: OpaquePointer?) -> Int? {
        var value: UInt16 = 0
        let found = mosquitto_property_read_int16(list, CInt(MQTT_PROP_RECEIVE_MAXIMUM.rawValue), &value, false)
        return found == nil ? nil : Int(value)
    }

    /// - Returns: nil when there are none that mean something to the receiver.
    static func read(_ list: OpaquePointer?) -> MQTTProperties? {
        var properties = MQTTProperties()
        var next = list
        while let property = next {
            Self.read(property, into: &properties)
            next = mosquitto_property_next(property)
        }
        return properties.isEmpty ? nil : properties
    }

    private static func read(_ property: OpaquePointer, into properties: inout MQTTProperties) {
        let identifier = mosquitto_property_identifier(property)
        switch mqtt5_property(UInt32(clamping: identifier)) {
        case MQTT_PROP_PAYLOAD_FORMAT_INDICATOR:
            var value: UInt8 = 0
            mosquitto_property_read_byte(property, identifier, &value, false)
            properties.payloadIsText = value == 1
        case MQTT_PROP_MESSAGE_EXPIRY_INTERVAL:
            var seconds: UInt32 = 0
            mosquitto_property_read_int32(property, identifier, &seconds, false)
            properties.expirySeconds = seconds
        case MQTT_PROP_CONTENT_TYPE: properties.contentType = Self.string(property, identifier)
        case MQTT_PROP_RESPONSE_TOPIC: properties.responseTopic = Self.string(property, identifier)
        case MQTT_PROP_CORRELATION_DATA: properties.correlationData = Self.data(property, identifier)
        case MQTT_PROP_USER_PROPERTY:
            if let pair = Self.pair(property, identifier) { properties.user.append(pair) }
        default: break
        }
    }

    private static func string(_ property: OpaquePointer, _ identifier: CInt) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        mosquitto_property_read_string(property, identifier, &text, false)
        return Self.take(text)
    }

    private static func data(_ property: OpaquePointer, _ identifier: CInt) -> [UInt8]? {
        var bytes: UnsafeMutableRawPointer?
        var count: UInt16 = 0
        mosquitto_property_read_binary(property, identifier, &bytes, &count, false)
        defer { Glibc.free(bytes) }
        return Array(UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : Int(count)))
    }

    private static func pair(_ property: OpaquePointer, _ identifier: CInt) -> MQTTProperties.UserProperty? {
        var name: UnsafeMutablePointer<CChar>?
        var value: UnsafeMutablePointer<CChar>?
        mosquitto_property_read_string_pair(property, identifier, &name, &value, false)
        let (nameText, valueText) = (Self.take(name), Self.take(value))
        guard let nameText, let valueText else { return nil }
        return .init(nameText, valueText)
    }

    /// The library's copies are the caller's to free.
    private static func take(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        defer { Glibc.free(text) }
        return text.flatMap { String(validatingCString: $0) }
    }
}
