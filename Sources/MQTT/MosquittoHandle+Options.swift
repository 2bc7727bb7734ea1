import CMosquitto
import NIOCore

extension MosquittoHandle {
    func apply(_ configuration: MQTTConfiguration) throws(LinkDownReason) {
        let version = configuration.version == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        try self.check(mosquitto_int_option(self.pointer, MOSQ_OPT_PROTOCOL_VERSION, version))
        try self.check(mosquitto_int_option(self.pointer, MOSQ_OPT_TCP_NODELAY, 1))
        let receiveMaximum = CInt(configuration.limits.receiveMaximum.clamped(to: 1...65_535))
        try self.check(mosquitto_int_option(self.pointer, MOSQ_OPT_RECEIVE_MAXIMUM, receiveMaximum))
        let sendMaximum = CInt(configuration.limits.unacknowledged.clamped(to: 1...65_535))
        try self.check(mosquitto_int_option(self.pointer, MOSQ_OPT_SEND_MAXIMUM, sendMaximum))
        if configuration.username != nil || configuration.password != nil {
            let username = configuration.username ?? ""
            try self.check(mosquitto_username_pw_set(self.pointer, username, configuration.password))
        }
        if let will = configuration.will {
            let result = will.payload.withUnsafeReadableBytes { payload in
                mosquitto_will_set_v5(
                    self.pointer, will.topic.string, CInt(clamping: payload.count), payload.baseAddress,
                    CInt(will.qos.rawValue), will.retain, nil)
            }
            try self.check(result)
        }
        if let tls = configuration.tls { try self.apply(tls) }
    }

    private func apply(_ tls: MQTTConfiguration.TLS) throws(LinkDownReason) {
        if let authorities = tls.authorities {
            try self.check(mosquitto_tls_set(self.pointer, authorities, nil, tls.certificate, tls.key, nil), .tls)
        } else {
            try self.check(
                mosquitto_tls_set(self.pointer, nil, "/etc/ssl/certs", tls.certificate, tls.key, nil), .tls)
            try self.check(mosquitto_int_option(self.pointer, MOSQ_OPT_TLS_USE_OS_CERTS, 1), .tls)
        }
        let verify: CInt = tls.insecure ? 0 : 1
        try self.check(mosquitto_tls_opts_set(self.pointer, verify, "tlsv1.2", nil), .tls)
        try self.check(mosquitto_tls_insecure_set(self.pointer, tls.insecure), .tls)
    }

    private func check(_ result: CInt, _ kind: LinkDownReason.Kind = .protocol) throws(LinkDownReason) {
        if result == 0 { return }
        let what = kind == .tls ? "a file of the TLS configuration cannot be read" : "not accepted by libmosquitto"
        throw LinkDownReason(kind, "\(what): \(MosquittoLibrary.text(for: result))")
    }

    /// Once the link is up: the library formats a line for each packet as long as somebody listens.
    func stopLogging() {
        if self.isTLS { mosquitto_log_callback_set(self.pointer, nil) }
    }

    func setCallbacks() {
        if self.isTLS { mosquitto_log_callback_set(self.pointer, Callbacks.log) }
        mosquitto_connect_v5_callback_set(self.pointer, Callbacks.connect)
        mosquitto_disconnect_v5_callback_set(self.pointer, Callbacks.disconnect)
        mosquitto_message_v5_callback_set(self.pointer, Callbacks.message)
        mosquitto_publish_v5_callback_set(self.pointer, Callbacks.publish)
        mosquitto_subscribe_v5_callback_set(self.pointer, Callbacks.subscribe)
    }
}
