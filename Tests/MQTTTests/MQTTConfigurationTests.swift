import MQTT
import Testing

struct MQTTConfigurationTests {
    @Test(arguments: [
        ("mqtt://broker", "broker", 1883), ("mqtt://127.0.0.1:1884", "127.0.0.1", 1884),
        ("mqtts://broker/", "broker", 8883), ("MQTT://[::1]:7", "::1", 7), ("mqtt://[fe80::1]", "fe80::1", 1883),
        ("unix:///run/mosquitto.sock", "/run/mosquitto.sock", 0),
    ])
    func readsHostAndPort(url: String, host: String, port: Int) throws {
        let configuration = try MQTTConfiguration(url: url)
        #expect(configuration.host == host)
        #expect(configuration.port == port)
        #expect((configuration.tls != nil) == url.lowercased().hasPrefix("mqtts"))
    }

    @Test func readsUserAndPassword() throws {
        let configuration = try MQTTConfiguration(url: "mqtt://us%40er:p%C3%A4ss:w@host:99")
        #expect(configuration.username == "us@er")
        #expect(configuration.password == "päss:w")
        #expect(configuration.host == "host")
    }

    @Test func neverShowsThePassword() throws {
        let configuration = try MQTTConfiguration(url: "mqtts://me:secret@[::1]:99")
        #expect("\(configuration)" == "mqtts://me@[::1]:99")
    }

    @Test(arguments: [
        ("http://x", MQTTURLError.unknownScheme("http://")), ("broker:1883", .unknownScheme("broker:1883")),
        ("unix://a", .noPath), ("", .unknownScheme("nothing")), ("mqtt://", .noHost), ("mqtt://user@", .noHost),
        ("mqtt://[::1", .noHost),
        ("mqtt://h:0", .badPort("0")), ("mqtt://h:65536", .badPort("65536")), ("mqtt://h:", .badPort("")),
        ("mqtt://h:x", .badPort("x")), ("mqtt://h/topic", .trailingText("/topic")),
        ("mqtt://%zz@h", .badPercentEncoding("%zz")), ("mqtt://%ff@h", .badPercentEncoding("%ff")),
    ])
    func isNoURL(url: String, because error: MQTTURLError) {
        #expect(throws: error) { try MQTTConfiguration(url: url) }
    }
}
