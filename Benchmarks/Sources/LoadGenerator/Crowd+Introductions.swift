internal import CLinux

/// How viewers of a crowd get in: WebSocket upgrade, Engine.IO open packet, namespace, and the event they begin with.
extension Crowd {
    func add(_ introduction: Introduction, port: Int) throws {
        let descriptor = try TCP.connect(port: port, blocking: false)
        let plain = introduction.namespace == nil
        let phase = plain ? Viewer.Phase.ready : .upgrading
        viewers.append(Viewer(descriptor: descriptor, introduction: introduction, phase: phase))
        try poll.watch(descriptor, number: viewers.count - 1)
        if plain { return ready += 1 }
        let request = """
            GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Key: c29tZSBzaXh0ZWVuIGJ5dA==\r
            Sec-WebSocket-Version: 13\r
            \r

            """
        transmit(Array(request.utf8), from: viewers.count - 1)
    }

    func readUpgrade(_ index: Int, _ start: UnsafePointer<UInt8>, _ count: Int) {
        guard let end = memmem(start, count, "\r\n\r\n", 4) else { return keep((start, count), for: index) }
        let head = ServerFrames.Frame(kind: .text, payload: start, count: count)
        guard head.starts(with: "HTTP/1.1 101") else { return refuse(head, "the WebSocket upgrade") }
        viewers[index].phase = .opening
        viewers[index].unfinished = []
        let consumed = UnsafeRawPointer(end) - UnsafeRawPointer(start) + 4
        readFrames(index, start + consumed, count - consumed)
    }

    /// The next step of a viewer that is not ready yet.
    func introduce(_ index: Int, _ frame: ServerFrames.Frame) {
        guard frame.kind == .text else { return }
        let introduction = viewers[index].introduction
        let namespace = introduction.namespace ?? "/"
        switch viewers[index].phase {
        case .opening where frame.starts(with: "0{"):
            viewers[index].phase = .joining
            transmit(ClientFrame.text(Array("40\(namespace),".utf8), mask: mask), from: index)
        case .joining where frame.starts(with: "40"):
            guard let request = introduction.request else { return becomeReady(index) }
            viewers[index].phase = .asking
            transmit(ClientFrame.text(Array("42\(namespace),0\(request)".utf8), mask: mask), from: index)
        case .asking where frame.starts(with: "43"):
            guard !frame.contains("\"ok\":false") else { return refuse(frame, introduction.request ?? "") }
            becomeReady(index)
        case _ where frame.starts(with: "44"): refuse(frame, "the namespace \(namespace)")
        case _ where frame.starts(with: "2") && frame.count == 1:
            transmit(ClientFrame.text([UInt8(ascii: "3")], mask: mask), from: index)
        default: break
        }
    }

    private func becomeReady(_ index: Int) {
        viewers[index].phase = .ready
        ready += 1
    }

    private func refuse(_ frame: ServerFrames.Frame, _ what: String) {
        refusal = IntroductionError(description: "the server refused \(what): \(frame.text.prefix(200))")
    }
}
